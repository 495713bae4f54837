import pytest

from courses import actions
from courses.models import Enrolment, Lesson, LessonProgress


@pytest.fixture
def lesson(amara: Enrolment) -> Lesson:
    return Lesson.objects.select_related("module").get(module__revision=amara.cohort.revision, number=1)


def test_opening_a_lesson_twice_keeps_the_first_time(amara: Enrolment, lesson: Lesson) -> None:
    first = actions.open_lesson(lesson=lesson, by=amara)
    assert actions.open_lesson(lesson=lesson, by=amara).opened_at == first.opened_at
    assert first.read_at is None


def test_finishing_twice_keeps_the_first_time(amara: Enrolment, lesson: Lesson) -> None:
    first = actions.finish_lesson(lesson=lesson, by=amara)
    assert first.read_at is not None
    assert actions.finish_lesson(lesson=lesson, by=amara).read_at == first.read_at
    assert LessonProgress.objects.count() == 1


def test_a_finished_lesson_can_be_unread_again(amara: Enrolment, lesson: Lesson) -> None:
    actions.finish_lesson(lesson=lesson, by=amara)
    assert actions.reopen_lesson(lesson=lesson, by=amara).read_at is None


def test_progress_is_kept_by_student(amara: Enrolment, bruno: Enrolment, lesson: Lesson) -> None:
    actions.finish_lesson(lesson=lesson, by=amara)
    assert not bruno.progress.exists()
