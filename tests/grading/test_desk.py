"""The marking desk: what it shows, and what becomes of what was typed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import factories
import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse

from accounts.models import User
from blobs import store
from courses.models import Assignment, Cohort, Enrolment
from grading.actions import marking
from grading.models import Assessment, CheckResult, Mark, Submission


def desk(submission: Submission) -> str:
    return reverse("desk", args=[submission.pk])


def typed(framing: str = "65", limits: str = "72", **fields: str) -> dict[str, str]:
    return {
        "framing-level": framing,
        "framing-feedback": "Says who reads it.",
        "limits-level": limits,
        "limits-feedback": "Names where it fails.",
        "comment": "Careful.",
        "seen": "0",
        **fields,
    }


def words(response: Any) -> str:
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split())


def form_of(response: Any) -> dict[str, str]:
    """What the form of a page would send."""
    form = BeautifulSoup(response.content, "html.parser").find(id="rubric")
    assert form is not None, "no form"
    fields = {str(area["name"]): area.get_text().removeprefix("\n") for area in form.find_all("textarea")}
    for field in form.find_all("input"):
        if field.get("type") != "radio" or field.has_attr("checked"):
            fields[str(field["name"])] = str(field["value"])
    fields.pop("csrfmiddlewaretoken", None)
    return fields


@pytest.fixture
def browser(signed_in: Any, tutor: User) -> Client:
    client: Client = signed_in(tutor)
    return client


# What it shows


def test_it_shows_the_notebook_all_checks_and_the_rubric(browser: Client, amara: Enrolment, graded: Any) -> None:
    submission = graded(amara, "90.00", run={"page": store.put(b"<p></p>")})
    factories.rewrite(CheckResult.objects.filter(name="adds"), earned=60, message="add(2, 2) gave 5.")
    response = browser.get(desk(submission))
    text = words(response)
    for part in (f"Candidate {amara.candidate}", "Says hello", "Adds hidden", "add(2, 2) gave 5.", "60 of 70", "90.00"):
        assert part in text
    for part in ("How good is the framing?", "How good is the limits?", "A sentence about 65.", "Rubric, 0 of 2"):
        assert part in text
    page = BeautifulSoup(response.content, "html.parser")
    frame = page.find("iframe")
    assert frame is not None and frame["src"] == reverse("run_notebook", args=[submission.runs.get().pk])


def test_the_levels_are_radio_buttons_in_ascending_order_under_their_digit(
    browser: Client, amara: Enrolment, graded: Any
) -> None:
    page = BeautifulSoup(browser.get(desk(graded(amara))).content, "html.parser")
    radios = page.select('input[type=radio][name="framing-level"]')
    levels = [int(str(radio["value"])) for radio in radios]
    assert levels == [20, 35, 45, 52, 55, 58, 62, 65, 68, 72, 75, 78, 85, 95]
    assert [str(radio["value"]) for radio in radios if radio.has_attr("data-main")] == [
        "20",
        "35",
        "45",
        "55",
        "65",
        "75",
        "85",
        "95",
    ]
    assert [key.get_text() for key in page.select("#c-framing kbd")] == list("23456789")


def test_what_was_saved_is_there_again_with_its_total(browser: Client, amara: Enrolment, graded: Any) -> None:
    submission = graded(amara)
    browser.post(desk(submission), typed())
    response = browser.get(desk(submission))
    assert form_of(response) == typed(seen=str(Assessment.objects.get().pk))
    text = words(response)
    assert "Rubric, 2 of 2 68.50" in text
    assert "Module, as saved 87" in text, "60% of 100 and 40% of 68.50"


# Saving


def test_saving_leads_to_the_next_piece(
    browser: Client, amara: Enrolment, bruno: Enrolment, graded: Any, tutor: User
) -> None:
    first, second = graded(amara), graded(bruno)
    assert browser.post(desk(first), typed())["Location"] == desk(second)
    mark = Mark.objects.current().get(enrolment=amara, component="rubric")
    assert (mark.raw, mark.created_by) == (Decimal("68.50"), tutor)
    assert f"Saved: candidate {amara.candidate}." in words(browser.get(desk(second)))
    assert browser.post(desk(second), typed())["Location"] == reverse("marking")
    assert "is marked." in words(browser.get(reverse("marking")))


def test_from_the_middle_of_the_pile_it_goes_on_downwards(browser: Client, spring: Cohort, graded: Any) -> None:
    first, second, third = [graded(factories.enrolment(spring)) for _ in range(3)]
    assert browser.post(desk(second), typed())["Location"] == desk(third)
    assert browser.post(desk(third), typed())["Location"] == desk(first)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"framing-level": ""}, "Framing is open: choose a level."),
        ({"framing-level": "66"}, "Framing: 66 is not a level of this rubric."),
        ({"framing-level": "-1"}, "Framing: -1 is not a level of this rubric."),
        ({"limits-feedback": "  \n"}, "Limits: write one sentence of feedback."),
        ({"limits-feedback": "x" * 2001}, "Limits: at most 2,000 characters of feedback; there are 2001."),
        ({"comment": "x" * 5001}, "Overall comment: at most 5,000 characters; there are 5001."),
    ],
)
def test_an_error_names_itself_and_keeps_everything_typed(
    change: dict[str, str], problem: str, browser: Client, amara: Enrolment, graded: Any
) -> None:
    submission = graded(amara)
    response = browser.post(desk(submission), typed(**change))
    assert response.status_code == 422
    assert problem in words(response)
    again = form_of(response)
    for name, value in typed(**change).items():
        if not (name == "framing-level" and "framing-level" in change):
            assert again[name] == value
    assert not Assessment.objects.exists()


def test_all_problems_are_named_at_once(browser: Client, amara: Enrolment, graded: Any) -> None:
    text = words(browser.post(desk(graded(amara)), {}))
    for problem in ("Framing is open", "Framing: write", "Limits is open", "Limits: write"):
        assert problem in text


def test_what_is_typed_is_escaped(browser: Client, amara: Enrolment, graded: Any) -> None:
    sly = "</textarea><script>alert(1)</script>"
    response = browser.post(desk(graded(amara)), typed(framing="", **{"limits-feedback": sly, "comment": sly}))
    assert b"<script>alert" not in response.content
    assert form_of(response)["comment"] == sly


def test_a_first_line_that_is_empty_is_kept(browser: Client, amara: Enrolment, graded: Any) -> None:
    response = browser.post(desk(graded(amara)), typed(framing="", comment="\nAfter an empty line."))
    assert form_of(response)["comment"] == "\nAfter an empty line."


# Two at a time


def test_who_was_overtaken_is_told_and_may_save_over_it(
    browser: Client, amara: Enrolment, graded: Any, signed_in: Any, leader: User
) -> None:
    submission = graded(amara)
    signed_in(leader).post(desk(submission), typed("45", "45"))
    response = browser.post(desk(submission), typed("65", "72"))
    assert response.status_code == 422
    text = words(response)
    assert "Leila Haddad saved marks for this work while you had it open." in text
    assert "Framing: 45" in text
    again = form_of(response)
    assert again["framing-level"] == "65"
    assert Mark.objects.current().get(component="rubric").raw == Decimal("45.00")
    assert browser.post(desk(submission), again).status_code == 302
    mark = Mark.objects.current().get(component="rubric")
    assert mark.raw == Decimal("68.50")
    assert mark.supersedes is not None and mark.supersedes.raw == Decimal("45.00")


def test_saving_the_same_twice_changes_nothing(browser: Client, amara: Enrolment, graded: Any) -> None:
    submission = graded(amara)
    for _ in range(2):
        assert browser.post(desk(submission), typed()).status_code == 302
    assert Assessment.objects.count() == 1
    assert Mark.objects.filter(component="rubric").count() == 1


def test_marks_that_were_released_in_between_stay(
    browser: Client, amara: Enrolment, graded: Any, judged: Any, leader: User, assignment: Assignment
) -> None:
    submission = graded(amara)
    seen = judged(submission, 65).pk
    marking.release(cohort=amara.cohort, assignment=assignment, by=leader)
    response = browser.post(desk(submission), typed("75", "75", seen=str(seen)))
    assert response.status_code == 422
    text = words(response)
    assert "These marks are released." in text
    assert form_of(response)["framing-feedback"] == "Says who reads it.", "What was typed is not lost."
    assert Mark.objects.current().get(component="rubric").raw == Decimal("65.00")


def test_an_attempt_that_no_longer_counts_is_not_marked(browser: Client, amara: Enrolment, graded: Any) -> None:
    first = graded(amara, "40.00")
    second = graded(amara, "90.00")
    response = browser.post(desk(first), typed())
    assert response.status_code == 422
    assert "Attempt 2 counts, not attempt 1." in words(response)
    assert desk(second) in response.content.decode()
    assert form_of(response)["limits-feedback"] == "Names where it fails."
    assert not Mark.objects.filter(component="rubric").exists()


# Who may do what


def test_released_marks_are_read_and_not_changed(browser: Client, amara: Enrolment, released: Any) -> None:
    response = browser.get(desk(released(amara)))
    text = words(response)
    assert "Released. These marks can no longer be changed here." in text
    assert "On framing." in text
    assert b"<form" not in response.content


def test_an_attempt_that_does_not_count_leads_to_the_one_that_does(
    browser: Client, amara: Enrolment, graded: Any
) -> None:
    first = graded(amara, "40.00")
    second = graded(amara, "90.00")
    response = browser.get(desk(first))
    assert "Attempt 2 counts, not this one." in words(response)
    assert desk(second) in response.content.decode()
    assert b"<form" not in response.content


def test_work_that_is_still_being_run_says_so(browser: Client, amara: Enrolment) -> None:
    text = words(browser.get(desk(factories.submission(amara))))
    assert "No run of this student has ended yet." in text
    assert "This attempt has not been run to an end yet." in text


def test_the_external_examiner_reads(
    signed_in: Any, external: User, amara: Enrolment, graded: Any, judged: Any
) -> None:
    submission = graded(amara)
    judged(submission)
    browser = signed_in(external)
    response = browser.get(desk(submission))
    assert "You may read this work, and not mark it." in words(response)
    assert b"<form" not in response.content
    assert browser.post(desk(submission), typed()).status_code == 404


@pytest.mark.parametrize("person", ["amara", "bruno", "oscar", "office", "administrator"])
def test_others_do_not_find_it(person: str, amara: Enrolment, graded: Any, signed_in: Any, request: Any) -> None:
    found = request.getfixturevalue(person)
    browser = signed_in(getattr(found, "user", found))
    submission = graded(amara)
    assert browser.get(desk(submission)).status_code == 404
    assert browser.post(desk(submission), typed()).status_code == 404
