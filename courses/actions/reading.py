from django.db import transaction
from django.utils import timezone

from courses.models import Enrolment, Lesson, LessonProgress


def open_lesson(*, lesson: Lesson, by: Enrolment) -> LessonProgress:
    """Remember that a lesson was opened: a row on the first time, nothing later."""
    progress, _ = LessonProgress.objects.get_or_create(
        enrolment=by, module_number=lesson.module.number, lesson_slug=lesson.slug
    )
    return progress


@transaction.atomic
def finish_lesson(*, lesson: Lesson, by: Enrolment) -> LessonProgress:
    """The student says: I have read it. The first time counts."""
    progress = open_lesson(lesson=lesson, by=by)
    LessonProgress.objects.filter(pk=progress.pk, read_at=None).update(read_at=timezone.now())
    progress.refresh_from_db()
    return progress


@transaction.atomic
def reopen_lesson(*, lesson: Lesson, by: Enrolment) -> LessonProgress:
    """A slip of the finger, or a second reading: it counts as unread again."""
    progress = open_lesson(lesson=lesson, by=by)
    LessonProgress.objects.filter(pk=progress.pk).update(read_at=None)
    progress.refresh_from_db()
    return progress
