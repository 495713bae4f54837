from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone


class Incident(models.Model):
    """A time in which something did not work, told on the status page to anybody."""

    class Kind(models.TextChoices):
        WRITTEN = "written", "Written by staff"
        NO_WORKER = "no_worker", "No worker"

    kind = models.CharField(max_length=9, choices=Kind.choices, default=Kind.WRITTEN)
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    sentence = models.CharField(max_length=400)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-started_at", "-pk"]
        indexes = [models.Index(fields=["started_at"], name="incident_start")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")), name="incident_ends_after_it_starts"
            ),
            models.UniqueConstraint(
                fields=["kind"], condition=Q(kind="no_worker", ended_at=None), name="one_open_incident_of_no_worker"
            ),
        ]

    def __str__(self) -> str:
        return self.sentence
