"""When things open, are due and close. Nobody else computes these dates.

The dates of a cohort are wall times of the school (settings.TIME_ZONE), whoever looks. What comes back is in UTC:
Python subtracts two times of one zone by the clock on the wall, an hour wrong across a clock change.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone

from courses.models import Assignment, Cohort, Enrolment, Extension, Sitting
from courses.regulations import Pace, Regulations, regulations

THURSDAY = 3  # not Friday: whoever is stuck finds somebody the next morning
DUE = time(23, 59)
# What Cohort.opened holds: what had opened before a move, by module number and by assignment; and by the name of the
# module, for when it comes back.
MODULES, ASSIGNMENTS, NAMES = "modules", "assignments", "names"


@dataclass(frozen=True)
class ModuleDates:
    """Of one module in one cohort, before extensions. Weeks are counted from 1."""

    first_week: int
    last_week: int
    opens_at: datetime
    due_at: datetime


@dataclass(frozen=True)
class EffectiveDates:
    """Of one assignment for one enrolment. Between `due_at` and `closes_at` work is taken, late."""

    opens_at: datetime
    due_at: datetime
    closes_at: datetime
    extended: bool


def moment(day: date, at: time) -> datetime:
    """The school's wall time as an instant. What strikes twice counts the second time; what is skipped comes after."""
    local = datetime.combine(day, at, tzinfo=timezone.get_default_timezone())
    return max(local.astimezone(UTC), local.replace(fold=1).astimezone(UTC))


def school_day(at: datetime | None = None) -> date:
    """The date on the school's wall, now or at another time."""
    return timezone.localdate(at, timezone=timezone.get_default_timezone())


def from_today(at: datetime, now: datetime) -> str:
    """“in 7 days”, by the calendar of whoever looks. Always shown beside the date itself."""
    days = (timezone.localdate(at) - timezone.localdate(now)).days
    match days:
        case 0:
            return "today"
        case 1:
            return "tomorrow"
        case -1:
            return "yesterday"
    return f"in {days} days" if days > 0 else f"{-days} days ago"


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def pace_of(cohort: Cohort, rules: Regulations | None = None) -> Pace:
    rules = rules or regulations(cohort.regulations_version)
    return rules.pace.part_time if cohort.pace == Cohort.Pace.PART_TIME else rules.pace.full_time


def week_of(cohort: Cohort, day: date) -> int:
    """Which week of the cohort a day is in; 0 and less before it starts."""
    return (monday_of(day) - monday_of(cohort.starts_on)).days // 7 + 1


def ends_on(cohort: Cohort) -> date:
    """The Sunday of the last week."""
    return monday_of(cohort.starts_on) + timedelta(weeks=pace_of(cohort).weeks, days=-1)


def module_dates(cohort: Cohort, rules: Regulations, number: int) -> ModuleDates:
    """Opens on the Monday of the module's first week, due on the Thursday of its last."""
    first_week, last_week = pace_of(cohort, rules).weeks_of(rules.modules[f"M{number}"])
    first_monday = monday_of(cohort.starts_on)
    opens_at = moment(first_monday + timedelta(weeks=first_week - 1), time.min)
    return ModuleDates(
        first_week=first_week,
        last_week=last_week,
        opens_at=or_opened(opens_at, cohort, MODULES, str(number)),
        due_at=moment(first_monday + timedelta(weeks=last_week - 1, days=THURSDAY), DUE),
    )


def or_opened(opens_at: datetime, cohort: Cohort, kind: str, key: str) -> datetime:
    """The opening by the regulations, or the earlier one that there was before the cohort moved to this revision."""
    before = cohort.opened.get(kind, {}).get(key)
    return min(opens_at, datetime.fromisoformat(before)) if before else opens_at


def dates_of_modules(cohort: Cohort) -> dict[int, ModuleDates]:
    """By module number, for every module that the cohort's regulations know."""
    rules = regulations(cohort.regulations_version)
    numbers = [int(name.removeprefix("M")) for name in rules.modules]
    return {number: module_dates(cohort, rules, number) for number in numbers}


def effective_dates(enrolment: Enrolment, assignment: Assignment) -> EffectiveDates:
    return effective_dates_of([enrolment], [assignment])[enrolment.pk, assignment.pk]


def effective_dates_of(
    enrolments: Iterable[Enrolment], assignments: Iterable[Assignment]
) -> dict[tuple[int, int], EffectiveDates]:
    """Of every assignment for every enrolment, by both primary keys, in one query.

    Give rows with `cohort` and `module` selected. Assignments of another programme are a mistake of the caller.
    """
    enrolments, assignments = list(enrolments), list(assignments)
    in_force: dict[tuple[int, str], datetime] = {}
    granted = Extension.objects.filter(
        enrolment__in=enrolments, assignment_slug__in={assignment.slug for assignment in assignments}
    )
    for extension in granted.order_by("granted_at", "pk"):
        in_force[extension.enrolment_id, extension.assignment_slug] = extension.due_at
    found = {}
    for enrolment in enrolments:
        rules = regulations(enrolment.cohort.regulations_version)
        for assignment in assignments:
            module = module_dates(enrolment.cohort, rules, assignment.module.number)
            extension_until = in_force.get((enrolment.pk, assignment.slug))
            due_at = extension_until or module.due_at
            found[enrolment.pk, assignment.pk] = EffectiveDates(
                opens_at=or_opened(module.opens_at, enrolment.cohort, ASSIGNMENTS, assignment.slug),
                due_at=due_at,
                closes_at=due_at.astimezone(UTC) + rules_for(assignment, enrolment.cohort).lateness.zero_after,
                extended=extension_until is not None,
            )
    return found


def cohort_dates(cohort: Cohort, assignment: Assignment) -> EffectiveDates:
    """What everybody in the cohort has who has no extension: for staff who look at it."""
    rules = rules_for(assignment, cohort)
    module = module_dates(cohort, rules, assignment.module.number)
    opens_at = or_opened(module.opens_at, cohort, ASSIGNMENTS, assignment.slug)
    return EffectiveDates(opens_at, module.due_at, module.due_at + rules.lateness.zero_after, extended=False)


def latest_extension(cohort: Cohort, assignment: Assignment) -> datetime:
    """How far the regulations let a due time move, with evidence."""
    rules = regulations(cohort.regulations_version)
    due_at = module_dates(cohort, rules, assignment.module.number).due_at
    return moment(school_day(due_at) + timedelta(days=rules.extensions.evidenced_days), DUE)


def rules_for(assignment: Assignment, cohort: Cohort) -> Regulations:
    """Those of the cohort; a quiz is not taken late, because what is right may be known from its due time on."""
    rules = regulations(cohort.regulations_version)
    return replace(rules, lateness=replace(rules.lateness, zero_after_hours=0)) if assignment.is_quiz else rules


def closed_for_everybody(cohort: Cohort, assignment: Assignment, now: datetime | None = None) -> bool:
    """Whether nobody in the cohort has any time left, extensions included. Two queries."""
    if (now or timezone.now()) <= cohort_dates(cohort, assignment).closes_at:
        return False
    students = Enrolment.objects.filter(cohort=cohort, state=Enrolment.State.ENROLLED).select_related("cohort")
    dates = effective_dates_of(students, [assignment])
    return all(each.closes_at < (now or timezone.now()) for each in dates.values())


def sitting_ends_at(sitting: Sitting, assignment: Assignment) -> datetime:
    """When a sitting of an assignment ends by itself: at its time limit, or when the quiz closes for this student."""
    assert sitting.enrolment is not None
    closes = effective_dates(sitting.enrolment, assignment).closes_at
    minutes = sitting.quiz.minutes
    return min(sitting.began_at + timedelta(minutes=minutes), closes) if minutes else closes
