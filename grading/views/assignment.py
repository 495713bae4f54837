"""The student's side of an assignment: read, download, upload, run the visible checks, submit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.http import PersonRequest
from accounts.roles import Permission
from config.uploads import upload_refused
from courses.access import Reader, get_reader_or_404
from courses.dates import cohort_dates, effective_dates
from courses.models import Assignment, AssignmentFile, Cohort, Enrolment
from courses.refusal import Refused
from courses.regulations import regulations
from grading import queue, words
from grading.access import own_assignment, own_code
from grading.actions import work
from grading.checklist import Tally, items, lacking_files
from grading.downloads import download
from grading.feedback import attempts_of, is_released, shown_results
from grading.forms import SubmitForm, UploadForm, form_token
from grading.models import Draft, Run, Submission
from grading.models.submission import StoredFile
from grading.proposals import standing
from grading.uploads import UploadRefused, listed, read_upload
from grading.views.quiz import about_quiz, student_quiz_page

Part = AssignmentFile.Part


@require_GET
def assignment(request: PersonRequest, cohort: str, assignment: str) -> HttpResponse:
    """What to do and by when. Students work here; staff read."""
    reader = get_reader_or_404(request.user, cohort)
    if reader.enrolment is not None:
        enrolment, found = own_assignment(request.user, cohort, assignment)
        if found.is_quiz:
            return render(request, "grading/quiz.html", student_quiz_page(enrolment, found))
        return render(request, "grading/assignment.html", student_page(enrolment, found))
    found = assignment_of(reader, assignment)
    if found.is_quiz:
        page = about_quiz(found, reader.cohort.regulations_version)
        page |= {"cohort": reader.cohort, "dates": cohort_dates(reader.cohort, found), "is_open": True}
        page["may_see_work"] = Cohort.objects.permitting(request.user, Permission.SEE_WORK).filter(pk=reader.cohort.pk)
        return render(request, "grading/quiz.html", page)
    page = about(found, reader.cohort.regulations_version)
    page |= {"cohort": reader.cohort, "dates": cohort_dates(reader.cohort, found), "is_open": True}
    authors = Cohort.objects.permitting(request.user, Permission.TRY_SOLUTIONS)
    seen = Enrolment.objects.permitting(request.user, Permission.SEE_PROPOSALS).filter(cohort=reader.cohort)
    page["may_see_proposals"] = bool(found.proposal) and seen.exists()
    page["may_try"] = authors.filter(pk=reader.cohort.pk).exists()
    return render(request, "grading/assignment.html", page)


@require_POST
def draft(request: PersonRequest, cohort: str, assignment: str) -> HttpResponse:
    """Keep an upload as the draft. A bad one is refused with a reason, and the former draft stays."""
    enrolment, found = own_code(request.user, cohort, assignment)
    try:
        work.may_work(enrolment, found)
        files = read_upload(uploaded(request), found)
        work.save_draft(enrolment=enrolment, assignment=found, files=files, by=request.user)
    except (UploadRefused, Refused) as refused:
        return refused_page(request, enrolment, found, upload_error=str(refused))
    messages.success(request, f"Draft kept: {listed(file['name'] for file in files)}.")
    return to_assignment(cohort, assignment, "draft")


def uploaded(request: PersonRequest) -> UploadedFile[bytes]:
    if reason := upload_refused(request):
        raise UploadRefused(reason)
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        raise UploadRefused(form.errors["file"][0])
    file: UploadedFile[bytes] = form.cleaned_data["file"]
    return file


@require_POST
def check(request: PersonRequest, cohort: str, assignment: str) -> HttpResponse:
    """Queue a run of the visible checks on the draft."""
    enrolment, found = own_code(request.user, cohort, assignment)
    refused = ""
    try:
        work.check_draft(draft=present_draft(enrolment, found), by=request.user)
    except Refused as reason:
        refused = str(reason)
    if request.htmx:  # type: ignore[attr-defined]
        draft = Draft.objects.filter(enrolment=enrolment, assignment=found).first()
        page = checks_panel(enrolment, found, draft) | {"check_error": refused, "is_fragment": True}
        return render(request, "grading/_trial.html", page, status=422 if refused else 200)
    if refused:
        return refused_page(request, enrolment, found, check_error=refused)
    return to_assignment(cohort, assignment, "checks")


@require_POST
def submit(request: PersonRequest, cohort: str, assignment: str) -> HttpResponse:
    """Hand in the draft that the form showed. The same form again leads to the same submission."""
    enrolment, found = own_code(request.user, cohort, assignment)
    form = SubmitForm(request.POST, enrolment=enrolment, assignment=found)
    if not form.is_valid():
        sentence = "This form was not valid any more. Look at it once more; nothing was submitted."
        return refused_page(request, enrolment, found, submit_error=sentence)
    given = form.cleaned_data
    sent_before = Submission.objects.filter(enrolment=enrolment, form_token=given["token"])
    try:
        submission = sent_before.first()
        if submission is None:
            shown = present_draft(enrolment, found)
            as_was_shown(shown, given)
            submission = work.submit(draft=shown, form_token=given["token"], by=request.user)
    except Refused as refused:
        if submission := sent_before.first():  # by the first of two clicks, at this moment
            return redirect("work", submission.pk)
        return refused_page(request, enrolment, found, submit_error=str(refused), ticked=given["confirm"])
    return redirect("work", submission.pk)


def as_was_shown(draft: Draft, given: dict[str, Any]) -> None:
    """Refuse when the student agreed to something else: another draft, or a smaller loss by lateness."""
    if given["digest"] != draft.digest:
        raise Refused("Your draft has changed since you opened this page. Look at it and submit again.")
    dates = work.may_submit(draft.enrolment, draft.assignment)
    rule = regulations(draft.enrolment.cohort.regulations_version).lateness
    now = words.arrival(timezone.now(), dates.due_at, rule)
    if now.days > (given["days"] or 0):
        raise Refused(f"Since you opened this page it has become later: {now.sentence}. Nothing was submitted yet.")
    if not given["confirm"]:
        raise Refused("Tick the box to say that this is what you hand in. Nothing was submitted yet.")


@require_GET
def starter(request: PersonRequest, cohort: str, assignment: str) -> FileResponse:
    """The files that the student begins with: one as it is, several as a zip."""
    reader = get_reader_or_404(request.user, cohort)
    found = assignment_of(reader, assignment)
    if not reader.may_open_assignment(found):
        raise Http404
    files = [StoredFile(name=f.name, sha256=f.sha256, size=f.size) for f in found.files.all() if f.part == Part.STARTER]
    if not files:
        raise Http404
    return download(files, name=f"{found.slug}-starter")


def assignment_of(reader: Reader, slug: str) -> Assignment:
    found = Assignment.objects.select_related("module").prefetch_related("files")
    return get_object_or_404(found, module__revision=reader.cohort.revision, slug=slug)


def present_draft(enrolment: Enrolment, assignment: Assignment) -> Draft:
    found = Draft.objects.filter(enrolment=enrolment, assignment=assignment).select_related(
        "enrolment__cohort", "enrolment__user", "assignment__module"
    )
    draft = found.first()
    if draft is None:
        raise Refused("There is no draft yet: upload your work first.")
    return draft


def to_assignment(cohort: str, assignment: str, place: str) -> HttpResponse:
    return redirect(f"{reverse('assignment', args=[cohort, assignment])}#{place}")


def refused_page(request: PersonRequest, enrolment: Enrolment, assignment: Assignment, **why: Any) -> HttpResponse:
    return render(request, "grading/assignment.html", student_page(enrolment, assignment) | why, status=422)


def about(assignment: Assignment, regulations_version: str) -> dict[str, Any]:
    """What is true of the assignment for everybody."""
    rules = regulations(regulations_version)
    files = list(assignment.files.all())
    return {
        "assignment": assignment,
        "module": assignment.module,
        "limits": words.limits(assignment.limits),
        "weights": rules.modules[assignment.module.code].weights,
        "visible_points": rules.auto.visible,
        "late_rule": words.late_rule(rules.lateness),
        "starter": [file for file in files if file.part == Part.STARTER],
        "data": [file for file in files if file.part == Part.VISIBLE_DATA],
    }


@dataclass(frozen=True)
class Submitting:
    """The panel that hands in: what it will be, or why it cannot be."""

    number: int
    used: int
    refusal: str
    arrival: words.Arrival
    token: str


def student_page(enrolment: Enrolment, assignment: Assignment) -> dict[str, Any]:
    dates = effective_dates(enrolment, assignment)
    now = timezone.now()
    draft = Draft.objects.filter(enrolment=enrolment, assignment=assignment).first()
    attempts = attempts_of(enrolment, assignment)
    rule = regulations(enrolment.cohort.regulations_version).lateness
    page = about(assignment, enrolment.cohort.regulations_version) | {
        "cohort": enrolment.cohort,
        "enrolment": enrolment,
        "dates": dates,
        "is_open": dates.opens_at <= now,
        "draft": draft,
        "draft_size": sum(file["size"] for file in draft.files) if draft else 0,
        "attempts": attempts,
        "released": is_released(enrolment, assignment),
        "submitting": Submitting(
            number=len(attempts) + 1,
            used=work.attempts_used(enrolment, assignment),
            refusal=refusal(work.may_submit, enrolment, assignment),
            arrival=words.arrival(now, dates.due_at, rule),
            token=form_token(enrolment, assignment),
        ),
        "now": now,
        "lacking_files": lacking_files(assignment, [file["name"] for file in draft.files]) if draft else [],
        "proposal": standing(enrolment, assignment) if assignment.proposal else None,
    }
    return page | checks_panel(enrolment, assignment, draft)


def checks_panel(enrolment: Enrolment, assignment: Assignment, draft: Draft | None) -> dict[str, Any]:
    """The visible checks, the newest run of them, and whether it ran the present draft."""
    trial = trials(enrolment, assignment).select_related("assignment").first()
    finished = trial is not None and trial.state == Run.State.FINISHED
    results = shown_results(trial, released=False) if trial is not None and finished else []
    is_of_draft = trial is not None and draft is not None and trial.digest == draft.digest
    found = trial.checklist if trial is not None and finished and is_of_draft else draft.checklist if draft else []
    return {
        "cohort": enrolment.cohort,
        "assignment": assignment,
        "draft": draft,
        "checks": assignment.checks.filter(is_visible=True).order_by("number"),
        "work_refusal": refusal(work.may_work, enrolment, assignment),
        "trials_left": trials_left(enrolment, assignment),
        "trial": trial,
        "said": words.of_run(trial, queue.place_of(trial)) if trial else None,
        "results": results,
        "figures": [result for result in results if result.reports],
        "figures_at": "",
        "is_of_draft": is_of_draft,
        "checklist": Tally(items(found, is_told=False)) if found else None,
    }


def refusal(may: Any, enrolment: Enrolment, assignment: Assignment) -> str:
    """Why something is not possible now; nothing when it is."""
    try:
        may(enrolment, assignment)
    except Refused as refused:
        return str(refused)
    return ""


def trials(enrolment: Enrolment, assignment: Assignment) -> QuerySet[Run]:
    return Run.objects.filter(kind=Run.Kind.TRIAL, enrolment=enrolment, assignment=assignment).order_by("-queued_at")


def trials_left(enrolment: Enrolment, assignment: Assignment) -> int:
    return max(work.TRIALS_PER_HOUR - work.trials_used(enrolment, assignment), 0)
