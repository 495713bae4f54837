"""Several clicks at one moment, each in a thread with a connection of its own: one thing happens, no page breaks."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import factories
import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import Entry
from courses.dates import school_day
from courses.models import (
    Assignment,
    Cohort,
    Enrolment,
    Evidence,
    Lesson,
    QuizAnswer,
    Sitting,
    Solution,
)
from grading import results
from grading.actions.marking import save_assessment
from grading.actions.regrade import ask_for_regrade
from grading.models import (
    Draft,
    DraftVersion,
    Mark,
    Proposal,
    ProposalDecision,
    Regrade,
    Release,
    Run,
    SolutionRun,
    Submission,
)
from grading.moving import preview as preview_of_move
from grading.regrading import preview
from graduation.awards.actions import decide_award
from graduation.awards.models import Award
from graduation.certificates.models import Certificate
from graduation.portfolio.models import Artefact
from notices.models import Notice

pytestmark = pytest.mark.django_db(transaction=True)
WORK = ("spring", "hospital-death")


def client(user: User) -> Client:
    made = Client(raise_request_exception=False)
    made.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return made


def at_once(*calls: Callable[[], Any]) -> list[int]:
    """Let all calls loose together; the status codes of their answers, none of which may be an error of ours."""
    barrier = threading.Barrier(len(calls))
    codes: list[int] = []

    def run(call: Callable[[], Any]) -> None:
        try:
            barrier.wait(timeout=30)
            codes.append(call().status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(codes) == len(calls)
    assert max(codes) < 500, codes
    return codes


def posts(user: User, path: str, data: dict[str, Any] | None = None, times: int = 4) -> list[Callable[[], Any]]:
    """The same form, sent from several windows of one person."""
    browsers = [client(user) for _ in range(times)]
    return [lambda browser=browser: browser.post(path, data or {}) for browser in browsers]


def submit_form(user: User) -> dict[str, str]:
    page = BeautifulSoup(client(user).get(reverse("assignment", args=WORK)).content, "html.parser")
    form = page.find("form", action=reverse("submit", args=WORK))
    assert form is not None
    fields = {str(field["name"]): str(field.get("value", "on")) for field in form.find_all("input")}
    fields.pop("csrfmiddlewaretoken")
    return fields


@pytest.fixture
def draft(amara: Enrolment, assignment: Assignment) -> Draft:
    file = SimpleUploadedFile("analysis.ipynb", factories.notebook(*factories.GOOD))
    client(amara.user).post(reverse("draft", args=WORK), {"file": file})
    return Draft.objects.get()


@pytest.fixture
def marked(amara: Enrolment, tutor: User) -> Submission:
    submission = factories.submission(amara)
    factories.finished_run(submission, "90.00")
    judgements = {each["id"]: {"level": 65, "feedback": "Clear."} for each in submission.assignment.rubric}
    with transaction.atomic():
        results.settle_auto_mark(submission)
    save_assessment(submission=submission, judgements=judgements, comment="", by=tutor)  # type: ignore[arg-type]
    return submission


def test_four_people_for_two_places(spring: Cohort) -> None:
    Cohort.objects.filter(pk=spring.pk).update(capacity=2)
    people = [factories.person() for _ in range(4)]
    enrol = reverse("enrol", args=["spring"])
    at_once(*(post for person in people for post in posts(person, enrol, times=1)))
    states = sorted(Enrolment.objects.values_list("state", flat=True))
    assert states == ["enrolled", "enrolled", "waiting", "waiting"]


def test_one_person_who_enrols_four_times_has_one_enrolment(spring: Cohort, oscar: User) -> None:
    at_once(*posts(oscar, reverse("enrol", args=["spring"])))
    assert Enrolment.objects.get().user == oscar


def test_four_uploads_are_one_draft(amara: Enrolment) -> None:
    browsers = [client(amara.user) for _ in range(4)]
    files = [SimpleUploadedFile("analysis.ipynb", factories.notebook(f"x = {n}")) for n in range(4)]
    upload = reverse("draft", args=WORK)
    pairs = zip(browsers, files, strict=True)
    at_once(*(lambda browser=browser, file=file: browser.post(upload, {"file": file}) for browser, file in pairs))
    assert Draft.objects.count() == 1


def test_four_windows_that_type_leave_one_draft_and_every_text(amara: Enrolment) -> None:
    browsers = [client(amara.user) for _ in range(4)]
    forms = [{"cell": "code a", "source": f"x = {n}", "window": str(uuid.UUID(int=n)), "base": ""} for n in range(1, 5)]
    address = reverse("workspace", args=WORK)
    pairs = zip(browsers, forms, strict=True)
    at_once(*(lambda browser=browser, form=form: browser.post(address, form) for browser, form in pairs))
    assert Draft.objects.count() == 1
    assert len({version.digest for version in DraftVersion.objects.all()}) == 4
    assert DraftVersion.objects.filter(way="aside").count() == 3


def test_four_clicks_on_run_are_one_run(draft: Draft) -> None:
    form = {"cell": "code cell-1", "source": "1", "window": str(uuid.UUID(int=1)), "base": draft.digest}
    at_once(*posts(draft.enrolment.user, reverse("workspace_run", args=WORK), form))
    assert Run.objects.count() == 1


def test_four_clicks_on_the_checks_are_one_run(draft: Draft) -> None:
    at_once(*posts(draft.enrolment.user, reverse("check", args=WORK)))
    assert Run.objects.count() == 1


def test_one_form_sent_four_times_is_one_submission(draft: Draft) -> None:
    user = draft.enrolment.user
    at_once(*posts(user, reverse("submit", args=WORK), submit_form(user)))
    assert (Submission.objects.count(), Run.objects.count()) == (1, 1)


def test_forms_of_two_windows_use_one_attempt_while_the_first_runs(draft: Draft) -> None:
    user = draft.enrolment.user
    submit = reverse("submit", args=WORK)
    forms = [submit_form(user) for _ in range(3)]
    at_once(*(post for form in forms for post in posts(user, submit, form, times=1)))
    assert Submission.objects.count() == 1


def test_two_tutors_who_mark_at_one_moment_make_one_line_of_marks(amara: Enrolment, tutor: User, leader: User) -> None:
    submission = factories.submission(amara)
    factories.finished_run(submission, "90.00")
    with transaction.atomic():
        results.settle_auto_mark(submission)
    desk = reverse("desk", args=[submission.pk])
    sent = []
    for user in (tutor, leader):
        page = BeautifulSoup(client(user).get(desk).content, "html.parser")
        form = page.find("form", method="post", id=True) or page.find("form", method="post", action=lambda to: not to)
        assert form is not None
        fields = {str(each["name"]): str(each.get("value", "")) for each in form.find_all("input", type="hidden")}
        fields.pop("csrfmiddlewaretoken", None)
        for criterion in submission.assignment.rubric:
            fields |= {f"{criterion['id']}-level": "65", f"{criterion['id']}-feedback": "Clear."}
        sent += posts(user, desk, fields, times=2)
    at_once(*sent)
    assert Mark.objects.filter(component="rubric").current().count() <= 1
    for mark in Mark.objects.exclude(supersedes=None):
        assert mark.supersedes is not None


def test_four_releases_are_one_and_tell_each_student_once(marked: Submission, leader: User) -> None:
    at_once(*posts(leader, reverse("release", args=WORK)))
    assert Release.objects.count() == 1
    assert Notice.objects.filter(to=marked.enrolment.user).count() == 1


def test_a_release_and_a_new_attempt_at_one_moment(marked: Submission, leader: User, draft: Draft) -> None:
    user = marked.enrolment.user
    submission = posts(user, reverse("submit", args=WORK), submit_form(user), times=1)
    at_once(*submission, *posts(leader, reverse("release", args=WORK), times=1))
    released = Mark.objects.released().current().filter(component="auto")
    assert [mark.submission for mark in released] == [marked]


def test_four_clicks_apply_a_regrade_once(marked: Submission, leader: User) -> None:
    regrade = ask_for_regrade(
        cohort=marked.enrolment.cohort,
        assignment=marked.assignment,
        reason="A check was wrong.",
        may_only_rise=False,
        by=leader,
    )
    Run.objects.filter(kind="regrade").update(state="finished", auto_mark=70, finished_at=timezone.now())
    at_once(*posts(leader, reverse("regrade_apply", args=[regrade.pk]), {"seen": preview(regrade).seen}))
    assert Regrade.objects.get().state == "applied"
    autos = Mark.objects.filter(component="auto").order_by("pk").values_list("value", flat=True)
    assert list(autos) == [Decimal("90"), Decimal("70")]


def test_four_clicks_move_a_cohort_once_beside_a_student_who_hands_in(
    spring: Cohort, draft: Draft, office: User
) -> None:
    newer = factories.next_revision(spring.revision)
    form = {"to": "2", "reason": "A better text.", "seen": preview_of_move(spring, newer).seen}
    student = draft.enrolment.user
    at_once(
        *posts(office, reverse("move", args=["spring"]), form),
        *posts(student, reverse("submit", args=WORK), submit_form(student), times=1),
    )
    spring.refresh_from_db()
    moved = Entry.objects.filter(event="cohort_moved").count()
    assert moved == (spring.revision == newer) <= 1
    assert Notice.objects.filter(subject__endswith="has changed").count() == moved
    assert Draft.objects.get().assignment.module.revision == spring.revision
    assert Submission.objects.exclude(assignment__module__revision=spring.revision).count() <= moved


def test_four_confirmations_and_certificates_are_one(amara: Enrolment, office: User) -> None:
    act = Release.objects.create(cohort=amara.cohort, assignment=None, by=office)
    for number in range(1, 10):
        factories.mark(amara, number, "module", "70", release=act)
    award = decide_award(enrolment=amara, by=office)
    at_once(*posts(office, reverse("confirm", args=[amara.pk]), {"award": award.pk}))
    assert Award.objects.exclude(confirmed_at=None).count() == 1
    at_once(*posts(office, reverse("issue", args=[amara.pk]), {"award": award.pk}))
    assert Certificate.objects.count() == 1
    assert Notice.objects.filter(to=amara.user).count() == 2


def test_publishing_and_unpublishing_at_one_moment(marked: Submission, leader: User) -> None:
    client(leader).post(reverse("release", args=WORK))
    user = marked.enrolment.user
    published = posts(user, reverse("publish", args=[marked.pk]), {"title": "Risk", "slug": "amara"}, times=3)
    at_once(*published, *posts(user, reverse("unpublish", args=[marked.pk]), times=1))
    assert Artefact.objects.count() <= 1


def test_one_address_signs_up_four_times() -> None:
    fields = {
        "email": "new@example.org",
        "name": "New Person",
        "password1": factories.PASSWORD,
        "password2": factories.PASSWORD,
    }
    browsers = [Client(raise_request_exception=False) for _ in range(4)]
    signup = reverse("account_signup")
    at_once(*(lambda browser=browser: browser.post(signup, fields) for browser in browsers))
    assert User.objects.filter(email="new@example.org").count() == 1


def test_a_candidate_number_is_given_once(spring: Cohort) -> None:
    Cohort.objects.filter(pk=spring.pk).update(capacity=50)
    people = [factories.person() for _ in range(6)]
    at_once(*(post for person in people for post in posts(person, reverse("enrol", args=["spring"]), times=1)))
    numbers = list(Enrolment.objects.filter(state="enrolled").values_list("candidate", flat=True))
    assert len(numbers) == len(set(numbers)) == 6
    assert timezone.now() > Enrolment.objects.latest("pk").enrolled_at  # type: ignore[operator]


LESSON = "/cohorts/spring/modules/4/lesson-1/quiz/"


def test_four_clicks_on_an_answer_are_one_and_other_questions_begin_once(amara: Enrolment) -> None:
    factories.quiz(Lesson.objects.get(module__revision=amara.cohort.revision, slug="lesson-1"))
    for question, answer in (("leaf", "0"), ("ppv", "32.4")):
        at_once(*posts(amara.user, LESSON, {"question": question, "sitting": "1", "answer": answer}))
    assert (Sitting.objects.count(), QuizAnswer.objects.count()) == (1, 2)
    at_once(*posts(amara.user, f"{LESSON}again/"))
    assert list(Sitting.objects.order_by("number").values_list("number", flat=True)) == [1, 2]


def test_evidence_is_given_once_and_decided_once(amara: Enrolment, office: User) -> None:
    factories.data_set(amara.cohort.revision, "secret", requires=[factories.TRAINING])
    given = {"requirement": factories.TRAINING["id"], "done_on": school_day().isoformat(), "reference": "77"}
    at_once(*posts(amara.user, reverse("give_evidence", args=["spring", "secret"]), given))
    evidence = Evidence.objects.get()
    decide = reverse("evidence_decide", args=[evidence.pk])
    confirm, refuse = {"decision": "confirm"}, {"decision": "refuse", "reason": "Too old."}
    at_once(*posts(office, decide, confirm, times=2), *posts(office, decide, refuse, times=2))
    assert Notice.objects.filter(to=amara.user).count() == 1
    assert Entry.objects.filter(event__in=["evidence_confirmed", "evidence_refused"]).count() == 1


def test_four_who_want_a_run_made_again_get_one(marked: Submission, leader: User, tutor: User) -> None:
    run = marked.runs.get()
    reproduce = reverse("run_reproduce", args=[run.pk])
    at_once(*posts(leader, reproduce, times=2), *posts(tutor, reproduce, times=2))
    assert Run.objects.filter(kind="reproduce").count() == 1


def test_four_who_try_the_solutions_run_each_once(assignment: Assignment, spring: Cohort, leader: User) -> None:
    files = [factories.stored("analysis.ipynb", factories.notebook(*factories.GOOD).decode())]
    for name in ("silent", "loud"):
        Solution.objects.create(assignment=assignment, kind="wrong", name=name, files=files)
    at_once(*posts(leader, reverse("solutions", args=WORK)))
    assert SolutionRun.objects.count() == 2


def test_a_regrade_asked_for_four_times_is_one_and_is_not_both_applied_and_discarded(
    marked: Submission, leader: User
) -> None:
    ask = {"assignment": marked.assignment.pk, "reason": "A check was wrong."}
    at_once(*posts(leader, reverse("regrades", args=WORK), ask))
    regrade = Regrade.objects.get()
    Run.objects.filter(kind="regrade").update(state="finished", auto_mark=70, finished_at=timezone.now())
    seen = {"seen": preview(regrade).seen}
    at_once(
        *posts(leader, reverse("regrade_apply", args=[regrade.pk]), seen, times=2),
        *posts(leader, reverse("regrade_discard", args=[regrade.pk]), times=2),
    )
    regrade.refresh_from_db()
    current = Mark.objects.current().get(component="auto")
    assert (regrade.state, current.value) in [("applied", Decimal(70)), ("discarded", Decimal(90))]


def test_a_proposal_from_several_windows_is_one_version(amara: Enrolment, assignment: Assignment) -> None:
    factories.project(assignment.module)
    typed = {"title": "Who", "data_set": "own", "answer-question": "Her.", "answer-licence": "Ours.", "seen": "0"}
    url = reverse("proposal", args=["spring", "project"])
    codes = at_once(*posts(amara.user, url, typed | {"act": "hand_in"}))
    assert sorted(codes) == [302, 422, 422, 422]
    assert Proposal.objects.get().number == 1
    assert Entry.objects.filter(event="proposal_handed_in").count() == 1


def test_two_tutors_decide_on_a_proposal_once(
    amara: Enrolment, assignment: Assignment, tutor: User, leader: User
) -> None:
    made = factories.proposal(amara, factories.project(assignment.module))
    url = reverse("proposal_decide", args=[made.pk])
    approve = posts(tutor, url, {"decision": "approved"}, times=2)
    decline = posts(leader, url, {"decision": "declined", "reason": "No."}, times=2)
    assert sorted(at_once(*approve, *decline)) == [302, 422, 422, 422]
    assert ProposalDecision.objects.count() == 1
    assert Notice.objects.filter(to=amara.user).count() == 1


def test_a_quiz_is_begun_handed_in_and_marked_once_and_its_answer_accepted_once(amara: Enrolment, leader: User) -> None:
    quiz = factories.quiz_assignment(amara.cohort.revision.modules.get(number=4))
    at_once(*posts(amara.user, reverse("quiz_begin", args=["spring", quiz.slug])))
    assert Sitting.objects.count() == 1
    answers = {"sitting": "1", "seen-word": "", "answer-word": "recall"}
    hand_in = answers | {"act": "hand_in", "confirm": "on"}
    url = reverse("quiz_answers", args=["spring", quiz.slug])
    at_once(*posts(amara.user, url, answers, times=2), *posts(amara.user, url, hand_in, times=3))
    assert (Submission.objects.count(), Mark.objects.count(), Run.objects.count()) == (1, 1, 1)
    accept = {"question": "word", "text": "recall", "reason": "It is."}
    at_once(*posts(leader, reverse("quiz_words", args=["spring", quiz.slug]), accept))
    assert Regrade.objects.count() == 1
    assert Mark.objects.current().get().value in {Decimal(0), Decimal(20)}
