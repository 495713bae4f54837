from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from courses.models import Cohort


class AcceptedAnswer(models.Model):
    """An answer in words that the bank did not know and a tutor accepted, for everybody in the cohort."""

    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="accepted_answers")
    assignment_slug = models.SlugField(max_length=80)
    question = models.SlugField(max_length=60)
    text = models.CharField(max_length=200)
    plain = models.CharField("as it is compared", max_length=400)
    reason = models.CharField(max_length=300)
    accepted_at = models.DateTimeField(default=timezone.now)
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["cohort", "assignment_slug", "question", "accepted_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["cohort", "assignment_slug", "question", "plain"], name="answer_accepted_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.question}: {self.text}"
