"""Cohorts as somebody sees them who may want a place, through HTTP."""

from typing import Any

import factories
import pytest
from django.urls import reverse
from pages import queries_of, soup, words

from accounts.models import User
from accounts.roles import Role
from courses.models import Cohort, Enrolment

ENROL = "/cohorts/spring/enrol/"


@pytest.fixture
def on_approval(db: Any) -> Cohort:
    return factories.cohort(slug="autumn", name="Autumn", enrolling=Cohort.Enrolling.APPROVAL, capacity=1)


@pytest.mark.parametrize("path", ["/", "/cohorts/", "/cohorts/spring/", "/cohorts/spring/modules/", "/office/"])
def test_nobody_gets_in_without_signing_in(client: Any, spring: Cohort, path: str) -> None:
    response = client.get(path)
    assert (response.status_code, response["Location"].startswith(reverse("account_login"))) == (302, True)


def test_an_outsider_sees_open_cohorts_with_places_and_dates(signed_in: Any, spring: Cohort, oscar: User) -> None:
    factories.enrolment(spring)
    page = words(signed_in(oscar).get("/cohorts/"))
    assert "1 cohort takes students now" in page
    assert "Spring, part-time" in page
    assert "1 of 30" in page


def test_a_cohort_page_says_what_when_and_how(signed_in: Any, spring: Cohort, oscar: User) -> None:
    page = words(signed_in(oscar).get("/cohorts/spring/"))
    assert "60 credits at level 7, 9 modules, 52 weeks part-time" in page
    assert "Enrol in Spring, part-time" in page
    assert "Open the modules" not in page


def test_pressing_enrol_gives_a_place_and_leads_to_what_is_next(signed_in: Any, spring: Cohort, oscar: User) -> None:
    response = signed_in(oscar).post(ENROL, follow=True)
    assert response.redirect_chain == [("/", 302)]
    assert "You have a place in Spring, part-time." in words(response)
    assert Enrolment.objects.get(user=oscar).state == "enrolled"


def test_the_form_replayed_enrols_once(signed_in: Any, spring: Cohort, oscar: User) -> None:
    browser = signed_in(oscar)
    for _ in range(2):
        assert browser.post(ENROL).status_code == 302
    assert (Enrolment.objects.count(), oscar.notices.count()) == (1, 1)


def test_enrolling_is_not_a_link(signed_in: Any, spring: Cohort, oscar: User) -> None:
    assert signed_in(oscar).get(ENROL).status_code == 405
    assert not Enrolment.objects.exists()


def test_a_full_cohort_offers_its_waiting_list(signed_in: Any, spring: Cohort, oscar: User) -> None:
    Cohort.objects.update(capacity=1)
    factories.enrolment(spring)
    browser = signed_in(oscar)
    assert "Join the waiting list" in words(browser.get("/cohorts/spring/"))
    assert "You are on the waiting list; we write." in words(browser.post(ENROL, follow=True))
    assert "You are on the waiting list" in words(browser.get("/"))
    assert browser.get("/cohorts/spring/modules/").status_code == 404


def test_an_application_arrives_and_waits(signed_in: Any, on_approval: Cohort, oscar: User) -> None:
    browser = signed_in(oscar)
    response = browser.post("/cohorts/autumn/enrol/", {"statement": "I run a stroke unit."}, follow=True)
    assert "is with the office" in words(response)
    assert "Send the application" not in words(response)
    assert "Your application is with the office" in words(browser.get("/"))


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("", "Say in a few sentences"),
        ("   ", "Say in a few sentences"),
        ("x" * 10_240, "Use at most 2,000 characters; there are 10240."),
        ("a\x00b", "Null characters are not allowed."),
    ],
)
def test_a_statement_that_will_not_do_is_said_and_kept(
    signed_in: Any, on_approval: Cohort, oscar: User, statement: str, sentence: str
) -> None:
    response = signed_in(oscar).post("/cohorts/autumn/enrol/", {"statement": statement})
    assert response.status_code == 422
    assert sentence in words(response)
    assert not Enrolment.objects.exists()


def test_what_was_typed_stays_in_the_form(signed_in: Any, on_approval: Cohort, oscar: User) -> None:
    response = signed_in(oscar).post("/cohorts/autumn/enrol/", {"statement": "word " * 500})
    kept = soup(response).find("textarea", {"name": "statement"})
    assert kept.text.strip() == ("word " * 500).strip()


def test_what_an_applicant_wrote_is_shown_as_text(
    signed_in: Any, on_approval: Cohort, oscar: User, office: User
) -> None:
    signed_in(oscar).post("/cohorts/autumn/enrol/", {"statement": "<script>alert(1)</script>"})
    page = signed_in(office).get("/office/cohorts/autumn/").content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_who_was_refused_reads_the_reason(signed_in: Any, on_approval: Cohort, oscar: User) -> None:
    factories.enrolment(on_approval, oscar, state="refused", reason="No degree yet.")
    browser = signed_in(oscar)
    assert "No degree yet." in words(browser.get("/cohorts/autumn/"))
    assert "Write to the office" in words(browser.post("/cohorts/autumn/enrol/", {"statement": "Again."}, follow=True))


def test_a_closed_cohort_does_not_exist_for_an_outsider(signed_in: Any, spring: Cohort, oscar: User) -> None:
    Cohort.objects.update(enrolling=Cohort.Enrolling.CLOSED)
    browser = signed_in(oscar)
    assert browser.get("/cohorts/spring/").status_code == 404
    assert browser.post(ENROL).status_code == 404
    assert browser.get("/cohorts/nowhere/").status_code == 404


def test_a_tutor_of_the_cohort_is_not_asked_to_enrol(signed_in: Any, spring: Cohort) -> None:
    tutor = factories.cohort_role(spring, Role.TUTOR)
    assert "Take a place" not in words(signed_in(tutor).get("/cohorts/spring/"))


@pytest.mark.parametrize("path", ["/cohorts/", "/"])
def test_the_number_of_queries_does_not_grow_with_cohorts(signed_in: Any, oscar: User, path: str) -> None:
    revision = factories.revision()
    counts = []
    for size in (10, 200):
        while Cohort.objects.count() < size:
            factories.cohort(revision, name=f"Cohort number {Cohort.objects.count()}")
        counts.append(queries_of(signed_in(oscar), path))
    assert counts[0] == counts[1]
