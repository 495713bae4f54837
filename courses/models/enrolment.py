from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from accounts.roles import Permission
from courses.models.cohort import Cohort


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    def studying(self) -> EnrolmentQuerySet:
        return self.filter(state=Enrolment.State.ENROLLED)

    def under_way(self) -> EnrolmentQuerySet:
        """Those who study, or will again."""
        return self.filter(state__in=[Enrolment.State.ENROLLED, Enrolment.State.INTERRUPTED])

    def studying_or_done(self) -> EnrolmentQuerySet:
        """Those who may read what they were taught."""
        return self.filter(state__in=[Enrolment.State.ENROLLED, Enrolment.State.INTERRUPTED, Enrolment.State.COMPLETED])

    def permitting(self, user: User, permission: Permission) -> EnrolmentQuerySet:
        """Enrolments of others over which a role gives this permission. Not one's own: nobody marks themselves."""
        return self.filter(cohort__in=Cohort.objects.permitting(user, permission)).exclude(user=user)


class Enrolment(models.Model):
    """One student in one cohort."""

    class State(models.TextChoices):
        APPLIED = "applied", "Applied"
        WAITING = "waiting", "On the waiting list"
        ENROLLED = "enrolled", "Enrolled"
        INTERRUPTED = "interrupted", "Interrupted"
        WITHDRAWN = "withdrawn", "Withdrawn"
        REFUSED = "refused", "Refused"
        COMPLETED = "completed", "Completed"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="enrolments")
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="enrolments")
    state = models.CharField(max_length=12, choices=State.choices)
    candidate = models.PositiveSmallIntegerField("candidate number")
    statement = models.TextField("why this course", blank=True, max_length=2000)
    applied_at = models.DateTimeField(default=timezone.now)
    enrolled_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500, blank=True)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        ordering = ["cohort", "user__name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "cohort"], name="enrolment_once"),
            models.UniqueConstraint(fields=["cohort", "candidate"], name="candidate_number_once"),
            models.CheckConstraint(
                condition=~Q(state__in=["enrolled", "interrupted", "completed"]) | Q(enrolled_at__isnull=False),
                name="enrolled_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.cohort}"


class Extension(models.Model):
    """A later due time for one assignment of one enrolment. The latest one granted is in force."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="extensions")
    assignment_slug = models.SlugField(max_length=80)
    due_at = models.DateTimeField()
    reason = models.CharField(max_length=500)
    granted_at = models.DateTimeField(default=timezone.now)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["enrolment", "assignment_slug", "-granted_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.enrolment}: {self.assignment_slug} until {self.due_at:%d %b %Y}"


class LessonProgress(models.Model):
    """That somebody opened a lesson, and finished it. By slug, so that it outlives a revision.

    When the cohort moves to a revision that lacks the lesson, the row is set aside: it has no number then, but the name
    of the module, by which it is found when the lesson comes back.
    """

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="progress")
    module_number = models.PositiveSmallIntegerField(null=True)
    module_name = models.SlugField(max_length=80, blank=True)
    lesson_slug = models.SlugField(max_length=80)
    opened_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["enrolment", "module_number", "lesson_slug"]
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "module_number", "lesson_slug"], name="lesson_progress_once")
        ]

    def __str__(self) -> str:
        return f"{self.enrolment}: {self.module_number}/{self.lesson_slug}"
