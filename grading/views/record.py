"""What is on record about a run, and the same run made again beside it: for staff."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.http import PersonRequest
from courses.refusal import Refused
from grading.access import run_on_record
from grading.actions.reproduction import ask_for_reproduction
from grading.models import Run
from grading.reproducing import Sort, compare, compared, facts


@require_GET
def record(request: PersonRequest, run_id: uuid.UUID) -> HttpResponse:
    """Polled while the run is being made again."""
    run = run_on_record(request.user, run_id)
    return render(request, "grading/record.html", record_page(run))


def record_page(run: Run) -> dict[str, Any]:
    again = run.reproductions.order_by("-queued_at").first()
    is_compared = again is not None and again.state == Run.State.FINISHED
    try:
        if again is not None and is_compared:
            fields = compare(run, again)
        else:
            known = facts(run, run.results.all())
            fields = compared(known, known)
    except FileNotFoundError:
        fields = []
    return {
        "run": run,
        "submission": run.submission,
        "assignment": run.assignment,
        "candidate": run.enrolment.candidate,
        "again": again,
        "figures": [result for result in run.results.all() if result.reports],
        "is_compared": is_compared,
        "parts": [
            (title, [field for field in fields if field.sort == sort])
            for title, sort in (("What went in", Sort.INPUT), ("What came out", Sort.OUTCOME))
        ],
        "measured": [field for field in fields if field.sort == Sort.MEASURED],
        "differing": sum(field.differs for field in fields),
        "count": sum(field.sort != Sort.MEASURED for field in fields),
    }


@require_POST
def reproduce(request: PersonRequest, run_id: uuid.UUID) -> HttpResponse:
    """Queue the same run again."""
    run = run_on_record(request.user, run_id)
    try:
        ask_for_reproduction(run=run, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("run_record", run.pk)
