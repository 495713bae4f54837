"""Every topic that the programme promises is taught, in each module that has lessons."""

import pytest
from django.conf import settings

from courses.coverage import coverage
from courses.loading import read
from tests.programme.conftest import PROGRAMME

TOPICS = [5, 4, 4, 4, 4, 4, 4, 4, 4]


@pytest.fixture(scope="module")
def modules(frozen):
    return [(one, coverage(one.module, one.lessons)) for one in read(PROGRAMME, data_dir=settings.DATA_DIR).modules]


def test_no_module_has_lost_a_topic(modules):
    assert [len(covered.topics) for _, covered in modules] == TOPICS


def test_no_topic_is_without_a_lesson(modules):
    assert {covered.module.code: covered.holes for _, covered in modules if covered.holes} == {}


def test_no_lesson_is_harder_to_read_than_a_good_newspaper(modules):
    """Flesch's ease, without code and formulas; 50 is where good newspapers stand."""
    hard = {lesson.title: text.ease for _, covered in modules for lesson, text in covered.lessons if text.ease < 50}
    assert hard == {}


def test_no_lesson_takes_longer_to_read_than_it_states(modules):
    long = {
        lesson.title: (text.minutes, lesson.minutes)
        for _, covered in modules
        for lesson, text in covered.lessons
        if text.minutes > lesson.minutes
    }
    assert long == {}
