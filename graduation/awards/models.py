from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from courses.models import Enrolment


class Award(models.Model):
    """The outcome for an enrolment. A new decision supersedes; `decision` is what the regulations gave, and on what."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        CONFIRMED = "confirmed", "Confirmed by the board"

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="awards")
    outcome = models.CharField(max_length=20)
    mean = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    credits = models.PositiveSmallIntegerField()
    regulations_version = models.CharField(max_length=20)
    decision = models.JSONField()
    decided_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    supersedes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="superseded_by")

    class Meta:
        ordering = ["enrolment", "-decided_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment"], condition=models.Q(supersedes=None), name="one_first_award_in_a_lineage"
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_at=None, confirmed_by=None)
                | models.Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="confirmed_at_and_by",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outcome}: {self.enrolment}"

    @property
    def state(self) -> State:
        return self.State.CONFIRMED if self.confirmed_at else self.State.PROPOSED
