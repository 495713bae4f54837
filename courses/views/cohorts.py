from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.http import PersonRequest
from accounts.roles import Permission
from courses import actions, dates
from courses.access import cohorts_shown_to, enrolments_of
from courses.forms import ApplicationForm
from courses.models import Cohort, Enrolment
from courses.path import path_of
from courses.refusal import Refused
from courses.regulations import regulations


@require_GET
def cohorts(request: PersonRequest) -> HttpResponse:
    shown = list(cohorts_shown_to(request.user).counted().select_related("revision").order_by("-starts_on", "name"))
    mine = {enrolment.cohort_id: enrolment for enrolment in enrolments_of(request.user)}
    rows = [
        {"cohort": each, "enrolment": mine.get(each.pk), "ends_on": dates.ends_on(each), "is_open": _takes_people(each)}
        for each in shown
    ]
    return render(request, "courses/cohorts.html", {"rows": rows, "open_rows": sum(bool(r["is_open"]) for r in rows)})


@require_GET
def cohort(request: PersonRequest, slug: str) -> HttpResponse:
    return _cohort_page(request, slug, ApplicationForm())


@require_POST
def enrol(request: PersonRequest, slug: str) -> HttpResponse:
    """Enrol in an open cohort, or apply to one that decides; asking again changes nothing."""
    wanted = get_object_or_404(cohorts_shown_to(request.user), slug=slug)
    form = ApplicationForm(request.POST)
    try:
        if wanted.enrolling == Cohort.Enrolling.APPROVAL:
            if not form.is_valid():
                return _cohort_page(request, slug, form, status=422)
            enrolment = actions.apply(cohort=wanted, statement=form.cleaned_data["statement"], by=request.user)
        else:
            enrolment = actions.enrol(cohort=wanted, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("cohort", slug=slug)
    return _told(request, enrolment)


def _told(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    cohort = enrolment.cohort
    match enrolment.state:
        case Enrolment.State.APPLIED:
            messages.success(request, f"Your application to {cohort} is with the office. We write when it is decided.")
        case Enrolment.State.WAITING:
            messages.warning(
                request, f"All {cohort.capacity} places of {cohort} are taken. You are on the waiting list; we write."
            )
        case _:
            messages.success(request, f"You have a place in {cohort}.")
            return redirect("next")
    return redirect("cohort", slug=cohort.slug)


def _cohort_page(request: PersonRequest, slug: str, form: ApplicationForm, status: int = 200) -> HttpResponse:
    shown = get_object_or_404(cohorts_shown_to(request.user).counted().select_related("revision"), slug=slug)
    page = {
        "cohort": shown,
        "path": path_of(shown),
        "rules": regulations(shown.regulations_version),
        "ends_on": dates.ends_on(shown),
        "pace": dates.pace_of(shown),
        "is_open": _takes_people(shown),
        "enrolment": enrolments_of(request.user).filter(cohort=shown).first(),
        "may_read": Cohort.objects.permitting(request.user, Permission.READ_PROGRAMME).filter(pk=shown.pk).exists(),
        "may_manage": Cohort.objects.permitting(request.user, Permission.MANAGE_COHORT).filter(pk=shown.pk).exists(),
        "works_here": shown.roles.filter(user=request.user).exists(),
        "form": form,
    }
    return render(request, "courses/cohort.html", page, status=status)


def _takes_people(cohort: Cohort) -> bool:
    return cohort.enrolling != Cohort.Enrolling.CLOSED and cohort.enrol_until >= dates.school_day()
