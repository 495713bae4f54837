"""What students and tutors do with a proposal: keep a draft, hand in a version, decide. Nothing is overwritten."""

from __future__ import annotations

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.log import Event, record
from courses.models import Assignment, DataSet, Enrolment
from courses.refusal import Refused
from grading.actions.work import may_work
from grading.models import Proposal, ProposalDecision, ProposalDraft
from grading.proposals import standing
from notices.actions import tell

Outcome = ProposalDecision.Outcome
OWN = "own"
OWN_DATA = "Own data"
OTHER_WINDOW = (
    "You saved this proposal in another window after you opened this page. Nothing of this one is saved yet: look at "
    "both, and save again to put this one in its place."
)


class SavedElsewhere(Refused):
    """The draft is not the one that this page began with."""


@transaction.atomic
def save_proposal(
    *,
    enrolment: Enrolment,
    assignment: Assignment,
    title: str,
    data: str,
    answers: dict[str, str],
    why: str,
    seen: int,
    by: User,
) -> ProposalDraft:
    """Keep what is written so far. `seen` is how often the draft had been saved when its page was opened."""
    may_propose(enrolment, assignment)
    return keep(enrolment, assignment, title, data, answers, why, seen)


def keep(
    enrolment: Enrolment, assignment: Assignment, title: str, data: str, answers: dict[str, str], why: str, seen: int
) -> ProposalDraft:
    own = ProposalDraft.objects.filter(enrolment=enrolment, assignment_slug=assignment.slug)
    present = own.first()
    written = {"title": title, "data": data, "answers": answers, "why": why}
    if present is None:
        return ProposalDraft.objects.create(enrolment=enrolment, assignment_slug=assignment.slug, **written)
    if all(getattr(present, name) == value for name, value in written.items()):
        return present
    if present.saves != seen:
        raise SavedElsewhere(OTHER_WINDOW)
    own.update(**written, saves=present.saves + 1, saved_at=timezone.now())
    return own.get()


@transaction.atomic
def hand_in_proposal(
    *,
    enrolment: Enrolment,
    assignment: Assignment,
    title: str,
    data: str,
    answers: dict[str, str],
    why: str,
    seen: int,
    by: User,
) -> Proposal:
    """Make the next version. It waits for a tutor; a version that is approved stands until this one is.

    Raises Refused with a sentence for the student.
    """
    may_propose(enrolment, assignment)
    now = standing(enrolment, assignment)
    if now.approved and not why:
        raise Refused("Your proposal is approved. To change it, say what is to change, and why.")
    if not title or not data or any(not answers.get(id) for id in needed(assignment, data)):
        raise Refused("The proposal is not complete. Nothing was handed in.")
    chosen = DataSet.objects.filter(revision=assignment.module.revision_id, slug=data).first()
    if chosen is None and data != OWN:
        raise Refused("This data set is not one of the programme. Choose another, or data of your own.")
    keep(enrolment, assignment, title, data, answers, why, seen)
    made = Proposal.objects.create(
        enrolment=enrolment,
        assignment=assignment,
        number=now.newest.proposal.number + 1 if now.newest else 1,
        title=title,
        data=chosen.slug if chosen else "",
        data_title=chosen.title if chosen else OWN_DATA,
        answers=answers,
        why=why if now.approved else "",
    )
    ProposalDraft.objects.filter(enrolment=enrolment, assignment_slug=assignment.slug).delete()
    record(Event.PROPOSAL_HANDED_IN, by=by, on=made, number=made.number)
    return made


def needed(assignment: Assignment, data: str) -> list[str]:
    """The questions that must be answered."""
    return [each["id"] for each in assignment.proposal if data == OWN or not each["own_data"]]


def may_propose(enrolment: Enrolment, assignment: Assignment) -> None:
    """Refused when the student cannot write a proposal now. Holds the enrolment: one version at a time."""
    if not assignment.proposal:
        raise Refused("This assignment asks for no proposal.")
    enrolment = Enrolment.objects.select_for_update(of=("self",)).select_related("cohort").get(pk=enrolment.pk)
    may_work(enrolment, assignment)
    if standing(enrolment, assignment).is_waiting:
        raise Refused("Your proposal waits for a tutor. You can write again when it is decided on.")


@transaction.atomic
def decide_proposal(
    *, proposal: Proposal, outcome: ProposalDecision.Outcome, reason: str, by: User
) -> ProposalDecision:
    """Approve a version, ask for changes or decline it; the student is told. Raises Refused for the tutor."""
    Enrolment.objects.select_for_update().get(pk=proposal.enrolment_id)
    proposal = Proposal.objects.select_related("assignment__module", "enrolment__user", "enrolment__cohort").get(
        pk=proposal.pk
    )
    if proposal.enrolment.user_id == by.pk:
        raise Refused("You cannot decide on your own proposal. Ask a colleague.")
    if former := ProposalDecision.objects.filter(proposal=proposal).select_related("decided_by").first():
        raise Refused(f"{former.decided_by} has decided on this already: {former.get_outcome_display().lower()}.")
    reason = reason.strip()
    if outcome != Outcome.APPROVED and not reason:
        raise Refused("Say why. The student reads the reason, and it is kept.")
    decision = ProposalDecision.objects.create(proposal=proposal, outcome=outcome, reason=reason, decided_by=by)
    record(Event.PROPOSAL_DECIDED, by=by, on=proposal, outcome=outcome.value, reason=reason)
    tell(
        to=proposal.enrolment.user,
        subject=f"Your proposal “{proposal.title}”: {decision.get_outcome_display().lower()}",
        text="\n".join(filter(None, [told(proposal, outcome), reason])),
        url=reverse("proposal", args=[proposal.enrolment.cohort.slug, proposal.assignment.slug]),
    )
    return decision


def told(proposal: Proposal, outcome: ProposalDecision.Outcome) -> str:
    """What a decision means for the student."""
    stands = "The version that was approved before still stands." if proposal.why else ""
    if outcome == Outcome.APPROVED:
        return f"Version {proposal.number} is approved. You can submit “{proposal.assignment.title}”."
    if outcome == Outcome.CHANGES:
        return f"Change it, and hand it in again. {stands}".strip()
    return stands or "Hand in another proposal, or talk with your tutor first."
