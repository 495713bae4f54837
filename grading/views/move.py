"""Moving a cohort to another revision: what it would change for whom, and the act itself."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.http import PersonRequest
from accounts.roles import Permission
from courses.access import programmes_shown_to
from courses.models import Cohort, Revision
from courses.refusal import Refused
from grading.actions.move import move_cohort
from grading.forms import MoveForm
from grading.moving import preview
from grading.words import counted


@require_http_methods(["GET", "POST"])
def move(request: PersonRequest, cohort: str) -> HttpResponse:
    """GET looks, POST moves. Whoever may see revisions may look."""
    shown = programmes_shown_to(request.user)
    found = get_object_or_404(
        Cohort.objects.select_related("revision__programme"), revision__programme__in=shown, slug=cohort
    )
    may_move = Cohort.objects.permitting(request.user, Permission.MOVE_COHORT).filter(pk=found.pk).exists()
    others = list(found.revision.programme.revisions.exclude(pk=found.revision_id).order_by("-number"))
    target = chosen(others, request.POST.get("to") or request.GET.get("to", ""))
    form = MoveForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        get_object_or_404(Cohort.objects.permitting(request.user, Permission.MOVE_COHORT), pk=found.pk)
        if target is None:
            is_there = request.POST.get("to") == str(found.revision.number)
            why = f"{found} is on that revision already." if is_there else "There is no such revision to move to."
            messages.error(request, f"{why} Nothing was changed.")
            return redirect("move", found.slug)
        if form.is_valid():
            try:
                done = move_cohort(
                    cohort=found,
                    revision=target,
                    seen=request.POST.get("seen", ""),
                    reason=form.cleaned_data["reason"],
                    by=request.user,
                )
            except Refused as refused:
                form.add_error(None, str(refused))
            else:
                told = counted(len(done.told), "student")
                messages.success(request, f"{found} is on revision {target.number}. We have told {told}.")
                return redirect("programmes")
    page = {
        "cohort": found,
        "programme": found.revision.programme,
        "others": others,
        "target": target,
        "preview": preview(found, target) if target else None,
        "may_move": may_move,
        "form": form,
    }
    return render(request, "grading/move.html", page, status=422 if form.errors else 200)


def chosen(others: list[Revision], number: str) -> Revision | None:
    """The one that was asked for; without a question the newest."""
    if not number:
        return others[0] if others else None
    return next((each for each in others if str(each.number) == number), None)
