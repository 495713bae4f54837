from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from courses.models import Assignment, Cohort
from grading.models.run import Run
from grading.models.submission import Submission


class Regrade(models.Model):
    """All work that one cohort handed in for an assignment, judged again by another revision of it.

    Its runs count for nothing until the regrade is applied, and for nothing ever if it is discarded.
    """

    class State(models.TextChoices):
        OPEN = "open", "Open"
        APPLIED = "applied", "Applied"
        DISCARDED = "discarded", "Discarded"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="regrades")
    assignment = models.ForeignKey(
        Assignment, verbose_name="assignment, of the revision to judge by", on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField("what changed and why", max_length=400)
    may_only_rise = models.BooleanField(default=False)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    asked_at = models.DateTimeField(default=timezone.now)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    outcome = models.JSONField("what was applied, student by student", default=list)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-asked_at"]

    def __str__(self) -> str:
        return f"Regrade of {self.assignment} for {self.cohort}"


class RegradeItem(models.Model):
    """One submission of a regrade: the run that counted when it began, and the new one."""

    regrade = models.ForeignKey(Regrade, on_delete=models.PROTECT, related_name="items")
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="regrade_items")
    before = models.ForeignKey(Run, null=True, on_delete=models.PROTECT, related_name="+")
    run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="regrade_item")

    class Meta:
        ordering = ["regrade", "pk"]
        constraints = [models.UniqueConstraint(fields=["regrade", "submission"], name="submission_once_in_a_regrade")]

    def __str__(self) -> str:
        return f"{self.submission} in {self.regrade}"
