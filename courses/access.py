"""Who may read and manage what. Missing and forbidden look the same from outside."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.models import User
from accounts.roles import Permission, roles_with
from courses.dates import cohort_dates, module_dates
from courses.models import (
    Assignment,
    AssignmentFile,
    Cohort,
    CohortRole,
    Enrolment,
    Evidence,
    Lesson,
    LessonProgress,
    Module,
    Programme,
    Revision,
)
from courses.models.cohort import CohortQuerySet
from courses.models.enrolment import EnrolmentQuerySet
from courses.models.evidence import EvidenceQuerySet
from courses.regulations import regulations


def get_cohort_or_404(user: User, slug: str, permission: Permission) -> Cohort:
    return get_object_or_404(Cohort.objects.permitting(user, permission).select_related("revision"), slug=slug)


def cohorts_shown_to(user: User) -> CohortQuerySet:
    """Those that somebody may read, has asked for, or could ask for."""
    return Cohort.objects.filter(
        Q(pk__in=Cohort.objects.permitting(user, Permission.READ_PROGRAMME).values("pk"))
        | Q(pk__in=Cohort.objects.open_to_students().values("pk"))
        | Q(pk__in=Enrolment.objects.filter(user=user).values("cohort"))
    )


def enrolments_of(user: User) -> EnrolmentQuerySet:
    """One's own, newest cohort first."""
    own = Enrolment.objects.filter(user=user).select_related("cohort__revision", "user")
    return own.order_by("-cohort__starts_on", "-pk")


def reading_enrolment(user: User, cohort: Cohort) -> Enrolment | None:
    """The enrolment by which somebody studies in a cohort; None for staff."""
    return enrolments_of(user).studying_or_done().filter(cohort=cohort).first()


def programmes_shown_to(user: User) -> QuerySet[Programme]:
    """Those whose revisions somebody may read: with a site-wide role all, with one in a cohort that of the cohort.

    Never the programme that one studies: a newer revision holds hidden checks too.
    """
    if not user.is_active:
        return Programme.objects.none()
    seen = Cohort.objects.permitting(user, Permission.SEE_REVISIONS)
    found = Programme.objects.all()
    if not user.has_site_permission(Permission.SEE_REVISIONS):
        found = found.filter(pk__in=Revision.objects.filter(cohorts__in=seen).values("programme"))
    studied = Enrolment.objects.under_way().filter(user=user).values("cohort__revision__programme")
    return found.exclude(pk__in=studied)


def get_revision_or_404(user: User, programme: str, number: int) -> Revision:
    shown = Revision.objects.filter(programme__in=programmes_shown_to(user)).select_related("programme", "loaded_by")
    return get_object_or_404(shown, programme__slug=programme, number=number)


def get_enrolment_or_404(user: User, pk: int, permission: Permission) -> Enrolment:
    """An enrolment of somebody else over which a role gives this permission."""
    allowed = Enrolment.objects.permitting(user, permission).select_related("cohort__revision", "user")
    return get_object_or_404(allowed, pk=pk)


def evidence_of_others(user: User) -> EvidenceQuerySet:
    """What somebody may confirm: with a site-wide role everybody's, with one in a cohort that of its students."""
    others = Evidence.objects.exclude(user=user)
    if user.has_site_permission(Permission.CONFIRM_EVIDENCE):
        return others
    cohorts = Cohort.objects.permitting(user, Permission.CONFIRM_EVIDENCE)
    return others.filter(user__in=Enrolment.objects.filter(cohort__in=cohorts).values("user"))


def office_cohorts(user: User) -> CohortQuerySet:
    """Those on the office's pages: for who manages them, and for who sees their records."""
    managed = Cohort.objects.permitting(user, Permission.MANAGE_COHORT).values("pk")
    on_record = Cohort.objects.permitting(user, Permission.SEE_RECORDS).values("pk")
    return Cohort.objects.filter(Q(pk__in=managed) | Q(pk__in=on_record))


@dataclass(frozen=True)
class Reader:
    """Somebody who reads in a cohort: a student by an enrolment, staff by a role; both once they have completed it."""

    user: User
    cohort: Cohort
    enrolment: Enrolment | None
    is_staff: bool

    def may_open(self, opens_at: datetime, now: datetime | None = None) -> bool:
        """Staff read ahead; students wait for the day."""
        return self.is_staff or opens_at <= (now or timezone.now())

    def may_open_module(self, module: Module) -> bool:
        rules = regulations(self.cohort.regulations_version)
        return self.may_open(module_dates(self.cohort, rules, module.number).opens_at)

    def may_open_lesson(self, lesson: Lesson) -> bool:
        """What somebody has opened once stays open to them, wherever a newer revision puts it."""
        if self.may_open_module(lesson.module):
            return True
        mine = LessonProgress.objects.filter(enrolment=self.enrolment, module_number=lesson.module.number)
        return self.enrolment is not None and mine.filter(lesson_slug=lesson.slug).exists()

    def may_open_assignment(self, assignment: Assignment) -> bool:
        return self.may_open(cohort_dates(self.cohort, assignment).opens_at)


def get_reader_or_404(user: User, slug: str) -> Reader:
    cohort = get_cohort_or_404(user, slug, Permission.READ_PROGRAMME)
    roles = roles_with(Permission.READ_PROGRAMME)
    is_staff = not Enrolment.objects.filter(cohort=cohort, user=user).under_way().exists() and (
        user.site_roles.filter(role__in=roles).exists()
        or CohortRole.objects.filter(cohort=cohort, user=user, role__in=roles).exists()
    )
    return Reader(user, cohort, reading_enrolment(user, cohort), is_staff)


def get_module_or_404(cohort: Cohort, number: int) -> Module:
    return get_object_or_404(Module, revision=cohort.revision, number=number)


def get_lesson_or_404(cohort: Cohort, number: int, slug: str) -> Lesson:
    lessons = Lesson.objects.select_related("module").defer("source")
    return get_object_or_404(lessons, module__revision=cohort.revision, module__number=number, slug=slug)


def assignments_of(cohort: Cohort) -> QuerySet[Assignment]:
    return (
        Assignment.objects.filter(module__revision=cohort.revision)
        .select_related("module")
        .defer("brief", "brief_html", "rubric")
        .order_by("module__number", "slug")
    )


def get_visible_file_or_404(reader: Reader, assignment: str, name: str) -> AssignmentFile:
    """A file of visible data, once its module has opened for this reader."""
    files = AssignmentFile.objects.filter(
        assignment__module__revision=reader.cohort.revision,
        assignment__slug=assignment,
        part=AssignmentFile.Part.VISIBLE_DATA,
    )
    # Compared here and not in the database: a name may hold what PostgreSQL does not take, such as a null.
    file = next((file for file in files.select_related("assignment__module") if file.name == name), None)
    if file is None or not reader.may_open_assignment(file.assignment):
        raise Http404
    return file
