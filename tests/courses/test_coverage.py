"""Which lesson covers which topic, how easy lessons are to read, and what answers say about questions."""

from io import StringIO
from pathlib import Path
from typing import Any

import factories
import pytest
from django.core.management import CommandError, call_command
from pages import queries_of, words
from programme_files import LESSON, ProgrammeFiles

from accounts.models import User
from courses.coverage import readability
from courses.models import Cohort, Enrolment, Lesson, Quiz, QuizAnswer, Sitting
from courses.statistics import FEWEST, Given, of_lesson

COVERAGE = "/cohorts/spring/coverage/"


@pytest.fixture
def quiz(spring: Cohort) -> Quiz:
    return factories.quiz(Lesson.objects.get(module__revision=spring.revision, slug="lesson-1"))


def answered(quiz: Quiz, by: Enrolment, number: int = 1, **answers: tuple[Any, bool]) -> None:
    sitting = Sitting.objects.create(quiz=quiz, user=by.user, enrolment=by, number=number, drawn=[])
    for question, (given, is_right) in answers.items():
        QuizAnswer.objects.create(sitting=sitting, question=question, given=given, is_right=is_right)


def test_plain_sentences_are_easy_and_long_words_are_not() -> None:
    easy = readability("The cat sat. The dog ran. We saw it all.")
    hard = readability("Multidisciplinary characterisation necessitates comprehensive epidemiological investigation.")
    assert (easy.words, easy.minutes) == (10, 1)
    assert easy.ease > 100
    assert hard.ease < 0


def test_only_running_text_is_read() -> None:
    text = "One two three.\n\n```python\nfour = 'five six'\n```\n\n| seven | eight |\n|---|---|\n\n$$\nx = nine\n$$\n\n"
    text += "$$y = 9$$\n\n## Ten\n\n![Eleven.](figures/a.svg)\n\n`twelve` and $y$ [link](4-thirteen.md).\n"
    assert readability(text).words == 5
    assert readability("") == readability("```text\nx\n```\n")


def test_a_minute_is_180_words() -> None:
    assert readability("word " * 900 + ".").minutes == 5


def test_the_command_lists_topics_and_lessons(tmp_path: Path, settings: Any) -> None:
    files = ProgrammeFiles(tmp_path)
    settings.DATA_DIR = files.data_dir
    out = StringIO()
    call_command("coverage", files.folder, stdout=out)
    said = out.getvalue()
    assert "\n  4.1             " in said
    assert "0 holes. Without lessons: M1, M2, M3, M5, M6, M7, M8, M9." in said


def test_the_command_refuses_a_programme_with_a_hole(tmp_path: Path, settings: Any) -> None:
    files = ProgrammeFiles(tmp_path)
    settings.DATA_DIR = files.data_dir
    module = files.path("m4-supervised/module.toml")
    module.write_text(module.read_text().replace('topics = ["', 'topics = ["Nobody teaches me", "', 1))
    with pytest.raises(CommandError, match='no lesson covers the topic "Nobody teaches me"'):
        call_command("coverage", files.folder, stdout=StringIO())
    assert LESSON


def test_tutors_see_what_is_taught_where_and_holes(signed_in: Any, tutor: User, spring: Cohort, quiz: Quiz) -> None:
    Lesson.objects.filter(pk=quiz.lesson_id).update(source="word " * 360, topics=[])
    page = words(signed_in(tutor).get(COVERAGE))
    assert "A topic none" in page
    assert "4.1 Lesson 1 12 2 360" in page
    assert "A topic no lessons yet" in page
    Lesson.objects.filter(pk=quiz.lesson_id).update(topics=["A topic"])
    assert "A topic 4.1" in words(signed_in(tutor).get(COVERAGE))


def test_students_are_not_shown_how_questions_were_answered(signed_in: Any, amara: Enrolment, quiz: Quiz) -> None:
    browser = signed_in(amara.user)
    assert browser.get(COVERAGE).status_code == 404
    assert browser.get("/cohorts/spring/modules/4/lesson-1/questions/").status_code == 404
    assert "what is taught where" not in words(browser.get("/cohorts/spring/modules/"))


def test_facility_and_discrimination_of_a_question(quiz: Quiz, spring: Cohort) -> None:
    """Whoever knows one knows the other, but for one student."""
    for number in range(FEWEST):
        knows = number % 2 == 0
        answered(
            quiz,
            factories.enrolment(spring),
            leaf=([0] if knows else [1], knows),
            ppv=(32.4, True) if knows or number == 1 else (3.0, False),
        )
    leaf, ppv = of_lesson(quiz).items
    assert (leaf.answers, leaf.facility) == (10, 0.5)
    assert leaf.discrimination == pytest.approx(0.816, abs=0.001)
    assert [(each.what, each.is_right, each.count) for each in leaf.given] == [
        ("Noise.", True, 5),
        ("Signal.", False, 5),
    ]
    assert ppv.given == [Given("32.4", True, 6), Given("3", False, 4)]
    assert not leaf.needs_a_look


def test_with_few_answers_only_their_number_is_said(quiz: Quiz, amara: Enrolment) -> None:
    answered(quiz, amara, leaf=([0], True))
    leaf, ppv = of_lesson(quiz).items
    assert (leaf.answers, leaf.facility, leaf.discrimination, leaf.given) == (1, None, None, [])
    assert ppv.answers == 0


def test_only_the_first_answer_of_a_student_counts_and_staff_do_not(quiz: Quiz, amara: Enrolment, tutor: User) -> None:
    answered(quiz, amara, leaf=([1], False))
    answered(quiz, amara, number=2, leaf=([0], True))
    sitting = Sitting.objects.create(quiz=quiz, user=tutor, number=1, drawn=[])
    QuizAnswer.objects.create(sitting=sitting, question="leaf", given=[0], is_right=True)
    assert of_lesson(quiz).items[0].answers == 1


def test_a_question_that_the_better_ones_get_wrong_is_worth_a_look(
    signed_in: Any, tutor: User, quiz: Quiz, spring: Cohort
) -> None:
    for number in range(FEWEST):
        odd = number % 2 == 1
        answered(quiz, factories.enrolment(spring), leaf=([0 if odd else 1], odd), ppv=(1.0 if odd else 32.4, not odd))
    page = words(signed_in(tutor).get("/cohorts/spring/modules/4/lesson-1/questions/"))
    assert page.count("the better get it wrong") == 2
    assert "Discrimination −1.00" in page


def test_queries_do_not_grow(signed_in: Any, tutor: User, quiz: Quiz, spring: Cohort) -> None:
    browser = signed_in(tutor)
    counts = []
    for size in (1, 12):
        for _ in range(size):
            answered(quiz, factories.enrolment(spring), leaf=([0], True))
        for number in range(quiz.lesson.module.lessons.count() + 1, size + 3):
            factories.quiz(factories.lesson(quiz.lesson.module, number))
        counts.append(
            [queries_of(browser, path) for path in (COVERAGE, "/cohorts/spring/modules/4/lesson-1/questions/")]
        )
    assert counts[0] == counts[1]
