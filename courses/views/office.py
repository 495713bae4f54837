from typing import Any

from django.contrib import messages
from django.db.models import Count, Max, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.http import PersonRequest
from accounts.roles import Permission
from courses import actions, dates
from courses.access import (
    assignments_of,
    evidence_of_others,
    get_cohort_or_404,
    get_enrolment_or_404,
    office_cohorts,
    programmes_shown_to,
)
from courses.forms import CohortForm, DecisionForm, ExtensionForm, RoleForm, WithdrawalForm
from courses.models import Cohort, CohortRole, Enrolment, Lesson
from courses.refusal import Refused
from courses.regulations import regulations

State = Enrolment.State


@require_GET
def office(request: PersonRequest) -> HttpResponse:
    cohorts = office_cohorts(request.user)
    may_create = request.user.has_site_permission(Permission.MANAGE_COHORT)
    if not (may_create or cohorts.exists()):
        raise Http404
    today = dates.school_day()
    counted = list(cohorts.counted().order_by("-starts_on", "name"))
    rows = [
        {
            "cohort": cohort,
            "week": dates.week_of(cohort, today),
            "weeks": dates.pace_of(cohort).weeks,
            "ends_on": dates.ends_on(cohort),
        }
        for cohort in counted
    ]
    undecided = sum(getattr(cohort, "applied", 0) for cohort in counted)
    may_confirm = Cohort.objects.permitting(request.user, Permission.CONFIRM_EVIDENCE).exists()
    page = {
        "rows": rows,
        "undecided": undecided,
        "may_create": may_create,
        "today": today,
        "may_confirm": may_confirm,
        "may_see_proposals": Cohort.objects.permitting(request.user, Permission.SEE_PROPOSALS).exists(),
        "may_see_revisions": programmes_shown_to(request.user).exists(),
        "evidence_waits": evidence_of_others(request.user).waiting().count() if may_confirm else 0,
    }
    return render(request, "courses/office.html", page)


@require_http_methods(["GET", "POST"])
def cohort_new(request: PersonRequest) -> HttpResponse:
    if not request.user.has_site_permission(Permission.MANAGE_COHORT):
        raise Http404
    form = CohortForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            cohort = actions.create_cohort(**form.cleaned_data, by=request.user)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"{cohort} is set up. Its dates are laid out below.")
            return redirect("office_cohort", slug=cohort.slug)
    return render(request, "courses/cohort_new.html", {"form": form}, status=422 if form.is_bound else 200)


@require_GET
def office_cohort(request: PersonRequest, slug: str) -> HttpResponse:
    return _cohort_page(request, _get_office_cohort_or_404(request, slug))


@require_POST
def application(request: PersonRequest, pk: int) -> HttpResponse:
    enrolment = get_enrolment_or_404(request.user, pk, Permission.MANAGE_COHORT)
    form = DecisionForm(request.POST, auto_id=f"id_{enrolment.pk}_%s")
    if not form.is_valid():
        return _cohort_page(request, enrolment.cohort, status=422, decision=(enrolment.pk, form))
    accept = form.cleaned_data["decision"] == DecisionForm.ACCEPT
    try:
        enrolment = actions.decide_application(
            enrolment=enrolment, accept=accept, reason=form.cleaned_data["reason"], by=request.user
        )
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        said = {
            State.ENROLLED: "has a place",
            State.WAITING: "is accepted and on the waiting list, because all places are taken",
        }.get(State(enrolment.state), "is refused")
        messages.success(request, f"{enrolment.user} {said}. We have told them.")
    return redirect("office_cohort", slug=enrolment.cohort.slug)


@require_POST
def withdraw(request: PersonRequest, pk: int) -> HttpResponse:
    enrolment = get_enrolment_or_404(request.user, pk, Permission.MANAGE_COHORT)
    form = WithdrawalForm(request.POST, auto_id=f"id_{enrolment.pk}_%s")
    if not form.is_valid():
        return _cohort_page(request, enrolment.cohort, status=422, withdrawal=(enrolment.pk, form))
    try:
        actions.withdraw(enrolment=enrolment, reason=form.cleaned_data["reason"], by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"{enrolment.user} is withdrawn from {enrolment.cohort}.")
    return redirect("office_cohort", slug=enrolment.cohort.slug)


@require_http_methods(["GET", "POST"])
def extension(request: PersonRequest, pk: int) -> HttpResponse:
    enrolment = get_enrolment_or_404(request.user, pk, Permission.MANAGE_COHORT)
    form = ExtensionForm(request.POST if request.method == "POST" else None, enrolment=enrolment)
    if request.method == "POST" and form.is_valid():
        assignment = form.cleaned_data["assignment"]
        try:
            actions.grant_extension(
                enrolment=enrolment,
                assignment=assignment,
                due_at=dates.moment(form.cleaned_data["due_on"], dates.DUE),
                reason=form.cleaned_data["reason"],
                by=request.user,
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            day = form.cleaned_data["due_on"]
            messages.success(
                request, f"{assignment} is due on {day:%-d %B %Y} for {enrolment.user}. We have told them."
            )
            return redirect("extension", pk=pk)
    assignments = list(assignments_of(enrolment.cohort))
    effective = dates.effective_dates_of([enrolment], assignments)
    page = {
        "enrolment": enrolment,
        "form": form,
        "rows": [
            {
                "assignment": assignment,
                "dates": effective[enrolment.pk, assignment.pk],
                "latest": dates.latest_extension(enrolment.cohort, assignment),
            }
            for assignment in assignments
        ],
        "granted": enrolment.extensions.select_related("granted_by").order_by("-granted_at", "-pk"),
    }
    return render(request, "courses/extension.html", page, status=422 if form.is_bound else 200)


@require_POST
def cohort_role(request: PersonRequest, slug: str) -> HttpResponse:
    cohort = get_cohort_or_404(request.user, slug, Permission.MANAGE_COHORT)
    form = RoleForm(request.POST)
    if form.is_valid():
        try:
            granted = actions.grant_cohort_role(cohort=cohort, user=form.user, role=form.chosen, by=request.user)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"{granted.user} is {granted.get_role_display().lower()} in {cohort}.")
            return redirect("office_cohort", slug=slug)
    return _cohort_page(request, cohort, status=422, role_form=form)


@require_POST
def cohort_role_remove(request: PersonRequest, slug: str, pk: int) -> HttpResponse:
    cohort = get_cohort_or_404(request.user, slug, Permission.MANAGE_COHORT)
    role = CohortRole.objects.filter(cohort=cohort, pk=pk).select_related("user", "cohort").first()
    if role:
        actions.remove_cohort_role(role=role, by=request.user)
        messages.success(request, f"{role.user} is no longer {role.get_role_display().lower()} in {cohort}.")
    return redirect("office_cohort", slug=slug)


def _get_office_cohort_or_404(request: PersonRequest, slug: str) -> Cohort:
    return get_object_or_404(office_cohorts(request.user).select_related("revision"), slug=slug)


def _cohort_page(request: PersonRequest, cohort: Cohort, status: int = 200, **forms: Any) -> HttpResponse:
    """One cohort as the office sees it. Who may only see records, such as an external examiner, sees no names."""
    user = request.user
    may_manage = Cohort.objects.permitting(user, Permission.MANAGE_COHORT).filter(pk=cohort.pk).exists()
    may_see_records = Cohort.objects.permitting(user, Permission.SEE_RECORDS).filter(pk=cohort.pk).exists()
    enrolments = list(
        cohort.enrolments.select_related("user")
        .annotate(
            lessons_read=Count(
                "progress", filter=Q(progress__read_at__isnull=False, progress__module_number__isnull=False)
            ),
            last_seen=Max("progress__opened_at"),
        )
        .order_by("user__name" if may_manage else "candidate", "pk")
    )
    undecided = [each for each in enrolments if each.state == State.APPLIED]
    waiting = sorted((each for each in enrolments if each.state == State.WAITING), key=lambda each: each.applied_at)
    students = [each for each in enrolments if each.state in {State.ENROLLED, State.INTERRUPTED, State.COMPLETED}]
    page = {
        "cohort": cohort,
        "may_manage": may_manage,
        "may_see_records": may_see_records,
        "may_move": Cohort.objects.permitting(user, Permission.MOVE_COHORT).filter(pk=cohort.pk).exists(),
        "students": students,
        "undecided": sorted(undecided, key=lambda each: each.applied_at),
        "waiting": waiting,
        "gone": [each for each in enrolments if each.state in {State.REFUSED, State.WITHDRAWN}],
        "free": max(cohort.capacity - len(students), 0),
        "lessons": Lesson.objects.filter(module__revision=cohort.revision_id).count(),
        "rules": regulations(cohort.regulations_version),
        "dates": dates.dates_of_modules(cohort),
        "modules": list(cohort.revision.modules.order_by("number")),
        "today": dates.school_day(),
        "week": dates.week_of(cohort, dates.school_day()),
        "weeks": dates.pace_of(cohort).weeks,
        "ends_on": dates.ends_on(cohort),
        "roles": cohort.roles.select_related("user", "granted_by").order_by("role", "user__name") if may_manage else [],
        "role_form": RoleForm(),
        "decision": (0, None),
        "withdrawal": (0, None),
    }
    return render(request, "courses/office_cohort.html", page | forms, status=status)
