from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import SiteRole, User
from accounts.roles import Permission, Role, roles_with
from courses.models.programme import Revision

NOT_WHERE_ONE_STUDIES = {
    Permission.SEE_WORK,
    Permission.MARK_WORK,
    Permission.SEE_PROPOSALS,
    Permission.DECIDE_PROPOSALS,
    Permission.RELEASE_MARKS,
    Permission.SEE_REVISIONS,
    Permission.MOVE_COHORT,
}


class CohortQuerySet(models.QuerySet["Cohort"]):
    def permitting(self, user: User, permission: Permission) -> CohortQuerySet:
        """Cohorts in which this person may do this: by a site-wide role, a role in the cohort, or an enrolment.

        No role lets a student at the work of their own cohort: hidden checks and others' notebooks are not for them.
        """
        from courses.models.enrolment import Enrolment

        if not user.is_active:
            return self.none()
        roles = roles_with(permission)
        own = Enrolment.objects.filter(cohort=OuterRef("pk"), user=user)
        by_role = Q(Exists(SiteRole.objects.filter(user=user, role__in=roles))) | Q(
            Exists(CohortRole.objects.filter(cohort=OuterRef("pk"), user=user, role__in=roles))
        )
        allowed = by_role & ~Q(Exists(own.under_way())) if permission in NOT_WHERE_ONE_STUDIES else by_role
        if Role.STUDENT in roles:
            allowed |= Q(Exists(own.studying_or_done()))
        return self.filter(allowed)

    def counted(self) -> CohortQuerySet:
        """With `taken`, `applied` and `waiting`: how many places are gone, how many people ask for one."""
        taken = ["enrolled", "interrupted", "completed"]
        return self.annotate(
            taken=Count("enrolments", filter=Q(enrolments__state__in=taken)),
            applied=Count("enrolments", filter=Q(enrolments__state="applied")),
            waiting=Count("enrolments", filter=Q(enrolments__state="waiting")),
        )

    def open_to_students(self) -> CohortQuerySet:
        """Cohorts that somebody can enrol in or apply to today."""
        school_day = timezone.localdate(timezone=timezone.get_default_timezone())
        return self.exclude(enrolling=Cohort.Enrolling.CLOSED).filter(enrol_until__gte=school_day)


class Cohort(models.Model):
    """One run of a programme."""

    class Pace(models.TextChoices):
        FULL_TIME = "full_time", "full-time"
        PART_TIME = "part_time", "part-time"

    class Enrolling(models.TextChoices):
        OPEN = "open", "open to everybody"
        APPROVAL = "approval", "on approval"
        CLOSED = "closed", "closed"

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="cohorts")
    regulations_version = models.CharField(max_length=20)
    slug = models.SlugField(unique=True, max_length=80)
    name = models.CharField(max_length=120, unique=True)
    pace = models.CharField(max_length=10, choices=Pace.choices)
    starts_on = models.DateField()
    enrol_until = models.DateField()
    enrolling = models.CharField(max_length=10, choices=Enrolling.choices, default=Enrolling.APPROVAL)
    capacity = models.PositiveSmallIntegerField(default=30)
    opened = models.JSONField("what had opened before the cohort moved, see courses.dates", default=dict)
    created_at = models.DateTimeField(default=timezone.now)

    objects = CohortQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on", "name"]

    def __str__(self) -> str:
        return self.name


class CohortRole(models.Model):
    """A role that somebody has in one cohort."""

    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="roles")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="cohort_roles")
    role = models.CharField(max_length=20, choices=[c for c in Role.choices if c[0] != Role.STUDENT])
    granted_at = models.DateTimeField(default=timezone.now)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["cohort", "role", "user"]
        constraints = [models.UniqueConstraint(fields=["cohort", "user", "role"], name="cohort_role_once")]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()} of {self.cohort}"
