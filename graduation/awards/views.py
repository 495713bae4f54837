from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.http import PersonRequest
from accounts.roles import Permission
from courses.models import Enrolment
from courses.refusal import Refused
from graduation.awards import actions
from graduation.awards.access import enrolment_for
from graduation.awards.decisions import still_stands
from graduation.awards.forms import MarkForm
from graduation.awards.models import Award
from graduation.awards.records import Record, record_of
from graduation.awards.templatetags.records import as_recorded


@require_GET
def record(request: PersonRequest, pk: int) -> HttpResponse:
    return _record_page(request, enrolment_for(request.user, pk))


@require_POST
def record_mark(request: PersonRequest, pk: int) -> HttpResponse:
    enrolment = enrolment_for(request.user, pk, Permission.RECORD_MARKS)
    referred = actions.referred_modules(actions.present_award(enrolment))
    form = MarkForm(request.POST, record=record_of(enrolment), referred=referred)
    if not form.is_valid():
        return _record_page(request, enrolment, form)
    record_it = actions.record_resit if form.is_resit else actions.record_mark
    try:
        mark = record_it(
            enrolment=enrolment,
            module_number=form.cleaned_data["module"],
            value=form.cleaned_data["mark"],
            reason=form.cleaned_data["reason"],
            by=request.user,
        )
    except Refused as refusal:
        form.add_error("mark", str(refusal))
        return _record_page(request, enrolment, form)
    messages.success(request, f"M{mark.module_number}: {as_recorded(mark)} is recorded and released.")
    return redirect("record", pk=pk)


@require_POST
def decide(request: PersonRequest, pk: int) -> HttpResponse:
    enrolment = enrolment_for(request.user, pk, Permission.DECIDE_AWARDS)
    try:
        actions.decide_award(enrolment=enrolment, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("record", pk=pk)


@require_POST
def confirm(request: PersonRequest, pk: int) -> HttpResponse:
    enrolment = enrolment_for(request.user, pk, Permission.DECIDE_AWARDS)
    award = award_on_page(request, enrolment)
    try:
        award = actions.confirm_award(award=award, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{award.outcome} is confirmed. {enrolment.user} has been told.")
    return redirect("record", pk=pk)


def award_on_page(request: HttpRequest, enrolment: Enrolment) -> Award:
    """The award that was on the page when its button was pressed: nobody confirms what they have not seen."""
    pk = request.POST.get("award", "")
    return get_object_or_404(enrolment.awards, pk=pk if pk.isascii() and pk.isdigit() and len(pk) < 19 else None)


def _record_page(request: PersonRequest, enrolment: Enrolment, form: MarkForm | None = None) -> HttpResponse:
    record = record_of(enrolment)
    award = actions.present_award(enrolment)
    stands = award is not None and still_stands(award.decision, record)
    return render(
        request,
        "graduation/record.html",
        {
            "enrolment": enrolment,
            "record": record,
            "award": award,
            "stands": stands,
            "why_not_decided": actions.why_not_decided(record, award),
            "why_not_confirmed": actions.why_not_confirmed(award, record) if award else "",
            "former_awards": enrolment.awards.exclude(superseded_by=None).select_related("confirmed_by", "decided_by"),
            "form": form or _empty_form(request, record, award),
            "may_record": _may(request, enrolment, Permission.RECORD_MARKS),
            "may_decide": _may(request, enrolment, Permission.DECIDE_AWARDS),
            "may_issue": _may(request, enrolment, Permission.ISSUE_CERTIFICATES),
        },
        status=422 if form else 200,
    )


def _empty_form(request: PersonRequest, record: Record, award: Award | None) -> MarkForm:
    module = request.GET.get("module")
    initial = {"module": module} if module else None
    return MarkForm(initial=initial, record=record, referred=actions.referred_modules(award))


def _may(request: PersonRequest, enrolment: Enrolment, permission: Permission) -> bool:
    return Enrolment.objects.permitting(request.user, permission).filter(pk=enrolment.pk).exists()
