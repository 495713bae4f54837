from __future__ import annotations

import uuid

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import User
from courses.models import Assignment
from grading.models import Mark, Submission
from graduation.portfolio.models import Artefact, Portfolio


def released_work(user: User) -> QuerySet[Submission]:
    """One's own assessed work: marks that stand, all of them released. A quiz is nothing to show."""
    marks = Mark.objects.current().filter(submission=OuterRef("pk"))
    return (
        Submission.objects.filter(Exists(marks.released()), ~Exists(marks.filter(release=None)), enrolment__user=user)
        .exclude(assignment__kind=Assignment.Kind.QUIZ)
        .select_related("assignment__module", "enrolment__cohort")
        .order_by("assignment__module__number", "assignment__slug", "-attempt")
    )


def work_to_show(user: User, submission_id: uuid.UUID) -> Submission:
    return get_object_or_404(released_work(user), pk=submission_id)


def own_artefact(user: User, submission_id: uuid.UUID) -> Artefact:
    artefacts = Artefact.objects.filter(portfolio__user=user).select_related("portfolio")
    return get_object_or_404(artefacts, submission=submission_id)


def portfolio_for(viewer: User | AnonymousUser, slug: str) -> Portfolio:
    """Public as soon as something is published; before, only its owner sees it."""
    portfolio = get_object_or_404(Portfolio.objects.select_related("user").filter(user__is_active=True), slug=slug)
    if portfolio.user != viewer and not published(portfolio).exists():
        raise Http404
    return portfolio


def public_portfolio_of(person: User) -> Portfolio | None:
    shown = Artefact.objects.filter(portfolio=OuterRef("pk"), published_at__isnull=False)
    return Portfolio.objects.filter(Exists(shown), user=person, user__is_active=True).first()


def published(portfolio: Portfolio) -> QuerySet[Artefact]:
    return portfolio.artefacts.exclude(published_at=None).order_by("-published_at", "-pk")


def published_artefact(viewer: User | AnonymousUser, slug: str, submission_id: uuid.UUID) -> Artefact:
    """Also an unpublished one for its owner, who wants to see it before others do."""
    portfolio = portfolio_for(viewer, slug)
    shown = portfolio.artefacts.all() if portfolio.user == viewer else published(portfolio)
    return get_object_or_404(shown.select_related("submission__assignment__module"), submission=submission_id)
