from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from audit import log
from audit.log import Event
from courses.refusal import Refused
from grading.models import Submission
from graduation.portfolio.access import released_work
from graduation.portfolio.addresses import checked, suggested
from graduation.portfolio.models import Artefact, Portfolio


@transaction.atomic
def save_portfolio(*, slug: str, headline: str, about: str, by: User) -> Portfolio:
    """One's own page: its address and who one is. Publishes nothing."""
    values = {"slug": checked(slug), "headline": headline.strip(), "about": about.strip()}
    try:
        with transaction.atomic():
            portfolio, _ = Portfolio.objects.update_or_create(user=by, defaults=values)
    except IntegrityError as error:
        raise Refused("Somebody else has this address. Choose another word.") from error
    return portfolio


@transaction.atomic
def save_artefact(*, submission: Submission, title: str, reflection: str, by: User) -> Artefact:
    """Put a piece of one's own released work on the portfolio, or change what one says about it. Publishes nothing."""
    _refuse_unreleased(submission, by)
    portfolio = Portfolio.objects.filter(user=by).first() or save_portfolio(
        slug=suggested(by), headline="", about="", by=by
    )
    artefact, _ = Artefact.objects.update_or_create(
        portfolio=portfolio,
        submission=submission,
        defaults={"title": title.strip(), "reflection": reflection.strip()},
    )
    return artefact


@transaction.atomic
def publish(*, artefact: Artefact, by: User) -> Artefact:
    """Anyone can see it from now on. Publishing twice changes nothing."""
    artefact = _own(artefact, by)
    _refuse_unreleased(artefact.submission, by)
    if not artefact.published_at:
        artefact.published_at = timezone.now()
        artefact.save(update_fields=["published_at"])
        log.record(Event.ARTEFACT_PUBLISHED, by=by, on=artefact, submission=str(artefact.submission_id))
    return artefact


@transaction.atomic
def unpublish(*, artefact: Artefact, by: User) -> Artefact:
    """Nobody else can see it from now on; what was written about it is kept."""
    artefact = _own(artefact, by)
    if artefact.published_at:
        artefact.published_at = None
        artefact.save(update_fields=["published_at"])
        log.record(Event.ARTEFACT_UNPUBLISHED, by=by, on=artefact, submission=str(artefact.submission_id))
    return artefact


def _own(artefact: Artefact, by: User) -> Artefact:
    mine = Artefact.objects.select_for_update(of=("self",)).select_related("submission")
    found = mine.filter(pk=artefact.pk, portfolio__user=by).first()
    if not found:
        raise Refused("This piece of work is not yours.")
    return found


def _refuse_unreleased(submission: Submission, by: User) -> None:
    if not released_work(by).filter(pk=submission.pk).exists():
        raise Refused("Only your own work whose marks are released can be shown.")
