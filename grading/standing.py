"""How the queue stands, for everybody and about nobody: looked up at most every few seconds, however many ask."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db.models import Count, Q, Sum
from django.utils import timezone

from grading import words, workers
from grading.models import Incident, Run, SolutionRun, Worker
from grading.models.run import KINDS_IN_ORDER

KEPT_S = 3
MEASURED = 2000
SHOWN = timedelta(days=30)
MOST_SHOWN = 30
SOLUTIONS = "Authors’ trials"


@dataclass(frozen=True)
class Line:
    """One kind of run. Seconds are medians of the last hour; None if none has ended."""

    kind: str
    waiting: int
    running: int
    waited_s: float | None = None
    took_s: float | None = None


@dataclass(frozen=True)
class Standing:
    at: datetime
    workers: int
    slots: int
    unsafe: int
    """How many of the workers take no run, because nothing isolates there."""
    none_since: datetime | None
    lines: list[Line]

    @property
    def waiting(self) -> int:
        return sum(line.waiting for line in self.lines)

    @property
    def running(self) -> int:
        return sum(line.running for line in self.lines)

    @property
    def headline(self) -> str:
        if not self.workers:
            return words.no_worker_since(self.none_since).rstrip(".")
        if self.unsafe == self.workers:
            return "Runs wait: we cannot isolate code at the moment"
        if self.waiting:
            return f"{words.counted(self.waiting, 'run')} wait{'s' if self.waiting == 1 else ''} for a worker"
        return "No run waits"

    @property
    def tone(self) -> str:
        return "ok" if self.workers > self.unsafe else "no"


def standing() -> Standing:
    found = cache.get_or_set("grading.standing", look, KEPT_S)
    assert isinstance(found, Standing)
    return found


def look() -> Standing:
    now = timezone.now()
    alive = Worker.objects.alive().aggregate(
        workers=Count("pk"), slots=Sum("slots"), unsafe=Count("pk", filter=~Q(trouble=""))
    )
    return Standing(
        at=now,
        workers=alive["workers"],
        slots=alive["slots"] or 0,
        unsafe=alive["unsafe"],
        none_since=None if alive["workers"] else workers.none_since(),
        lines=lines(now),
    )


def lines(now: datetime) -> list[Line]:
    waiting, running = (
        dict(Run.objects.filter(state=state).order_by().values_list("kind").annotate(Count("pk")))
        for state in (Run.State.QUEUED, Run.State.RUNNING)
    )
    ended = Run.objects.filter(state=Run.State.FINISHED, finished_at__gt=now - timedelta(hours=1))
    latest = ended.order_by("-finished_at").values_list("kind", "queued_at", "started_at", "finished_at")[:MEASURED]
    times = [
        (kind, started_at - queued_at, finished_at - started_at)
        for kind, queued_at, started_at, finished_at in latest
        if started_at and finished_at
    ]
    found = [
        Line(
            kind=Run.Kind(kind).label,
            waiting=waiting.get(kind, 0),
            running=running.get(kind, 0),
            waited_s=median([waited for each, waited, _ in times if each == kind]),
            took_s=median([took for each, _, took in times if each == kind]),
        )
        for kind in KINDS_IN_ORDER
    ]
    tried = SolutionRun.objects.exclude(state=SolutionRun.State.FINISHED)
    states = dict(tried.order_by().values_list("state").annotate(Count("pk")))
    return [*found, Line(SOLUTIONS, states.get("queued", 0), states.get("running", 0))]


def median(times: list[timedelta]) -> float | None:
    return statistics.median(each.total_seconds() for each in times) if times else None


def incidents() -> list[Incident]:
    """The latest, those that go on first."""

    def look_up() -> list[Incident]:
        recent = Q(ended_at=None) | Q(ended_at__gt=timezone.now() - SHOWN)
        return sorted(Incident.objects.filter(recent)[:MOST_SHOWN], key=lambda each: each.ended_at is not None)

    found = cache.get_or_set("grading.incidents", look_up, KEPT_S)
    return list(found or [])


def forget() -> None:
    """What was looked up is old: an incident has been written."""
    cache.delete("grading.incidents")
