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

from accounts.models import User
from audit.log import Event, record
from config import hints
from grading import alarms, queue
from grading.models import Run, SolutionRun
from grading.models.worker import BEATS
from grading.text import storable

log = logging.getLogger(__name__)
State = Run.State
Leased = Run | SolutionRun
MOST_STARTS = 12
"""A run whose workers vanish is started again more often than one that meets faults: they may be killed by anything."""
HINTS_AT_ONCE = 8
"""Each sets a thread of a worker to work until nothing waits, so that few are enough."""


def enqueue(run: Run) -> Run:
    """Save a new run at its turn, and hint at it once the transaction has committed."""
    run.turn = queue.turn_of(run)
    run.save(force_insert=True)
    publish(run)
    return run


def publish(run: Run) -> None:
    """Hint to a worker, once the transaction has committed, that this run waits."""
    transaction.on_commit(partial(hint, run.pk), robust=True)


def hint(run_id: uuid.UUID) -> None:
    """Send the message. Without a broker the row still waits, and the sweeper sends it again."""
    from grading.tasks import grade

    if hints.send(grade, str(run_id)):
        Run.objects.filter(pk=run_id, state=State.QUEUED).update(published_at=timezone.now())


def claim_next(*, worker: str) -> Run | None:
    """Take the run whose turn it is. None if nothing waits, or only a regrade of which enough is running."""
    with transaction.atomic():
        found = queue.next_in_line()
        return None if found is None else claim(found, worker=worker)


def claim(run_id: uuid.UUID | str, *, worker: str) -> Run | None:
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
        not_before=None,
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


class Lost(Exception):
    """The run is no longer ours: it was cancelled, or another worker has it."""


class Hold:
    """The lease of one run while this process works on it."""

    def __init__(self, run: Leased) -> None:
        self.run = run
        self.over, self.lost = threading.Event(), threading.Event()

    def check(self) -> None:
        """Raises Lost when there is nothing more to work for."""
        if self.lost.is_set():
            raise Lost

    def show(self, **progress: int) -> None:
        """Renew the lease and say how far it is. Raises Lost."""
        if not renew(self.run, **progress):
            raise Lost

    def beat(self) -> None:
        try:
            while not self.over.wait(settings.RUN_LEASE_SECONDS / BEATS):
                close_old_connections()
                try:
                    if not renew(self.run):
                        self.lost.set()
                        return
                except Exception:
                    # A busy database must not end the heartbeat: the next beat may still be in time.
                    log.exception("The lease of run %s was not renewed.", self.run.pk)
        finally:
            connection.close()


@contextmanager
def heartbeat(run: Leased) -> Iterator[Hold]:
    """Renew the lease from a thread while the work goes on; a killed process stops renewing, and the lease runs out."""
    hold = Hold(run)
    thread = threading.Thread(target=hold.beat, name=f"lease-{run.pk}", daemon=True)
    thread.start()
    try:
        yield hold
    finally:
        hold.over.set()
        thread.join()


WAITS_AGAIN: dict[str, Any] = {"state": State.QUEUED, "lease": None, "lease_until": None, "started_at": None}


def give_back(run: Run, reason: str) -> None:
    """Return a run that could not even begin: it waits on, and this start is not counted."""
    held(run).update(starts=F("starts") - 1, published_at=None, message=reason, **WAITS_AGAIN)


def repeat_or_fail(run: Run, reason: str) -> None:
    """A fault of ours: start again after RUN_STALE_SECONDS, or after RUN_MAX_STARTS of them give up.

    Either way it costs the student no attempt. It keeps its turn; what broke may need a moment to mend.
    """
    now = timezone.now()
    rest = now + timedelta(seconds=settings.RUN_STALE_SECONDS)
    if run.faults + 1 < settings.RUN_MAX_STARTS:
        repeat(run, reason, faults=F("faults") + 1, published_at=now, not_before=rest)
    else:
        fail(run, reason)


def take_up(run: Run) -> None:
    """The worker of this run has vanished: another shall take it, at once."""
    if run.starts < MOST_STARTS:
        repeat(run, "A worker stopped in the middle.", published_at=None)
        transaction.on_commit(partial(hint, run.pk), robust=True)
    else:
        fail(run, f"Its workers stopped in the middle, {run.starts} times.")


@transaction.atomic
def repeat(run: Run, reason: str, **fields: Any) -> None:
    if held(run).update(**WAITS_AGAIN, **fields):
        record(Event.RUN_REPEATED, by=None, on=run, reason=storable(reason)[:500])


@transaction.atomic
def fail(run: Run, reason: str) -> None:
    reason = storable(reason)
    if held(run).update(
        state=State.FAILED,
        lease=None,
        lease_until=None,
        finished_at=timezone.now(),
        verdict="platform_fault",
        message=reason[:2000],
    ):
        record(Event.RUN_FAILED, by=None, on=run, reason=reason[:500])
        alarms.failed(run, reason[:500])


@transaction.atomic
def cancel(run: Run, *, by: User) -> bool:
    """Nothing more comes of it; whoever works on it stops. False if it is over already."""
    row = Run.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if row.is_over:
        return False
    began = row.started_at if row.state == State.RUNNING else None
    Run.objects.filter(pk=row.pk).update(
        state=State.CANCELLED, lease=None, lease_until=None, started_at=began, finished_at=timezone.now()
    )
    record(Event.RUN_CANCELLED, by=by, on=row, was=row.state)
    return True


def sweep() -> dict[str, int]:
    """Take up what was lost: leases that ran out, and queued rows whose message nobody got. Safe to run often."""
    now = timezone.now()
    abandoned = 0
    expired = Run.objects.filter(state=State.RUNNING, lease_until__lt=now)
    for run_id in list(expired.values_list("pk", flat=True)):
        with transaction.atomic():
            run = expired.select_for_update().filter(pk=run_id).first()
            if run is not None:
                take_up(run)
                abandoned += 1
    return {"abandoned": abandoned, "republished": hint_again()}


def hint_again() -> int:
    """Hint at a few of the runs whose message nobody got. How many."""
    stale = timezone.now() - timedelta(seconds=settings.RUN_STALE_SECONDS)
    lost = queue.waiting().filter(Q(published_at=None, queued_at__lt=stale) | Q(published_at__lt=stale))
    waiting = list(lost.values_list("pk", flat=True)[: min(max(queue.idle_slots(), 1), HINTS_AT_ONCE)])
    for run_id in waiting:
        hint(run_id)
    return len(waiting)


def hint_at_regrades() -> None:
    """Set as many threads to work on regrades as may."""
    regrades = queue.waiting().filter(kind=Run.Kind.REGRADE)
    for run_id in list(regrades.values_list("pk", flat=True)[: settings.REGRADE_RUNS_AT_ONCE]):
        hint(run_id)
