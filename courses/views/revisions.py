"""The revisions of a programme: which there are, who is on which, and what differs."""

from django.db.models import Count, Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.http import PersonRequest
from accounts.roles import Permission
from courses.access import programmes_shown_to
from courses.models import Cohort, Revision
from courses.revisions.comparing import compare


@require_GET
def programmes(request: PersonRequest) -> HttpResponse:
    """Every revision, newest first, with the cohorts that are on it."""
    revisions = Revision.objects.select_related("loaded_by").defer("files").order_by("-number")
    shown = list(programmes_shown_to(request.user).prefetch_related(Prefetch("revisions", revisions)))
    if not shown:
        raise Http404
    movable = Cohort.objects.permitting(request.user, Permission.MOVE_COHORT).values_list("pk", flat=True)
    cohorts = Cohort.objects.filter(revision__programme__in=shown).select_related("revision")
    page = {
        "programmes": shown,
        "cohorts": list(cohorts.annotate(students=Count("enrolments")).order_by("-starts_on", "name")),
        "movable": set(movable),
    }
    return render(request, "courses/programmes.html", page)


@require_GET
def compare_revisions(request: PersonRequest, programme: str) -> HttpResponse:
    """Two revisions side by side; without a choice, the newest and the one before."""
    found = get_object_or_404(programmes_shown_to(request.user), slug=programme)
    revisions = list(found.revisions.order_by("-number"))
    if not revisions:
        raise Http404
    by_number = {str(revision.number): revision for revision in revisions}
    new = by_number.get(request.GET.get("new", ""), revisions[0])
    before = next((each for each in revisions if each.number < new.number), new)
    old = by_number.get(request.GET.get("old", ""), before)
    page = {"programme": found, "revisions": revisions, "old": old, "new": new, "comparison": compare(old, new)}
    return render(request, "courses/compare.html", page)
