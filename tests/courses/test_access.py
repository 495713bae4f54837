"""Who may read and manage what."""

from datetime import timedelta
from typing import Any

import factories
import pytest
from django.http import Http404
from django.utils import timezone

from accounts.models import User
from accounts.roles import Permission, Role
from courses import access
from courses.models import Cohort, Enrolment, Module


@pytest.fixture
def other(db: Any) -> Cohort:
    return factories.cohort(slug="other", name="Another cohort", enrolling=Cohort.Enrolling.CLOSED)


def test_a_student_reads_their_own_cohort_only(amara: Enrolment, other: Cohort) -> None:
    reader = access.get_reader_or_404(amara.user, "spring")
    assert (reader.enrolment, reader.is_staff) == (amara, False)
    with pytest.raises(Http404):
        access.get_reader_or_404(amara.user, "other")


@pytest.mark.parametrize("state", ["applied", "waiting", "withdrawn", "refused"])
def test_who_has_no_place_reads_nothing(spring: Cohort, oscar: User, state: str) -> None:
    factories.enrolment(spring, oscar, state=state)
    with pytest.raises(Http404):
        access.get_reader_or_404(oscar, "spring")


def test_staff_read_every_cohort_ahead_of_the_dates(other: Cohort, tutor: User) -> None:
    reader = access.get_reader_or_404(tutor, "other")
    assert (reader.enrolment, reader.is_staff) == (None, True)
    assert all(reader.may_open_module(module) for module in Module.objects.filter(revision=other.revision))


def test_a_role_in_one_cohort_reads_ahead_there_and_nowhere_else(amara: Enrolment, other: Cohort) -> None:
    factories.cohort_role(other, Role.TUTOR, amara.user)
    assert access.get_reader_or_404(amara.user, "other").is_staff
    assert not access.get_reader_or_404(amara.user, "spring").is_staff


@pytest.mark.parametrize("permission", [Permission.SEE_WORK, Permission.MARK_WORK, Permission.RELEASE_MARKS])
def test_no_role_lets_a_student_at_the_work_of_their_own_cohort(
    spring: Cohort, other: Cohort, leader: User, permission: Permission
) -> None:
    factories.enrolment(spring, leader)
    assert set(Cohort.objects.permitting(leader, permission)) == {other}
    assert not access.get_reader_or_404(leader, "spring").is_staff


def test_who_has_completed_a_cohort_may_work_in_it(spring: Cohort, tutor: User) -> None:
    factories.enrolment(spring, tutor, state="completed")
    assert spring in Cohort.objects.permitting(tutor, Permission.MARK_WORK)


def test_a_student_opens_what_has_opened(amara: Enrolment) -> None:
    reader = access.get_reader_or_404(amara.user, "spring")
    may_open = {
        module.number: reader.may_open_module(module)
        for module in Module.objects.filter(revision=amara.cohort.revision)
    }
    assert may_open == dict.fromkeys(range(1, 5), True) | dict.fromkeys(range(5, 10), False)


def test_the_moment_of_opening_is_open(amara: Enrolment) -> None:
    reader = access.get_reader_or_404(amara.user, "spring")
    now = timezone.now()
    assert reader.may_open(now, now)
    assert not reader.may_open(now + timedelta(microseconds=1), now)


def test_an_office_manages_enrolments_of_others_only(amara: Enrolment, spring: Cohort, office: User) -> None:
    own = factories.enrolment(spring, office)
    assert access.get_enrolment_or_404(office, amara.pk, Permission.MANAGE_COHORT) == amara
    for user, enrolment in ((office, own), (amara.user, amara)):
        with pytest.raises(Http404):
            access.get_enrolment_or_404(user, enrolment.pk, Permission.MANAGE_COHORT)


def test_an_office_of_one_cohort_does_not_see_another(spring: Cohort, other: Cohort) -> None:
    local = factories.cohort_role(spring, Role.OFFICE)
    assert list(access.office_cohorts(local)) == [spring]


def test_a_closed_cohort_is_not_shown_to_who_has_no_part_in_it(
    amara: Enrolment, other: Cohort, oscar: User, tutor: User
) -> None:
    assert list(access.cohorts_shown_to(oscar)) == [amara.cohort]
    assert set(access.cohorts_shown_to(tutor)) == {amara.cohort, other}
    factories.enrolment(other, oscar, state="refused")
    assert set(access.cohorts_shown_to(oscar)) == {amara.cohort, other}


def test_someone_who_was_barred_sees_nothing(tutor: User, spring: Cohort) -> None:
    tutor.is_active = False
    tutor.save()
    with pytest.raises(Http404):
        access.get_reader_or_404(tutor, "spring")
