from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def waiting(self) -> EvidenceQuerySet:
        return self.filter(state=Evidence.State.GIVEN)

    def valid_on(self, day: date) -> EvidenceQuerySet:
        """Confirmed, and not expired on that day."""
        return self.filter(Q(expires_on=None) | Q(expires_on__gte=day), state=Evidence.State.CONFIRMED)


class Evidence(models.Model):
    """That somebody signed an agreement or did a training that data sets demand. It outlives cohorts and revisions."""

    class State(models.TextChoices):
        GIVEN = "given", "Waits for confirmation"
        CONFIRMED = "confirmed", "Confirmed"
        REFUSED = "refused", "Refused"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="evidence")
    requirement = models.SlugField("id of the requirement", max_length=60)
    title = models.CharField(max_length=200)
    done_on = models.DateField("signed or completed on")
    reference = models.CharField("name signed with, or number of the certificate", max_length=200)
    expires_on = models.DateField("last day on which it holds", null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.GIVEN)
    given_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField("why it was refused", max_length=500, blank=True)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "evidence"
        ordering = ["given_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "requirement"], condition=Q(state="given"), name="one_piece_of_evidence_waits"
            ),
            models.CheckConstraint(
                condition=Q(state="given", decided_at=None, decided_by=None)
                | Q(state__in=["confirmed", "refused"], decided_at__isnull=False, decided_by__isnull=False),
                name="evidence_is_decided_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}: {self.user}"
