"""What is said about arrivals and runs. Plain sentences: what happened, whose fault, what it costs, what next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zlib import crc32

from django.conf import settings
from django.utils import timezone

from config.templatetags.pathway import points
from courses.regulations import Lateness
from grading.lateness import after_late_penalty, in_words
from grading.models import CheckResult, Incident, Run
from grading.models.worker import BEATS
from grading.queue import Place

State = Run.State
REPEATED = "A worker stopped in the middle. Your run starts again by itself; no attempt used, lateness unchanged."
UNAVAILABLE = (
    "We cannot isolate code at the moment, and we never run it without. The fault is ours. Your work is kept, and its"
    " run starts by itself; no attempt used, lateness unchanged."
)
CLOSE = "You can close this page: the result will be here."
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


ORDINALS = ("", "First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth")


def ordinal(number: int) -> str:
    """Third; 11th."""
    if number < len(ORDINALS):
        return ORDINALS[number]
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


def of_run(run: Run, place: Place | None) -> Said:
    """`place` is where it stands in the queue, if it waits.

    What the platform itself noted about a fault (`run.message`) may name hidden checks: it is never said to a student.
    """
    if run.state == State.QUEUED and place is not None:
        return said(run, place, *waiting(run, place))
    if run.state == State.RUNNING:
        return said(run, place, *working(run))
    if run.state == State.FAILED:
        return said(run, place, "We could not run it", failed(run), "no")
    if run.state == State.CANCELLED:
        return said(run, place, "Cancelled", cancelled(run))
    return said(run, place, HEADLINES.get(run.verdict, "The run has ended"), run.message)


def said(run: Run, place: Place | None, headline: str, text: str, tone: str = "") -> Said:
    """The signature has two parts: the first changes when the run takes a turn, the second with every word."""
    turn = f"{run.state}-{run.starts}-{place.ahead if place else ''}"
    is_running = run.state == State.RUNNING
    cell, cells = (run.cell, run.cells) if is_running else (0, 0)
    every_word = crc32(f"{headline} {text} {cell}".encode())
    return Said(headline, text, f"{turn}.{every_word}", tone, cell, cells)


def waiting(run: Run, place: Place) -> tuple[str, str, str]:
    """Headline, text and tone."""
    if run.message or place.is_unsafe:
        return "Waiting for us", UNAVAILABLE, "warn"
    if not place.slots:
        return "Waiting for us", no_worker(place.none_since), "warn"
    headline = "Next in the queue" if place.ahead == 0 else f"{ordinal(place.ahead + 1)} in the queue"
    if run.starts:
        return headline, f"{REPEATED} {starts_in(place)}".strip(), "warn"
    return headline, f"{starts_in(place)} {CLOSE}".strip(), "here"


def no_worker(since: datetime | None) -> str:
    return (
        f"{no_worker_since(since)} The fault is ours. Your work is kept, and its run starts by itself when one is back;"
        " no attempt used, lateness unchanged."
    )


def no_worker_since(since: datetime | None) -> str:
    if since is None:
        return "No worker is alive."
    local = timezone.localtime(since)
    day = "" if local.date() == timezone.localdate() else f" on {local.day} {local:%B}"
    return f"No worker is alive since {local:%H:%M %Z}{day}."


def starts_in(place: Place) -> str:
    """It starts in about 20 s; in 20 to 45 s; nothing where nothing has been measured."""
    if place.soonest is None or place.latest is None:
        return "Nothing like it has been measured yet, so we cannot say when it starts."
    soonest, latest = steps(place.soonest), steps(place.latest)
    if latest < 2:
        return "It starts at once."
    if soonest == latest:
        return f"It starts in about {a_while(latest)}."
    if soonest == 0:
        return f"It starts within {a_while(latest)}."
    if latest < 120:
        return f"It starts in {soonest} to {latest} s."
    return f"It starts in {a_while(soonest)} to {a_while(latest)}."


def steps(seconds: float) -> int:
    """Seconds no finer than they are known: 0 to 10 by ones, then by fives, tens and minutes."""
    step = 1 if seconds < 10 else 5 if seconds < 30 else 10 if seconds < 120 else 60
    return round(seconds / step) * step


def a_while(seconds: int) -> str:
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"


def working(run: Run) -> tuple[str, str, str]:
    """Headline, text and tone of a run that is being run, or seems to be."""
    assert run.lease_until is not None
    now = timezone.now()
    silent = settings.RUN_LEASE_SECONDS - (run.lease_until - now).total_seconds()
    if silent > 2 * settings.RUN_LEASE_SECONDS / BEATS:
        return "We have lost sight of your run", silent_since(now - timedelta(seconds=silent)), "warn"
    if run.starts > 1:
        return "Running", REPEATED, "warn"
    since = f"Since {timezone.localtime(run.started_at):%H:%M:%S %Z}. " if run.started_at else ""
    return "Running", f"{since}{CLOSE}", "here"


def silent_since(moment: datetime) -> str:
    return (
        f"Its worker has not been heard of since {timezone.localtime(moment):%H:%M:%S %Z}. If it stays silent, another"
        f" starts your run again within {settings.RUN_LEASE_SECONDS} s; no attempt used, lateness unchanged."
    )


def failed(run: Run) -> str:
    tried = f"We tried to run it {in_letters(run.starts)} times and could not. The fault is ours, not your code’s."
    if run.kind == Run.Kind.TRIAL:
        return f"{tried} It does not count. Run the checks again."
    if run.kind == Run.Kind.CELLS:
        return f"{tried} It does not count. Run it again."
    return (
        f"{tried} No attempt is used: submit again, the same file will do. If that would be late and this was not,"
        " write to the programme office: your receipt has the time of arrival."
    )


def cancelled(run: Run) -> str:
    if run.costs_nothing:
        return "It was cancelled before anything ran, so it cost nothing."
    if run.kind == Run.Kind.TRIAL:
        return "It was cancelled while it ran. No attempt used; it counts as one run of the checks."
    if run.kind == Run.Kind.CELLS:
        return "It was stopped."
    return "It was cancelled while it ran, so the attempt is used."


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


def took(value: float | None) -> str:
    """0.8 s, 12.0 s, 3 min; nothing for nothing."""
    if value is None:
        return ""
    return f"{value:.1f} s" if value < 120 else f"{value / 60:.0f} min"


def lasted(incident: Incident) -> str:
    """Sat 21 Nov 2026, 14:02 to 14:09 GMT; since Sat 21 Nov 2026, 14:02 GMT."""
    start = timezone.localtime(incident.started_at)
    day = f"{start:%a} {start.day} {start:%b %Y}"
    if incident.ended_at is None:
        soon = "from" if incident.started_at > timezone.now() else "since"
        return f"{soon} {day}, {start:%H:%M %Z}"
    end = timezone.localtime(incident.ended_at)
    if end.date() == start.date():
        return f"{day}, {start:%H:%M} to {end:%H:%M %Z}"
    return f"{day}, {start:%H:%M %Z} to {end:%a} {end.day} {end:%b %Y, %H:%M %Z}"
