"""Judging an assignment again: ask, watch, look at what would change, apply or discard."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.http import PersonRequest
from accounts.models import User
from accounts.roles import Permission
from courses.models import Assignment, Cohort
from courses.refusal import Refused
from grading.access import cohort_to_release
from grading.actions import regrade as actions
from grading.forms import RegradeForm
from grading.models import Regrade
from grading.regrading import preview
from grading.words import counted


@require_http_methods(["GET", "POST"])
def regrades(request: PersonRequest, cohort: str, assignment: str) -> HttpResponse:
    """Ask for a regrade, and those there were."""
    found = cohort_to_release(request.user, cohort)
    work = get_object_or_404(
        Assignment.objects.select_related("module"), module__revision=found.revision, slug=assignment
    )
    form = RegradeForm(request.POST or None, cohort=found, slug=assignment)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.ask_for_regrade(cohort=found, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("regrade", made.pk)
    earlier = Regrade.objects.filter(cohort=found, assignment__slug=assignment)
    page = {
        "cohort": found,
        "assignment": work,
        "form": form,
        "may_move": may_move(request.user, found),
        "regrades": list(earlier.select_related("asked_by", "assignment__module__revision")),
    }
    return render(request, "grading/regrades.html", page, status=422 if form.errors else 200)


@require_GET
def regrade(request: PersonRequest, regrade_id: uuid.UUID) -> HttpResponse:
    """How far it is, and what applying would do. htmx asks for the fragment while it runs."""
    found = regrade_to_decide(request.user, regrade_id)
    seen = preview(found) if found.state == Regrade.State.OPEN else None
    page = {
        "regrade": found,
        "cohort": found.cohort,
        "assignment": found.assignment,
        "preview": seen,
        "may_move": may_move(request.user, found.cohort),
        "rows": [row.record() for row in seen.rows] if seen else found.outcome,
    }
    is_polled = request.htmx and not request.htmx.boosted  # type: ignore[attr-defined]
    return render(request, "grading/_regrade.html" if is_polled else "grading/regrade.html", page)


@require_POST
def apply_regrade(request: PersonRequest, regrade_id: uuid.UUID) -> HttpResponse:
    found = regrade_to_decide(request.user, regrade_id)
    try:
        done = actions.apply_regrade(regrade=found, seen=request.POST.get("seen", ""), by=request.user)
        moved = done.risen + done.fallen
        messages.success(request, f"Applied: {counted(moved, 'mark') if moved else 'no mark'} changed.")
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("regrade", found.pk)


@require_POST
def discard_regrade(request: PersonRequest, regrade_id: uuid.UUID) -> HttpResponse:
    found = regrade_to_decide(request.user, regrade_id)
    try:
        actions.discard_regrade(regrade=found, by=request.user)
        messages.success(request, "Discarded. No mark was changed.")
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("regrade", found.pk)


@require_POST
def repeat_regrade(request: PersonRequest, regrade_id: uuid.UUID) -> HttpResponse:
    """Run again what ended by our fault."""
    found = regrade_to_decide(request.user, regrade_id)
    try:
        repeated = actions.repeat_failed(regrade=found, by=request.user)
        messages.success(request, f"{counted(repeated, 'run')} queued again.")
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("regrade", found.pk)


def may_move(user: User, cohort: Cohort) -> bool:
    return Cohort.objects.permitting(user, Permission.MOVE_COHORT).filter(pk=cohort.pk).exists()


def regrade_to_decide(user: User, regrade_id: uuid.UUID) -> Regrade:
    """A regrade in a cohort whose marks this person may release."""
    allowed = Cohort.objects.permitting(user, Permission.RELEASE_MARKS)
    found = Regrade.objects.filter(cohort__in=allowed)
    return get_object_or_404(
        found.select_related("cohort__revision", "assignment__module__revision", "asked_by", "ended_by"), pk=regrade_id
    )
