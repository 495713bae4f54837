"""The one place where dates are computed: on the wall of the school, over years, zones and clock changes."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import factories
import pytest
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from courses import dates
from courses.models import Assignment, Cohort, Enrolment, Extension
from courses.regulations import regulations

ZONES = [
    "Europe/London",
    "America/New_York",
    "America/Santiago",
    "America/Havana",
    "Africa/Cairo",
    "Asia/Amman",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "America/St_Johns",
    "UTC",
]
NUMBERS = range(1, 10)


def a_cohort(starts_on: date, pace: str = "part_time") -> Cohort:
    return Cohort(starts_on=starts_on, pace=pace, regulations_version="2026")


def of(cohort: Cohort, number: int) -> dates.ModuleDates:
    return dates.module_dates(cohort, regulations("2026"), number)


def strikes(zone: ZoneInfo, day: date, at: time) -> bool:
    """Is there such a time on the wall, or was it skipped?"""
    local = datetime.combine(day, at, tzinfo=zone)
    return local.astimezone(UTC).astimezone(zone).replace(fold=0) == local


any_day = st.dates(date(2020, 1, 1), date(2040, 12, 31))
any_pace = st.sampled_from(["part_time", "full_time"])
any_module = st.sampled_from(NUMBERS)


@given(any_day, any_pace, any_module, st.sampled_from(ZONES))
@settings(max_examples=300, deadline=None)
def test_a_module_opens_on_a_monday_and_is_due_at_23_59_of_a_thursday_whatever_the_clocks_do(
    starts_on: date, pace: str, number: int, name: str
) -> None:
    zone = ZoneInfo(name)
    with override_settings(TIME_ZONE=name):
        found = of(a_cohort(starts_on, pace), number)
    opens, due = found.opens_at.astimezone(zone), found.due_at.astimezone(zone)
    assert opens.weekday() == 0
    if strikes(zone, opens.date(), time(0, 0)):
        assert opens.time() == time(0, 0)
    else:
        before = (found.opens_at - timedelta(minutes=1)).astimezone(zone)
        assert before.date() < opens.date(), "skipped midnight: the first minute of the day"
    if strikes(zone, due.date(), time(23, 59)):
        assert (due.weekday(), due.time()) == (3, time(23, 59))
    assert found.opens_at < found.due_at


@given(any_day, any_pace, any_module)
def test_the_days_are_those_of_the_weeks_in_the_regulations(starts_on: date, pace: str, number: int) -> None:
    found = of(a_cohort(starts_on, pace), number)
    first_monday = starts_on - timedelta(days=starts_on.weekday())
    assert dates.school_day(found.opens_at) == first_monday + timedelta(weeks=found.first_week - 1)
    assert dates.school_day(found.due_at) == first_monday + timedelta(weeks=found.last_week - 1, days=3)


@given(any_day, any_pace)
def test_modules_follow_each_other_without_gap_or_overlap(starts_on: date, pace: str) -> None:
    cohort = a_cohort(starts_on, pace)
    all_of_them = [of(cohort, number) for number in NUMBERS]
    for before, after in pairwise(all_of_them):
        assert after.first_week == before.last_week + 1
        assert before.due_at < after.opens_at
    assert all_of_them[-1].last_week == (52 if pace == "part_time" else 26)
    assert dates.school_day(all_of_them[-1].due_at) <= dates.ends_on(cohort)


@pytest.mark.parametrize(
    ("pace", "number", "weeks", "opens", "due"),
    [
        ("full_time", 1, (1, 2), "2027-01-11", "2027-01-21"),
        ("full_time", 4, (7, 10), "2027-02-22", "2027-03-18"),
        ("full_time", 9, (22, 26), "2027-06-07", "2027-07-08"),
        ("part_time", 1, (1, 4), "2027-01-11", "2027-02-04"),
        ("part_time", 4, (13, 20), "2027-04-05", "2027-05-27"),
        ("part_time", 9, (43, 52), "2027-11-01", "2028-01-06"),
    ],
)
def test_worked_dates(pace: str, number: int, weeks: tuple[int, int], opens: str, due: str) -> None:
    found = of(a_cohort(date(2027, 1, 11), pace), number)
    assert (found.first_week, found.last_week) == weeks
    assert str(dates.school_day(found.opens_at)) == opens
    assert str(dates.school_day(found.due_at)) == due


def test_a_due_time_that_strikes_twice_is_the_second_one() -> None:
    """Cairo turns its clocks back at midnight at the end of a Thursday."""
    with override_settings(TIME_ZONE="Africa/Cairo"):
        found = dates.moment(date(2027, 10, 28), time(23, 59))
    assert found == datetime(2027, 10, 28, 21, 59, tzinfo=UTC)


def test_a_cohort_that_does_not_start_on_a_monday_counts_from_the_monday_of_that_week() -> None:
    assert of(a_cohort(date(2027, 1, 14)), 1) == of(a_cohort(date(2027, 1, 11)), 1)


@pytest.mark.parametrize(
    ("day", "week"), [("2027-01-10", 0), ("2027-01-11", 1), ("2027-01-17", 1), ("2027-01-18", 2), ("2028-01-09", 52)]
)
def test_weeks_are_counted_from_one(day: str, week: int) -> None:
    assert dates.week_of(a_cohort(date(2027, 1, 11)), date.fromisoformat(day)) == week


def test_an_unextended_assignment_closes_168_hours_after_it_is_due(amara: Enrolment, assignment: Assignment) -> None:
    found = dates.effective_dates(amara, assignment)
    module = of(amara.cohort, 4)
    assert (found.opens_at, found.due_at) == (module.opens_at, module.due_at)
    assert found.closes_at - found.due_at == timedelta(hours=168)
    assert not found.extended


def test_the_late_window_is_168_hours_even_when_the_clocks_change_in_it(db: None) -> None:
    cohort = factories.cohort(starts_on=date(2027, 1, 4), pace="full_time")
    enrolment = factories.enrolment(cohort)
    work = Assignment.objects.get(module__revision=cohort.revision)
    found = dates.effective_dates(enrolment, work)
    extension = Extension(
        enrolment=enrolment, assignment_slug=work.slug, due_at=dates.moment(date(2027, 3, 25), dates.DUE), reason="Ill"
    )
    extension.granted_by = enrolment.user
    extension.save()
    moved = dates.effective_dates(enrolment, work)
    london = ZoneInfo("Europe/London")
    assert found.closes_at - found.due_at == moved.closes_at - moved.due_at == timedelta(hours=168)
    assert moved.closes_at.astimezone(london).time() == time(0, 59), "the clocks went forward on 28 March"


@pytest.fixture
def extend(office: User) -> object:
    def make(enrolment: Enrolment, due_at: datetime, **fields: object) -> Extension:
        values = {"assignment_slug": "hospital-death", "reason": "Ill", "granted_by": office}
        return Extension.objects.create(enrolment=enrolment, due_at=due_at, **(values | fields))

    return make


def test_the_extension_granted_last_is_in_force(amara: Enrolment, assignment: Assignment, extend: object) -> None:
    due_at = dates.effective_dates(amara, assignment).due_at
    extend(amara, due_at + timedelta(days=14))
    extend(amara, due_at + timedelta(days=7))
    found = dates.effective_dates(amara, assignment)
    assert found.due_at == due_at + timedelta(days=7)
    assert found.closes_at == due_at + timedelta(days=14)
    assert found.extended


def test_an_extension_moves_nobody_elses_dates_and_no_other_assignment(
    amara: Enrolment, bruno: Enrolment, assignment: Assignment, extend: object
) -> None:
    before = dates.effective_dates(bruno, assignment)
    extend(amara, before.due_at + timedelta(days=7))
    extend(bruno, before.due_at + timedelta(days=7), assignment_slug="another")
    assert dates.effective_dates(bruno, assignment) == before


@pytest.mark.parametrize("students", [1, 30])
def test_all_dates_of_a_cohort_take_one_query(
    spring: Cohort, assignment: Assignment, students: int, django_assert_num_queries: object
) -> None:
    for _ in range(students):
        factories.enrolment(spring)
    enrolments = list(Enrolment.objects.select_related("cohort"))
    work = list(Assignment.objects.select_related("module"))
    with django_assert_num_queries(1):
        found = dates.effective_dates_of(enrolments, work)
    assert len(found) == students


@given(st.integers(min_value=1, max_value=14), st.sampled_from(ZONES))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_an_extension_within_the_regulations_stays_within_the_latest_one(
    spring: Cohort, assignment: Assignment, days: int, name: str
) -> None:
    with override_settings(TIME_ZONE=name):
        due_on = dates.school_day(of(spring, 4).due_at)
        latest = dates.latest_extension(spring, assignment)
        assert dates.moment(due_on + timedelta(days=days), dates.DUE) <= latest
        assert dates.moment(due_on + timedelta(days=15), dates.DUE) > latest
