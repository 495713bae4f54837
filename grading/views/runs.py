"""A run while it waits and works, polled by its page; and the notebook that it left."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.http import PersonRequest
from grading import queue, words
from grading.access import own_run, visible_run
from grading.actions import work
from grading.models import Draft, Run
from grading.notebooks import notebook_page
from grading.views.assignment import checks_panel
from grading.views.work import submission_page


@require_GET
def run(request: PersonRequest, run_id: uuid.UUID) -> HttpResponse:
    """The fragment that its page asks for every second; 204 while nothing has changed. Without htmx, the page."""
    found = visible_run(request.user, run_id)
    is_own = found.enrolment.user_id == request.user.pk
    if not request.htmx or not is_own:  # type: ignore[attr-defined]
        return redirect(page_of(found, is_own=is_own))
    said = words.of_run(found, queue.place_of(found))
    if request.GET.get("seen") == said.signature:
        return HttpResponse(status=204)
    announce = request.GET.get("seen", "").partition(".")[0] != said.signature.partition(".")[0]
    if found.submission is None:
        draft = Draft.objects.filter(enrolment=found.enrolment, assignment=found.assignment).first()
        page = checks_panel(found.enrolment, found.assignment, draft)
        template = "grading/_trial.html"
    else:
        page = submission_page(found.submission, found.enrolment)
        template = "grading/_result.html"
    return render(request, template, page | {"is_fragment": True, "announce": announce})


@require_POST
def cancel(request: PersonRequest, run_id: uuid.UUID) -> HttpResponse:
    """Cancel one's own run. Over already, its page says how it ended."""
    found = own_run(request.user, run_id)
    if not work.cancel_run(run=found, by=request.user):
        messages.info(request, "This run had ended already.")
    return redirect(page_of(found, is_own=True))


def page_of(run: Run, *, is_own: bool) -> str:
    """Where a run is shown."""
    if run.submission_id is not None:
        return reverse("work" if is_own else "desk", args=[run.submission_id])
    place = [run.enrolment.cohort.slug, run.assignment.slug]
    return (
        reverse("workspace", args=place)
        if run.kind == Run.Kind.CELLS
        else reverse("assignment", args=place) + "#checks"
    )


@require_GET
def run_notebook(request: PersonRequest, run_id: uuid.UUID) -> HttpResponse:
    return notebook_page(request, visible_run(request.user, run_id).page)
