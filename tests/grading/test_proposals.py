"""A proposal: written, kept, handed in, decided on; nothing can be submitted before, and nothing is overwritten."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import factories
import pytest
from bs4 import BeautifulSoup
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from audit.models import Entry
from courses.models import Assignment, Cohort, Enrolment
from courses.refusal import Refused
from grading.actions.proposals import decide_proposal, hand_in_proposal, save_proposal
from grading.actions.work import submit
from grading.models import Draft, Proposal, ProposalDecision, ProposalDraft, Submission
from grading.models.submission import digest_of
from grading.proposals import standing
from notices.models import Notice

Outcome = ProposalDecision.Outcome


@pytest.fixture
def project(assignment: Assignment) -> Assignment:
    return factories.project(assignment.module)


def page_of(project: Assignment) -> str:
    return reverse("proposal", args=["spring", project.slug])


def typed(**fields: str) -> dict[str, str]:
    return {
        "title": "Who comes back",
        "data_set": "own",
        "answer-question": "For whom it matters.",
        "answer-licence": "Ours.",
        "seen": "0",
        "act": "hand_in",
        **fields,
    }


def hand_in(by: Enrolment, project: Assignment, **fields: Any) -> Proposal:
    values = factories.PROPOSED | fields
    return hand_in_proposal(enrolment=by, assignment=project, by=by.user, seen=0, **values)


def decide(proposal: Proposal, by: User, outcome: Outcome = Outcome.APPROVED, reason: str = "") -> ProposalDecision:
    return decide_proposal(proposal=proposal, outcome=outcome, reason=reason, by=by)


def words(response: Any) -> str:
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split())


# The student


def test_it_is_written_kept_and_handed_in(signed_in: Any, amara: Enrolment, project: Assignment) -> None:
    browser, url = signed_in(amara.user), page_of(project)
    assert browser.post(url, typed(act="save", **{"answer-question": ""}))["Location"] == url
    text = words(browser.get(url))
    assert "Draft saved" in text
    assert text.count("(optional)") == 1, "licence and ethics, which own data need"
    assert browser.post(url, typed(seen="1"))["Location"] == url
    made = Proposal.objects.get()
    assert (made.number, made.title, made.data_title) == (1, "Who comes back", "Own data")
    assert not ProposalDraft.objects.exists()
    text = words(browser.get(url))
    assert "Your proposal waits for a tutor" in text
    assert "For whom it matters." in text
    assert Entry.objects.filter(event="proposal_handed_in", by=amara.user).exists()


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("title", "", "Give the project a title."),
        ("title", "x" * 161, "Use at most 160 characters; there are 161."),
        ("data_set", "", "Choose the data."),
        ("data_set", "no-such-set", "Select a valid choice."),
        ("answer-question", " ", "“Question” is open."),
        ("answer-question", "x" * 501, "Use at most 500 characters; there are 501."),
        ("answer-licence", "", "“Licence” is open."),
    ],
)
def test_what_is_missing_or_too_long_is_said_and_nothing_typed_is_lost(
    field: str, value: str, sentence: str, signed_in: Any, amara: Enrolment, project: Assignment
) -> None:
    response = signed_in(amara.user).post(page_of(project), typed(**{field: value}))
    assert response.status_code == 422
    assert sentence in words(response)
    kept = "For whom it matters." if field != "answer-question" else "Ours."
    assert kept in response.content.decode()
    assert not Proposal.objects.exists()


def test_licence_and_ethics_are_asked_for_own_data_only(signed_in: Any, amara: Enrolment, project: Assignment) -> None:
    factories.data_set(amara.cohort.revision)
    response = signed_in(amara.user).post(page_of(project), typed(data_set="toy", **{"answer-licence": ""}))
    assert response.status_code == 302
    made = Proposal.objects.get()
    assert (made.data, made.data_title) == ("toy", "The toy data")


def test_a_second_window_does_not_overwrite_the_first(signed_in: Any, amara: Enrolment, project: Assignment) -> None:
    browser, url = signed_in(amara.user), page_of(project)
    browser.post(url, typed(act="save", title="From the first"))
    response = browser.post(url, typed(act="save", title="From the second"))
    assert response.status_code == 422
    text = words(response)
    assert "in another window" in text
    assert "From the first" in text
    assert 'value="From the second"' in response.content.decode()
    seen = BeautifulSoup(response.content, "html.parser").find("input", {"name": "seen"})
    assert seen is not None
    browser.post(url, typed(act="save", title="From the second", seen=str(seen["value"])))
    assert ProposalDraft.objects.get().title == "From the second"


def test_while_it_waits_nothing_can_be_changed(amara: Enrolment, project: Assignment) -> None:
    hand_in(amara, project)
    for act in (hand_in_proposal, save_proposal):
        with pytest.raises(Refused, match="waits for a tutor"):
            act(enrolment=amara, assignment=project, by=amara.user, seen=0, **factories.PROPOSED)


def test_after_changes_were_asked_for_the_form_holds_the_last_version(
    signed_in: Any, amara: Enrolment, project: Assignment, tutor: User
) -> None:
    decide(hand_in(amara, project), tutor, Outcome.CHANGES, "Name the baseline.")
    page = signed_in(amara.user).get(page_of(project))
    text = words(page)
    assert "A tutor asked for changes" in text
    assert "Name the baseline." in text
    assert BeautifulSoup(page.content, "html.parser").find("textarea", {"name": "answer-question"}).get_text(
        strip=True
    ) == ("For whom it matters.")
    again = hand_in(amara, project, answers={"question": "For her.", "licence": "Ours."})
    assert again.number == 2
    assert [answer.has_changed for answer in standing(amara, project).versions[0].answers] == [True, False]


def test_an_approved_one_is_changed_only_by_asking_and_stands_meanwhile(
    amara: Enrolment, project: Assignment, tutor: User
) -> None:
    first = hand_in(amara, project)
    decide(first, tutor)
    with pytest.raises(Refused, match="say what is to change, and why"):
        hand_in(amara, project)
    second = hand_in(amara, project, title="Who comes back twice", why="The question was too wide.")
    now = standing(amara, project)
    assert now.approved is not None
    assert now.approved.proposal == first
    assert not now.obstacle
    decide(second, tutor, Outcome.DECLINED, "The first was better.")
    now = standing(amara, project)
    assert now.approved is not None
    assert now.approved.proposal == first
    assert "still stands" in Notice.objects.filter(to=amara.user).latest("pk").text


# What waits for it


def draft_of(by: Enrolment, project: Assignment) -> Draft:
    files = [factories.stored("analysis.ipynb", factories.notebook(*factories.GOOD))]
    return Draft.objects.create(enrolment=by, assignment=project, files=files, digest=digest_of(files))


@pytest.mark.parametrize(
    ("outcome", "sentence"),
    [
        ("none", "asks for a proposal first"),
        ("waiting", "waits for a tutor since"),
        (Outcome.CHANGES, "asked for changes"),
        (Outcome.DECLINED, "was declined"),
    ],
)
def test_nothing_is_submitted_before_a_proposal_is_approved(
    outcome: str, sentence: str, signed_in: Any, amara: Enrolment, project: Assignment, tutor: User
) -> None:
    draft = draft_of(amara, project)
    if outcome != "none":
        made = hand_in(amara, project)
        if outcome != "waiting":
            decide(made, tutor, Outcome(outcome), "A reason.")
    with pytest.raises(Refused, match=sentence):
        submit(draft=draft, form_token=uuid.uuid4(), by=amara.user)
    assert not Submission.objects.exists()
    page = signed_in(amara.user).get(reverse("assignment", args=["spring", "project"]))
    panel = BeautifulSoup(page.content, "html.parser").find(id="submit")
    assert panel is not None
    assert sentence in panel.get_text()
    link = panel.find("a")
    assert link is not None
    assert link["href"] == page_of(project)


def test_with_an_approved_proposal_it_is_submitted(amara: Enrolment, project: Assignment, tutor: User) -> None:
    decide(hand_in(amara, project), tutor)
    assert submit(draft=draft_of(amara, project), form_token=uuid.uuid4(), by=amara.user).attempt == 1


def test_another_students_approval_opens_nothing(
    amara: Enrolment, bruno: Enrolment, project: Assignment, tutor: User
) -> None:
    decide(hand_in(bruno, project), tutor)
    with pytest.raises(Refused, match="asks for a proposal first"):
        submit(draft=draft_of(amara, project), form_token=uuid.uuid4(), by=amara.user)


def test_an_assignment_without_one_has_no_such_page(signed_in: Any, amara: Enrolment, assignment: Assignment) -> None:
    browser = signed_in(amara.user)
    assert browser.get(reverse("proposal", args=["spring", assignment.slug])).status_code == 404
    assert "Proposal" not in words(browser.get(reverse("assignment", args=["spring", assignment.slug])))


# The tutor


def test_the_list_is_oldest_first_by_candidate_number(
    signed_in: Any, amara: Enrolment, bruno: Enrolment, project: Assignment, tutor: User
) -> None:
    factories.proposal(bruno, project, title="The newer")
    factories.proposal(amara, project, title="The older", handed_in_at=timezone.now() - timedelta(days=2))
    text = words(signed_in(tutor).get(reverse("proposals")))
    assert "2 proposals wait for a decision" in text
    assert text.index("The older") < text.index("The newer")
    assert str(amara.candidate) in text
    assert "Amara" not in text


def test_a_decision_needs_a_reason_unless_it_approves(
    signed_in: Any, amara: Enrolment, project: Assignment, tutor: User
) -> None:
    made, browser = hand_in(amara, project), signed_in(tutor)
    url = reverse("proposal_decide", args=[made.pk])
    for outcome in ("changes", "declined"):
        response = browser.post(url, {"decision": outcome, "reason": " "})
        assert response.status_code == 422
        assert "Say why." in words(response)
    with pytest.raises(Refused, match="Say why"):
        decide(made, tutor, Outcome.DECLINED, " ")
    assert browser.post(url, {"decision": "approved", "reason": ""})["Location"] == reverse("proposals")
    decision = ProposalDecision.objects.get()
    assert (decision.outcome, decision.decided_by) == ("approved", tutor)


def test_the_student_is_told_with_the_reason(amara: Enrolment, project: Assignment, tutor: User) -> None:
    decide(hand_in(amara, project), tutor, Outcome.CHANGES, "Name the baseline.")
    notice = Notice.objects.get(to=amara.user)
    assert notice.subject == "Your proposal “Who comes back”: changes asked for"
    assert "Name the baseline." in notice.text
    assert notice.url == page_of(project)
    assert Entry.objects.filter(event="proposal_decided", by=tutor).exists()


def test_it_is_decided_once(amara: Enrolment, project: Assignment, tutor: User, leader: User) -> None:
    made = hand_in(amara, project)
    decide(made, tutor)
    with pytest.raises(Refused, match="Tomasz Zielinski has decided on this already: approved"):
        decide(made, leader, Outcome.DECLINED, "No.")


def test_nobody_decides_on_their_own(amara: Enrolment, project: Assignment) -> None:
    with pytest.raises(Refused, match="your own"):
        decide(hand_in(amara, project), amara.user)


def test_the_office_reads_and_does_not_decide(
    signed_in: Any, amara: Enrolment, project: Assignment, office: User
) -> None:
    made, browser = hand_in(amara, project), signed_in(office)
    page = browser.get(reverse("proposal_review", args=[made.pk]))
    assert "A tutor of the cohort decides" in words(page)
    assert "Approve" not in words(page)
    assert browser.post(reverse("proposal_decide", args=[made.pk]), {"decision": "approved"}).status_code == 404


def test_a_tutor_of_another_cohort_sees_nothing_of_it(
    signed_in: Any, amara: Enrolment, project: Assignment, db: None
) -> None:
    made = hand_in(amara, project)
    browser = signed_in(factories.cohort_role(factories.cohort(), Role.TUTOR))
    assert browser.get(reverse("proposal_review", args=[made.pk])).status_code == 404
    assert "Who comes back" not in words(browser.get(reverse("proposals")))


def test_what_waits_of_somebody_who_has_left_is_not_listed(
    signed_in: Any, amara: Enrolment, project: Assignment, tutor: User
) -> None:
    hand_in(amara, project)
    Enrolment.objects.filter(pk=amara.pk).update(state="withdrawn")
    assert "No proposal waits" in words(signed_in(tutor).get(reverse("proposals")))


# The history


def test_what_is_handed_in_and_decided_never_changes(amara: Enrolment, project: Assignment, tutor: User) -> None:
    decision = decide(hand_in(amara, project), tutor)
    for row in (decision, decision.proposal):
        with pytest.raises(TypeError, match="never changed"):
            row.save()
    changes: list[tuple[Any, dict[str, str]]] = [(Proposal, {"title": "Another"}), (ProposalDecision, {"reason": "No"})]
    for model, change in changes:
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            model.objects.update(**change)


def test_every_version_and_decision_is_shown(
    signed_in: Any, amara: Enrolment, project: Assignment, tutor: User, leader: User
) -> None:
    decide(hand_in(amara, project, title="The first idea"), tutor, Outcome.DECLINED, "Too large.")
    second = hand_in(amara, project, title="The second idea")
    decide(second, leader)
    for text in (
        words(signed_in(amara.user).get(page_of(project))),
        words(signed_in(tutor).get(reverse("proposal_review", args=[second.pk]))),
    ):
        for part in ("The first idea", "Too large.", "Tomasz Zielinski", "The second idea", "Leila Haddad"):
            assert part in text


# The first page


def test_the_first_page_says_what_waits(signed_in: Any, amara: Enrolment, project: Assignment, tutor: User) -> None:
    assert "Proposal for module 4" in words(signed_in(amara.user).get(reverse("next")))
    hand_in(amara, project)
    assert "Proposal for module 4" not in words(signed_in(amara.user).get(reverse("next")))
    assert "1 proposal to decide on" in words(signed_in(tutor).get(reverse("next")))
    assert "1 proposal waits for a decision" in words(signed_in(tutor).get(reverse("marking")))


def test_the_lists_take_as_many_queries_for_many_as_for_one(
    signed_in: Any, spring: Cohort, amara: Enrolment, project: Assignment, tutor: User
) -> None:
    browser = signed_in(tutor)
    review = reverse("proposal_review", args=[factories.proposal(amara, project).pk])

    def queries() -> list[int]:
        counts = []
        for url in (reverse("proposals"), review, reverse("next")):
            with CaptureQueriesContext(
                connection,
            ) as asked:
                assert browser.get(url).status_code == 200
            counts.append(len(asked))
        return counts

    few = queries()
    for _ in range(4):
        made = factories.proposal(factories.enrolment(spring), project)
        factories.proposal(made.enrolment, project)
        factories.proposal(amara, project)
        decide(made, tutor)
    assert queries() == few
