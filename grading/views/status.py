"""How the queue stands, for anybody; and the incidents that staff write."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import require
from accounts.http import PersonRequest
from accounts.roles import Permission
from grading.actions.incidents import write_incident
from grading.forms import IncidentForm
from grading.models import Incident
from grading.standing import incidents as shown_incidents
from grading.standing import standing


@require_safe
@login_not_required
def status(request: HttpRequest) -> HttpResponse:
    """The page, and for htmx the part of it that changes."""
    is_fragment = request.htmx  # type: ignore[attr-defined]
    page = {"standing": standing(), "incidents": shown_incidents()}
    if is_fragment:
        return render(request, "grading/_standing.html", page)
    user = request.user
    may_write = user.is_authenticated and user.has_site_permission(Permission.WRITE_INCIDENTS)
    return render(request, "grading/status.html", page | {"may_write": may_write})


@require_http_methods(["GET", "POST"])
def incidents(request: PersonRequest) -> HttpResponse:
    """All incidents, and a form for another."""
    require(Permission.WRITE_INCIDENTS, of=request.user)
    return written(request, Incident())


@require_http_methods(["GET", "POST"])
def incident(request: PersonRequest, pk: int) -> HttpResponse:
    """Correct or end one."""
    require(Permission.WRITE_INCIDENTS, of=request.user)
    return written(request, get_object_or_404(Incident, pk=pk))


def written(request: PersonRequest, incident: Incident) -> HttpResponse:
    known = {name: getattr(incident, name) for name in ("started_at", "ended_at", "sentence")}
    form = IncidentForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        write_incident(incident=incident, by=request.user, **form.cleaned_data)
        messages.success(request, "Written. The status page shows it to everybody.")
        return redirect("incidents")
    page = {"form": form, "incident": incident, "incidents": Incident.objects.select_related("by")[:100]}
    return render(request, "grading/incidents.html", page, status=422 if form.is_bound else 200)
