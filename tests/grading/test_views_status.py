"""The page that anybody may look at, and the incidents that staff write on it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import factories
import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pages import queries_of, words

from accounts.models import User
from audit.models import Entry
from courses.models import Cohort, Enrolment
from grading.models import Incident

pytestmark = pytest.mark.django_db
STATUS, INCIDENTS = "/status/", "/status/incidents/"


def look() -> str:
    cache.clear()
    return words(Client().get(STATUS))


def test_anybody_sees_how_the_queue_stands(amara: Enrolment, bruno: Enrolment) -> None:
    assert "No worker is alive" in look()
    factories.worker()
    assert "No run waits 1 worker alive, for 2 runs at once; 0 being run." in look()
    now = timezone.now()
    finished = {"started_at": now - timedelta(seconds=8), "queued_at": now - timedelta(seconds=11), "finished_at": now}
    factories.finished_run(factories.submission(amara), **finished)
    factories.queued_run(factories.submission(bruno))
    text = look()
    assert "1 run waits for a worker" in text
    assert "Grading 1 0 3.0 s 8.0 s" in text
    for person in (amara, bruno):
        assert person.user.name not in text
        assert str(person.candidate) not in text


def test_when_no_worker_is_alive_it_says_since_when() -> None:
    gone = timezone.now() - timedelta(minutes=7)
    factories.worker(seen_at=gone)
    text = look()
    assert f"No worker is alive since {timezone.localtime(gone):%H:%M %Z}" in text
    assert "The fault is ours." in text


def test_many_who_look_ask_the_database_once(spring: Cohort, settings: Any) -> None:
    first = queries_of(Client(), STATUS)
    for _ in range(20):
        factories.queued_run(factories.submission(factories.enrolment(spring)))
    assert queries_of(Client(), STATUS) == 0 < first
    cache.clear()
    assert queries_of(Client(), STATUS) == first


def test_htmx_gets_the_part_that_changes() -> None:
    response = Client().get(STATUS, headers={"HX-Request": "true"})
    assert b"<html" not in response.content
    assert b'hx-trigger="every 10s"' in response.content


def test_staff_write_an_incident_correct_it_and_the_log_has_it(office: User, signed_in: Any) -> None:
    browser = signed_in(office)
    now = timezone.localtime().replace(hour=12)
    form = {"started_at": f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M}", "sentence": "The power failed in the cellar."}
    browser.post(INCIDENTS, form)
    assert "The power failed in the cellar." in look()
    incident = Incident.objects.get()
    ended = form | {"ended_at": f"{now:%Y-%m-%dT%H:%M}", "sentence": "The power failed."}
    browser.post(reverse("incident", args=[incident.pk]), ended)
    text = look()
    assert "cellar" not in text
    assert f"to {now:%H:%M %Z}" in text
    last = Entry.objects.filter(event="incident_written").first()
    assert last is not None and last.details["before"] == "The power failed in the cellar."
    assert office.name not in text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"sentence": ""}, "Say in a sentence what did not work."),
        ({"started_at": "soon"}, "This is not a date and time."),
        ({"started_at": "2001-01-01T00:00"}, "more than a year away"),
        ({"started_at": "0001-01-01T00:00"}, "more than a year away"),
        ({"started_at": "9999-12-31T23:59"}, "more than a year away"),
        ({"ended_at": "2020-01-01T00:00"}, "It ends after it starts"),
    ],
)
def test_a_form_that_makes_no_sense_says_why(fields: dict[str, str], said: str, office: User, signed_in: Any) -> None:
    good = {"started_at": f"{timezone.localtime():%Y-%m-%dT%H:%M}", "sentence": "The power failed."}
    response = signed_in(office).post(INCIDENTS, good | fields)
    assert response.status_code == 422
    assert said in words(response)
    assert not Incident.objects.exists()
