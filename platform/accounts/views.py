from zoneinfo import available_timezones

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts import actions
from accounts.access import managed_person, require
from accounts.forms import PeopleFilter, ProfileForm
from accounts.http import PersonRequest
from accounts.models import SiteRole, User
from accounts.roles import ROLE_PERMISSIONS, Permission, Role
from accounts.words import WORDS

PER_PAGE = 50
SITE_ROLES = [role for role in Role if role != Role.STUDENT]


@require_http_methods(["GET", "POST"])
def profile(request: PersonRequest) -> HttpResponse:
    """One's own name and time zone."""
    # A copy, so that a refused form does not change the name in the bar.
    form = ProfileForm(request.POST or None, instance=User.objects.get(pk=request.user.pk))
    if form.is_valid():
        actions.save_profile(**form.cleaned_data, by=request.user)
        messages.success(request, "Saved.")
        return redirect("profile")
    return render(
        request,
        "accounts/profile.html",
        {"form": form, "zones": sorted(available_timezones())},
        status=422 if form.is_bound else 200,
    )


@require_GET
def people(request: PersonRequest) -> HttpResponse:
    """Everybody with an account, for administrators."""
    require(Permission.MANAGE_PEOPLE, of=request.user)
    form = PeopleFilter(request.GET)
    found = User.objects.prefetch_related("site_roles")
    if form.is_valid():
        if q := form.cleaned_data["q"]:
            found = found.filter(Q(name__icontains=q) | Q(email__icontains=q))
        if role := form.cleaned_data["role"]:
            found = found.filter(site_roles__role=role)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "accounts/people.html", {"form": form, "page": page})


@require_GET
def person(request: PersonRequest, pk: int) -> HttpResponse:
    """One person and their site-wide roles."""
    whom = managed_person(pk, by=request.user)
    held = {each.role: each for each in whom.site_roles.select_related("granted_by")}
    roles = [(role, held.get(role), allows(role)) for role in SITE_ROLES]
    return render(request, "accounts/person.html", {"person": whom, "roles": roles})


@require_http_methods(["GET", "POST"])
def person_role(request: PersonRequest, pk: int, role: str) -> HttpResponse:
    """Says what the role allows; on POST grants it, or takes it away."""
    whom = managed_person(pk, by=request.user)
    if role not in SITE_ROLES:
        raise Http404
    chosen = Role(role)
    if request.method == "POST":
        if request.POST.get("act") == "remove":
            remove(request, whom, chosen)
        else:
            grant(request, whom, chosen)
        return redirect("person", pk=whom.pk)
    has_it = SiteRole.objects.filter(user=whom, role=chosen).exists()
    return render(
        request,
        "accounts/person_role.html",
        {"person": whom, "role": chosen, "allows": allows(chosen), "has_it": has_it},
    )


def grant(request: PersonRequest, whom: User, role: Role) -> None:
    try:
        if actions.grant_role(to=whom, role=role, by=request.user):
            messages.success(request, f"{whom} now has the role {role.label}, in every cohort.")
    except actions.OwnRole:
        messages.error(request, "You cannot give yourself a role. Ask another administrator.")


def remove(request: PersonRequest, whom: User, role: Role) -> None:
    try:
        if actions.remove_role(of=whom, role=role, by=request.user):
            messages.success(request, f"{whom} no longer has the role {role.label}.")
    except actions.LastAdministrator:
        messages.error(
            request, f"{whom} is the last administrator and stays one. Make somebody else an administrator first."
        )


def allows(role: Role) -> list[str]:
    """What a role allows, in the order in which the permissions are listed."""
    return [WORDS[permission] for permission in Permission if permission in ROLE_PERMISSIONS[role]]
