from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.http import PersonRequest
from courses.dates import effective_dates_of
from courses.models import Assignment, Cohort, Enrolment
from grading.access import cohort_to_release
from grading.actions import marking
from grading.models import Mark, Release, Run, Submission
from grading.to_mark import Piece, pieces
from grading.words import counted


@dataclass(frozen=True)
class Incomplete:
    """A student whose marks cannot be released, and why."""

    candidate: int
    why: str


@require_http_methods(["GET", "POST"])
def release(request: PersonRequest, cohort: str, assignment: str) -> HttpResponse:
    """Who would see their marks, who would not and why; and one button."""
    found = cohort_to_release(request.user, cohort)
    work = get_object_or_404(
        Assignment.objects.select_related("module"), module__revision=found.revision, slug=assignment
    )
    if request.method == "POST":
        made = marking.release(cohort=found, assignment=work, by=request.user)
        if made is None:
            messages.info(request, "Nothing was released: all marks that are complete had been released before.")
        else:
            reached = made.marks.values("enrolment").distinct().count()
            messages.success(request, f"Released to {counted(reached, 'student')}. Each of them gets a notice.")
        return redirect("release", cohort, assignment)
    ready = {mark.enrolment_id for mark in marking.ready_to_release(found, work)}
    releases = Release.objects.filter(cohort=found, assignment__slug=work.slug).select_related("by").order_by("-at")
    students = list(
        Enrolment.objects.filter(cohort=found)
        .filter(state__in=[Enrolment.State.ENROLLED, Enrolment.State.INTERRUPTED, Enrolment.State.COMPLETED])
        .select_related("cohort")
        .order_by("candidate")
    )
    released = released_students(found, work)
    missing = [student for student in students if student.pk not in ready and student.pk not in released]
    dates = effective_dates_of(missing, [work])
    still_open = [dates[student.pk, work.pk].closes_at for student in missing]
    page = {
        "cohort": found,
        "assignment": work,
        "module": work.module,
        "ready": len(ready),
        "released": len(released),
        "incomplete": incomplete(found, work, missing),
        "open_until": max((at for at in still_open if at > timezone.now()), default=None),
        "open_count": sum(at > timezone.now() for at in still_open),
        "releases": list(releases),
    }
    return render(request, "grading/release.html", page)


def released_students(cohort: Cohort, assignment: Assignment) -> set[int]:
    marks = Mark.objects.released().filter(
        enrolment__cohort=cohort, module_number=assignment.module.number, submission__assignment__slug=assignment.slug
    )
    return set(marks.values_list("enrolment_id", flat=True))


def incomplete(cohort: Cohort, assignment: Assignment, students: list[Enrolment]) -> list[Incomplete]:
    """In a constant number of queries."""
    of_these = {student.pk for student in students}
    marks = Mark.objects.filter(enrolment__cohort=cohort, submission__assignment__slug=assignment.slug)
    found = {piece.submission.enrolment_id: piece for piece in pieces(marks)}
    newest: dict[int, Submission] = {}
    work = Submission.objects.filter(enrolment__cohort=cohort, assignment__slug=assignment.slug)
    for submission in work.filter(enrolment__in=of_these).order_by("attempt"):
        newest[submission.enrolment_id] = submission
    runs: dict[object, str] = {}
    for run in Run.objects.filter(submission__in=newest.values()).order_by("queued_at").only("submission_id", "state"):
        runs[run.submission_id] = run.state
    return [
        Incomplete(student.candidate, why(found.get(student.pk), newest.get(student.pk), runs)) for student in students
    ]


def why(piece: Piece | None, submission: Submission | None, runs: dict[object, str]) -> str:
    if submission is None:
        return "Nothing is handed in."
    state = runs.get(submission.pk)
    if state in {Run.State.QUEUED, Run.State.RUNNING}:
        return f"Attempt {submission.attempt} is still being run."
    if piece is None:
        return f"Attempt {submission.attempt} could not be run, by our fault."
    if piece.marked_attempt is not None:
        return f"Attempt {piece.marked_attempt} is marked, but attempt {piece.submission.attempt} counts now."
    return f"Attempt {piece.submission.attempt} is not marked by the rubric."
