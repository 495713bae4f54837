"""What a student sees of one attempt: how it ran, what it was given once that is released, and the receipt."""

from __future__ import annotations

import json
import shlex
import uuid
from typing import Any

from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from accounts.http import PersonRequest
from courses.models import Enrolment
from courses.regulations import regulations
from grading import feedback, queue, words
from grading.access import own_submission, visible_submission
from grading.checklist import Tally, items
from grading.downloads import download
from grading.models import Assessment, Run, Submission
from grading.models.submission import StoredFile
from grading.views.quiz import submission_quiz_page

DIGEST_CODE = """import hashlib, json, pathlib
sha256 = lambda content: hashlib.sha256(content).hexdigest()
print(sha256(json.dumps(sorted((name, sha256(pathlib.Path(name).read_bytes())) for name in {names}), \
separators=(",", ":")).encode()))"""


@require_GET
def work(request: PersonRequest, submission_id: uuid.UUID) -> HttpResponse:
    """One's own attempt. Whoever sees it by a role is led to the desk."""
    submission = visible_submission(request.user, submission_id)
    if submission.enrolment.user_id != request.user.pk:
        return redirect("desk", submission.pk)
    if submission.assignment.is_quiz:
        return render(request, "grading/quiz_result.html", submission_quiz_page(submission, submission.enrolment))
    return render(request, "grading/work.html", submission_page(submission, submission.enrolment))


def submission_page(submission: Submission, enrolment: Enrolment) -> dict[str, Any]:
    """Everything that the student may know now: hidden checks, marks and comments only once they are released."""
    assignment = submission.assignment
    run = submission.runs.select_related("assignment").order_by("-queued_at").first()
    released = feedback.is_released(enrolment, assignment)
    rules = regulations(enrolment.cohort.regulations_version)
    finished = run is not None and run.state == Run.State.FINISHED
    results = feedback.shown_results(run, released=released) if run is not None and finished else []
    failed_first = sorted(results, key=lambda result: result.passed)
    page: dict[str, Any] = {
        "submission": submission,
        "assignment": assignment,
        "module": assignment.module,
        "cohort": enrolment.cohort,
        "arrival": words.arrival(submission.arrived_at, submission.due_at, rules.lateness, is_over=True),
        "run": run,
        "said": words.of_run(run, queue.place_of(run)) if run else None,
        "visible": [result for result in failed_first if result.is_visible],
        "hidden": [result for result in failed_first if not result.is_visible],
        "figures": [result for result in failed_first if result.reports],
        "figures_at": "",
        "cost": words.cost_of(results),
        "untold": feedback.untold_results(run) if run is not None and finished and released else None,
        "early": feedback.early_score(run) if run is not None and finished and not released else "",
        "state": feedback.state_of(run),
        "is_cut_short": run is not None and finished and run.verdict != "completed",
        "attempts": feedback.attempts_of(enrolment, assignment),
        "released": released,
    }
    failing = sum(not result.passed for result in page["visible"])
    page |= {"failing": failing, "failing_in_letters": words.in_letters(failing).capitalize()}
    if released:
        page |= released_page(submission, enrolment)
    if run is not None and finished and run.checklist:
        assessment: Assessment | None = page.get("assessment")
        judged = assessment.checklist if assessment else None
        page["checklist"] = Tally(items(run.checklist, judged, is_told=released))
    return page


def released_page(submission: Submission, enrolment: Enrolment) -> dict[str, Any]:
    """The marks of the module, and the marker's judgement if it is about this attempt."""
    modules = feedback.marks_by_module(enrolment, [submission.assignment.module])
    marks = modules[0] if modules else None
    rubric = next((each.mark for each in marks.components if each.mark.assessment_id), None) if marks else None
    judged = rubric is not None and rubric.submission_id == submission.pk
    assessment = rubric.assessment if rubric is not None and judged else None
    criteria = feedback.judged(assessment, submission.assignment) if assessment else []
    return {
        "marks": marks,
        "counts": marks is not None and marks.submission is not None and marks.submission.pk == submission.pk,
        "assessment": assessment,
        "criteria": criteria,
        "lowest": min(criteria, key=lambda each: each.level, default=None),
    }


@require_GET
def receipt(request: PersonRequest, submission_id: uuid.UUID) -> HttpResponse:
    """That it arrived, when, and what exactly: to print, and to check without us."""
    submission = own_submission(request.user, submission_id)
    rules = regulations(submission.enrolment.cohort.regulations_version)
    page = {
        "submission": submission,
        "assignment": submission.assignment,
        "module": submission.assignment.module,
        "cohort": submission.enrolment.cohort,
        "arrival": words.arrival(submission.arrived_at, submission.due_at, rules.lateness, is_over=True),
        "total": sum(file["size"] for file in submission.files),
        "command": digest_command(submission.files),
    }
    return render(request, "grading/receipt.html", page)


def digest_command(files: list[StoredFile]) -> str:
    """Three lines for a shell, in the folder of the files, that print the digest over all of them."""
    names = json.dumps([file["name"] for file in files], ensure_ascii=False)
    return f"python3 -c {shlex.quote(DIGEST_CODE.replace('{names}', names))}"


@require_GET
def work_file(request: PersonRequest, submission_id: uuid.UUID) -> FileResponse:
    """What was handed in, byte for byte. Markers get it under the candidate's number."""
    submission = visible_submission(request.user, submission_id)
    if submission.enrolment.user_id == request.user.pk:
        return download(submission.files, name=f"{submission.assignment.slug}-attempt-{submission.attempt}")
    name = f"candidate-{submission.enrolment.candidate}-attempt-{submission.attempt}"
    return download(submission.files, name=name, keep_name=False)
