from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.http import PersonRequest
from accounts.roles import Permission
from courses.models import Cohort
from grading.models import Proposal
from grading.to_mark import piles_of


@require_GET
def marking(request: PersonRequest) -> HttpResponse:
    """What waits for this person: work to mark, and marks to release."""
    piles = piles_of(request.user)
    if not piles and not may_ever_mark(request):
        raise Http404
    waiting = [pile for pile in piles if pile.may_mark and pile.next]
    page = {
        "piles": piles,
        "first": waiting[0] if waiting else None,
        "count": sum(len(pile.waiting) for pile in waiting),
        "proposals_wait": Proposal.objects.visible_to(request.user).waiting().count(),
        "to_release": sum(len(pile.marked) for pile in piles if pile.may_release),
    }
    return render(request, "grading/marking.html", page)


def may_ever_mark(request: PersonRequest) -> bool:
    permissions = (Permission.MARK_WORK, Permission.RELEASE_MARKS)
    return any(Cohort.objects.permitting(request.user, each).exists() for each in permissions) or any(
        request.user.has_site_permission(each) for each in permissions
    )
