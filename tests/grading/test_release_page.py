"""The preview of a release, and its one button."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import factories
import pytest
from bs4 import BeautifulSoup
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from courses.models import Cohort, Enrolment
from grading import results
from grading.models import Mark, Release, Run
from notices.models import Notice

RELEASE = reverse("release", args=["spring", "hospital-death"])


@pytest.fixture
def browser(signed_in: Any, leader: User) -> Client:
    client: Client = signed_in(leader)
    return client


def words(response: Any) -> str:
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split())


def test_the_preview_counts_and_says_who_is_missing_and_why(
    browser: Client, spring: Cohort, amara: Enrolment, bruno: Enrolment, graded: Any, judged: Any
) -> None:
    judged(graded(amara))
    graded(bruno)
    nothing, running, failed, overtaken = (factories.enrolment(spring) for _ in range(4))
    queued = factories.submission(running)
    run = factories.finished_run(queued)
    factories.rewrite(
        Run.objects.filter(pk=run.pk),
        state="running",
        lease=uuid.uuid4(),
        lease_until=timezone.now() + timedelta(minutes=1),
    )
    broken = factories.finished_run(factories.submission(failed))
    factories.rewrite(Run.objects.filter(pk=broken.pk), state="failed")
    judged(graded(overtaken, "40.00"))
    graded(overtaken, "90.00")
    text = words(browser.get(RELEASE))
    assert "1 student can see their mark now" in text
    assert "Release to 1 student" in text
    for candidate, why in (
        (bruno.candidate, "Attempt 1 is not marked by the rubric."),
        (nothing.candidate, "Nothing is handed in."),
        (running.candidate, "Attempt 1 is still being run."),
        (failed.candidate, "Attempt 1 could not be run, by our fault."),
        (overtaken.candidate, "Attempt 1 is marked, but attempt 2 counts now."),
    ):
        assert f"{candidate} {why}" in text
    assert str(amara.candidate) not in text


def test_it_warns_while_others_may_still_hand_in(browser: Client, amara: Enrolment, bruno: Enrolment, due: Any) -> None:
    assert "2 students may still hand in" in words(browser.get(RELEASE))
    due(amara, days=-8)
    due(bruno, days=-8)
    assert "may still hand in" not in words(browser.get(RELEASE))


def test_one_press_releases_and_tells_the_students(
    browser: Client, amara: Enrolment, bruno: Enrolment, graded: Any, judged: Any, leader: User
) -> None:
    judged(graded(amara))
    graded(bruno)
    response = browser.post(RELEASE)
    assert response["Location"] == RELEASE
    text = words(browser.get(RELEASE))
    assert "Released to 1 student. Each of them gets a notice." in text
    assert "by Leila Haddad" in text
    assert {mark.component for mark in Mark.objects.released()} == {"auto", "rubric"}
    assert [notice.to for notice in Notice.objects.all()] == [amara.user]


def test_pressing_twice_releases_once(browser: Client, amara: Enrolment, graded: Any, judged: Any) -> None:
    judged(graded(amara))
    browser.post(RELEASE)
    browser.post(RELEASE)
    assert "Nothing was released" in words(browser.get(RELEASE))
    assert Release.objects.count() == 1
    assert Notice.objects.count() == 1


def test_who_was_not_complete_is_released_later(
    browser: Client, amara: Enrolment, bruno: Enrolment, graded: Any, judged: Any
) -> None:
    judged(graded(amara))
    late = graded(bruno)
    browser.post(RELEASE)
    judged(late)
    browser.post(RELEASE)
    assert Release.objects.count() == 2
    assert set(Mark.objects.released().values_list("enrolment", flat=True)) == {amara.pk, bruno.pk}


def test_with_nobody_complete_the_button_is_off(browser: Client, amara: Enrolment) -> None:
    text = words(browser.get(RELEASE))
    assert "Nothing can be released now" in text
    assert "Release: nobody is complete" in text
    browser.post(RELEASE)
    assert not Release.objects.exists()


def test_the_mark_follows_a_better_attempt_until_the_release(
    browser: Client, amara: Enrolment, graded: Any, judged: Any
) -> None:
    """The run of an attempt that arrived before the release ends after it: what was released stays."""
    judged(graded(amara, "60.00"))
    browser.post(RELEASE)
    later = factories.submission(amara)
    factories.finished_run(later, "100.00")
    with transaction.atomic():
        assert results.settle_auto_mark(later) is None


@pytest.mark.parametrize(
    ("person", "status"),
    [("leader", 200), ("office", 200), ("tutor", 404), ("external", 404), ("amara", 404), ("administrator", 404)],
)
def test_who_finds_it(person: str, status: int, spring: Cohort, signed_in: Any, request: Any) -> None:
    found = request.getfixturevalue(person)
    browser = signed_in(getattr(found, "user", found))
    assert browser.get(RELEASE).status_code == status
    assert browser.post(RELEASE).status_code == (302 if status == 200 else 404)


@pytest.mark.parametrize("names", [["spring", "other"], ["other", "hospital-death"]])
def test_unknown_work_is_not_found(names: list[str], browser: Client, spring: Cohort) -> None:
    assert browser.get(reverse("release", args=names)).status_code == 404
