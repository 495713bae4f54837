"""The order in which runs are taken, and what follows from it for those who wait (ADR 12).

By kind: visible checks, grading, reproductions, regrades. Within a kind by turns: a run that arrives has its turn one
after the last that the same student has open, and never before those that are being run now.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db.models import Max, Min, Q
from django.utils import timezone

from grading.models import Run
from grading.models.run import KINDS_IN_ORDER, RunQuerySet

State = Run.State
OPEN = [State.QUEUED, State.RUNNING]
ORDER = ("rank", "turn", "queued_at", "pk")


def rank_of(kind: str) -> int:
    return KINDS_IN_ORDER.index(kind)


def turn_of(run: Run) -> int:
    """The turn of a run that arrives now. The runs of a regrade are of nobody: see first_turn()."""
    own = Run.objects.filter(enrolment=run.enrolment_id, state__in=OPEN, rank=rank_of(run.kind))
    last = own.aggregate(last=Max("turn"))["last"]
    first = first_turn(run.kind)
    return first if last is None else max(first, last + 1)


def first_turn(kind: str) -> int:
    """The turn of somebody who has nothing open: that of the runs that are being run now."""
    of_kind = Run.objects.filter(rank=rank_of(kind))
    running = of_kind.filter(state=State.RUNNING).aggregate(last=Max("turn"))["last"]
    if running is not None:
        return int(running)
    return of_kind.filter(state=State.QUEUED).aggregate(first=Min("turn"))["first"] or 0


def waiting() -> RunQuerySet:
    """The queue, in order, but for what rests after a fault."""
    rested = Q(not_before=None) | Q(not_before__lte=timezone.now())
    return Run.objects.filter(rested, state=State.QUEUED).order_by(*ORDER)


def next_in_line() -> uuid.UUID | None:
    """The run to take now, its row locked where the database locks rows. Those that others are taking are skipped."""
    first = waiting().select_for_update(skip_locked=True).values_list("pk", "kind").first()
    if first is None or (first[1] == Run.Kind.REGRADE and enough_regrades_run()):
        return None
    return first[0]


def enough_regrades_run() -> bool:
    """A regrade leaves workers free for whoever hands in meanwhile."""
    regrades = Run.objects.filter(rank=rank_of(Run.Kind.REGRADE), state=State.RUNNING)
    return bool(regrades.count() >= settings.REGRADE_RUNS_AT_ONCE)


def ahead_of(run: Run) -> int:
    """How many runs stand before this one in the queue."""
    before = (
        Q(rank__lt=run.rank)
        | Q(rank=run.rank, turn__lt=run.turn)
        | Q(rank=run.rank, turn=run.turn, queued_at__lt=run.queued_at)
    )
    return Run.objects.filter(before, state=State.QUEUED).count()
