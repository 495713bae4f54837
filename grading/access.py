"""Who may see and do what with work. Missing and forbidden look the same from outside."""

from __future__ import annotations

import uuid

from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import User
from accounts.roles import Permission
from courses.models import Assignment, Cohort, Enrolment
from grading.models import Proposal, Run, Submission


def own_assignment(user: User, cohort: str, slug: str) -> tuple[Enrolment, Assignment]:
    """The assignment for a student of the cohort."""
    enrolment = get_object_or_404(
        Enrolment.objects.studying_or_done().select_related("cohort__revision", "user"), user=user, cohort__slug=cohort
    )
    assignment = get_object_or_404(
        Assignment.objects.select_related("module"), module__revision=enrolment.cohort.revision, slug=slug
    )
    return enrolment, assignment


def own_code(user: User, cohort: str, slug: str) -> tuple[Enrolment, Assignment]:
    """The same, if files are handed in for it: a quiz is answered elsewhere."""
    enrolment, assignment = own_assignment(user, cohort, slug)
    if assignment.is_quiz:
        raise Http404
    return enrolment, assignment


def visible_submission(user: User, submission_id: uuid.UUID) -> Submission:
    """One's own submission, or one that a role lets one see."""
    work = Submission.objects.visible_to(user).select_related(
        "assignment__module", "enrolment__cohort", "enrolment__user"
    )
    return get_object_or_404(work, pk=submission_id)


def own_submission(user: User, submission_id: uuid.UUID) -> Submission:
    """One's own submission; staff look at work on the marking desk."""
    work = Submission.objects.filter(enrolment__user=user)
    return get_object_or_404(work.select_related("assignment__module", "enrolment__cohort"), pk=submission_id)


def submission_to_mark(user: User, submission_id: uuid.UUID) -> Submission:
    """The work of somebody else that this person may mark."""
    work = Submission.objects.to_mark(user).select_related("assignment__module", "enrolment__cohort")
    return get_object_or_404(work, pk=submission_id)


def submission_on_desk(user: User, submission_id: uuid.UUID) -> Submission:
    """The work of somebody else that a role lets this person see; marking it takes more."""
    work = Submission.objects.visible_to(user).exclude(enrolment__user=user)
    return get_object_or_404(work.select_related("assignment__module", "enrolment__cohort"), pk=submission_id)


def cohort_to_release(user: User, slug: str) -> Cohort:
    """A cohort whose marks this person may release."""
    allowed = Cohort.objects.permitting(user, Permission.RELEASE_MARKS)
    return get_object_or_404(allowed.select_related("revision"), slug=slug)


def run_on_record(user: User, run_id: uuid.UUID) -> Run:
    """A grading run of somebody else's work that a role lets this person see."""
    runs = Run.objects.visible_to(user).filter(kind=Run.Kind.GRADE).exclude(enrolment__user=user)
    return get_object_or_404(runs.select_related("assignment__module", "enrolment__cohort", "submission"), pk=run_id)


def visible_run(user: User, run_id: uuid.UUID) -> Run:
    """One's own run, or that of work that a role lets one see."""
    runs = Run.objects.visible_to(user).select_related("assignment__module", "enrolment__cohort", "submission")
    return get_object_or_404(runs, pk=run_id)


def visible_proposal(user: User, pk: int, permission: Permission) -> Proposal:
    """One version of a proposal of somebody else over which a role gives this permission."""
    allowed = Proposal.objects.filter(enrolment__in=Enrolment.objects.permitting(user, permission))
    return get_object_or_404(allowed.select_related("assignment__module", "enrolment__cohort"), pk=pk)


def own_run(user: User, run_id: uuid.UUID) -> Run:
    """A run that this student has asked for."""
    runs = Run.objects.filter(enrolment__user=user, kind__in=[Run.Kind.TRIAL, Run.Kind.GRADE])
    return get_object_or_404(runs.select_related("assignment__module", "enrolment__cohort"), pk=run_id)
