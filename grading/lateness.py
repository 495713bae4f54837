"""Rule 9: what a late arrival costs. Extensions move `due_at` before; a waived penalty does not come here at all."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from courses.marks import checked, plain
from courses.regulations import Lateness

DAY = timedelta(days=1)
UNITS = ((DAY, "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute"), (timedelta(seconds=1), "second"))


@dataclass(frozen=True)
class Late:
    raw: Decimal
    mark: Decimal
    late_by: timedelta
    """Never negative; also counted within the tolerance."""
    days: int
    """Started days that the penalty counts, 0 within the tolerance."""
    sentence: str

    @property
    def penalty(self) -> Decimal:
        return self.raw - self.mark


def after_late_penalty(
    raw: Decimal, *, arrived_at: datetime, due_at: datetime, rule: Lateness, is_resit: bool = False
) -> Late:
    """The mark after the penalty. `raw` is 0-100, already at the decimals in which it is recorded."""
    raw = checked(raw, "raw mark")
    late_by = max(_instant(arrived_at, "arrived_at") - _instant(due_at, "due_at"), timedelta())
    if not late_by:
        return Late(raw, raw, late_by, 0, "Arrived in time. No marks are taken.")
    arrived = f"Arrived {in_words(late_by)} after the due time; {_counted(rule.tolerance_minutes, 'minute')} allowed."
    if late_by <= rule.tolerance:
        return Late(raw, raw, late_by, 0, f"{arrived} No marks are taken.")
    days = -(-late_by // DAY)
    mark, why = _penalised(raw, late_by, days, rule, is_resit=is_resit)
    change = f"{plain(raw)} becomes {plain(mark)}" if mark != raw else f"{plain(raw)} stays {plain(raw)}"
    return Late(raw, mark, late_by, days, f"{arrived} {why}: {change}.")


def _penalised(raw: Decimal, late_by: timedelta, days: int, rule: Lateness, *, is_resit: bool) -> tuple[Decimal, str]:
    if is_resit:
        return min(raw, Decimal(rule.resit_mark)), f"A late resit scores {rule.resit_mark}"
    if late_by > rule.zero_after:
        return Decimal(0), f"Work more than {in_words(rule.zero_after)} late scores 0"
    mark = max(raw - days * rule.marks_per_day, Decimal(0))
    if raw >= rule.not_below > mark:
        return Decimal(rule.not_below), f"A mark of {rule.not_below} or more is not pushed below {rule.not_below}"
    taken = f"{_counted(raw - mark, 'mark')} taken"
    return mark, taken if days == 1 else f"{taken} for {days} started days"


def _instant(moment: datetime, what: str) -> datetime:
    """In UTC: Python subtracts two times of one zone by the clock on the wall, an hour wrong across a clock change."""
    if moment.utcoffset() is None:
        raise ValueError(f"{what}: {moment.isoformat()} has no time zone; expected a time with its zone.")
    return moment.astimezone(UTC)


def in_words(length: timedelta) -> str:
    """Rounded up to the second, so that what is over the tolerance also reads as over it."""
    left = timedelta(seconds=-(-length // timedelta(seconds=1)))
    words = []
    for unit, name in UNITS:
        count, left = divmod(left, unit)
        if count:
            words.append(_count(count, name))
    return " ".join(words)


def _count(number: Decimal | int, noun: str) -> str:
    return f"{plain(number)} {noun}{'' if number == 1 else 's'}"


def _counted(number: Decimal | int, noun: str) -> str:
    return f"{_count(number, noun)} {'is' if number == 1 else 'are'}"
