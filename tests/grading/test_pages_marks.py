"""The student's page of marks: what is released, and nothing else."""

from __future__ import annotations

from datetime import timedelta
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
from courses.models import Cohort, Enrolment
from grading.models import Mark, Release

MARKS = reverse("marks")


@pytest.fixture
def browser(amara: Enrolment, signed_in: Any) -> Client:
    client: Client = signed_in(amara.user)
    return client


def rows(browser: Client) -> list[list[str]]:
    page = BeautifulSoup(browser.get(MARKS).content, "html.parser")
    return [
        [" ".join(cell.get_text(" ").split()) for cell in row.find_all(["th", "td"])]
        for row in page.select("table.marks tbody tr:not(.under)")
    ]


def words(browser: Client) -> str:
    return " ".join(BeautifulSoup(browser.get(MARKS).content, "html.parser").get_text(" ").split())


def recorded(enrolment: Enrolment, number: int, value: str, by: User, **fields: Any) -> Mark:
    release = Release.objects.create(cohort=enrolment.cohort, by=by)
    return factories.mark(enrolment, number, "module", value, release=release, **fields)


def test_before_any_release_there_is_only_what_waits(
    browser: Client, amara: Enrolment, graded: Any, judged: Any
) -> None:
    judged(graded(amara, "90.00"))
    text = words(browser)
    assert "No marks are released yet" in text
    assert "4. Death in hospital after a heart attack with a marker" in text
    assert "90" not in text
    assert rows(browser) == []


def test_a_released_module_shows_its_parts_and_its_mark(browser: Client, amara: Enrolment, released: Any) -> None:
    released(amara, "90.00", 65)
    ((name, code, rubric, whole, _),) = rows(browser)
    assert name.startswith("4.")
    assert (code, rubric) == ("90.00", "65.00")
    assert whole == "80 , provisional"
    assert "provisional until the board" in words(browser)
    assert "with a marker" not in words(browser)


def test_lateness_stands_beside_the_marks(browser: Client, amara: Enrolment, released: Any) -> None:
    released(amara, "72.00", 65, due_at=timezone.now() - timedelta(minutes=18))
    text = words(browser)
    assert "Code: Arrived 18 minutes" in text
    assert "5 marks are taken: 72 becomes 67." in text


def test_a_mark_that_the_office_recorded_is_the_modules_and_not_provisional(
    browser: Client, amara: Enrolment, office: User
) -> None:
    recorded(amara, 2, "61.00", office, reason="Paper exam of 3 May.")
    ((name, code, rubric, whole, _),) = rows(browser)
    assert name.startswith("2.")
    assert "Paper exam of 3 May." in words(browser)
    assert (code, rubric, whole) == ("", "", "61")


def test_a_recorded_mark_stands_in_place_of_the_parts(
    browser: Client, amara: Enrolment, released: Any, office: User
) -> None:
    released(amara, "90.00", 65)
    recorded(amara, 4, "83.00", office)
    ((_, code, rubric, whole, _),) = rows(browser)
    assert (code, rubric, whole) == ("", "", "83")


def test_a_part_below_its_minimum_holds_the_module_down(browser: Client, amara: Enrolment, released: Any) -> None:
    released(amara, "90.00", 20)
    assert rows(browser)[0][3].startswith("49"), "62 by weight, but the rubric is below 40"


def test_a_mark_on_top_that_is_not_released_is_not_shown(browser: Client, amara: Enrolment, released: Any) -> None:
    submission = released(amara, "90.00", 65)
    present = Mark.objects.current().get(component="rubric")
    factories.mark(
        amara, 4, "rubric", "20.00", submission=submission, supersedes=present, assessment=present.assessment
    )
    assert rows(browser)[0][2] == "65.00"


def test_the_marks_of_others_are_not_there(browser: Client, bruno: Enrolment, released: Any) -> None:
    released(bruno, "90.00")
    assert rows(browser) == []


def test_somebody_without_a_cohort_is_led_to_them(signed_in: Any, oscar: User) -> None:
    assert "You do not study in a cohort." in words(signed_in(oscar))


def test_one_module_takes_as_many_queries_as_nine(browser: Client, amara: Enrolment, office: User) -> None:
    def queries() -> int:
        browser.get(MARKS)
        with CaptureQueriesContext(connection) as captured:
            browser.get(MARKS)
        return len(captured)

    recorded(amara, 1, "61.00", office)
    one = queries()
    for number in range(2, 10):
        recorded(amara, number, "61.00", office)
    assert len(rows(browser)) == 9
    assert queries() == one


def test_both_cohorts_of_a_student_are_shown_apart(
    browser: Client, amara: Enrolment, spring: Cohort, office: User
) -> None:
    earlier = factories.cohort(name="Autumn, full-time", starts_on=spring.starts_on - timedelta(days=300))
    former = factories.enrolment(earlier, amara.user, state=Enrolment.State.COMPLETED)
    recorded(former, 1, "55.00", office)
    recorded(amara, 1, "66.00", office)
    assert [row[3] for row in rows(browser)] == ["66", "55"], "the newest cohort first"
    assert Mark.objects.filter(value=Decimal("55.00")).exists()
