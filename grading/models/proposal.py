from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import User
from accounts.roles import Permission
from courses.models import Assignment, Enrolment

LONGEST_TITLE = 160
LONGEST_REASON = 2000


class WrittenOnce(models.Model):
    """A row that never changes; the database sees to it too (migration 0008)."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError(f"A {self._meta.verbose_name} is never changed: make another.")
        super().save(*args, **kwargs)


class ProposalDraft(models.Model):
    """What a student has written of a proposal and not handed in. `saves` tells two windows from each other."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="proposal_drafts")
    assignment_slug = models.SlugField(max_length=80)
    title = models.CharField(max_length=LONGEST_TITLE, blank=True)
    data = models.CharField(max_length=60, blank=True)
    answers = models.JSONField(default=dict)
    why = models.TextField(blank=True, max_length=LONGEST_REASON)
    saves = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["enrolment", "assignment_slug"]
        constraints = [models.UniqueConstraint(fields=["enrolment", "assignment_slug"], name="one_proposal_draft")]

    def __str__(self) -> str:
        return self.title or "A draft without a title"


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def visible_to(self, user: User) -> ProposalQuerySet:
        """Those of others that a role lets one see."""
        return self.filter(enrolment__in=Enrolment.objects.permitting(user, Permission.SEE_PROPOSALS))

    def waiting(self) -> ProposalQuerySet:
        """Without a decision, of students who have not left; oldest first."""
        left = [Enrolment.State.WITHDRAWN, Enrolment.State.COMPLETED]
        return self.filter(decision=None).exclude(enrolment__state__in=left).order_by("handed_in_at", "pk")


class Proposal(WrittenOnce):
    """One version of what a student wants to do in a project, as handed in. `answers` are texts by question.

    `data` is the slug of a data set of the programme, or empty for own data. `why` is what is to change and why, where
    an approved version stands already.
    """

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="proposals")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="proposals")
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=LONGEST_TITLE)
    data = models.CharField(max_length=60, blank=True)
    data_title = models.CharField(max_length=300)
    answers = models.JSONField()
    why = models.TextField("what is to change and why", blank=True, max_length=LONGEST_REASON)
    handed_in_at = models.DateTimeField(default=timezone.now)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        ordering = ["enrolment", "assignment", "number"]
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "assignment", "number"], name="proposal_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.title}, version {self.number}"


class ProposalDecision(WrittenOnce):
    """What a tutor decided on one version, when, and why."""

    class Outcome(models.TextChoices):
        APPROVED = "approved", "Approved"
        CHANGES = "changes", "Changes asked for"
        DECLINED = "declined", "Declined"

    proposal = models.OneToOneField(Proposal, on_delete=models.PROTECT, related_name="decision")
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    reason = models.TextField(blank=True, max_length=LONGEST_REASON)
    decided_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["proposal"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome="approved") | ~models.Q(reason=""), name="proposal_refused_with_a_reason"
            )
        ]

    def __str__(self) -> str:
        return f"{self.proposal}: {self.get_outcome_display().lower()}"
