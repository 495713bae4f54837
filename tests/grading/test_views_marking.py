"""What waits for markers, without names, in the same number of queries for ten and for two hundred."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import factories
import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from courses.models import Assignment, Cohort, Enrolment
from grading.models import Mark, Submission

MARKING = reverse("marking")


def words(response: Any) -> str:
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split())


def listed(response: Any) -> list[str]:
    """The candidates in the lists, in order."""
    page = BeautifulSoup(response.content, "html.parser")
    return [cell.get_text(" ").split()[0] for cell in page.select(".pile-t tbody th")]


def pile_up(spring: Cohort, count: int, work: Assignment) -> None:
    """That many students with graded work."""
    for _ in range(count):
        enrolment = factories.enrolment(spring)
        submission = factories.submission(enrolment, b"{}", assignment=work)
        Mark.objects.create(
            enrolment=enrolment,
            module_number=4,
            component="auto",
            origin="auto",
            raw=70,
            value=70,
            submission=submission,
        )


def test_the_oldest_work_comes_first_by_candidate_number(
    amara: Enrolment, bruno: Enrolment, graded: Any, signed_in: Any, tutor: User
) -> None:
    graded(amara, arrived_at=timezone.now())
    oldest = graded(bruno, arrived_at=timezone.now() - timezone.timedelta(hours=3))
    response = signed_in(tutor).get(MARKING)
    assert listed(response) == [str(bruno.candidate), str(amara.candidate)]
    text = words(response)
    assert "2 pieces wait for marking" in text
    assert f"Mark candidate {bruno.candidate}" in text
    assert reverse("desk", args=[oldest.pk]) in response.content.decode()


def test_no_name_and_no_address_of_a_student_is_on_the_pages_of_tutors(
    amara: Enrolment, graded: Any, judged: Any, signed_in: Any, tutor: User, leader: User
) -> None:
    submission = graded(amara)
    judged(submission)
    browser = signed_in(leader)
    for address in (
        MARKING,
        reverse("desk", args=[submission.pk]),
        reverse("release", args=["spring", "hospital-death"]),
    ):
        body = browser.get(address).content.decode()
        assert str(amara.candidate) in body or "1 student" in body
        for secret in ("Amara", "Okafor", "amara@example.org"):
            assert secret not in body


def test_only_the_attempt_that_counts_is_listed(amara: Enrolment, graded: Any, signed_in: Any, tutor: User) -> None:
    graded(amara, "40.00")
    best = graded(amara, "90.00")
    graded(amara, "60.00")
    response = signed_in(tutor).get(MARKING)
    assert listed(response) == [str(amara.candidate)]
    assert reverse("desk", args=[best.pk]) in response.content.decode()


def test_marked_work_waits_for_its_release(
    amara: Enrolment, graded: Any, judged: Any, signed_in: Any, tutor: User
) -> None:
    judged(graded(amara))
    text = words(signed_in(tutor).get(MARKING))
    assert "Nothing waits for marking" in text
    assert "1 complete, not released" in text
    assert "marked by Tomasz Zielinski" in text


def test_a_later_attempt_that_counts_waits_again_and_says_why(
    amara: Enrolment, graded: Any, judged: Any, signed_in: Any, tutor: User
) -> None:
    judged(graded(amara, "40.00"))
    graded(amara, "90.00")
    text = words(signed_in(tutor).get(MARKING))
    assert "1 piece waits for marking" in text
    assert "attempt 1 was marked; a later one counts" in text


def test_released_work_is_gone(amara: Enrolment, released: Any, signed_in: Any, tutor: User) -> None:
    released(amara)
    assert "Work appears here when its run has ended." in words(signed_in(tutor).get(MARKING))


def test_work_whose_run_has_not_ended_is_not_listed(amara: Enrolment, signed_in: Any, tutor: User) -> None:
    factories.submission(amara)
    assert listed(signed_in(tutor).get(MARKING)) == []


def test_nobody_is_offered_their_own_work(spring: Cohort, tutor: User, graded: Any, signed_in: Any) -> None:
    own = graded(factories.enrolment(spring, tutor))
    browser = signed_in(tutor)
    assert listed(browser.get(MARKING)) == []
    assert browser.get(reverse("desk", args=[own.pk])).status_code == 404
    assert browser.post(reverse("desk", args=[own.pk])).status_code == 404


def test_a_tutor_of_one_cohort_sees_that_one(amara: Enrolment, graded: Any, signed_in: Any) -> None:
    graded(amara)
    other = factories.cohort(slug="autumn")
    elsewhere = graded(factories.enrolment(other))
    browser = signed_in(factories.cohort_role(other, Role.TUTOR))
    assert listed(browser.get(MARKING)) == [str(elsewhere.enrolment.candidate)]


def test_the_office_releases_and_does_not_see_work(amara: Enrolment, graded: Any, signed_in: Any, office: User) -> None:
    graded(amara)
    response = signed_in(office).get(MARKING)
    assert listed(response) == []
    assert reverse("release", args=["spring", "hospital-death"]) in response.content.decode()


@pytest.mark.parametrize("person", ["amara", "oscar", "external", "administrator"])
def test_others_do_not_find_it(person: str, spring: Cohort, signed_in: Any, request: Any) -> None:
    found = request.getfixturevalue(person)
    assert signed_in(getattr(found, "user", found)).get(MARKING).status_code == 404


def test_it_says_so_when_nothing_waits(signed_in: Any, tutor: User, db: Any) -> None:
    assert "Nothing waits for marking" in words(signed_in(tutor).get(MARKING))


@pytest.mark.parametrize("name", ["marking", "desk", "release", "next"])
def test_two_hundred_take_as_many_queries_as_ten(
    name: str, spring: Cohort, assignment: Assignment, leader: User, signed_in: Any
) -> None:
    def queries(browser: Client) -> int:
        address = {
            "marking": MARKING,
            "next": reverse("next"),
            "release": reverse("release", args=["spring", "hospital-death"]),
            "desk": reverse("desk", args=[Submission.objects.earliest("arrived_at").pk]),
        }[name]
        browser.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(address).status_code == 200
        return len(captured)

    browser = signed_in(leader)
    pile_up(spring, 10, assignment)
    ten = queries(browser)
    pile_up(spring, 190, assignment)
    assert queries(browser) == ten


def test_late_work_is_marked_as_late(amara: Enrolment, graded: Any, signed_in: Any, tutor: User) -> None:
    graded(amara, due_at=timezone.now() - timezone.timedelta(hours=2))
    mark = Mark.objects.get()
    assert mark.value == Decimal("95.00")
    text = words(signed_in(tutor).get(MARKING))
    assert "late" in text
    assert "95.00" in text
