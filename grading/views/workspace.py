"""Working on a draft in the browser: type, run, go back. Without scripts every page here is a plain form."""

from __future__ import annotations

import uuid
import zlib
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.http import PersonRequest
from courses.dates import effective_dates
from courses.models import Assignment, Enrolment
from courses.refusal import Refused
from courses.regulations import regulations
from grading import cells, drafts, queue, words, workspace
from grading.access import own_code, visible_run
from grading.actions import work
from grading.cells import Cell
from grading.differences import between_files
from grading.downloads import download
from grading.forms import TypedForm
from grading.models import Draft, DraftVersion, Run
from grading.uploads import UploadRefused, check_entry
from grading.views.assignment import about, checks_panel, refusal


@require_http_methods(["GET", "POST"])
def edit(request: PersonRequest, cohort: str, assignment: str) -> HttpResponse:
    """The workspace. A POST keeps what was typed: for the page's script as JSON, else back to the page."""
    enrolment, found = own_code(request.user, cohort, assignment)
    if request.method == "GET":
        return render(request, "grading/workspace.html", workspace_page(enrolment, found, request.GET.get("file", "")))
    try:
        typed, form = keep_typed(request, enrolment, found)
    except Refused as refused:
        return refused_typing(request, enrolment, found, str(refused))
    if wants_json(request):
        return JsonResponse(saved(typed), status=409 if typed.aside else 200)
    if typed.aside:
        messages.error(request, aside_words(typed.aside))
        return redirect("draft_version", cohort, assignment, typed.aside.number)
    messages.success(request, f"Saved at {words.to_the_second(typed.draft.saved_at)}.")
    return to_workspace(cohort, found, form.cleaned_data["file"])


@require_POST
def run(request: PersonRequest, cohort: str, assignment: str) -> HttpResponse:
    """Keep what was typed, and run it up to a cell."""
    enrolment, found = own_code(request.user, cohort, assignment)
    try:
        typed, form = keep_typed(request, enrolment, found)
        if typed.aside:
            if wants_json(request):
                return JsonResponse(saved(typed), status=409)
            messages.error(request, aside_words(typed.aside))
            return redirect("draft_version", cohort, assignment, typed.aside.number)
    except Refused as refused:
        return refused_typing(request, enrolment, found, str(refused))
    told = saved(typed)
    try:
        started = work.run_draft(draft=typed.draft, until=form.cleaned_data["until"], by=request.user)
        told["ran"] = ran_fragment(request, started)
    except Refused as refused:
        told["not_run"] = str(refused)
        if not wants_json(request):
            messages.error(request, str(refused))
    if wants_json(request):
        return JsonResponse(told)
    return to_workspace(cohort, found, form.cleaned_data["file"])


def keep_typed(request: PersonRequest, enrolment: Enrolment, found: Assignment) -> tuple[drafts.Typed, TypedForm]:
    """Raises Refused for everything that is wrong with it; then nothing is kept."""
    form = TypedForm(request.POST)
    if not form.is_valid():
        raise Refused("This form was not whole, and nothing was saved. Load the page again.")
    given = form.cleaned_data
    draft = Draft.objects.filter(enrolment=enrolment, assignment=found).first()
    name = given["file"] or found.entry
    try:
        before = workspace.opened(workspace.files_of(draft, found), name)
        content = cells.with_cells(name, before, typed_cells(request, name))
        if name == found.entry:
            check_entry(name, content)
    except KeyError:
        raise Refused(f"Your draft has no file “{name[:80]}” any more. Load the page again.") from None
    except (workspace.NotEditable, UploadRefused) as reason:
        raise Refused(str(reason)) from None
    typed = work.type_draft(
        enrolment=enrolment,
        assignment=found,
        name=name,
        content=content,
        base=given["base"],
        window=given["window"],
        by=request.user,
    )
    return typed, form


def typed_cells(request: PersonRequest, name: str) -> list[Cell]:
    """What the form says: `cell` and `source` in turn, a cell as “code cell-3”."""
    heads, sources = request.POST.getlist("cell"), request.POST.getlist("source")
    is_book = cells.is_notebook(name)
    found = []
    for head, source in zip(heads, sources, strict=False):
        kind, _, id = head.partition(" ")
        if kind not in cells.KINDS or not cells.CELL_ID.fullmatch(id):
            raise Refused("A cell of this form has no proper name, and nothing was saved. Load the page again.")
        found.append(Cell(id, kind, source.replace("\r\n", "\n").replace("\r", "\n")))
    if (
        len(heads) != len(sources)
        or len({cell.id for cell in found}) != len(found)
        or (not is_book and len(found) != 1)
    ):
        raise Refused("This form was not whole, and nothing was saved. Load the page again.")
    if len(found) > cells.MAX_CELLS or sum(len(cell.source) for cell in found) > workspace.MAX_EDITED:
        raise Refused(f"The editor takes {cells.MAX_CELLS} cells with 1 MB of text in all. Upload the file instead.")
    return found


def saved(typed: drafts.Typed) -> dict[str, Any]:
    """For the page's script."""
    told: dict[str, Any] = {"digest": typed.draft.digest, "saved": clock(typed.draft.saved_at)}
    if typed.aside:
        told["conflict"] = render_differences(typed)
    return told


def render_differences(typed: drafts.Typed) -> str:
    assert typed.aside is not None
    page = {"aside": typed.aside, "draft": typed.draft, "words": aside_words(typed.aside)}
    page["differences"] = between_files(typed.draft.files, typed.aside.files)
    return render_to_string("grading/_conflict.html", page)


def aside_words(aside: DraftVersion) -> str:
    return (
        "Your draft has changed in another window since you opened this one. It stays as it is, and what you typed here"
        f" is kept as version {aside.number}."
    )


def refused_typing(request: PersonRequest, enrolment: Enrolment, found: Assignment, why: str) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"refused": why}, status=422)
    page = workspace_page(enrolment, found, request.POST.get("file", "")) | {"refused": why}
    return render(request, "grading/workspace.html", page | {"typed": typed_again(request)}, status=422)


def typed_again(request: PersonRequest) -> str:
    """What could not be kept, so that nobody has to type it twice."""
    return "\n\n".join(request.POST.getlist("source"))[: workspace.MAX_EDITED]


@require_GET
def ran(request: PersonRequest, run_id: uuid.UUID) -> HttpResponse:
    """What a run in the editor has shown since the page last asked; 204 while there is nothing new."""
    found = visible_run(request.user, run_id)
    if found.kind != Run.Kind.CELLS:
        raise Http404
    if not request.htmx:  # type: ignore[attr-defined]
        return to_workspace(found.enrolment.cohort.slug, found.assignment, "")
    seen, _, since = request.GET.get("seen", "").rpartition(".")
    page = ran_page(found, int(since) if since.isdigit() and len(since) < 6 else 0)
    if seen and request.GET["seen"] == page["seen"]:
        return HttpResponse(status=204)
    return render(request, "grading/_ran.html", page)


def ran_page(run: Run, since: int = 0) -> dict[str, Any]:
    """The state of the run, and the outputs of its cells from number `since` on."""
    told = workspace.shown_by(run, since)
    state = f"{run.state}.{run.starts}.{run.cell}.{zlib.crc32(repr(told).encode()):08x}"
    return {
        "run": run,
        "said": words.of_run(run, queue.place_of(run)),
        "told": [{"id": id, "parts": each.parts, "note": each.took} for id, each in told.items()],
        "seen": f"{state}.{run.cell}",
        "is_fragment": True,
    }


def ran_fragment(request: PersonRequest, run: Run) -> str:
    page = ran_page(run) | {"told": [{"id": id, "parts": [], "note": ""} for id in workspace.cells_of_run(run)]}
    return render_to_string("grading/_ran.html", page, request)


@require_POST
def start(request: PersonRequest, cohort: str, assignment: str) -> HttpResponse:
    """Start again from the starter."""
    enrolment, found = own_code(request.user, cohort, assignment)
    try:
        work.start_again(enrolment=enrolment, assignment=found, by=request.user)
        messages.success(request, "You begin again with the starter. What you had is among the versions.")
    except Refused as refused:
        messages.error(request, str(refused))
    return to_workspace(cohort, found, "")


@require_GET
def versions(request: PersonRequest, cohort: str, assignment: str) -> HttpResponse:
    """What the draft once was."""
    enrolment, found = own_code(request.user, cohort, assignment)
    page: dict[str, Any] = {"cohort": enrolment.cohort, "assignment": found, "module": found.module}
    page["versions"] = versions_of(enrolment, found)[:200]
    page["draft"] = Draft.objects.filter(enrolment=enrolment, assignment=found).first()
    return render(request, "grading/versions.html", page)


@require_http_methods(["GET", "POST"])
def version(request: PersonRequest, cohort: str, assignment: str, number: int) -> HttpResponse:
    """What differs between a version and the draft. A POST makes it the draft."""
    enrolment, found = own_code(request.user, cohort, assignment)
    chosen = get_object_or_404(versions_of(enrolment, found), number=number)
    if request.method == "POST":
        try:
            work.go_back(version=chosen, by=request.user)
            messages.success(request, f"Version {number} is your draft now. What you had is among the versions.")
        except Refused as refused:
            messages.error(request, str(refused))
        return to_workspace(cohort, found, "")
    page = {
        "cohort": enrolment.cohort,
        "assignment": found,
        "module": found.module,
        "version": chosen,
        "draft": chosen.draft,
        "is_draft": chosen.digest == chosen.draft.digest,
        "differences": between_files(chosen.draft.files, chosen.files),
        "refusal": refusal(work.may_work, enrolment, found),
    }
    return render(request, "grading/version.html", page)


@require_GET
def version_file(request: PersonRequest, cohort: str, assignment: str, number: int) -> FileResponse:
    """A version as it was kept: one file as it is, several as a zip."""
    enrolment, found = own_code(request.user, cohort, assignment)
    chosen = get_object_or_404(versions_of(enrolment, found), number=number)
    return download(chosen.files, name=f"{found.slug}-version-{number}")


@require_GET
def draft_file(request: PersonRequest, cohort: str, assignment: str) -> FileResponse:
    """The draft as it is now."""
    enrolment, found = own_code(request.user, cohort, assignment)
    draft = get_object_or_404(Draft, enrolment=enrolment, assignment=found)
    return download(draft.files, name=f"{found.slug}-draft")


def versions_of(enrolment: Enrolment, assignment: Assignment) -> QuerySet[DraftVersion]:
    found = DraftVersion.objects.filter(draft__enrolment=enrolment, draft__assignment=assignment)
    return found.select_related("draft__enrolment__cohort", "draft__assignment__module").order_by("-number")


def workspace_page(enrolment: Enrolment, found: Assignment, name: str) -> dict[str, Any]:
    """Everything on the page. An unknown file is the entry file."""
    dates = effective_dates(enrolment, found)
    now = timezone.now()
    if dates.opens_at > now:
        raise Http404
    draft = Draft.objects.filter(enrolment=enrolment, assignment=found).first()
    files = workspace.files_of(draft, found)
    names = [file["name"] for file in files]
    name = name if name in names else found.entry
    last = workspace.last_run(enrolment, found)
    try:
        content = workspace.opened(files, name)
        shown, closed = workspace.shown_cells(name, content, last), ""
    except workspace.NotEditable as reason:
        shown, closed = [], str(reason)
    rule = regulations(enrolment.cohort.regulations_version).lateness
    page = about(found, enrolment.cohort.regulations_version) | checks_panel(enrolment, found, draft)
    page |= {
        "enrolment": enrolment,
        "dates": dates,
        "now": now,
        "arrival": words.arrival(now, dates.due_at, rule),
        "file": name,
        "files": [each for each in names if each.endswith(workspace.EDITABLE)],
        "is_notebook": cells.is_notebook(name),
        "shown": shown,
        "closed": closed,
        "window": uuid.uuid4(),
    }
    if last is not None:
        page["last"] = ran_page(last)
    return page


def to_workspace(cohort: str, assignment: Assignment, file: str) -> HttpResponse:
    at = reverse("workspace", args=[cohort, assignment.slug])
    return redirect(f"{at}?{urlencode({'file': file})}" if file and file != assignment.entry else at)


def wants_json(request: PersonRequest) -> bool:
    return request.headers.get("Accept", "") == "application/json"


def clock(at: Any) -> str:
    return f"{timezone.localtime(at):%H:%M:%S}"
