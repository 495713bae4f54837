"""What is said about arrivals and runs. Plain sentences: what happened, whose fault, what it costs, what next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from config.templatetags.pathway import points
from courses.regulations import Lateness
from grading.lateness import after_late_penalty, in_words
from grading.models import CheckResult, Run

State = Run.State
REPEATED = "A worker stopped in the middle. Your run starts again by itself; no attempt used, lateness unchanged."
UNAVAILABLE = (
    "We cannot isolate code at the moment, and we never run it without. The fault is ours. Your work is kept, and its"
    " run starts by itself; no attempt used, lateness unchanged."
)
FAILED = "We tried to run it three times and could not. The fault is ours, not your code’s."
HEADLINES = {
    "completed": "Your code ran to the end",
    "crashed": "Your code stopped before the end",
    "timed_out": "Your code ran out of time",
    "out_of_memory": "Your code ran out of memory",
    "too_much_output": "Your code printed too much",
    "refused": "Your run was refused",
}


@dataclass(frozen=True)
class Arrival:
    """What it means that work arrives at a moment, for a due time."""

    is_late: bool
    days: int
    """Started days that are counted; 0 within the tolerance."""
    how: str
    """on time, 7 days 2 hours left; 30 minutes late"""
    cost: str
    """5 marks are taken, so that 72 becomes 67; nothing while on time"""

    @property
    def sentence(self) -> str:
        return f"{self.how}: {self.cost}" if self.cost else self.how


def arrival(at: datetime, due_at: datetime, rule: Lateness, *, is_over: bool = False) -> Arrival:
    """On time and by how much, or late and what that costs. `is_over` speaks of work that has arrived."""
    at, due_at = at.astimezone(UTC), due_at.astimezone(UTC)
    if at <= due_at:
        left = about(due_at - at)
        return Arrival(False, 0, f"on time, {left} before it was due" if is_over else f"on time, {left} left", "")
    example = after_late_penalty(Decimal(72), arrived_at=at, due_at=due_at, rule=rule)
    by = about(example.late_by)
    if not example.days:
        allowed = counted(rule.tolerance_minutes, "minute")
        return Arrival(True, 0, f"{by} after the due time", f"{allowed} are allowed, no marks are taken")
    if not example.mark:
        return Arrival(True, example.days, f"{by} late", "it scores 0")
    taken = f"{rule.marks_per_day} marks are taken"
    if example.days > 1:
        taken += f" for each of {example.days} started days"
    return Arrival(True, example.days, f"{by} late", f"{taken}, so that 72 becomes {example.mark:g}")


def about(length: timedelta) -> str:
    """The two largest units of a length of time, rounded down, as in 7 days 2 hours; in_words() has all of them."""
    seconds = int(length.total_seconds())
    if seconds >= 60:
        seconds -= seconds % 60
    words = in_words(timedelta(seconds=seconds)).split()
    return " ".join(words[:4]) or "less than a second"


def late_rule(rule: Lateness) -> str:
    """Rule 9 in one sentence."""
    return (
        f"{rule.marks_per_day} marks for each started day after {rule.tolerance_minutes} minutes, "
        f"never from {rule.not_below} or more to below {rule.not_below}; 0 after {about(rule.zero_after)}"
    )


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def in_letters(number: int) -> str:
    return SMALL[number] if number < len(SMALL) else str(number)


def cost_of(results: Iterable[CheckResult]) -> str:
    """Which checks cost points, and how many; nothing when all pass."""
    failed = sorted((result for result in results if not result.passed), key=lambda each: each.earned - each.points)
    if not failed:
        return ""
    lost = points(sum((each.points - each.earned for each in failed), Decimal()))
    if len(failed) == 1:
        return f"“{failed[0].title}” costs {lost} of the 100 points for code."
    number = in_letters(len(failed)).capitalize()
    return f"{number} checks cost {lost} of the 100 points for code, “{failed[0].title}” most."


def ordinal(number: int) -> str:
    ending = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


@dataclass(frozen=True)
class Said:
    """How a run stands, in words. `signature` changes when something that is shown changes."""

    headline: str
    text: str
    signature: str
    tone: str = ""
    """of the note around it: nothing, here, warn or no"""
    cell: int = 0
    cells: int = 0


def of_run(run: Run, ahead: int) -> Said:
    """`ahead` is how many runs stand before it in the queue.

    What the platform itself noted about a fault (`run.message`) may name hidden checks: it is never said to a student.
    """
    signature = f"{run.state}.{run.starts}.{ahead}.{run.cell}.{bool(run.message)}"
    if run.state == State.QUEUED:
        place = "Next in line" if ahead == 0 else f"{ordinal(ahead + 1)} in line"
        if run.message:
            return Said("Waiting for us", UNAVAILABLE, signature, "warn")
        if run.starts:
            return Said(place, REPEATED, signature, "warn")
        return Said(place, "You can close this page: the result will be here.", signature, "here")
    if run.state == State.RUNNING:
        since = f"Since {timezone.localtime(run.started_at):%H:%M:%S %Z}. " if run.started_at else ""
        text = REPEATED if run.starts > 1 else f"{since}You can close this page: the result will be here."
        return Said("Running", text, signature, "warn" if run.starts > 1 else "here", run.cell, run.cells)
    if run.state == State.FAILED:
        if run.kind == Run.Kind.TRIAL:
            return Said("We could not run it", f"{FAILED} Run the checks again.", signature, "no")
        text = (
            f"{FAILED} No attempt is used: submit again, the same file will do. If that would be late and this was not,"
            " write to the programme office: your receipt has the time of arrival."
        )
        return Said("We could not run it", text, signature, "no")
    if run.state == State.CANCELLED:
        return Said("Cancelled", "This run was cancelled. It cost nothing.", signature)
    return Said(HEADLINES.get(run.verdict, "The run has ended"), run.message, signature)


def used(run: Run) -> str:
    """5.9 s of 60 s, 412 MB of 2 GB. Nothing if the run left no figures."""
    parts = []
    for key, limit_key, shown in (("wall_s", "wall_s", seconds), ("peak_memory_mb", "memory_mb", megabytes)):
        value, limit = run.usage.get(key), run.assignment.limits.get(limit_key)
        if isinstance(value, int | float):
            parts.append(f"{shown(value)} of {shown(limit)}" if limit else shown(value))
    return ", ".join(parts)


def limits(values: dict[str, float]) -> str:
    """60 s, 2 GB, no network."""
    parts = [seconds(values["wall_s"])] if "wall_s" in values else []
    parts += [megabytes(values["memory_mb"])] if "memory_mb" in values else []
    return ", ".join([*parts, "no network"])


def seconds(value: float) -> str:
    return f"{value:.1f} s" if value % 1 else f"{value:.0f} s"


def megabytes(value: float) -> str:
    return f"{value / 1024:.3g} GB" if value >= 1024 else f"{value:.0f} MB"


def to_the_second(at: datetime) -> str:
    """Thu 20 May 2027, 21:38:02 BST (UTC+1)."""
    local = timezone.localtime(at)
    offset = local.utcoffset() or timedelta()
    minutes = int(offset.total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    utc = "UTC" if not minutes else f"UTC{'+' if minutes > 0 else '−'}{hours}{f':{rest:02}' if rest else ''}"
    name = local.tzname() or ""
    zone = utc if name in {"", "UTC"} or name[0] in "+-" else f"{name} ({utc})"
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M:%S} {zone}"
