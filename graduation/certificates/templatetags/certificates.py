"""What pages of awards and portfolio, which stand below certificates, may show of them."""

from dataclasses import dataclass
from datetime import date

from django import template
from django.db.models import QuerySet
from django.utils import formats

from accounts.models import User
from graduation.awards.models import Award
from graduation.awards.records import Record
from graduation.certificates.actions import why_not_issued
from graduation.certificates.models import Certificate

register = template.Library()


@dataclass(frozen=True)
class Standing:
    """Where an enrolment stands with its certificates."""

    history: list[Certificate]
    """Newest first."""
    valid: Certificate | None
    outdated: Certificate | None
    """Valid, but issued for an earlier award."""
    why_not: str


@register.simple_tag
def certificates_of(record: Record, award: Award | None) -> Standing:
    history = list(
        Certificate.objects.filter(award__enrolment=record.enrolment)
        .select_related("issued_by", "revoked_by")
        .order_by("-issued_at", "-pk")
    )
    valid = next((each for each in history if each.is_valid), None)
    is_of_award = valid is not None and award is not None and valid.award_id == award.pk
    return Standing(
        history=history,
        valid=valid if is_of_award else None,
        outdated=None if is_of_award else valid,
        why_not=why_not_issued(award, record) if award else "",
    )


@register.simple_tag
def valid_certificates_of(person: User) -> QuerySet[Certificate]:
    """Those that anyone may rely on: not revoked, and for the board's latest decision."""
    return Certificate.objects.filter(
        award__enrolment__user=person, award__superseded_by=None, revoked_at=None
    ).order_by("-issued_at")


@register.filter
def plain_day(iso: str) -> str:
    """28 January 2028"""
    return formats.date_format(date.fromisoformat(iso), "j F Y")


@register.filter
def plain_month(iso: str) -> str:
    """January 2028"""
    return formats.date_format(date.fromisoformat(iso), "F Y")
