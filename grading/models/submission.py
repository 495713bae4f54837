from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any, TypedDict

from django.db import models
from django.utils import timezone

from accounts.models import User
from accounts.roles import Permission
from courses.models import Assignment, Cohort, Enrolment, Sitting


class StoredFile(TypedDict):
    """One file of a draft or submission: its name, the SHA-256 under which it is stored, its size in bytes."""

    name: str
    sha256: str
    size: int


def digest_of(files: list[StoredFile]) -> str:
    """One SHA-256 for a set of files: over the sorted names and hashes, so that anyone can compute it again."""
    lines = sorted((file["name"], file["sha256"]) for file in files)
    return hashlib.sha256(json.dumps(lines, separators=(",", ":")).encode()).hexdigest()


class Draft(models.Model):
    """Unsubmitted work kept on the server, as it is now: typed in the browser or uploaded."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="drafts")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="drafts")
    files = models.JSONField(default=list)
    digest = models.CharField(max_length=64)
    checklist = models.JSONField("what its files show of each item", default=list)
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["enrolment", "assignment"]
        constraints = [models.UniqueConstraint(fields=["enrolment", "assignment"], name="one_draft")]

    def __str__(self) -> str:
        return f"Draft of {self.enrolment} for {self.assignment}"


class DraftVersion(models.Model):
    """A draft as it once was, to go back to. What one window types within some minutes is one version."""

    class Way(models.TextChoices):
        EDITOR = "editor", "typed here"
        UPLOAD = "upload", "uploaded"
        STARTER = "starter", "started again"
        RESTORED = "restored", "gone back to"
        ASIDE = "aside", "kept aside"  # typed in a window that did not know the draft of another

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    way = models.CharField(max_length=8, choices=Way.choices)
    window = models.UUIDField("in which it was typed", null=True)
    files = models.JSONField()
    digest = models.CharField(max_length=64)
    begun_at = models.DateTimeField(default=timezone.now)
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["draft", "-number"]
        constraints = [models.UniqueConstraint(fields=["draft", "number"], name="draft_version_once")]

    def __str__(self) -> str:
        return f"Version {self.number} of {self.draft}"


class SubmissionQuerySet(models.QuerySet["Submission"]):
    def visible_to(self, user: User) -> SubmissionQuerySet:
        """One's own work, and the work that a role lets one see."""
        seen = Cohort.objects.permitting(user, Permission.SEE_WORK)
        return self.filter(models.Q(enrolment__user=user) | models.Q(enrolment__cohort__in=seen))

    def to_mark(self, user: User) -> SubmissionQuerySet:
        """The work of others that this person may mark."""
        allowed = Enrolment.objects.permitting(user, Permission.MARK_WORK)
        return self.filter(enrolment__in=allowed)


class Submission(models.Model):
    """What arrived, when, with its hashes. Immutable."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="submissions")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="submissions")
    attempt = models.PositiveSmallIntegerField()
    arrived_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField("due time in force on arrival")
    files = models.JSONField()
    digest = models.CharField("SHA-256 over the files", max_length=64)
    form_token = models.UUIDField("of the form that sent it: a replayed form submits once", unique=True)
    sitting = models.OneToOneField(
        Sitting, verbose_name="of a quiz", null=True, on_delete=models.PROTECT, related_name="submission"
    )

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        ordering = ["-arrived_at"]
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "assignment", "attempt"], name="attempt_once"),
        ]
        indexes = [models.Index(fields=["assignment", "arrived_at"], name="submission_arrival")]

    def __str__(self) -> str:
        return f"{self.assignment}, attempt {self.attempt}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("A submission is immutable.")
        super().save(*args, **kwargs)
