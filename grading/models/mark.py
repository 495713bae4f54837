from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from courses.models import Assignment, Cohort, Enrolment
from grading.models.run import Run
from grading.models.submission import Submission


class Release(models.Model):
    """The act that makes the marks and feedback of one assignment in one cohort visible to their students."""

    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="releases")
    assignment = models.ForeignKey(Assignment, null=True, on_delete=models.PROTECT, related_name="releases")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.assignment} released to {self.cohort}"


class Assessment(models.Model):
    """One marker's judgement of one submission by the rubric, as saved. Saving again makes another."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="assessments")
    marker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="assessments")
    comment = models.TextField("overall comment", blank=True, max_length=5000)
    checklist = models.JSONField("what is said of each item: {id: {score, why}}", default=dict)
    marked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["submission", "marked_at"]

    def __str__(self) -> str:
        return f"{self.marker} on {self.submission}"


class CriterionMark(models.Model):
    """The level that a marker chose for one criterion, and why."""

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="criteria")
    criterion = models.SlugField(max_length=60)
    level = models.PositiveSmallIntegerField()
    feedback = models.TextField(max_length=2000)

    class Meta:
        ordering = ["assessment", "pk"]
        constraints = [models.UniqueConstraint(fields=["assessment", "criterion"], name="criterion_once")]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.level}"


class MarkQuerySet(models.QuerySet["Mark"]):
    def current(self) -> MarkQuerySet:
        """Marks that nothing has superseded."""
        return self.filter(superseded_by=None)

    def released(self) -> MarkQuerySet:
        return self.exclude(release=None)

    def with_checklists(self) -> MarkQuerySet:
        """With what stands behind the gate of a project: what the run found and what the marker said."""
        large = [f"run__{name}" for name in ("files", "message", "error", "usage", "limits")]
        return self.select_related("run", "assessment").defer(*large)


class Mark(models.Model):
    """A number 0-100 with its origin and lineage. Never edited, only superseded; `release` is set once."""

    class Component(models.TextChoices):
        AUTO = "auto", "Code"
        RUBRIC = "rubric", "Rubric"
        QUIZ = "quiz", "Quiz"
        MODULE = "module", "Module"
        RESIT = "resit", "Resit"

        @classmethod
        def of(cls, assignment: Assignment) -> Mark.Component:
            """The one that is marked without a person."""
            return cls.QUIZ if assignment.is_quiz else cls.AUTO

    class Origin(models.TextChoices):
        AUTO = "auto", "Checks"
        FIRST = "first", "First mark"
        SECOND = "second", "Second mark"
        AGREED = "agreed", "Agreed"
        MODERATED = "moderated", "Moderated"
        BOARD = "board", "Board"

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="marks")
    module_number = models.PositiveSmallIntegerField()
    component = models.CharField(max_length=6, choices=Component.choices)
    origin = models.CharField(max_length=10, choices=Origin.choices)
    raw = models.DecimalField("before the late penalty", max_digits=5, decimal_places=2)
    value = models.DecimalField("after the late penalty", max_digits=5, decimal_places=2)
    reason = models.CharField(max_length=500, blank=True)
    submission = models.ForeignKey(Submission, null=True, on_delete=models.PROTECT, related_name="marks")
    run = models.ForeignKey(Run, null=True, on_delete=models.PROTECT, related_name="marks")
    assessment = models.ForeignKey(Assessment, null=True, on_delete=models.PROTECT, related_name="marks")
    supersedes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="superseded_by")
    release = models.ForeignKey(Release, null=True, on_delete=models.PROTECT, related_name="marks")
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = MarkQuerySet.as_manager()

    class Meta:
        ordering = ["enrolment", "module_number", "component", "-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(raw__gte=Decimal(0), raw__lte=Decimal(100))
                & models.Q(value__gte=Decimal(0), value__lte=models.F("raw")),
                name="mark_between_0_and_100",
            ),
            models.UniqueConstraint(
                fields=["enrolment", "module_number", "component"],
                condition=models.Q(supersedes=None),
                name="one_first_mark_in_a_lineage",
            ),
        ]
        indexes = [models.Index(fields=["enrolment", "module_number"], name="mark_of_module")]

    def __str__(self) -> str:
        return f"{self.get_component_display()} {self.value} ({self.get_origin_display()})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("A mark is never edited: supersede it.")
        super().save(*args, **kwargs)
