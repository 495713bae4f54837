"""The fragment that a page polls, and the executed notebook."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import factories
import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import Entry
from blobs import store
from courses.models import Assignment, Enrolment
from grading import ledger, results
from grading.actions.work import attempts_used, trials_used
from grading.models import Run, Submission

HTMX = {"HX-Request": "true"}


@pytest.fixture
def trial(amara: Enrolment, assignment: Assignment) -> Run:
    return Run.objects.create(
        kind="trial", enrolment=amara, assignment=assignment, files=[], digest="0" * 64, queued_at=timezone.now()
    )


def trial_of(enrolment: Enrolment) -> Run:
    assignment = Assignment.objects.get(module__revision=enrolment.cohort.revision)
    return Run.objects.create(kind="trial", enrolment=enrolment, assignment=assignment, files=[], digest="0" * 64)


@pytest.fixture
def browser(amara: Enrolment, signed_in: Any) -> Client:
    client: Client = signed_in(amara.user)
    return client


def poll(browser: Client, run: Run, seen: str = "") -> Any:
    return browser.get(reverse("run", args=[run.pk]) + (f"?seen={seen}" if seen else ""), headers=HTMX)


def words(response: Any) -> str:
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split())


def change(run: Run, **fields: Any) -> None:
    factories.rewrite(Run.objects.filter(pk=run.pk), **fields)


def running(run: Run, **fields: Any) -> None:
    now = timezone.now()
    lease = {"lease": uuid.uuid4(), "lease_until": now + timedelta(seconds=30), "started_at": now, "starts": 1}
    change(run, state="running", **lease | fields)


def graded_run(enrolment: Enrolment) -> Run:
    submission: Submission = factories.submission(enrolment)
    return Run.objects.create(
        kind="grade",
        submission=submission,
        enrolment=enrolment,
        assignment=submission.assignment,
        files=submission.files,
        digest=submission.digest,
    )


def test_a_run_waits_in_line_behind_earlier_ones(browser: Client, trial: Run, bruno: Enrolment) -> None:
    factories.worker()
    assert "Next in the queue" in words(poll(browser, trial))
    for minutes in (1, 2):
        change(trial_of(bruno), queued_at=timezone.now() - timedelta(minutes=minutes))
    assert "Third in the queue" in words(poll(browser, trial))


def test_a_running_run_says_which_cell(browser: Client, trial: Run) -> None:
    running(trial, cell=3, cells=12)
    response = poll(browser, trial)
    assert "Running: code cell 3 of 12" in words(response)
    assert '<progress value="3" max="12"' in response.content.decode()
    assert b'hx-trigger="every 1s"' in response.content


def test_nothing_is_swapped_while_nothing_changes(browser: Client, trial: Run) -> None:
    fragment = BeautifulSoup(poll(browser, trial).content, "html.parser").find(id="trial")
    assert fragment is not None
    seen = str(fragment["hx-get"]).split("seen=")[1]
    assert poll(browser, trial, seen).status_code == 204
    running(trial)
    assert poll(browser, trial, seen).status_code == 200


def test_each_cell_is_shown_and_only_turns_are_announced(browser: Client, trial: Run) -> None:
    running(trial, cell=1, cells=9)
    fragment = BeautifulSoup(poll(browser, trial).content, "html.parser").find(id="trial")
    assert fragment is not None
    seen = str(fragment["hx-get"]).split("seen=")[1]
    change(trial, cell=2)
    response = poll(browser, trial, seen)
    assert "code cell 2 of 9" in words(response)
    assert b"innerHTML:#said" not in response.content
    change(trial, state="finished", verdict="completed", finished_at=timezone.now())
    assert b"innerHTML:#said" in poll(browser, trial, seen).content


def test_polling_stops_when_it_is_over(browser: Client, trial: Run) -> None:
    change(trial, state="finished", verdict="completed", finished_at=timezone.now(), page=store.put(b"<p></p>"))
    response = poll(browser, trial, "running-1-.123")
    assert b"every 1s" not in response.content
    assert b"innerHTML:#trial-notebook" in response.content
    assert b"<iframe" in response.content


def test_a_worker_that_stopped_costs_nothing_and_is_said_so(browser: Client, trial: Run) -> None:
    sentence = "A worker stopped in the middle. Your run starts again by itself; no attempt used, lateness unchanged."
    factories.worker()
    change(trial, starts=1)
    assert sentence in words(poll(browser, trial))
    running(trial, starts=2)
    assert sentence in words(poll(browser, trial))


def test_measured_times_say_when_it_starts(browser: Client, trial: Run, bruno: Enrolment) -> None:
    factories.worker(slots=1)
    now = timezone.now()
    for seconds in (9, 10, 10, 11):
        ended = trial_of(bruno)
        change(ended, state="finished", started_at=now - timedelta(seconds=seconds), finished_at=now)
    assert "It starts at once." in words(poll(browser, trial))
    for _ in range(2):
        change(trial_of(bruno), queued_at=now - timedelta(minutes=1))
    assert "Third in the queue It starts in about 20 s." in words(poll(browser, trial))


def test_without_a_worker_it_says_since_when(browser: Client, trial: Run) -> None:
    gone = timezone.now() - timedelta(minutes=7)
    factories.worker(seen_at=gone)
    text = words(poll(browser, trial))
    assert f"No worker is alive since {timezone.localtime(gone):%H:%M %Z}" in text
    assert "no attempt used, lateness unchanged" in text
    factories.worker(trouble="bubblewrap is missing")
    text = words(poll(browser, trial))
    assert "We cannot isolate code at the moment" in text
    assert "bubblewrap" not in text


def test_a_worker_that_falls_silent_is_told_before_another_takes_over(browser: Client, trial: Run) -> None:
    running(trial, lease_until=timezone.now() + timedelta(seconds=9))
    assert "Running" in words(poll(browser, trial))
    running(trial, lease_until=timezone.now() + timedelta(seconds=3))
    assert "We have lost sight of your run" in words(poll(browser, trial))


def test_a_run_that_waits_is_cancelled_and_costs_nothing(browser: Client, amara: Enrolment) -> None:
    run = graded_run(amara)
    assert attempts_used(amara, run.assignment) == 1
    for _ in range(2):
        response = browser.post(reverse("run_cancel", args=[run.pk]), follow=True)
        assert "It was cancelled before anything ran, so it cost nothing." in words(response)
    assert attempts_used(amara, run.assignment) == 0
    assert [entry.event for entry in Entry.objects.all()] == ["run_cancelled"]
    assert ledger.claim_next(worker="w") is None


def test_checks_that_were_cancelled_while_they_waited_do_not_count(browser: Client, trial: Run) -> None:
    browser.post(reverse("run_cancel", args=[trial.pk]))
    assert trials_used(trial.enrolment, trial.assignment) == 0


def test_a_run_that_is_being_run_is_stopped_and_uses_its_attempt(browser: Client, amara: Enrolment, gave: Any) -> None:
    run = graded_run(amara)
    claimed = ledger.claim_next(worker="w")
    assert claimed is not None
    text = words(browser.post(reverse("run_cancel", args=[run.pk]), follow=True))
    assert "It was cancelled while it ran, so the attempt is used." in text
    assert attempts_used(amara, run.assignment) == 1
    with pytest.raises(ledger.Lost):
        ledger.Hold(claimed).show(cell=2, cells=3)
    assert not results.keep(claimed, gave())
    run.refresh_from_db()
    assert run.state == "cancelled"


def test_what_our_fault_began_and_a_student_cancelled_costs_nothing(browser: Client, amara: Enrolment) -> None:
    run = graded_run(amara)
    claimed = ledger.claim_next(worker="w")
    assert claimed is not None
    ledger.take_up(claimed)
    browser.post(reverse("run_cancel", args=[run.pk]))
    assert attempts_used(amara, run.assignment) == 0


def test_a_result_stays_when_it_is_cancelled_too_late(browser: Client, amara: Enrolment) -> None:
    run = factories.finished_run(factories.submission(amara))
    response = browser.post(reverse("run_cancel", args=[run.pk]), follow=True)
    assert "This run had ended already." in words(response)
    run.refresh_from_db()
    assert run.state == "finished"


def test_only_its_student_cancels_a_run(trial: Run, bruno: Enrolment, leader: User, signed_in: Any) -> None:
    for person in (bruno.user, leader):
        assert signed_in(person).post(reverse("run_cancel", args=[trial.pk])).status_code == 404
    trial.refresh_from_db()
    assert trial.state == "queued"


def test_without_a_sandbox_the_run_waits_and_is_not_blamed_on_anybody_else(browser: Client, trial: Run) -> None:
    change(trial, message="bubblewrap is missing: apt-get install bubblewrap")
    text = words(poll(browser, trial))
    assert "The fault is ours." in text
    assert "starts by itself; no attempt used, lateness unchanged" in text
    assert "bubblewrap" not in text


def test_a_run_that_we_failed_hides_our_notes(browser: Client, trial: Run) -> None:
    change(trial, state="failed", finished_at=timezone.now(), message="PlatformFault: The check adds broke")
    text = words(poll(browser, trial))
    assert "We could not run it" in text
    assert "adds" not in text


def test_the_fragment_of_a_graded_run_is_the_result(browser: Client, amara: Enrolment) -> None:
    run = graded_run(amara)
    factories.finished_run(run.submission or factories.submission(amara))
    change(run, queued_at=timezone.now() - timedelta(minutes=1))
    response = poll(browser, run)
    parsed = BeautifulSoup(response.content, "html.parser")
    assert parsed.find(id="result") is not None
    assert parsed.find("html") is None
    assert "Says hello" in parsed.get_text()
    assert "Adds" not in parsed.get_text()


def test_without_htmx_the_address_leads_to_the_page(browser: Client, trial: Run, amara: Enrolment, tutor: User) -> None:
    address = reverse("run", args=[trial.pk])
    assert browser.get(address)["Location"] == reverse("assignment", args=["spring", "hospital-death"]) + "#checks"
    graded = graded_run(amara)
    assert browser.get(reverse("run", args=[graded.pk]))["Location"] == reverse("work", args=[graded.submission_id])


def test_others_do_not_find_it(trial: Run, bruno: Enrolment, tutor: User, oscar: User, signed_in: Any) -> None:
    for person in (bruno.user, tutor, oscar):
        browser = signed_in(person)
        assert poll(browser, trial).status_code == 404
        assert browser.get(reverse("run_notebook", args=[trial.pk])).status_code == 404


def test_a_marker_polling_a_graded_run_is_led_to_the_desk(amara: Enrolment, signed_in: Any, tutor: User) -> None:
    run = graded_run(amara)
    assert poll(signed_in(tutor), run)["Location"] == reverse("desk", args=[run.submission_id])


@pytest.mark.parametrize("person", ["amara", "tutor", "external"])
def test_the_notebook_comes_with_its_own_policy(person: str, amara: Enrolment, signed_in: Any, request: Any) -> None:
    run = graded_run(amara)
    change(run, state="finished", finished_at=timezone.now(), page=store.put(b"<script>alert(1)</script>"))
    found = request.getfixturevalue(person)
    response = signed_in(getattr(found, "user", found)).get(reverse("run_notebook", args=[run.pk]))
    policy = {part.strip() for part in response["Content-Security-Policy"].split(";")}
    (fonts,) = [part for part in policy if part.startswith("font-src ")]
    assert all(font.startswith("http://testserver/static/vendor/fonts/") for font in fonts.split()[1:])
    assert policy - {fonts} == {
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "sandbox",
        "frame-ancestors 'self'",
    }
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("page", ["", "f" * 64])
def test_a_notebook_that_is_not_there_says_so(page: str, browser: Client, trial: Run) -> None:
    change(trial, state="finished", finished_at=timezone.now(), page=page)
    assert "no notebook that can be shown" in words(browser.get(reverse("run_notebook", args=[trial.pk])))


def test_the_keyboard_can_enter_and_scroll_the_notebook(browser: Client, trial: Run) -> None:
    page = store.put(b"<html><head></head><body><p>Long. <body></p></body></html>")
    change(trial, state="finished", finished_at=timezone.now(), page=page)
    shown = browser.get(reverse("run_notebook", args=[trial.pk])).content
    assert shown.count(b'<body tabindex="0">') == 1
    assert shown.index(b"tabindex") < shown.index(b"Long.")


def test_the_notebook_is_as_dark_as_the_page_around_it(browser: Client, trial: Run) -> None:
    page = store.put(b"<!doctype html><html><head></head><body>&lt;head&gt;<head></body></html>")
    change(trial, state="finished", finished_at=timezone.now(), page=page)
    address = reverse("run_notebook", args=[trial.pk])
    assert b"color-scheme" not in browser.get(address).content
    browser.cookies["theme"] = "dark"
    assert browser.get(address).content.count(b"color-scheme: dark !important") == 1
    browser.cookies["theme"] = "red } * { display: none"
    assert b"color-scheme" not in browser.get(address).content
