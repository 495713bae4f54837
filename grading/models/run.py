from __future__ import annotations

import uuid
from decimal import Decimal

from django.db import models
from django.utils import timezone

from accounts.models import User
from accounts.roles import Permission
from courses.models import Assignment, Check, Cohort, Enrolment
from grading.models.submission import Submission

KINDS_IN_ORDER = ("trial", "cells", "grade", "reproduce", "regrade")
"""In which workers take them: somebody waits before the screen for the first two, nobody for the last."""


class RunQuerySet(models.QuerySet["Run"]):
    def visible_to(self, user: User) -> RunQuerySet:
        """One's own runs, and those of work that a role lets one see. Runs of drafts are their student's alone, and
        the runs of a regrade are nobody's until it is applied."""
        seen = Cohort.objects.permitting(user, Permission.SEE_WORK)
        own = models.Q(kind__in=[Run.Kind.CELLS, Run.Kind.TRIAL, Run.Kind.GRADE], enrolment__user=user)
        return self.filter(own | models.Q(kind=Run.Kind.GRADE, enrolment__cohort__in=seen))

    def costing_nothing(self) -> RunQuerySet:
        """Those that use up nothing: they ended by our fault, or were cancelled while they waited."""
        cancelled = models.Q(state=Run.State.CANCELLED, started_at=None)
        return self.filter(models.Q(state=Run.State.FAILED) | cancelled)


class Run(models.Model):
    """One execution by a worker. The row is the job: who holds the lease may write the result (docs/adr/0002).

    What is written about a run that is over never changes; the database sees to it (migration 0005).
    """

    class Kind(models.TextChoices):
        CELLS = "cells", "Run in the editor"  # nothing is checked
        TRIAL = "trial", "Visible checks"
        GRADE = "grade", "Grading"
        REGRADE = "regrade", "Grading again"  # belongs to no submission until its regrade is applied
        REPRODUCTION = "reproduce", "Reproduction"  # never belongs to a submission, only to the run that it repeats

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        FINISHED = "finished", "Finished"
        FAILED = "failed", "Failed, our fault"
        CANCELLED = "cancelled", "Cancelled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=9, choices=Kind.choices)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="runs")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="runs")
    submission = models.ForeignKey(Submission, null=True, on_delete=models.PROTECT, related_name="runs")
    reproduces = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="reproductions")
    files = models.JSONField()
    digest = models.CharField(max_length=64)

    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    rank = models.GeneratedField(
        verbose_name="of its kind in the queue; the lowest first",
        expression=models.Case(
            *(models.When(kind=kind, then=models.Value(rank)) for rank, kind in enumerate(KINDS_IN_ORDER)),
            default=models.Value(len(KINDS_IN_ORDER)),
        ),
        output_field=models.PositiveSmallIntegerField(),
        db_persist=True,
    )
    turn = models.PositiveIntegerField("round in which its student has a turn", default=0)
    not_before = models.DateTimeField("rests until then, after a fault of ours", null=True)
    queued_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    starts = models.PositiveSmallIntegerField(default=0)
    faults = models.PositiveSmallIntegerField("starts that met a fault of ours, but for a lost worker", default=0)
    lease = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    cell = models.PositiveSmallIntegerField("code cell being run", default=0)
    cells = models.PositiveSmallIntegerField(default=0)

    verdict = models.CharField(max_length=20, blank=True)
    message = models.TextField(blank=True)
    error = models.JSONField(null=True)
    usage = models.JSONField(default=dict)
    notebook = models.CharField("executed notebook, SHA-256", max_length=64, blank=True)
    page = models.CharField("executed notebook as a page, SHA-256", max_length=64, blank=True)
    auto_mark = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    checklist = models.JSONField("what was found of each item (see grading.checklist)", default=list)

    seed = models.PositiveIntegerField(default=0)
    environment = models.CharField("SHA-256 of the locked environment", max_length=64, blank=True)
    assignment_digest = models.CharField("SHA-256 over what the assignment brings to it", max_length=64, blank=True)
    hidden_digest = models.CharField("SHA-256 over the hidden data", max_length=64, blank=True)
    limits = models.JSONField(default=dict)
    backend = models.CharField(max_length=40, blank=True)
    worker = models.CharField(max_length=120, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-queued_at"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state="running") | models.Q(lease__isnull=False, lease_until__isnull=False),
                name="running_has_a_lease",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["finished", "failed", "cancelled"])
                | models.Q(finished_at__isnull=False),
                name="ended_has_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="grade", submission__isnull=False)
                | ~models.Q(kind="grade") & models.Q(submission=None),
                name="graded_run_has_a_submission",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="reproduce", reproduces__isnull=False)
                | ~models.Q(kind="reproduce") & models.Q(reproduces=None),
                name="reproduction_of_a_run",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "rank", "turn", "queued_at", "id"], name="run_queue"),
            models.Index(fields=["state", "finished_at"], name="run_ended"),
            models.Index(fields=["enrolment", "assignment", "kind"], name="run_of_student"),
            models.Index(fields=["enrolment", "state", "rank", "turn"], name="run_turns_of_student"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.assignment}"

    @property
    def costs_nothing(self) -> bool:
        return self.state == self.State.FAILED or (self.state == self.State.CANCELLED and self.started_at is None)

    @property
    def is_over(self) -> bool:
        return self.state in {self.State.FINISHED, self.State.FAILED, self.State.CANCELLED}


class RunOutput(models.Model):
    """What one cell of a run in the editor has shown so far. Gone when the run is over: the notebook has it all."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="shown")
    cell = models.PositiveSmallIntegerField()
    outputs = models.JSONField(default=list)

    class Meta:
        ordering = ["run", "cell"]
        constraints = [models.UniqueConstraint(fields=["run", "cell"], name="output_of_a_cell_once")]

    def __str__(self) -> str:
        return f"Cell {self.cell} of {self.run}"


class CheckResult(models.Model):
    """What one check found in one run.

    `details` are {expected, got, where, differences: {head, rows, of}} as far as there are any; `reports` what the
    check showed; `feedback` when a student may see a hidden one.
    """

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="results")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=80)
    title = models.CharField(max_length=200)
    is_visible = models.BooleanField()
    feedback = models.CharField(max_length=13, choices=Check.Feedback, default=Check.Feedback.AFTER_RELEASE)
    points = models.DecimalField(max_digits=5, decimal_places=2)
    earned = models.DecimalField(max_digits=5, decimal_places=2)
    message = models.TextField(blank=True)
    details = models.JSONField(default=dict)
    reports = models.JSONField(default=list)
    seconds = models.FloatField(default=0)

    class Meta:
        ordering = ["run", "number"]
        constraints = [
            models.UniqueConstraint(fields=["run", "name"], name="check_result_once"),
            models.CheckConstraint(
                condition=models.Q(earned__gte=Decimal(0), earned__lte=models.F("points")), name="earned_within_points"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}: {self.earned} of {self.points}"

    @property
    def passed(self) -> bool:
        return self.earned == self.points
