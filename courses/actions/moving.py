"""What of courses goes along when a cohort moves to another revision: progress, sittings, and what had opened."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from courses import dates
from courses.models import Cohort, Lesson, LessonProgress, Sitting
from courses.regulations import regulations
from courses.revisions.contents import Contents, quiz_of
from courses.revisions.identity import Pairs


def take_along(*, cohort: Cohort, old: Contents, new: Contents, pairs: Pairs, now: datetime) -> None:
    """Call in the transaction that moves the cohort, with its row locked. Saves the cohort."""
    _take_progress(cohort, new, pairs)
    _take_sittings(cohort, pairs)
    cohort.opened = opened(cohort, old, new, pairs, now)
    cohort.revision = new.revision
    cohort.save(update_fields=["revision", "opened"])


def opened(cohort: Cohort, old: Contents, new: Contents, pairs: Pairs, now: datetime) -> dict[str, dict[str, str]]:
    """What Cohort.opened becomes: what has opened by now stays open, also if it goes and comes back."""
    rules = regulations(cohort.regulations_version)
    names = {pairs.renamed.get(name, name): at for name, at in cohort.opened.get(dates.NAMES, {}).items()}
    for module in old.modules:
        opens_at = dates.module_dates(cohort, rules, module.number).opens_at
        if opens_at <= now:
            names[pairs.renamed.get(module.name, module.name)] = opens_at.isoformat()
    slugs = dict(cohort.opened.get(dates.ASSIGNMENTS, {}))
    for assignment in old.assignments:
        opens_at = dates.cohort_dates(cohort, assignment).opens_at
        if opens_at <= now:
            slugs[assignment.slug] = opens_at.isoformat()
    numbers = {str(module.number): names[module.name] for module in new.modules if module.name in names}
    return {dates.NAMES: names, dates.ASSIGNMENTS: slugs, dates.MODULES: numbers}


def _take_progress(cohort: Cohort, new: Contents, pairs: Pairs) -> None:
    """Every row to the place of its lesson, or set aside; a lesson that comes back finds its row again."""
    rows = list(LessonProgress.objects.filter(enrolment__cohort=cohort).order_by("pk"))
    places = destinations(rows, new, pairs)
    LessonProgress.objects.filter(pk__in=[row.pk for row in rows]).update(module_number=None)  # Places may be swapped.
    claimed: dict[tuple[int, int], list[LessonProgress]] = defaultdict(list)
    for row in rows:
        lesson = places[row.pk]
        if lesson is not None:
            claimed[row.enrolment_id, lesson.pk].append(row)
            row.module_number, row.module_name, row.lesson_slug = lesson.module.number, "", lesson.slug
        elif row.module_number is not None:
            row.module_name, row.module_number = old_name(row, pairs), None
        else:
            row.module_name = pairs.renamed.get(row.module_name, row.module_name)
    for first, *others in claimed.values():
        _merge(first, others)
    LessonProgress.objects.bulk_update(
        [row for row in rows if row.pk], ["module_number", "module_name", "lesson_slug", "opened_at", "read_at"]
    )


def destinations(rows: list[LessonProgress], new: Contents, pairs: Pairs) -> dict[int, Lesson | None]:
    """The lesson of the newer revision that each row stands for, by the primary key of the row."""
    known = {(pair.old.module.number, pair.old.slug): pair.new for pair in pairs.lessons if pair.old}
    back = {(lesson.module.name, lesson.slug): lesson for lesson in new.lessons}
    return {
        row.pk: back.get((pairs.renamed.get(row.module_name, row.module_name), row.lesson_slug))
        if row.module_number is None
        else known.get((row.module_number, row.lesson_slug))
        for row in rows
    }


def old_name(row: LessonProgress, pairs: Pairs) -> str:
    """The name of the module that a row is set aside under: its present one, if there still is the module."""
    found = (pair.present.name for pair in pairs.modules if pair.old and pair.old.number == row.module_number)
    return next(found, "")


def _merge(first: LessonProgress, others: list[LessonProgress]) -> None:
    """Two rows that have become one lesson: opened at the first time, read at the first time."""
    for other in others:
        first.opened_at = min(first.opened_at, other.opened_at)
        first.read_at = min((at for at in (first.read_at, other.read_at) if at), default=None)
        other.delete()


def _take_sittings(cohort: Cohort, pairs: Pairs) -> None:
    """Those of quizzes that ask the same. What was answered of another quiz stays on record with it."""
    for pair in pairs.lessons:
        old, new = pair.old and quiz_of(pair.old), pair.new and quiz_of(pair.new)
        if old and new and (old.ask, old.questions) == (new.ask, new.questions):
            taken = Sitting.objects.filter(quiz=new).values("user")
            Sitting.objects.filter(quiz=old, enrolment__cohort=cohort).exclude(user__in=taken).update(quiz=new)
