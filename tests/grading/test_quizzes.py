"""A quiz as an assignment: sat in the browser, judged at once, marked and released like other work."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import factories
import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from pages import queries_of, soup, words

from accounts.models import User
from blobs import store
from courses.models import Assignment, Cohort, Enrolment, Extension, Quiz, SavedAnswer, Sitting
from courses.revisions.assignments import assignment_change
from courses.revisions.identity import Pair
from grading.actions import marking
from grading.actions.quizzes import begin, end_overdue, hand_in
from grading.actions.regrade import apply_regrade, ask_for_regrade
from grading.models import Mark, Run, Submission
from grading.regrading import preview
from notices.models import Notice

pytestmark = pytest.mark.django_db
PAGE = "/cohorts/spring/assignments/short-quiz/"
ANSWERS = f"{PAGE}answers/"
SECRETS = ["Because", "Why not", "sensitivity", "right-answer"]
RIGHT = {"leaf": ["Noise."], "both": ["One", "Two"], "glucose": "5.5", "steps": ["Split", "Fit", "Score"]}
ALL_RIGHT = RIGHT | {"word": "sensitivity"}


@pytest.fixture
def quiz(spring: Cohort) -> Assignment:
    return factories.quiz_assignment(spring.revision.modules.get(number=4))


@pytest.fixture
def due(quiz: Assignment, office: User) -> Any:
    """due(amara, hours=-1) moves the close of the quiz to an hour ago."""

    def move(enrolment: Enrolment, **delta: float) -> None:
        Extension.objects.create(
            enrolment=enrolment,
            assignment_slug=quiz.slug,
            due_at=timezone.now() + timedelta(**delta),
            reason="For the test.",
            granted_by=office,
        )

    return move


def field_of(page: Any, question: str, wanted: Any) -> list[str]:
    """The values by which a browser would send this answer: by the texts on the page."""
    here = page.select_one(f"#question-{question}")
    if here.select("select"):
        return [str(wanted.index(label.text.strip())) for label in here.select("label")]
    if here.select("label input[type=radio], label input[type=checkbox]"):
        return [label.input["value"] for label in here.select("label") if label.text.strip() in wanted]
    return [wanted]


def form(page: Any, answers: dict[str, Any], **more: str) -> dict[str, Any]:
    """What the browser sends: of all questions, changed or not."""
    data: dict[str, Any] = {each["name"]: each["value"] for each in page.select("#quiz-form input[type=hidden]")}
    for asked in page.select("#quiz-form .question[id]"):
        name = asked["id"].removeprefix("question-")
        present = [each["value"] for each in asked.select("[checked]")]
        present += [each.get("value", "") for each in asked.select(".box input")]
        if asked.select("select"):
            present = [(each.select_one("[selected]") or {"value": ""})["value"] for each in asked.select("select")]
        data[f"answer-{name}"] = field_of(page, name, answers[name]) if name in answers else present
    return data | more


def begun(browser: Any) -> Any:
    browser.post(f"{PAGE}begin/")
    return soup(browser.get(PAGE))


def sat(browser: Any, answers: dict[str, Any]) -> Submission:
    page = begun(browser)
    browser.post(ANSWERS, form(page, answers, act="hand_in", confirm="on"))
    return Submission.objects.latest("arrived_at")


def test_a_sitting_is_begun_answered_and_handed_in_without_javascript(
    signed_in: Any, amara: Enrolment, quiz: Assignment
) -> None:
    browser = signed_in(amara.user)
    assert "Begin sitting 1" in words(browser.get(PAGE))
    submission = sat(browser, ALL_RIGHT)
    mark = Mark.objects.get()
    assert (mark.component, mark.value, mark.submission, mark.release) == ("quiz", Decimal(100), submission, None)
    assert [result.earned for result in submission.runs.get().results.all()] == [Decimal(1)] * 5
    receipt = words(browser.get(reverse("receipt", args=[submission.pk])))
    assert submission.digest in receipt


def test_answers_are_kept_as_they_are_given_and_those_count(signed_in: Any, amara: Enrolment, quiz: Assignment) -> None:
    browser = signed_in(amara.user)
    page = begun(browser)
    response = browser.post(ANSWERS, form(page, {"leaf": ["Noise."]}), headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert {part["id"] for part in soup(response).select("[hx-swap-oob]")} >= {"saved", "seen-leaf", "problem-word"}
    browser.post(ANSWERS, form(page, {"glucose": "99.1 mg/dl"}, act="save"))
    page = soup(browser.get(PAGE))
    assert "2 of 5 answers saved" in page.text
    assert page.select_one("#question-glucose input[id]:not([type=hidden])")["value"] == "99.1 mg/dl"
    assert len(page.select("#question-leaf [checked]")) == 1
    hand_in(sitting=Sitting.objects.get(), by=amara.user)
    assert Mark.objects.get().value == Decimal(40)


def test_another_window_takes_nothing_back(signed_in: Any, amara: Enrolment, quiz: Assignment) -> None:
    browser = signed_in(amara.user)
    first, second = begun(browser), begun(browser)
    browser.post(ANSWERS, form(first, {"leaf": ["Noise."]}))
    browser.post(ANSWERS, form(second, {"word": "recall"}))
    assert {saved.question for saved in SavedAnswer.objects.all()} == {"leaf", "word"}
    assert Sitting.objects.count() == 1


def test_an_answer_can_be_taken_back(signed_in: Any, amara: Enrolment, quiz: Assignment) -> None:
    browser = signed_in(amara.user)
    browser.post(ANSWERS, form(begun(browser), {"word": "recall"}))
    browser.post(ANSWERS, form(soup(browser.get(PAGE)), {"word": " "}))
    assert not SavedAnswer.objects.exists()


def test_what_cannot_be_judged_is_saved_and_says_so(signed_in: Any, amara: Enrolment, quiz: Assignment) -> None:
    browser = signed_in(amara.user)
    browser.post(ANSWERS, form(begun(browser), {"glucose": "high"}))
    assert "Write a number in mmol/L or mg/dL, such as 12.5." in words(browser.get(PAGE))
    hand_in(sitting=Sitting.objects.get(), by=amara.user)
    result = Run.objects.get().results.get(name="glucose")
    assert (result.earned, result.message[:40]) == (0, "This could not be read as an answer. Wri")


def test_handing_in_needs_the_tick_and_loses_nothing_without_it(
    signed_in: Any, amara: Enrolment, quiz: Assignment
) -> None:
    browser = signed_in(amara.user)
    response = browser.post(ANSWERS, form(begun(browser), {"word": "recall"}, act="hand_in"))
    assert response.status_code == 422
    assert "Tick the box" in words(response)
    assert SavedAnswer.objects.get().values == ["recall"]
    assert not Submission.objects.exists()


def test_nothing_gives_away_what_is_right_before_it_is_shown(
    signed_in: Any, amara: Enrolment, quiz: Assignment
) -> None:
    browser = signed_in(amara.user)
    page = begun(browser)
    saved = browser.post(ANSWERS, form(page, {"word": "recall"}), headers={"HX-Request": "true"})
    submission = sat(browser, {"leaf": ["Signal."]})
    said = [
        browser.get(url)
        for url in (
            PAGE,
            reverse("work", args=[submission.pk]),
            reverse("receipt", args=[submission.pk]),
            "/",
            "/marks/",
        )
    ]
    file = b"".join(browser.get(reverse("work_file", args=[submission.pk])).streaming_content).decode()
    run = browser.get(reverse("run", args=[submission.runs.get().pk]))
    texts = [response.content.decode() for response in [saved, *said, run]] + [file, str(page)]
    for secret in SECRETS:
        assert not any(secret in text for text in texts), secret
    assert all("not right" not in text for text in texts)
    assert "0.00" not in words(said[1])


def test_the_file_that_is_handed_in_says_what_stood_on_the_page(
    signed_in: Any, amara: Enrolment, quiz: Assignment
) -> None:
    submission = sat(signed_in(amara.user), {"steps": ["Split", "Fit", "Score"]})
    answers = {one["question"]: one for one in json.loads(store.read(submission.files[0]["sha256"]))}
    steps = answers["steps"]
    assert sorted(steps["shown"]) == ["Fit", "Score", "Split"] and steps["shown"] != ["Split", "Fit", "Score"]
    assert [steps["shown"][steps["answer"].index(str(place))] for place in range(3)] == ["Split", "Fit", "Score"]


@pytest.mark.parametrize(
    ("answers", "mark"),
    [
        ({}, "0"),
        ({"both": ["One"]}, "10"),
        ({"both": ["One", "Two", "Three"]}, "10"),
        ({"both": ["One", "Two", "Three", "Four"]}, "0"),
        ({"both": ["Three"]}, "0"),
        (RIGHT, "80"),
    ],
)
def test_every_question_is_worth_the_same_and_some_credit_is_partial(
    answers: Any, mark: str, signed_in: Any, amara: Enrolment, quiz: Assignment
) -> None:
    sat(signed_in(amara.user), answers)
    assert Mark.objects.get().value == Decimal(mark)


def test_the_best_or_the_last_sitting_counts(signed_in: Any, amara: Enrolment, quiz: Assignment) -> None:
    browser = signed_in(amara.user)
    best = sat(browser, RIGHT)
    sat(browser, {})
    assert Mark.objects.current().get().submission == best
    assert "All 2 sittings are used." in words(browser.get(PAGE))
    assert browser.post(f"{PAGE}begin/").status_code == 422
    assert Sitting.objects.count() == 2


def test_later_sittings_ask_what_was_not_asked_before(amara: Enrolment, spring: Cohort) -> None:
    work = factories.quiz_assignment(spring.revision.modules.get(number=4), ask=2)
    asked = []
    for _ in range(2):
        sitting = begin(enrolment=amara, assignment=work, by=amara.user)
        asked.append({one["id"] for one in sitting.drawn})
        hand_in(sitting=sitting, by=amara.user)
    assert not asked[0] & asked[1]
    assert len({sitting.seed for sitting in Sitting.objects.all()}) == 1


def test_a_sitting_ends_by_the_servers_clock_and_what_was_saved_counts(
    signed_in: Any, amara: Enrolment, spring: Cohort
) -> None:
    factories.quiz_assignment(spring.revision.modules.get(number=4), minutes=30)
    browser = signed_in(amara.user)
    page = begun(browser)
    assert "left." in page.select_one(".time").text
    browser.post(ANSWERS, form(page, {"leaf": ["Noise."]}))
    began = timezone.now() - timedelta(minutes=31)
    Sitting.objects.update(began_at=began, ends_at=began + timedelta(minutes=30))
    late = browser.post(ANSWERS, form(page, {"glucose": "5.5"}, act="save"))
    assert late.status_code == 422
    assert "This sitting is over. What was saved in time counts." in words(late)
    assert "Hand in what is saved" in words(browser.get(PAGE))
    assert end_overdue() == 1
    assert end_overdue() == 0
    submission = Submission.objects.get()
    assert submission.arrived_at == began + timedelta(minutes=30)
    assert Mark.objects.get().value == Decimal(20)
    again = browser.post(ANSWERS, form(page, {"glucose": "5.5"}, act="hand_in", confirm="on"))
    assert again["Location"] == reverse("work", args=[submission.pk])


def test_who_presses_too_late_hands_in_what_was_saved(signed_in: Any, amara: Enrolment, spring: Cohort) -> None:
    factories.quiz_assignment(spring.revision.modules.get(number=4), minutes=30)
    browser = signed_in(amara.user)
    page = begun(browser)
    Sitting.objects.update(began_at=timezone.now() - timedelta(minutes=31))
    browser.post(ANSWERS, form(page, ALL_RIGHT, act="hand_in", confirm="on"))
    assert Mark.objects.get().value == 0


def test_a_quiz_closes_when_it_is_due_and_an_extension_moves_that(
    signed_in: Any, amara: Enrolment, quiz: Assignment, due: Any
) -> None:
    browser = signed_in(amara.user)
    begun(browser)
    due(amara, hours=-1)
    assert "Your time is over." in words(browser.get(PAGE))
    due(amara, hours=1)
    assert "Your time is over." not in words(browser.get(PAGE))
    Sitting.objects.update(ends_at=timezone.now() - timedelta(hours=1))
    call_command("sweeper", "--once")
    assert Sitting.objects.get().ended_at is None
    assert Sitting.objects.get().ends_at > timezone.now()  # type: ignore[operator]


def test_closed_is_closed(signed_in: Any, amara: Enrolment, quiz: Assignment, due: Any) -> None:
    due(amara, hours=-1)
    browser = signed_in(amara.user)
    assert "This assignment closed on" in words(browser.get(PAGE))
    assert browser.post(f"{PAGE}begin/").status_code == 422


def test_marks_are_released_like_others_and_then_explained(
    signed_in: Any, amara: Enrolment, quiz: Assignment, leader: User
) -> None:
    browser = signed_in(amara.user)
    submission = sat(browser, {"both": ["One"], "word": "specificity"})
    assert marking.release(cohort=amara.cohort, assignment=quiz, by=leader)
    page = words(browser.get(reverse("work", args=[submission.pk])))
    assert "10.00 of 100 in sitting 1" in page
    for sentence in (
        "Because leaf.",
        "Partly right: 1/2 of the question",
        "The answer is “sensitivity”.",
        "Not answered",
    ):
        assert sentence in page
    assert "The marks of this module are released" in words(browser.get(PAGE))


def test_releasing_a_quiz_leaves_the_code_of_the_module_open(
    signed_in: Any, amara: Enrolment, quiz: Assignment, leader: User
) -> None:
    browser = signed_in(amara.user)
    sat(browser, RIGHT)
    marking.release(cohort=amara.cohort, assignment=quiz, by=leader)
    code = browser.get("/cohorts/spring/assignments/hospital-death/")
    assert "nothing more can be handed in" not in words(code)
    assert browser.get("/marks/").status_code == browser.get("/").status_code == 200


def test_explanations_at_the_close_wait_for_the_last_extension(
    signed_in: Any, amara: Enrolment, bruno: Enrolment, spring: Cohort, office: User, due: Any, quiz: Assignment
) -> None:
    Quiz.objects.filter(assignment=quiz).update(shows="close")
    browser = signed_in(amara.user)
    submission = sat(browser, RIGHT)
    url = reverse("work", args=[submission.pk])
    Cohort.objects.filter(pk=spring.pk).update(starts_on=spring.starts_on - timedelta(weeks=20))
    due(bruno, hours=2)
    assert "Because" not in words(browser.get(url))
    due(bruno, hours=-1)
    assert "Because leaf." in words(browser.get(url))
    assert "Mark" in words(browser.get(PAGE))


def test_tutors_see_a_sitting_by_candidate_number(
    signed_in: Any, amara: Enrolment, quiz: Assignment, tutor: User
) -> None:
    submission = sat(signed_in(amara.user), RIGHT)
    response = signed_in(tutor).get(reverse("work", args=[submission.pk]), follow=True)
    page = words(response)
    assert f"Candidate {amara.candidate}, sitting 1: 80.00" in page
    assert amara.user.name not in page
    assert signed_in(tutor).get(reverse("run_record", args=[submission.runs.get().pk])).status_code == 200


def test_an_answer_in_words_is_accepted_for_everybody(
    signed_in: Any, amara: Enrolment, bruno: Enrolment, quiz: Assignment, tutor: User, leader: User
) -> None:
    for student, word in ((amara, "Recall"), (bruno, "recall.")):
        sat(signed_in(student.user), {"word": word})
    browser = signed_in(tutor)
    url = reverse("quiz_words", args=["spring", quiz.slug])
    assert "“Recall” 2 students" in words(browser.get(url))
    accept = {"question": "word", "text": "Recall", "reason": ""}
    assert "why it is right" in words(browser.post(url, accept))
    browser.post(url, accept | {"reason": "Engineers say so."})
    browser.post(url, accept | {"reason": "Engineers say so."})
    marks = Mark.objects.current().filter(component="quiz")
    assert [mark.value for mark in marks] == [Decimal(20)] * 2
    assert {mark.reason for mark in marks} == {"Judged again: “Recall” is accepted as an answer. Engineers say so."}
    assert all(mark.supersedes for mark in marks)
    assert "Every answer in words has been understood" in words(browser.get(url))
    cleo = factories.enrolment(amara.cohort)
    sat(signed_in(cleo.user), {"word": "RECALL"})
    assert Mark.objects.get(enrolment=cleo).value == Decimal(20)


def test_released_marks_move_only_by_a_module_leader_and_the_student_is_told(
    signed_in: Any, amara: Enrolment, quiz: Assignment, tutor: User, leader: User
) -> None:
    submission = sat(signed_in(amara.user), {"word": "recall"})
    marking.release(cohort=amara.cohort, assignment=quiz, by=leader)
    url = reverse("quiz_words", args=["spring", quiz.slug])
    accept = {"question": "word", "text": "recall", "reason": "It is."}
    assert "a module leader accepts the answer" in words(signed_in(tutor).post(url, accept))
    assert signed_in(leader).post(url, accept).status_code == 302
    mark = Mark.objects.current().get(submission=submission)
    assert (mark.value, mark.release is not None) == (Decimal(20), True)
    assert "Your quiz mark for “A short quiz” has changed: 0 → 20" in [
        notice.subject for notice in Notice.objects.all()
    ]


def test_what_nobody_wrote_is_not_accepted(signed_in: Any, amara: Enrolment, quiz: Assignment, tutor: User) -> None:
    sat(signed_in(amara.user), {"word": "recall"})
    accept = {"question": "word", "text": "precision", "reason": "Why not."}
    response = signed_in(tutor).post(reverse("quiz_words", args=["spring", quiz.slug]), accept)
    assert "Nobody gave this answer." in words(response)


def test_a_wrong_key_is_mended_by_a_regrade_with_another_revision(
    signed_in: Any, amara: Enrolment, quiz: Assignment, leader: User
) -> None:
    sat(signed_in(amara.user), {"leaf": ["Signal."], "both": ["One", "Two"]})
    mended = json.loads(json.dumps(factories.QUESTIONS))
    mended[0]["options"] = [factories.option("Signal.", True), factories.option("Noise.")]
    mended[1]["options"][2]["html"] = "Three, reworded"
    del mended[4]
    module = factories.revision().modules.get(number=4)
    other = factories.quiz_assignment(module, questions=mended)
    regrade = ask_for_regrade(
        cohort=amara.cohort, assignment=other, reason="The key was wrong.", may_only_rise=False, by=leader
    )
    from grading.tasks import grade

    for item in regrade.items.all():
        grade(str(item.run_id))
    apply_regrade(regrade=regrade, seen=preview(regrade).seen, by=leader)
    assert Mark.objects.current().get().value == Decimal(50)


def test_a_run_of_a_quiz_can_be_made_again(signed_in: Any, amara: Enrolment, quiz: Assignment) -> None:
    from grading.reproducing import reproduce

    submission = sat(signed_in(amara.user), RIGHT)
    assert not [field.name for field in reproduce(submission.runs.get()) if field.differs]


def test_statistics_of_a_quiz(signed_in: Any, amara: Enrolment, quiz: Assignment, tutor: User) -> None:
    for number in range(10):
        enrolment = factories.enrolment(amara.cohort)
        sitting = begin(enrolment=enrolment, assignment=quiz, by=enrolment.user)
        SavedAnswer.objects.create(sitting=sitting, question="word", values=["sensitivity" if number % 2 else "x"])
        hand_in(sitting=sitting, by=enrolment.user)
    page = words(signed_in(tutor).get(reverse("quiz_statistics", args=["spring", quiz.slug])))
    assert "Students 10" in page
    assert "5. word text Ask word? Answers 10 Facility 0.50" in page
    assert "worth a look: too hard" in page


def test_queries_do_not_grow(signed_in: Any, amara: Enrolment, spring: Cohort, tutor: User) -> None:
    module = spring.revision.modules.get(number=4)
    few = factories.quiz_assignment(module, ask=2)
    many = factories.quiz_assignment(module, "long-quiz", ask=5)
    browser = signed_in(amara.user)
    counts = []
    for work in (few, many):
        url = f"/cohorts/spring/assignments/{work.slug}/"
        browser.post(f"{url}begin/")
        counts.append(queries_of(browser, url))
    assert counts[0] == counts[1]
    pages = [reverse(name, args=["spring", few.slug]) for name in ("quiz_words", "quiz_statistics")]
    sizes = []
    for size in (1, 4):
        for _ in range(size):
            enrolment = factories.enrolment(spring)
            sitting = begin(enrolment=enrolment, assignment=few, by=enrolment.user)
            SavedAnswer.objects.create(sitting=sitting, question="word", values=["x"])
            hand_in(sitting=sitting, by=enrolment.user)
        sizes.append([queries_of(signed_in(tutor), page) for page in pages])
    assert sizes[0] == sizes[1]


def test_files_cannot_be_handed_in_for_a_quiz(signed_in: Any, amara: Enrolment, quiz: Assignment) -> None:
    browser = signed_in(amara.user)
    assert all(browser.post(f"{PAGE}{act}/").status_code == 404 for act in ("draft", "check", "submit"))


def test_a_quiz_that_counts_nothing_is_nobodys_duty(signed_in: Any, amara: Enrolment, quiz: Assignment) -> None:
    from courses.path import path_of

    step = path_of(amara.cohort, amara, modules=[4]).step(4)
    assert [(one.assignment.slug, one.is_optional) for one in step.assigned] == [
        ("hospital-death", False),
        ("short-quiz", True),
    ]
    assert not step.assigned[1].is_outstanding


def test_a_preview_shows_every_question_with_its_answer(signed_in: Any, quiz: Assignment, administrator: User) -> None:
    revision = quiz.module.revision
    url = reverse("preview_assignment", args=[revision.programme.slug, revision.number, quiz.slug])
    page = words(signed_in(administrator).get(url))
    assert "5 of 5 questions, no time limit" in page
    assert "5.5 mmol/L, give or take 0.1; or in mg/dL" in page


def test_another_key_is_a_change_between_revisions(quiz: Assignment) -> None:
    mended = json.loads(json.dumps(factories.QUESTIONS))
    mended[4]["accept"] = ["sensitivity", "recall"]
    other = factories.quiz_assignment(factories.revision().modules.get(number=4), questions=mended, minutes=20)
    found = assignment_change(Pair(quiz, other))
    (of_quiz, of_word) = (part for part in found.parts if part.kind in {"Quiz", "Question"})
    assert "20" in str(of_quiz)
    assert (of_word.name, "recall" in str(of_word)) == ("word", True)
