from datetime import date

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from accounts.models import User
from accounts.roles import Permission, Role, roles_with
from audit import log
from audit.log import Event
from courses.models import Cohort, CohortRole, Enrolment, Revision
from courses.refusal import Refused
from courses.regulations import regulations

# Site-wide duties (people, the audit log) are granted on the people page, never by way of a cohort.
ROLES_IN_A_COHORT = [role for role in Role if role not in {Role.STUDENT, *roles_with(Permission.MANAGE_PEOPLE)}]
TAKEN_BY_PAGES = {"new"}


@transaction.atomic
def create_cohort(
    *,
    name: str,
    revision: Revision,
    regulations_version: str,
    pace: Cohort.Pace,
    starts_on: date,
    enrol_until: date,
    enrolling: Cohort.Enrolling,
    capacity: int,
    by: User,
) -> Cohort:
    """A cohort keeps its regulations for good, and its revision until it is moved.

    Raises RegulationsError for a version that is not there.
    """
    regulations(regulations_version)
    if starts_on.weekday() != 0:
        raise Refused(f"{starts_on:%-d %B %Y} is a {starts_on:%A}. Modules open on Mondays, so a cohort starts on one.")
    if capacity < 1:
        raise Refused("A cohort needs at least one place.")
    slug = address_of(name)
    try:
        with transaction.atomic():
            cohort = Cohort.objects.create(
                name=name,
                slug=slug,
                revision=revision,
                regulations_version=regulations_version,
                pace=pace,
                starts_on=starts_on,
                enrol_until=enrol_until,
                enrolling=enrolling,
                capacity=capacity,
            )
    except IntegrityError as twice:  # the same form, sent twice at the same moment
        raise Refused(f"There is already a cohort “{name}”. Choose another name.") from twice
    log.record(
        Event.COHORT_CREATED,
        by=by,
        on=cohort,
        revision=revision.number,
        regulations=regulations_version,
        capacity=capacity,
    )
    return cohort


def address_of(name: str) -> str:
    """The slug that a new cohort of this name gets. Refuses names that make none, or one that is taken."""
    slug = slugify(name)[:80].strip("-")
    if not slug or slug in TAKEN_BY_PAGES:
        raise Refused(f"“{name}” cannot be made into an address. Use letters or digits, as in Spring 2027.")
    if Cohort.objects.filter(slug=slug).exists():
        raise Refused(f"There is already a cohort at the address “{slug}”. Choose another name.")
    return slug


@transaction.atomic
def grant_cohort_role(*, cohort: Cohort, user: User, role: Role, by: User) -> CohortRole:
    """Let somebody tutor, lead, examine or run this cohort."""
    if role not in ROLES_IN_A_COHORT:
        raise Refused(f"{role.label} is not a role in a cohort.")
    if user == by:
        raise Refused("You cannot give yourself a role. Ask a colleague.")
    if Enrolment.objects.studying_or_done().filter(cohort=cohort, user=user).exists():
        raise Refused(f"{user} studies in {cohort} and cannot have a role in it.")
    granted, is_new = CohortRole.objects.get_or_create(cohort=cohort, user=user, role=role, defaults={"granted_by": by})
    if is_new:
        log.record(Event.ROLE_GRANTED, by=by, on=granted, role=role.value, cohort=cohort.slug)
    return granted


@transaction.atomic
def remove_cohort_role(*, role: CohortRole, by: User) -> None:
    log.record(Event.ROLE_REMOVED, by=by, on=role, role=role.role, cohort=role.cohort.slug)
    role.delete()
