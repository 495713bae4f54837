from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.http import PersonRequest
from accounts.roles import Permission
from blobs import store
from courses import actions
from courses.access import Reader, evidence_of_others, get_reader_or_404
from courses.dates import school_day
from courses.downloads import attachment
from courses.evidence import Requirement, lacking, standings
from courses.forms import EvidenceForm
from courses.models import Cohort, DataSet, Evidence, Module
from courses.models.evidence import EvidenceQuerySet
from courses.refusal import Refused

State = Evidence.State


@require_GET
def data_sets(request: PersonRequest, slug: str) -> HttpResponse:
    reader = get_reader_or_404(request.user, slug)
    sets = DataSet.objects.filter(revision=reader.cohort.revision_id).defer("html", "how").order_by("number")
    return render(request, "courses/data_sets.html", {"cohort": reader.cohort, "sets": sets})


@require_GET
def data_set(request: PersonRequest, slug: str, data: str) -> HttpResponse:
    reader = get_reader_or_404(request.user, slug)
    return _data_page(request, reader, _get_set_or_404(reader, data))


@require_POST
def give_evidence(request: PersonRequest, slug: str, data: str) -> HttpResponse:
    """“I have signed”, “I have done the training”: for one requirement of a data set."""
    reader = get_reader_or_404(request.user, slug)
    found = _get_set_or_404(reader, data)
    wanted = request.POST.get("requirement")
    requirement = next((one for one in found.requires if one["id"] == wanted), None)
    if requirement is None:
        raise Http404
    form = _form(requirement, request.POST)
    if form.is_valid():
        try:
            actions.give_evidence(requirement=requirement, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "We have it. The office or the module leader confirms it, and you are told.")
            return redirect("data_set", slug=slug, data=data)
    return _data_page(request, reader, found, requirement["id"], form)


@require_GET
def data_set_file(request: PersonRequest, slug: str, data: str, name: str) -> FileResponse | HttpResponse:
    """A visible file, as a download; refused to who lacks what the data set asks for."""
    reader = get_reader_or_404(request.user, slug)
    found = _get_set_or_404(reader, data)
    file = next((file for file in found.visible_files if file["name"] == name), None)
    if file is None or not _may_download(reader, found):
        raise Http404
    if sentence := lacking(request.user, found):
        messages.error(request, sentence)
        return redirect("data_set", slug=slug, data=data)
    return attachment(store.path(file["sha256"]).open("rb"), name)


@require_GET
def evidence(request: PersonRequest) -> HttpResponse:
    """What waits to be confirmed, and the last decisions."""
    seen = _seen_or_404(request)
    page = {
        "waiting": seen.waiting().select_related("user"),
        "decided": seen.exclude(state=State.GIVEN).select_related("user", "decided_by").order_by("-decided_at")[:50],
    }
    return render(request, "courses/evidence.html", page)


@require_POST
def evidence_decide(request: PersonRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(_seen_or_404(request), pk=pk)
    is_confirmed = request.POST.get("decision") == "confirm"
    try:
        decided = actions.decide_evidence(
            evidence=found,
            is_confirmed=is_confirmed,
            reason=request.POST.get("reason", "").replace("\x00", "")[:500],
            by=request.user,
        )
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"{decided}: {decided.get_state_display().lower()}. We have told them.")
    return redirect("evidence")


def _get_set_or_404(reader: Reader, slug: str) -> DataSet:
    return get_object_or_404(DataSet, revision=reader.cohort.revision_id, slug=slug)


def _may_download(reader: Reader, data: DataSet) -> bool:
    """Students wait for the first module that uses it."""
    if reader.is_staff or not data.modules:
        return True
    modules = Module.objects.filter(revision=reader.cohort.revision_id, number__in=data.modules)
    return any(reader.may_open_module(module) for module in modules)


def _data_page(
    request: PersonRequest, reader: Reader, data: DataSet, wanted: str = "", form: EvidenceForm | None = None
) -> HttpResponse:
    given = standings(request.user, data.requires)
    page = {
        "cohort": reader.cohort,
        "data": data,
        "may_download": _may_download(reader, data),
        "is_lacking": not all(standing.is_met for standing in given),
        "standings": [
            (standing, form if form and standing.requirement["id"] == wanted else _form(standing.requirement))
            for standing in given
        ],
    }
    return render(request, "courses/data_set.html", page, status=422 if form else 200)


def _form(requirement: Requirement, given: QueryDict | None = None) -> EvidenceForm:
    """There is one on the page for each requirement, so each has ids of its own. One signs today, with one's name."""
    signs = requirement["kind"] == "agreement"
    form = EvidenceForm(
        given, auto_id=f"id-{requirement['id']}-%s", initial={"done_on": school_day()} if signs else None
    )
    form.fields["done_on"].label = "Signed on" if signs else "Completed on"
    form.fields["reference"].label = "Your name" if signs else "Number of the certificate"
    form.fields["reference"].error_messages["required"] = (
        "Write your name." if signs else "Write the number of the certificate."
    )
    return form


def _seen_or_404(request: PersonRequest) -> EvidenceQuerySet:
    if not Cohort.objects.permitting(request.user, Permission.CONFIRM_EVIDENCE).exists():
        raise Http404
    return evidence_of_others(request.user)
