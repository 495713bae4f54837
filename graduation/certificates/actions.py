from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models.functions import Length
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit import log
from audit.log import Event
from blobs import store
from courses.models import Enrolment
from courses.refusal import Refused
from graduation.awards.actions import present_award
from graduation.awards.decisions import still_stands
from graduation.awards.engine import Outcome
from graduation.awards.models import Award
from graduation.awards.records import Record, record_of
from graduation.certificates.content import content_of, digest_of, school_day
from graduation.certificates.document import draw
from graduation.certificates.models import Certificate, new_code
from notices.actions import tell

TRIES = 20


@transaction.atomic
def issue(*, award: Award, by: User) -> Certificate:
    """Once for an award: asked again, the valid certificate is returned. After a revocation, a new one is made."""
    enrolment = _locked(award.enrolment)
    award = Award.objects.select_related("enrolment__user", "enrolment__cohort__revision").get(pk=award.pk)
    for valid in Certificate.objects.filter(award__enrolment=enrolment, revoked_at=None):
        if valid.award_id == award.pk:
            return valid
        raise Refused(f"{valid.number} was issued for an earlier decision and is still valid. Revoke it first.")
    if award != present_award(enrolment):
        raise Refused("A newer decision has replaced this award. Confirm that one.")
    if obstacle := why_not_issued(award, record_of(enrolment)):
        raise Refused(obstacle)
    certificate = _numbered(award, by)
    log.record(
        Event.CERTIFICATE_ISSUED, by=by, on=certificate, award=award.pk, digest=certificate.digest, pdf=certificate.pdf
    )
    tell(
        to=enrolment.user,
        subject=f"Your certificate {certificate.number}",
        text=f"{award.enrolment.cohort.revision.award}, {award.outcome}. Anyone who has the address can check it.",
        url=reverse("certificate", args=[certificate.code]),
    )
    return certificate


@transaction.atomic
def revoke(*, certificate: Certificate, reason: str, by: User) -> Certificate:
    """Not valid from now on; its page stays, with the reason. What is revoked stays as it is."""
    reason = reason.strip()
    if not reason:
        raise Refused("Say why: the reason is shown to whoever checks the certificate.")
    enrolment = _locked(certificate.award.enrolment)
    certificate = Certificate.objects.select_related("award").get(pk=certificate.pk)
    if certificate.revoked_at:
        return certificate
    certificate.revoked_at, certificate.revoked_by, certificate.revocation_reason = timezone.now(), by, reason
    certificate.save(update_fields=["revoked_at", "revoked_by", "revocation_reason"])
    log.record(Event.CERTIFICATE_REVOKED, by=by, on=certificate, reason=reason)
    tell(
        to=enrolment.user,
        subject=f"Your certificate {certificate.number} is no longer valid",
        text=f"{reason} Its page stays at its address and says so.",
        url=reverse("certificate", args=[certificate.code]),
    )
    return certificate


def why_not_issued(award: Award, record: Record) -> str:
    """What keeps a certificate from being issued, in a sentence; empty if nothing does."""
    if not award.confirmed_at:
        return "The board has not confirmed this award."
    if not Outcome(award.outcome).is_award:
        return f"A certificate is issued for Distinction, Merit or Pass, not for {award.outcome}."
    if not still_stands(award.decision, record):
        return "The record has changed since the board confirmed. Ask the regulations again."
    return ""


def _numbered(award: Award, by: User) -> Certificate:
    """Numbers have no gaps: one is taken in the transaction that uses it. Who loses the race takes the next."""
    issued_at = timezone.now()
    for number in _next_numbers(issued_at):
        code = new_code()
        content = content_of(award, number=number, code=code, issued_at=issued_at)
        try:
            with transaction.atomic():
                return Certificate.objects.create(
                    award=award,
                    code=code,
                    number=number,
                    content=content,
                    digest=digest_of(content),
                    pdf=store.put(draw(content)),
                    issued_at=issued_at,
                    issued_by=by,
                )
        except IntegrityError:
            if not Certificate.objects.filter(number=number).exists():
                raise
    raise Refused("Too many certificates are being issued at this moment. Try again.")


def _next_numbers(issued_at: datetime) -> Iterator[str]:
    prefix = f"PC-{school_day(issued_at).year}-"
    issued = Certificate.objects.filter(number__startswith=prefix).order_by(Length("number").desc(), "-number")
    for _ in range(TRIES):
        last = issued.values_list("number", flat=True).first()
        yield f"{prefix}{int(last.removeprefix(prefix)) + 1 if last else 1:04d}"


def _locked(enrolment: Enrolment) -> Enrolment:
    return (
        Enrolment.objects.select_for_update(of=("self",))
        .select_related("user", "cohort__revision")
        .get(pk=enrolment.pk)
    )
