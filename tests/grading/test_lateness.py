from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.marks import MarkError
from courses.regulations import regulations
from grading.lateness import Late, after_late_penalty

RULE = regulations("2026").lateness
DUE = datetime(2027, 5, 14, 17, 0, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
marks = st.decimals(0, 100, places=2)
delays = st.timedeltas(-timedelta(days=1), timedelta(days=9))


def late(raw: Decimal | int | str, by: timedelta, *, is_resit: bool = False) -> Late:
    return after_late_penalty(Decimal(raw), arrived_at=DUE + by, due_at=DUE, rule=RULE, is_resit=is_resit)


@pytest.mark.parametrize(
    ("raw", "hours", "mark", "days"),
    [
        (72, 51, 57, 3),
        (55, 20, 50, 1),
        (45, 20, 40, 1),
        (90, 168, 55, 7),
        (90, 168.1, 0, 8),
        (3, 20, 0, 1),
        (72, 24, 67, 1),
        (72, 24.001, 62, 2),
        (50, 168, 50, 7),
        (50, 168.1, 0, 8),
        ("49.99", 20, Decimal("44.99"), 1),
        ("72.35", 20, Decimal("67.35"), 1),
        (0, 20, 0, 1),
    ],
)
def test_five_marks_are_taken_for_each_started_day(raw: str, hours: float, mark: int, days: int) -> None:
    found = late(raw, timedelta(hours=hours))
    assert (found.mark, found.days) == (mark, days)
    assert found.penalty == Decimal(raw) - mark


@pytest.mark.parametrize(("minutes", "mark"), [(-60, 72), (0, 72), (12, 72), (15, 72), (15.01, 67), (18, 67)])
def test_fifteen_minutes_are_tolerated_and_no_more(minutes: float, mark: int) -> None:
    assert late(72, timedelta(minutes=minutes)).mark == mark


def test_an_extension_moves_the_due_time_that_lateness_counts_from() -> None:
    arrived = DUE + timedelta(hours=170)
    assert after_late_penalty(Decimal(72), arrived_at=arrived, due_at=DUE + timedelta(days=7), rule=RULE).mark == 67


def test_a_late_resit_scores_nothing_and_a_tolerated_one_keeps_its_mark() -> None:
    assert late(60, timedelta(minutes=16), is_resit=True).mark == 0
    assert late(60, timedelta(minutes=15), is_resit=True).mark == 60


@pytest.mark.parametrize(
    ("raw", "by", "arrived", "told"),
    [
        (72, timedelta(minutes=12), "12 minutes", "No marks are taken."),
        (72, timedelta(minutes=18), "18 minutes", "5 marks are taken: 72 becomes 67."),
        # Over the tolerance by less than a second still reads as over it.
        (72, timedelta(minutes=15, microseconds=1), "15 minutes 1 second", "5 marks are taken: 72 becomes 67."),
        ("72.5", timedelta(hours=51), "2 days 3 hours", "15 marks are taken for 3 started days: 72.5 becomes 57.5."),
        (52, timedelta(hours=20), "20 hours", "A mark of 50 or more is not pushed below 50: 52 becomes 50."),
        (50, timedelta(hours=20), "20 hours", "A mark of 50 or more is not pushed below 50: 50 stays 50."),
        (3, timedelta(hours=20), "20 hours", "3 marks are taken: 3 becomes 0."),
        (90, timedelta(days=7, seconds=1), "7 days 1 second", "Work more than 7 days late scores 0: 90 becomes 0."),
    ],
)
def test_the_student_reads_what_was_taken_and_why(raw: str, by: timedelta, arrived: str, told: str) -> None:
    assert late(raw, by).sentence == f"Arrived {arrived} after the due time; 15 minutes are allowed. {told}"


def test_work_in_time_is_said_to_be() -> None:
    assert late(72, timedelta()).sentence == "Arrived in time. No marks are taken."


def test_the_student_reads_that_a_late_resit_scores_nothing() -> None:
    assert late(60, timedelta(hours=1), is_resit=True).sentence.endswith("A late resit scores 0: 60 becomes 0.")


def test_elapsed_time_counts_across_the_clock_change_not_the_clock_on_the_wall() -> None:
    # On 28 March 2027 London skips 01:00-02:00: 00:50 to 02:10 reads as 80 minutes and lasts 20.
    due = datetime(2027, 3, 28, 0, 50, tzinfo=LONDON)
    arrived = datetime(2027, 3, 28, 2, 10, tzinfo=LONDON)
    assert after_late_penalty(Decimal(72), arrived_at=arrived, due_at=due, rule=RULE).late_by == timedelta(minutes=20)
    # On 31 October 2027 01:30 comes twice, an hour apart.
    due = datetime(2027, 10, 31, 1, 30, tzinfo=LONDON)
    found = after_late_penalty(Decimal(72), arrived_at=due.replace(fold=1), due_at=due, rule=RULE)
    assert (found.late_by, found.mark) == (timedelta(hours=1), 67)


def test_seven_days_are_168_hours_also_when_the_clock_changes() -> None:
    due = datetime(2027, 3, 26, 17, 0, tzinfo=LONDON)
    same_time_next_week = datetime(2027, 4, 2, 17, 59, tzinfo=LONDON)  # 167 h 59 min later
    assert after_late_penalty(Decimal(90), arrived_at=same_time_next_week, due_at=due, rule=RULE).mark == 55


@pytest.mark.parametrize("naive", ["arrived_at", "due_at"])
def test_a_time_without_zone_is_refused(naive: str) -> None:
    times = {"arrived_at": DUE, "due_at": DUE, naive: datetime(2027, 5, 14, 17, 0)}  # noqa: DTZ001
    with pytest.raises(ValueError, match=rf"^{naive}: 2027-05-14T17:00:00 has no time zone"):
        after_late_penalty(Decimal(72), arrived_at=times["arrived_at"], due_at=times["due_at"], rule=RULE)


@pytest.mark.parametrize("raw", [Decimal(101), Decimal(-1), Decimal("NaN"), 72.5])
def test_what_is_no_mark_is_refused(raw: Decimal) -> None:
    with pytest.raises(MarkError, match=r"^raw mark: "):
        after_late_penalty(raw, arrived_at=DUE, due_at=DUE, rule=RULE)


@given(marks, delays, delays, st.booleans())
def test_later_is_never_better(raw: Decimal, one: timedelta, other: timedelta, is_resit: bool) -> None:
    early, later = sorted((one, other))
    assert late(raw, early, is_resit=is_resit).mark >= late(raw, later, is_resit=is_resit).mark


@given(marks, marks, delays)
def test_better_work_never_scores_less_at_the_same_time(one: Decimal, other: Decimal, by: timedelta) -> None:
    worse, better = sorted((one, other))
    assert late(worse, by).mark <= late(better, by).mark


@given(marks, delays, st.booleans())
def test_a_penalty_never_raises_a_mark_and_never_goes_below_zero(raw: Decimal, by: timedelta, is_resit: bool) -> None:
    found = late(raw, by, is_resit=is_resit)
    assert 0 <= found.mark <= raw
    assert f"{found.mark.normalize():f}" in found.sentence or found.mark == raw


@given(st.decimals(50, 100, places=2), st.timedeltas(timedelta(0), timedelta(hours=168)))
def test_a_pass_stays_a_pass_for_seven_days(raw: Decimal, by: timedelta) -> None:
    assert late(raw, by).mark >= 50
