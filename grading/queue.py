"""The order in which runs are taken, and what follows from it for those who wait (ADR 12).

By kind: visible checks, grading, reproductions, regrades. Within a kind by turns: a run that arrives has its turn one
after the last that the same student has open, and never before those that are being run now.
"""

from __future__ import annotations

import heapq
import statistics
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, Max, Min, Q, Sum
from django.utils import timezone

from grading import workers
from grading.models import Run, Worker
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


def before(run: Run) -> RunQuerySet:
    """The runs that stand before this one in the queue."""
    first = (
        Q(rank__lt=run.rank)
        | Q(rank=run.rank, turn__lt=run.turn)
        | Q(rank=run.rank, turn=run.turn, queued_at__lt=run.queued_at)
    )
    return Run.objects.filter(first, state=State.QUEUED)


def ahead_of(run: Run) -> int:
    return before(run).count()


def idle_slots() -> int:
    """How many runs the workers that are alive could take at once, beside those that are being run."""
    slots = Worker.objects.able().aggregate(all=Sum("slots"))["all"] or 0
    return int(slots) - Run.objects.filter(state=State.RUNNING).count()


# What those who wait are told


@dataclass(frozen=True)
class Place:
    """Where a run stands in the queue, and what follows from it."""

    ahead: int
    slots: int
    """How many runs the workers that are alive and able take at once."""
    none_since: datetime | None = None
    """Since when no worker has been alive, if one ever was."""
    is_unsafe: bool = False
    """Workers are alive, but nothing isolates there."""
    soonest: float | None = None
    """Seconds until it starts, from the measured times of the runs before it; None when nothing was measured."""
    latest: float | None = None


Lengths = dict[tuple[str, int | None], tuple[float, float]]
MEASURED = 300
FEW = 4
KEEP_LENGTHS_S = 10


def place_of(run: Run) -> Place | None:
    """Of a run that waits; None for every other."""
    if run.state != State.QUEUED:
        return None
    groups = list(before(run).order_by().values_list("kind", "assignment").annotate(Count("pk")))
    ahead = sum(count for _, _, count in groups)
    slots = Worker.objects.able().aggregate(all=Sum("slots"))["all"] or 0
    if not slots:
        is_unsafe = Worker.objects.alive().exists()
        return Place(ahead, slots=0, is_unsafe=is_unsafe, none_since=workers.none_since())
    now = timezone.now()
    running = [
        (kind, assignment, (now - started_at).total_seconds())
        for kind, assignment, started_at in Run.objects.filter(state=State.RUNNING)
        .order_by()
        .values_list("kind", "assignment", "started_at")
        if started_at is not None
    ]
    lengths = measured()
    bounds = [expected_start(groups, running, slots, lengths, bound) for bound in (0, 1)]
    return Place(ahead, slots, soonest=bounds[0], latest=bounds[1])


def expected_start(
    groups: Iterable[tuple[str, int, int]],
    running: Iterable[tuple[str, int, float]],
    slots: int,
    lengths: Lengths,
    bound: int,
) -> float | None:
    """Seconds until a slot is free for the run behind `groups` of (kind, assignment, how many), if each run takes as
    long as the quartile `bound` of those like it. `running` are (kind, assignment, seconds since the start)."""
    free = []
    for kind, assignment, since in running:
        length = length_of(kind, assignment, lengths)
        if length is None:
            return None
        left = length[bound] - since
        # One that takes longer than most may end now, or take as long again.
        free.append(left if left > 0 else bound * length[1])
    free = sorted(free + [0.0] * (slots - len(free)))[:slots]
    for kind, assignment, count in groups:
        length = length_of(kind, assignment, lengths)
        if length is None:
            return None
        for _ in range(count):
            heapq.heapreplace(free, free[0] + length[bound])
    return free[0]


def length_of(kind: str, assignment: int | None, lengths: Lengths) -> tuple[float, float] | None:
    """The quartiles of runs like it: of the assignment and kind, else of the kind, else of all."""
    return lengths.get((kind, assignment)) or lengths.get((kind, None)) or lengths.get(("", None))


def measured() -> Lengths:
    """How long the latest runs took, looked up every few seconds."""
    found: Lengths = cache.get_or_set("grading.queue.measured", measure, KEEP_LENGTHS_S) or {}
    return found


def measure() -> Lengths:
    latest = Run.objects.filter(state=State.FINISHED, started_at__isnull=False).order_by("-finished_at")
    took: dict[tuple[str, int | None], list[float]] = defaultdict(list)
    for kind, assignment, started_at, finished_at in latest.values_list(
        "kind", "assignment", "started_at", "finished_at"
    )[:MEASURED]:
        assert started_at is not None and finished_at is not None
        seconds = (finished_at - started_at).total_seconds()
        for like in ((kind, assignment), (kind, None), ("", None)):
            took[like].append(seconds)
    return {
        like: (statistics.quantiles(times, n=4)[0], statistics.quantiles(times, n=4)[2])
        for like, times in took.items()
        if len(times) >= FEW
    }
