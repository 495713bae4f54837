from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models
from django.utils import timezone

from graduation.awards.models import Award

# No letters or digits that can be taken for each other.
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def new_code() -> str:
    """An address that cannot be guessed: 31^16, about 79 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(16))


class Certificate(models.Model):
    """Issued for an award. `content` is exactly what was awarded, fixed at issue; `digest` is its SHA-256."""

    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="certificates")
    code = models.CharField(max_length=32, unique=True, default=new_code)
    number = models.CharField(max_length=20, unique=True)
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    pdf = models.CharField("SHA-256 of the PDF", max_length=64)
    issued_at = models.DateTimeField(default=timezone.now)
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    revocation_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-issued_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["award"], condition=models.Q(revoked_at=None), name="one_valid_certificate_per_award"
            ),
            models.CheckConstraint(
                condition=models.Q(revoked_at=None, revoked_by=None, revocation_reason="")
                | (models.Q(revoked_at__isnull=False, revoked_by__isnull=False) & ~models.Q(revocation_reason="")),
                name="revoked_at_by_and_why",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_valid(self) -> bool:
        return self.revoked_at is None
