"""The queue as rows. The broker only carries hints; whoever holds the lease of a run may write its result (ADR 2)."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import close_old_connections, connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from audit.log import Event, record
from config import hints
from grading import alarms
from grading.models import Run, SolutionRun
from grading.text import storable

log = logging.getLogger(__name__)
State = Run.State
Leased = Run | SolutionRun
FIRST = Run.objects.exclude(kind=Run.Kind.REGRADE)
"""Runs that somebody waits for."""


def publish(run: Run) -> None:
    """Hint to a worker, once the transaction has committed, that this run waits."""
    transaction.on_commit(partial(hint, run.pk), robust=True)


def hint(run_id: uuid.UUID) -> None:
    """Send the message. Without a broker the row still waits, and the sweeper sends it again."""
    from grading.tasks import grade

    if hints.send(grade, str(run_id)):
        Run.objects.filter(pk=run_id, state=State.QUEUED).update(published_at=timezone.now())


def claim(run_id: str, *, worker: str) -> Run | None:
    """Take a queued run by one conditional UPDATE. None if somebody else has it, or it is over."""
    now = timezone.now()
    lease = uuid.uuid4()
    taken = Run.objects.filter(pk=run_id, state=State.QUEUED).update(
        state=State.RUNNING,
        lease=lease,
        lease_until=lease_end(now),
        started_at=now,
        starts=F("starts") + 1,
        worker=worker,
        cell=0,
        cells=0,
        message="",
    )
    if not taken:
        return None
    return Run.objects.select_related("assignment__module", "enrolment__cohort", "submission").get(
        pk=run_id, lease=lease
    )


def lease_end(now: datetime) -> datetime:
    return now + timedelta(seconds=settings.RUN_LEASE_SECONDS)


def renew(run: Leased, **progress: int) -> bool:
    """Keep the lease for another while. False if it is no longer ours."""
    return bool(held(run).update(lease_until=lease_end(timezone.now()), **progress))


def held(run: Leased) -> QuerySet[Any]:
    """The row, if this process still holds its lease."""
    return type(run)._default_manager.filter(pk=run.pk, state=State.RUNNING, lease=run.lease)


@contextmanager
def heartbeat(run: Leased) -> Iterator[None]:
    """Renew the lease from a thread while the work goes on; a killed process stops renewing, and the lease runs out."""
    over = threading.Event()

    def beat() -> None:
        try:
            while not over.wait(settings.RUN_LEASE_SECONDS / 3):
                close_old_connections()
                try:
                    if not renew(run):
                        return
                except Exception:
                    # A busy database must not end the heartbeat: the next beat may still be in time.
                    log.exception("The lease of run %s was not renewed.", run.pk)
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name=f"lease-{run.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def give_back(run: Run, reason: str) -> None:
    """Return a run that could not even begin: it waits on, and this start is not counted."""
    held(run).update(
        state=State.QUEUED, lease=None, lease_until=None, starts=F("starts") - 1, published_at=None, message=reason
    )


def repeat_or_fail(run: Run, reason: str, *, at_once: bool = False) -> None:
    """Our fault: start again, or after RUN_MAX_STARTS give up. Either way it costs the student no attempt.

    Unless `at_once`, the sweeper starts it again after RUN_STALE_SECONDS: what broke may need a moment to mend.
    """
    reason = storable(reason)
    with transaction.atomic():
        if run.starts < settings.RUN_MAX_STARTS:
            if held(run).update(state=State.QUEUED, lease=None, lease_until=None, published_at=timezone.now()):
                record(Event.RUN_REPEATED, by=None, on=run, reason=reason[:500])
                if at_once:
                    publish(run)
        elif held(run).update(
            state=State.FAILED,
            lease=None,
            lease_until=None,
            finished_at=timezone.now(),
            verdict="platform_fault",
            message=reason[:2000],
        ):
            record(Event.RUN_FAILED, by=None, on=run, reason=reason[:500])
            alarms.failed(run, reason[:500])


def sweep() -> dict[str, int]:
    """Take up what was lost: leases that ran out, and queued rows whose message nobody got. Safe to run often."""
    now = timezone.now()
    abandoned = 0
    expired = Run.objects.filter(state=State.RUNNING, lease_until__lt=now)
    for run_id in list(expired.values_list("pk", flat=True)):
        with transaction.atomic():
            run = expired.select_for_update().filter(pk=run_id).first()
            if run is not None:
                repeat_or_fail(run, "A worker stopped in the middle.", at_once=True)
                abandoned += 1
    stale = now - timedelta(seconds=settings.RUN_STALE_SECONDS)
    lost = FIRST.filter(Q(published_at=None, queued_at__lt=stale) | Q(published_at__lt=stale), state=State.QUEUED)
    waiting = list(lost.order_by("queued_at").values_list("pk", flat=True)[:200])
    for run_id in waiting:
        hint(run_id)
    return {"abandoned": abandoned, "republished": len(waiting) + feed()}


def feed() -> int:
    """Hint at the next runs of a regrade, if no student waits and few of them are out. How many hints were sent.

    Called whenever a run has ended and by the sweeper, so that a regrade goes on by itself and steps back at once
    when somebody hands in.
    """
    if FIRST.filter(state=State.QUEUED).exists():
        return 0
    stale = timezone.now() - timedelta(seconds=settings.RUN_STALE_SECONDS)
    regrades = Run.objects.filter(kind=Run.Kind.REGRADE)
    is_out = Q(state=State.RUNNING) | Q(state=State.QUEUED, published_at__gte=stale)
    room = settings.REGRADE_RUNS_AT_ONCE - regrades.filter(is_out).count()
    if room <= 0:
        return 0
    unsent = regrades.filter(state=State.QUEUED).exclude(is_out).order_by("queued_at", "pk")
    waiting = list(unsent.values_list("pk", flat=True)[:room])
    for run_id in waiting:
        hint(run_id)
    return len(waiting)


def ahead_of(run: Run) -> int:
    """How many runs stand before this one in the queue, running ones included."""
    before = Q(state=State.RUNNING) | Q(state=State.QUEUED, queued_at__lt=run.queued_at)
    return FIRST.filter(before).exclude(pk=run.pk).count()
