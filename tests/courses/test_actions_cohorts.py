from datetime import date, timedelta
from typing import Any

import factories
import pytest

from accounts.models import User
from accounts.roles import Permission, Role
from audit.models import Entry, Event
from courses import actions
from courses.actions import cohorts
from courses.models import Cohort, CohortRole, Enrolment
from courses.refusal import Refused
from courses.regulations import RegulationsError


@pytest.fixture
def create(office: User) -> Any:
    revision = factories.revision()

    def make(**fields: Any) -> Cohort:
        values: dict[str, Any] = {
            "name": "Spring 2027, part-time",
            "revision": revision,
            "regulations_version": "2026",
            "pace": Cohort.Pace.PART_TIME,
            "starts_on": date(2027, 1, 11),
            "enrol_until": date(2027, 1, 10),
            "enrolling": Cohort.Enrolling.APPROVAL,
            "capacity": 30,
            "by": office,
        }
        return actions.create_cohort(**(values | fields))

    return make


def test_a_new_cohort_has_an_address_made_of_its_name(create: Any, office: User) -> None:
    cohort = create()
    assert cohort.slug == "spring-2027-part-time"
    entry = Entry.objects.get(event=Event.COHORT_CREATED)
    assert (entry.by, entry.on_id, entry.details["capacity"]) == (office, str(cohort.pk), 30)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"starts_on": date(2027, 1, 12)}, "is a Tuesday"),
        ({"capacity": 0}, "at least one place"),
        ({"name": "New"}, "cannot be made into an address"),
        ({"name": "!!!"}, "cannot be made into an address"),
    ],
)
def test_what_cannot_be_a_cohort_is_refused(create: Any, fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        create(**fields)
    assert not Cohort.objects.exists()


def test_two_names_that_make_one_address_are_refused(create: Any) -> None:
    create()
    with pytest.raises(Refused, match="already a cohort at the address"):
        create(name="Spring 2027 part-time")


def test_regulations_that_are_not_there_are_refused(create: Any) -> None:
    with pytest.raises(RegulationsError, match="no such file"):
        create(regulations_version="1999")


def test_a_role_lets_somebody_do_in_one_cohort_what_it_says(spring: Cohort, oscar: User, office: User) -> None:
    for _ in range(2):
        actions.grant_cohort_role(cohort=spring, user=oscar, role=Role.TUTOR, by=office)
    factories.cohort()
    assert list(Cohort.objects.permitting(oscar, Permission.MARK_WORK)) == [spring]
    assert Entry.objects.filter(event=Event.ROLE_GRANTED, by=office).count() == 1
    actions.remove_cohort_role(role=CohortRole.objects.get(), by=office)
    assert not Cohort.objects.permitting(oscar, Permission.MARK_WORK).exists()
    assert Entry.objects.filter(event=Event.ROLE_REMOVED, by=office).count() == 1


@pytest.mark.parametrize("role", [Role.STUDENT, Role.ADMINISTRATOR])
def test_duties_over_people_are_not_granted_by_way_of_a_cohort(
    spring: Cohort, oscar: User, office: User, role: Role
) -> None:
    with pytest.raises(Refused, match="not a role in a cohort"):
        actions.grant_cohort_role(cohort=spring, user=oscar, role=role, by=office)


def test_nobody_gives_themselves_a_role(spring: Cohort, office: User) -> None:
    with pytest.raises(Refused, match="yourself"):
        actions.grant_cohort_role(cohort=spring, user=office, role=Role.TUTOR, by=office)


def test_a_student_of_the_cohort_gets_no_role_in_it(amara: Enrolment, office: User) -> None:
    with pytest.raises(Refused, match="studies in"):
        actions.grant_cohort_role(cohort=amara.cohort, user=amara.user, role=Role.TUTOR, by=office)


def test_a_role_in_one_cohort_is_no_bar_to_studying_in_another(spring: Cohort, amara: Enrolment, office: User) -> None:
    other = factories.cohort(starts_on=spring.starts_on + timedelta(weeks=4))
    assert actions.grant_cohort_role(cohort=other, user=amara.user, role=Role.TUTOR, by=office).pk


def test_two_forms_at_the_same_moment_make_one_cohort(create: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have seen the name free; the database lets one through."""
    create()
    monkeypatch.setattr(cohorts, "address_of", lambda name: "not-yet-taken-when-looked-at")
    with pytest.raises(Refused, match="already a cohort"):
        create()
    assert Cohort.objects.count() == 1
