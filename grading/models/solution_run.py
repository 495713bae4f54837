from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from accounts.models import User
from courses.models import Solution


class SolutionRun(models.Model):
    """An author's solution tried on the checks by a worker, for the authors' page. Touches nobody's marks.

    `checks` is a list of {name, points, earned, seconds, message}; `complaint` says what is not as the author expects.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        FINISHED = "finished", "Finished"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    solution = models.ForeignKey(Solution, on_delete=models.PROTECT, related_name="runs")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    queued_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True)
    lease = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    verdict = models.CharField(max_length=20, blank=True)
    auto_mark = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    seconds = models.FloatField(default=0)
    checks = models.JSONField(default=list)
    complaint = models.TextField(blank=True)

    class Meta:
        ordering = ["-queued_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["solution"],
                condition=models.Q(state__in=["queued", "running"]),
                name="solution_tried_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="running") | models.Q(lease__isnull=False, lease_until__isnull=False),
                name="running_solution_has_a_lease",
            ),
        ]
        indexes = [models.Index(fields=["state", "queued_at"], name="solution_run_queue")]

    def __str__(self) -> str:
        return f"{self.get_state_display()}: {self.solution}"

    @property
    def is_over(self) -> bool:
        return self.state == self.State.FINISHED
