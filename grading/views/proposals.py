"""Proposals: the student writes and hands in, tutors decide, the office looks on."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.http import PersonRequest
from accounts.roles import Permission
from courses.models import Assignment, Cohort, Enrolment
from courses.refusal import Refused
from grading.access import own_assignment, visible_proposal
from grading.actions import proposals as actions
from grading.actions.work import may_work
from grading.forms import ProposalDecisionForm, ProposalForm
from grading.models import Proposal, ProposalDecision, ProposalDraft
from grading.proposals import Standing, standing
from grading.views.assignment import refusal

DECIDED_SHOWN = 50


@require_http_methods(["GET", "POST"])
def proposal(request: PersonRequest, cohort: str, assignment: str) -> HttpResponse:
    """A student's own: where it stands, the form while it can be written, every version."""
    enrolment, found = own_assignment(request.user, cohort, assignment)
    if not found.proposal:
        raise Http404
    now = standing(enrolment, found)
    if request.method == "GET":
        return render(request, "grading/proposal.html", own_page(enrolment, found, now, form_of(enrolment, found, now)))
    hands_in = request.POST.get("act") == "hand_in"
    form = form_of(enrolment, found, now, request.POST, is_draft=not hands_in)
    if not form.is_valid():
        return render(request, "grading/proposal.html", own_page(enrolment, found, now, form), status=422)
    act = actions.hand_in_proposal if hands_in else actions.save_proposal
    try:
        act(
            enrolment=enrolment,
            assignment=found,
            title=form.cleaned_data["title"],
            data=form.cleaned_data["data_set"],
            answers=form.answers(),
            why=form.cleaned_data.get("why", ""),
            seen=form.cleaned_data["seen"] or 0,
            by=request.user,
        )
    except Refused as refused:
        page = own_page(enrolment, found, standing(enrolment, found), form) | {"problem": str(refused)}
        if isinstance(refused, actions.SavedElsewhere):
            page |= saved_elsewhere(enrolment, found, now)
        return render(request, "grading/proposal.html", page, status=422)
    messages.success(request, "Handed in. You get a notice when a tutor has decided." if hands_in else "Draft saved.")
    return redirect("proposal", cohort, assignment)


def form_of(
    enrolment: Enrolment, assignment: Assignment, now: Standing, given: Any = None, *, is_draft: bool = False
) -> ProposalForm:
    return ProposalForm(
        given,
        assignment=assignment,
        draft=own_draft(enrolment, assignment),
        newest=now.newest.proposal if now.newest else None,
        is_change=now.approved is not None,
        is_draft=is_draft,
    )


def own_draft(enrolment: Enrolment, assignment: Assignment) -> ProposalDraft | None:
    return ProposalDraft.objects.filter(enrolment=enrolment, assignment_slug=assignment.slug).first()


def own_page(enrolment: Enrolment, assignment: Assignment, now: Standing, form: ProposalForm) -> dict[str, Any]:
    return {
        "cohort": enrolment.cohort,
        "assignment": assignment,
        "module": assignment.module,
        "standing": now,
        "form": form,
        "seen": form["seen"].value() or 0,
        "draft": own_draft(enrolment, assignment),
        "refusal": refusal(may_work, enrolment, assignment),
    }


def saved_elsewhere(enrolment: Enrolment, assignment: Assignment, now: Standing) -> dict[str, Any]:
    """What the other window saved. The next save answers to that."""
    other = form_of(enrolment, assignment, now)
    return {"other": other, "seen": other["seen"].value() or 0}


@require_GET
def proposals(request: PersonRequest) -> HttpResponse:
    """What waits for a decision, oldest first, and what was decided lately."""
    if not Cohort.objects.permitting(request.user, Permission.SEE_PROPOSALS).exists():
        raise Http404
    seen = Proposal.objects.visible_to(request.user).select_related(
        "assignment__module", "enrolment__cohort", "decision__decided_by"
    )
    page = {
        "waiting": seen.waiting(),
        "decided": seen.exclude(decision=None).order_by("-decision__decided_at", "-pk")[:DECIDED_SHOWN],
    }
    return render(request, "grading/proposals.html", page)


@require_GET
def proposal_review(request: PersonRequest, pk: int) -> HttpResponse:
    found = visible_proposal(request.user, pk, Permission.SEE_PROPOSALS)
    return render(request, "grading/proposal_review.html", review_page(request, found, ProposalDecisionForm()))


@require_POST
def proposal_decide(request: PersonRequest, pk: int) -> HttpResponse:
    found = visible_proposal(request.user, pk, Permission.DECIDE_PROPOSALS)
    form = ProposalDecisionForm(request.POST)
    if not form.is_valid():
        return render(request, "grading/proposal_review.html", review_page(request, found, form), status=422)
    outcome = ProposalDecision.Outcome(form.cleaned_data["decision"])
    try:
        made = actions.decide_proposal(
            proposal=found, outcome=outcome, reason=form.cleaned_data["reason"], by=request.user
        )
    except Refused as refused:
        form.add_error(None, str(refused))
        return render(request, "grading/proposal_review.html", review_page(request, found, form), status=422)
    messages.success(request, f"{made.get_outcome_display()}. Candidate {found.enrolment.candidate} has been told.")
    return redirect("proposals")


def review_page(request: PersonRequest, proposal: Proposal, form: ProposalDecisionForm) -> dict[str, Any]:
    now = standing(proposal.enrolment, proposal.assignment)
    may_decide = Enrolment.objects.permitting(request.user, Permission.DECIDE_PROPOSALS)
    return {
        "proposal": proposal,
        "version": next(each for each in now.versions if each.proposal.pk == proposal.pk),
        "others": [each for each in now.versions if each.proposal.pk != proposal.pk],
        "standing": now,
        "assignment": proposal.assignment,
        "cohort": proposal.enrolment.cohort,
        "candidate": proposal.enrolment.candidate,
        "form": form,
        "may_decide": may_decide.filter(pk=proposal.enrolment_id).exists(),
    }
