"""The quiz at the end of a lesson: judged on the server, kept, repeated, with and without JavaScript."""

from typing import Any

import factories
import pytest
from pages import queries_of, soup, words

from accounts.models import User
from courses.models import Enrolment, Lesson, Quiz, QuizAnswer, Sitting

LESSON = "/cohorts/spring/modules/4/lesson-1/"
ANSWER = f"{LESSON}quiz/"
AGAIN = f"{LESSON}quiz/again/"


@pytest.fixture
def quiz(amara: Enrolment) -> Quiz:
    return factories.quiz(Lesson.objects.get(module__revision=amara.cohort.revision, slug="lesson-1"))


def place_of(browser: Any, text: str) -> str:
    """Where an option stands on the page."""
    label = next(label for label in soup(browser.get(LESSON)).select("#question-leaf label") if text in label.text)
    return str(label.input["value"])


def leaf(value: str, sitting: int = 1) -> dict[str, str]:
    return {"question": "leaf", "sitting": str(sitting), "answer": value}


def ppv(value: str, sitting: int = 1) -> dict[str, str]:
    return {"question": "ppv", "sitting": str(sitting), "answer": value}


def test_a_lesson_ends_with_its_questions_and_does_not_give_them_away(
    signed_in: Any, amara: Enrolment, quiz: Quiz
) -> None:
    response = signed_in(amara.user).get(LESSON)
    page = soup(response)
    assert [fieldset.legend.text for fieldset in page.select("#quiz fieldset")] == [
        "Question 1 of 2",
        "Question 2 of 2",
    ]
    for secret in ("Chance.", "It only looks so.", "32.4", "So many.", "not right"):
        assert secret not in page.select_one("#quiz").text
        assert secret not in response.content.decode()


def test_a_lesson_without_a_quiz_has_none(signed_in: Any, amara: Enrolment, quiz: Quiz) -> None:
    browser = signed_in(amara.user)
    assert soup(browser.get("/cohorts/spring/modules/4/lesson-2/")).select_one("#quiz") is None
    assert browser.post("/cohorts/spring/modules/4/lesson-2/quiz/", leaf("0")).status_code == 404


def test_an_answer_is_judged_and_explained_without_javascript(signed_in: Any, amara: Enrolment, quiz: Quiz) -> None:
    browser = signed_in(amara.user)
    response = browser.post(ANSWER, leaf(place_of(browser, "Signal.")))
    assert response["Location"] == f"{LESSON}#question-leaf"
    page = words(browser.get(LESSON))
    assert "Not right It only looks so. Chance." in page
    assert "Noise. right" in page
    assert "1 of 2 answered" in page


def test_an_answer_swaps_its_question_and_the_standing(signed_in: Any, amara: Enrolment, quiz: Quiz) -> None:
    browser = signed_in(amara.user)
    response = browser.post(ANSWER, ppv("32,6 %"), headers={"HX-Request": "true"})
    fragment = soup(response)
    assert fragment.form["id"] == "question-ppv"
    assert "Right" in fragment.form.text
    assert [part["id"] for part in fragment.select("[hx-swap-oob]")] == ["quiz-standing"]
    assert "HX-Request" in response["Vary"]


def test_the_first_answer_stays(signed_in: Any, amara: Enrolment, quiz: Quiz) -> None:
    browser = signed_in(amara.user)
    browser.post(ANSWER, ppv("1"))
    browser.post(ANSWER, ppv("32.4"))
    assert [answer.given for answer in QuizAnswer.objects.all()] == [1.0]


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_what_is_no_answer_is_not_kept_and_says_why(
    signed_in: Any, amara: Enrolment, quiz: Quiz, headers: dict[str, str]
) -> None:
    response = signed_in(amara.user).post(ANSWER, ppv("a third"), headers=headers)
    assert response.status_code == 422
    assert "Write a number in %, such as 12.5." in response.content.decode()
    assert soup(response).select_one("#question-ppv input[name=answer]")["value"] == "a third"
    assert not QuizAnswer.objects.exists()


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"question": "nope", "sitting": "1", "answer": "0"},
        {"question": "leaf", "sitting": "9", "answer": "0"},
        {"question": "leaf", "sitting": "²", "answer": "0"},
        {"question": "leaf", "sitting": "1", "answer": "\x00"},
        {"question": "leaf", "sitting": "1", "answer": ["0"] * 500},
    ],
)
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_nonsense_is_answered_with_the_page(
    signed_in: Any, amara: Enrolment, quiz: Quiz, data: Any, headers: dict[str, str]
) -> None:
    response = signed_in(amara.user).post(ANSWER, data, headers=headers)
    assert response.status_code in (200, 302, 422)
    assert QuizAnswer.objects.count() <= 1


def test_the_result_is_remembered_and_another_sitting_begins_when_all_is_answered(
    signed_in: Any, amara: Enrolment, quiz: Quiz
) -> None:
    browser = signed_in(amara.user)
    browser.post(AGAIN)
    assert not Sitting.objects.exists()
    browser.post(ANSWER, ppv("32.4"))
    browser.post(AGAIN)
    assert Sitting.objects.count() == 1
    browser.post(ANSWER, leaf(place_of(browser, "Signal.")))
    assert "1 of 2 right." in words(browser.get(LESSON))
    assert browser.post(AGAIN)["Location"] == f"{LESSON}#quiz"
    assert "1 sitting done, best 1 of 2" in words(browser.get(LESSON))
    browser.post(ANSWER, ppv("32.4", sitting=2))
    browser.post(ANSWER, leaf(place_of(browser, "Noise."), sitting=2))
    assert "2 of 2 right. Your best of 2 sittings is 2." in words(browser.get(LESSON))


def test_other_questions_can_be_swapped_in(signed_in: Any, amara: Enrolment, quiz: Quiz) -> None:
    browser = signed_in(amara.user)
    browser.post(ANSWER, ppv("32.4"))
    browser.post(ANSWER, leaf("0"))
    fragment = soup(browser.post(AGAIN, headers={"HX-Request": "true"}))
    assert fragment.section["id"] == "quiz"
    assert len(fragment.select("button")) == 2


def test_students_have_sittings_of_their_own(signed_in: Any, amara: Enrolment, bruno: Enrolment, quiz: Quiz) -> None:
    signed_in(amara.user).post(ANSWER, ppv("32.4"))
    assert "So many." not in words(signed_in(bruno.user).get(LESSON))


def test_staff_try_a_quiz_and_count_as_no_student(signed_in: Any, tutor: User, quiz: Quiz) -> None:
    browser = signed_in(tutor)
    browser.post(ANSWER, ppv("32.4"))
    assert "So many." in words(browser.get(LESSON))
    assert Sitting.objects.get().enrolment is None


def test_a_quiz_of_a_module_that_has_not_opened_is_not_there(signed_in: Any, amara: Enrolment) -> None:
    module = amara.cohort.revision.modules.get(number=5)
    factories.quiz(factories.lesson(module, 1))
    response = signed_in(amara.user).get("/cohorts/spring/modules/5/lesson-1/")
    assert response.status_code == 403
    assert soup(response).select_one("#quiz") is None
    assert signed_in(amara.user).post("/cohorts/spring/modules/5/lesson-1/quiz/", leaf("0")).status_code == 404


def test_an_ordering_is_answered_with_selects(signed_in: Any, amara: Enrolment, quiz: Quiz) -> None:
    Quiz.objects.update(
        questions=[
            {"id": "steps", "kind": "ordering", "html": "<p>?</p>", "explanation": "<p>So.</p>", "items": list("abc")}
        ]
    )
    browser = signed_in(amara.user)
    form = soup(browser.get(LESSON)).select_one("#question-steps")
    places = [str("abc".index(label.text)) for label in form.select("label")]
    assert places != ["0", "1", "2"]
    browser.post(ANSWER, {"question": "steps", "sitting": "1", "answer": places})
    assert QuizAnswer.objects.get().is_right
    selected = soup(browser.get(LESSON)).select("#question-steps option[selected]")
    assert [option["value"] for option in selected] == places


def test_the_number_of_queries_does_not_grow_with_questions_and_sittings(
    signed_in: Any, amara: Enrolment, quiz: Quiz
) -> None:
    browser = signed_in(amara.user)
    browser.get(LESSON)
    counts = []
    for size in (1, 6):
        for number in range(max(Sitting.objects.count(), 1), size + 1):
            browser.post(ANSWER, ppv("32.4", sitting=number))
            browser.post(ANSWER, leaf("0", sitting=number))
            browser.post(AGAIN)
        browser.post(ANSWER, leaf("0", sitting=size + 1))
        counts.append(queries_of(browser, LESSON))
    assert counts[0] == counts[1]


def test_an_answer_to_a_question_that_is_gone_loads_the_page_again_and_not_into_the_form(
    signed_in: Any, amara: Enrolment, quiz: Quiz
) -> None:
    gone = {"question": "nope", "sitting": "1", "answer": "0"}
    response = signed_in(amara.user).post(ANSWER, gone, headers={"HX-Request": "true"})
    assert response["HX-Refresh"] == "true"
    assert not response.content
