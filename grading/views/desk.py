"""The marking desk: one piece of work, its checks, the rubric; save, and the next one appears."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.http import PersonRequest
from accounts.roles import Permission
from courses.marks import module_mark
from courses.models import Cohort
from courses.regulations import regulations
from grading import words
from grading.access import submission_on_desk, submission_to_mark
from grading.actions.marking import NotMarked, SavedMeanwhile, save_assessment
from grading.checklist import Finding, Tally, held_by
from grading.forms import AssessmentForm, running_total
from grading.models import Assessment, Mark, Proposal, ProposalDecision, Run, Submission
from grading.to_mark import Pile, piles_of
from grading.views.quiz import desk_quiz_page

Outcome = ProposalDecision.Outcome


@require_http_methods(["GET", "POST"])
def desk(request: PersonRequest, submission_id: uuid.UUID) -> HttpResponse:
    if request.method == "POST":
        return save(request, submission_to_mark(request.user, submission_id))
    submission = submission_on_desk(request.user, submission_id)
    if submission.assignment.is_quiz:
        return render(request, "grading/quiz_desk.html", desk_quiz_page(submission))
    form = form_of(submission, present_assessment(submission))
    return render(request, "grading/desk.html", desk_page(request, submission, form))


def save(request: PersonRequest, submission: Submission) -> HttpResponse:
    """Keep the whole assessment or nothing; what was typed comes back with the reason."""
    form = AssessmentForm(request.POST, assignment=submission.assignment, found=found_in(submission))
    problems: list[str] = []
    other: Assessment | None = None
    if form.is_valid():
        try:
            save_assessment(
                submission=submission,
                judgements=form.judgements(),
                comment=form.cleaned_data["comment"],
                checklist=form.checklist(),
                by=request.user,
                seen=form.cleaned_data["seen"] or 0,
            )
        except SavedMeanwhile as meanwhile:
            problems.append(str(meanwhile))
            other = present_assessment(submission)
        except NotMarked as not_marked:
            problems.append(str(not_marked))
        else:
            return to_next(request, submission)
    page = desk_page(request, submission, form) | {"problems": [*problems, *form.problems]}
    if other is not None:
        # The next save answers to what is shown now.
        page |= {"other": form_of(submission, other), "seen": other.pk}
    return render(request, "grading/desk.html", page, status=422)


def form_of(submission: Submission, assessment: Assessment | None) -> AssessmentForm:
    return AssessmentForm(assignment=submission.assignment, assessment=assessment, found=found_in(submission))


def found_in(submission: Submission) -> list[Finding]:
    """What the run that counts found of the checklist."""
    codes = submission.marks.with_checklists().current().filter(component=Mark.Component.AUTO)
    code = codes.first()
    return code.run.checklist if code and code.run else []


def to_next(request: PersonRequest, submission: Submission) -> HttpResponse:
    pile = pile_of(request, submission)
    following = pile.after(submission.pk) if pile else None
    saved = f"Saved: candidate {submission.enrolment.candidate}."
    if following is None:
        messages.success(request, f"{saved} Everything of “{submission.assignment.title}” is marked.")
        return redirect("marking")
    messages.success(request, saved)
    return redirect("desk", following.submission.pk)


def pile_of(request: PersonRequest, submission: Submission) -> Pile | None:
    piles = piles_of(request.user, cohort=submission.enrolment.cohort, assignment=submission.assignment)
    return next(iter(piles), None)


def present_assessment(submission: Submission) -> Assessment | None:
    mark = (
        submission.marks.current()
        .filter(component=Mark.Component.RUBRIC)
        .select_related("assessment__marker")
        .prefetch_related("assessment__criteria")
        .first()
    )
    return mark.assessment if mark else None


def desk_page(request: PersonRequest, submission: Submission, form: AssessmentForm) -> dict[str, Any]:
    enrolment, assignment = submission.enrolment, submission.assignment
    rules = regulations(enrolment.cohort.regulations_version)
    weights = rules.modules[assignment.module.code].weights
    run = submission.runs.filter(state=Run.State.FINISHED).select_related("assignment").order_by("-finished_at").first()
    current = (
        Mark.objects.with_checklists().current().filter(enrolment=enrolment, module_number=assignment.module.number)
    )
    by_component = {mark.component: mark for mark in current.select_related("submission")}
    code = by_component.get(Mark.Component.AUTO)
    rubric = by_component.get(Mark.Component.RUBRIC)
    released = any(mark.release_id for mark in by_component.values())
    counting = code.submission if code else None
    is_counting = counting is not None and counting.pk == submission.pk
    may_mark = Cohort.objects.permitting(request.user, Permission.MARK_WORK).filter(pk=enrolment.cohort_id).exists()
    pile = pile_of(request, submission)
    rows = form.rows
    is_marked = rubric is not None and rubric.submission_id == submission.pk
    unmet = held_by(code, rubric)
    return {
        "submission": submission,
        "assignment": assignment,
        "module": assignment.module,
        "cohort": enrolment.cohort,
        "candidate": enrolment.candidate,
        "run": run,
        "results": list(run.results.order_by("number")) if run else [],
        "code": code if is_counting else None,
        "arrival": words.arrival(submission.arrived_at, submission.due_at, rules.lateness, is_over=True),
        "form": form,
        "rows": rows,
        "checklist": Tally(form.items) if form.items else None,
        "pass_mark": rules.marks.pass_mark,
        "proposal": Proposal.objects.filter(
            enrolment=enrolment, assignment__slug=assignment.slug, decision__outcome=Outcome.APPROVED
        ).last()
        if assignment.proposal
        else None,
        "seen": form.seen_typed,
        "chosen": sum(bool(row.level) for row in rows),
        "total": running_total(rows),
        "whole": module_mark(code.value, rubric.value, weights, rules, unmet)
        if code and rubric and is_marked
        else None,
        "counting": counting,
        "is_counting": is_counting,
        "released": released,
        "may_mark": may_mark and is_counting and not released and bool(assignment.rubric),
        "is_marked": is_marked,
        "pile": pile,
        "following": pile.after(submission.pk) if pile and pile.may_mark else None,
    }
