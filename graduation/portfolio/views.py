from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import PersonRequest
from courses.refusal import Refused
from grading.notebooks import notebook_page
from graduation.portfolio import access, actions
from graduation.portfolio.addresses import suggested
from graduation.portfolio.forms import ArtefactForm, PortfolioForm
from graduation.portfolio.models import Artefact, Portfolio
from graduation.portfolio.pieces import pieces_of
from graduation.portfolio.standing import checklists_of


@require_http_methods(["GET", "POST"])
def portfolio(request: PersonRequest) -> HttpResponse:
    mine = Portfolio.objects.filter(user=request.user).first()
    form = PortfolioForm(
        request.POST if request.method == "POST" else None,
        initial=_initial(request, mine),
        prefix_shown=settings.SITE_URL.rstrip("/") + reverse("portfolio"),
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_portfolio(**form.cleaned_data, by=request.user)
        except Refused as refusal:
            form.add_error("slug", str(refusal))
        else:
            messages.success(request, "Saved.")
            return redirect("portfolio")
    shown = {each.submission_id: each for each in mine.artefacts.all()} if mine else {}
    work = list(access.released_work(request.user))
    checklists = checklists_of(work)
    context = {
        "portfolio": mine,
        "form": form,
        "work": [(each, shown.get(each.pk), checklists.get(each.pk)) for each in work],
        "is_public": any(each.published_at for each in shown.values()),
        "address": _address(mine) if mine else "",
    }
    return render(request, "graduation/portfolio.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def artefact(request: PersonRequest, submission: uuid.UUID) -> HttpResponse:
    work = access.work_to_show(request.user, submission)
    mine = Artefact.objects.filter(portfolio__user=request.user, submission=work).select_related("portfolio").first()
    initial = {"title": mine.title, "reflection": mine.reflection} if mine else {"title": work.assignment.title}
    form = ArtefactForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_artefact(submission=work, **form.cleaned_data, by=request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Saved.")
            return redirect("artefact", submission=submission)
    context = {"work": work, "artefact": mine, "form": form, "is_public": bool(mine and mine.published_at)}
    return render(request, "graduation/artefact.html", context, status=422 if form.errors else 200)


@require_POST
def publish(request: PersonRequest, submission: uuid.UUID) -> HttpResponse:
    mine = access.own_artefact(request.user, submission)
    try:
        actions.publish(artefact=mine, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("portfolio")
    messages.success(request, f"Published. Anyone can see it at {_address(mine.portfolio)}")
    return redirect("artefact", submission=submission)


@require_POST
def unpublish(request: PersonRequest, submission: uuid.UUID) -> HttpResponse:
    actions.unpublish(artefact=access.own_artefact(request.user, submission), by=request.user)
    messages.success(request, "Not public any more. What you wrote is kept.")
    return redirect("portfolio")


@require_safe
@login_not_required
def public_portfolio(request: HttpRequest, slug: str) -> HttpResponse:
    found = access.portfolio_for(request.user, slug)
    shown = access.published(found).select_related("submission__assignment__module")
    context = {"portfolio": found, "person": found.user, "pieces": pieces_of(shown)}
    return _public(render(request, "graduation/public_portfolio.html", context))


@require_safe
@login_not_required
def public_artefact(request: HttpRequest, slug: str, submission: uuid.UUID) -> HttpResponse:
    found = access.published_artefact(request.user, slug, submission)
    (piece,) = pieces_of([found])
    context = {"portfolio": found.portfolio, "person": found.portfolio.user, "piece": piece, "artefact": found}
    return _public(render(request, "graduation/public_artefact.html", context))


@require_safe
@login_not_required
def artefact_notebook(request: HttpRequest, slug: str, submission: uuid.UUID) -> HttpResponse:
    """The executed notebook as a page, for a frame."""
    (piece,) = pieces_of([access.published_artefact(request.user, slug, submission)])
    if not piece.run or not piece.run.page:
        raise Http404
    return _public(notebook_page(request, piece.run.page))


def _initial(request: PersonRequest, mine: Portfolio | None) -> dict[str, str]:
    if mine:
        return {"slug": mine.slug, "headline": mine.headline, "about": mine.about}
    return {"slug": suggested(request.user)}


def _address(portfolio: Portfolio) -> str:
    return f"{settings.SITE_URL.rstrip('/')}{reverse('public_portfolio', args=[portfolio.slug])}"


def _public(response: HttpResponse) -> HttpResponse:
    """Never indexed, never kept: what is unpublished is gone at once."""
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Cache-Control"] = "no-store"
    return response
