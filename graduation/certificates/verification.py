"""What can be said about a certificate now, each point checked anew."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from blobs import store
from graduation.awards.models import Award
from graduation.certificates.content import digest_of
from graduation.certificates.models import Certificate


@dataclass(frozen=True)
class Point:
    title: str
    holds: bool
    text: str


@dataclass(frozen=True)
class Verification:
    certificate: Certificate
    checked_at: datetime
    points: list[Point]
    has_pdf: bool

    @property
    def is_valid(self) -> bool:
        return all(point.holds for point in self.points)

    @property
    def is_unaltered(self) -> bool:
        return all(point.holds for point in self.points[:2])


def verify(certificate: Certificate, *, at: datetime) -> Verification:
    content = certificate.content if isinstance(certificate.content, dict) else {}
    has_pdf = _is_stored(certificate.pdf)
    return Verification(
        certificate,
        at,
        [
            _content(digest_of(certificate.content) == certificate.digest),
            _register(
                content.get("number") == certificate.number
                and str(content.get("address")).endswith(f"/certificates/{certificate.code}/"),
                certificate,
            ),
            _not_revoked(certificate),
            _board(certificate.award),
        ],
        has_pdf,
    )


def _content(holds: bool) -> Point:
    text = (
        "Every word on this page gives the SHA-256 that was written down at issue."
        if holds
        else "What is stored is not what was issued: its SHA-256 differs. Do not rely on this page."
    )
    return Point("Unaltered", holds, text)


def _register(holds: bool, certificate: Certificate) -> Point:
    text = (
        f"It stands in the School’s register as {certificate.number}, under this address."
        if holds
        else "The register has another number or address for it. Do not rely on this page."
    )
    return Point("Issuer", holds, text)


def _not_revoked(certificate: Certificate) -> Point:
    if certificate.is_valid:
        return Point("Not revoked", True, "The register was read for this page; nothing is kept in between.")
    return Point("Revoked", False, certificate.revocation_reason)


def _board(award: Award) -> Point:
    if award.confirmed_at is None:
        return Point("Board", False, "The board has not confirmed the award that it states. Do not rely on this page.")
    newer = Award.objects.filter(enrolment=award.enrolment_id, confirmed_at__gt=award.confirmed_at).exists()
    text = (
        "The board has since decided anew about this award. Ask the School before you rely on it."
        if newer
        else "The decision of the board that it states still stands."
    )
    return Point("Board", not newer, text)


def _is_stored(sha256: str) -> bool:
    """Is the file there, and still the one that was issued?"""
    try:
        return hashlib.sha256(store.read(sha256)).hexdigest() == sha256
    except (OSError, ValueError):
        return False
