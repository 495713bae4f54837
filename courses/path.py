"""The nine modules of a cohort as one reader meets them: dates, lessons read, assignments, and where today is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from django.db.models import BooleanField, ExpressionWrapper, Prefetch, Q
from django.utils import timezone

from courses import dashboard, dates
from courses.dashboard import ShownMark, Work
from courses.dates import EffectiveDates, ModuleDates
from courses.models import Assignment, Cohort, Enrolment, Lesson, LessonProgress, Module
from courses.regulations import regulations

IS_QUIZ = ExpressionWrapper(Q(kind=Assignment.Kind.QUIZ), BooleanField())
"""Orders a module's quiz after the work that counts most."""
GAP = 0.22  # of a week, between two modules on the track


class State(StrEnum):
    DONE = "done"
    NOW = "now"
    OVERDUE = "overdue"
    AHEAD = "ahead"


@dataclass(frozen=True)
class Assigned:
    """One assignment as one reader has it."""

    assignment: Assignment
    dates: EffectiveDates
    work: Work
    now: datetime
    is_optional: bool = False
    """It counts nothing by the regulations."""

    @property
    def has_opened(self) -> bool:
        return self.dates.opens_at <= self.now

    @property
    def is_outstanding(self) -> bool:
        """Can and should it be handed in: for the first time, or again while that is not late?"""
        if self.is_optional:
            return False
        if self.work.handed_in:
            return self.work.has_newer_draft and self.dates.opens_at <= self.now <= self.dates.due_at
        return self.dates.opens_at <= self.now <= self.dates.closes_at

    @property
    def is_late(self) -> bool:
        return self.is_outstanding and self.dates.due_at < self.now

    @property
    def due_from_today(self) -> str:
        return dates.from_today(self.dates.due_at, self.now)

    @property
    def is_missed(self) -> bool:
        return not self.is_optional and not self.work.handed_in and self.dates.closes_at < self.now


@dataclass(frozen=True)
class Reading:
    """One lesson as one reader has it."""

    lesson: Lesson
    number: str
    progress: LessonProgress | None

    @property
    def is_read(self) -> bool:
        return self.progress is not None and self.progress.read_at is not None

    @property
    def is_begun(self) -> bool:
        return self.progress is not None and self.progress.read_at is None


@dataclass(frozen=True)
class Step:
    """One module on the path."""

    module: Module
    dates: ModuleDates
    readings: list[Reading]
    assigned: list[Assigned]
    now: datetime
    mark: ShownMark | None = None
    is_last: bool = False

    @property
    def weeks(self) -> int:
        return self.dates.last_week - self.dates.first_week + 1

    @property
    def has_opened(self) -> bool:
        return self.dates.opens_at <= self.now

    @property
    def due_at(self) -> datetime:
        """The next due time in it that can still be met, else its last one."""
        due = [one.dates.due_at for one in self.assigned]
        ahead = [one.dates.due_at for one in self.assigned if one.is_outstanding and not one.is_late]
        return min(ahead) if ahead else max(due, default=self.dates.due_at)

    @property
    def is_extended(self) -> bool:
        return any(one.dates.extended for one in self.assigned)

    @property
    def opens_from_today(self) -> str:
        return dates.from_today(self.dates.opens_at, self.now)

    @property
    def lessons_read(self) -> int:
        return sum(reading.is_read for reading in self.readings)

    @property
    def minutes_left(self) -> int:
        return sum(reading.lesson.minutes for reading in self.readings if not reading.is_read)

    @property
    def next_reading(self) -> Reading | None:
        """The first lesson that is not read, in the order of the module."""
        return next((reading for reading in self.readings if not reading.is_read), None)

    @property
    def is_handed_in(self) -> bool:
        needed = [one for one in self.assigned if not one.is_optional]
        return bool(needed) and all(one.work.handed_in for one in needed)

    @property
    def is_missed(self) -> bool:
        return any(one.is_missed for one in self.assigned)

    @cached_property
    def state(self) -> State:
        if not self.has_opened:
            return State.AHEAD
        if any(one.is_late for one in self.assigned):
            return State.OVERDUE
        if self.is_handed_in and not any(one.is_outstanding for one in self.assigned):
            return State.DONE
        return State.NOW if self.now <= self.due_at else State.DONE

    @property
    def bar_x(self) -> str:
        return str(self.dates.first_week - 1)

    @property
    def bar_width(self) -> str:
        return f"{self.weeks if self.is_last else self.weeks - GAP:.2f}"

    @property
    def elapsed_width(self) -> str:
        """How much of a module that is under way has gone by, in weeks of the axis."""
        gone = (self.now - self.dates.opens_at).total_seconds() / (7 * 24 * 3600)
        return f"{min(max(gone, 0), float(self.bar_width)):.2f}"


@dataclass(frozen=True)
class Path:
    cohort: Cohort
    enrolment: Enrolment | None
    steps: list[Step]
    weeks: int
    week: int
    now: datetime

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    @property
    def assigned(self) -> list[Assigned]:
        return [one for step in self.steps for one in step.assigned]

    @property
    def overdue(self) -> list[Assigned]:
        return [one for one in self.assigned if one.is_late]

    @property
    def is_under_way(self) -> bool:
        return 1 <= self.week <= self.weeks

    @property
    def today_at(self) -> str:
        """Where today is on the axis, in per cent of its length."""
        start = dates.moment(dates.monday_of(self.cohort.starts_on), datetime.min.time())
        gone = (self.now - start).total_seconds() / (7 * 24 * 3600)
        return f"{100 * min(max(gone / self.weeks, 0), 1):.2f}"

    @property
    def today_is_near_the_end(self) -> bool:
        return float(self.today_at) > 92

    def step(self, number: int) -> Step:
        return next(step for step in self.steps if step.module.number == number)


def path_of(cohort: Cohort, enrolment: Enrolment | None = None, modules: Iterable[int] = ()) -> Path:
    """The whole path, or only some of its modules by number. A constant number of queries, however much is taught."""
    now = timezone.now()
    days = dates.dates_of_modules(cohort)
    taught = _modules(cohort, modules)
    assignments = [assignment for module in taught for assignment in module.assignments.all()]
    work = dashboard.work_of(enrolment) if enrolment else {}
    marks = dashboard.marks_of(enrolment) if enrolment else {}
    if enrolment:
        found = dates.effective_dates_of([enrolment], assignments)
        effective = {assignment: found[enrolment.pk, assignment.pk] for assignment in assignments}
        read = {(row.module_number, row.lesson_slug): row for row in enrolment.progress.all()}
    else:
        effective = {assignment: dates.cohort_dates(cohort, assignment) for assignment in assignments}
        read = {}
    rules = regulations(cohort.regulations_version)
    steps = [
        Step(
            module=module,
            dates=days[module.number],
            readings=[
                Reading(lesson, f"{module.number}.{lesson.number}", read.get((module.number, lesson.slug)))
                for lesson in module.lessons.all()
            ],
            assigned=[
                Assigned(
                    assignment,
                    effective[assignment],
                    work.get(assignment.pk, Work()),
                    now,
                    is_optional=assignment.is_quiz and not rules.modules[module.code].weights.quiz,
                )
                for assignment in module.assignments.all()
            ],
            now=now,
            mark=marks.get(module.number),
            is_last=module.number == max(days),
        )
        for module in taught
    ]
    return Path(
        cohort=cohort,
        enrolment=enrolment,
        steps=steps,
        weeks=dates.pace_of(cohort).weeks,
        week=dates.week_of(cohort, dates.school_day(now)),
        now=now,
    )


def _modules(cohort: Cohort, numbers: Iterable[int]) -> list[Module]:
    """With their lessons and assignments, without the long texts."""
    modules = Module.objects.filter(revision=cohort.revision_id)
    if numbers:
        modules = modules.filter(number__in=numbers)
    lessons = Lesson.objects.defer("source", "html").order_by("number")
    assignments = Assignment.objects.defer("brief", "brief_html", "rubric").order_by(IS_QUIZ, "slug")
    return list(
        modules.order_by("number").prefetch_related(
            Prefetch("lessons", queryset=lessons), Prefetch("assignments", queryset=assignments)
        )
    )
