"""What students do on the page of an assignment."""

from __future__ import annotations

import errno
import io
import os
import re
import uuid
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import factories
import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from blobs import store
from courses.models import Assignment, AssignmentFile, Cohort, Enrolment
from grading.actions import work
from grading.models import Draft, Run, Submission
from grading.views import assignment as views

NOTEBOOK = factories.notebook("x = 1")
PAGE = ("spring", "hospital-death")


@pytest.fixture
def browser(amara: Enrolment, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(amara.user)


def url(name: str) -> str:
    return reverse(name, args=PAGE)


def words(response: Any) -> str:
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split())


def upload(browser: Client, content: bytes = NOTEBOOK, name: str = "work.ipynb") -> Any:
    return browser.post(url("draft"), {"file": SimpleUploadedFile(name, content)})


def form_of(browser: Client) -> dict[str, str]:
    """What the submit form on the page would send, with its box ticked."""
    page = BeautifulSoup(browser.get(url("assignment")).content, "html.parser")
    form = page.find("form", action=url("submit"))
    assert form is not None
    fields = {str(field["name"]): str(field.get("value", "on")) for field in form.find_all("input")}
    fields.pop("csrfmiddlewaretoken")
    return fields


def end_runs() -> None:
    factories.rewrite(
        Run.objects.all(),
        state=Run.State.FINISHED,
        verdict="completed",
        finished_at=timezone.now(),
        auto_mark=0,
        lease=None,
    )


# Reading


def test_the_page_says_what_when_and_how_often(browser: Client, assignment: Assignment) -> None:
    text = words(browser.get(url("assignment")))
    for part in ("Do it.", "0 of 5 used; the best attempt counts", "20 s, 1 GB, no network", "Says hello", "30 points"):
        assert part in text
    assert re.search(r"Due \w{3} \d+ \w{3} \d{4}, 23:59 (GMT|BST)", text)


def test_an_extension_is_shown(browser: Client, amara: Enrolment, due: Any) -> None:
    due(amara, days=3)
    assert "extended for you" in words(browser.get(url("assignment")))


def test_staff_read_without_a_form(signed_in: Any, tutor: User, spring: Cohort) -> None:
    page = BeautifulSoup(signed_in(tutor).get(url("assignment")).content, "html.parser")
    assert "You read this as staff" in page.get_text()
    assert page.find("form", action=url("draft")) is None


def test_an_outsider_and_an_unknown_assignment_are_not_found(browser: Client, signed_in: Any, oscar: User) -> None:
    assert signed_in(oscar).get(url("assignment")).status_code == 404
    assert browser.get(reverse("assignment", args=["spring", "other"])).status_code == 404


@pytest.mark.parametrize("name", ["draft", "check", "submit"])
def test_what_changes_something_is_posted(name: str, browser: Client) -> None:
    assert browser.get(url(name)).status_code == 405


@pytest.mark.parametrize("name", ["draft", "check", "submit"])
def test_a_post_without_the_secret_of_the_form_is_refused(name: str, amara: Enrolment) -> None:
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(amara.user, backend="django.contrib.auth.backends.ModelBackend")
    assert careful.post(url(name), {}).status_code == 403
    assert not Submission.objects.exists()


@pytest.mark.parametrize("name", ["draft", "check", "submit"])
def test_staff_hand_nothing_in(name: str, signed_in: Any, tutor: User, spring: Cohort) -> None:
    assert signed_in(tutor).post(url(name)).status_code == 404


def test_the_starter_comes_as_a_file(browser: Client) -> None:
    response = browser.get(url("starter"))
    assert b"".join(response) == factories.notebook("x = 1")
    assert response["Content-Disposition"] == 'attachment; filename="analysis.ipynb"'
    assert response["X-Content-Type-Options"] == "nosniff"


def test_a_starter_of_several_files_comes_as_a_zip(browser: Client, assignment: Assignment) -> None:
    AssignmentFile.objects.create(assignment=assignment, part="starter", name="a.py", sha256=store.put(b"x"), size=1)
    response = browser.get(url("starter"))
    with zipfile.ZipFile(io.BytesIO(b"".join(response))) as archive:
        assert sorted(archive.namelist()) == ["a.py", "analysis.ipynb"]


def test_before_it_opens_there_is_only_the_date(signed_in: Any, spring: Cohort, amara: Enrolment) -> None:
    Cohort.objects.update(starts_on=timezone.localdate() + timedelta(days=10))
    browser = signed_in(amara.user)
    text = words(browser.get(url("assignment")))
    assert "It opens on" in text
    assert "Do it." not in text
    assert "Says hello" not in text
    assert browser.get(url("starter")).status_code == 404
    response = upload(browser)
    assert response.status_code == 422
    assert "opens on" in words(response)
    assert not Draft.objects.exists()


# The draft


def test_an_upload_becomes_the_draft(browser: Client, amara: Enrolment) -> None:
    response = upload(browser)
    assert response.status_code == 302
    assert response["Location"] == url("assignment") + "#draft"
    draft = Draft.objects.get(enrolment=amara)
    text = words(browser.get(url("assignment")))
    assert "analysis.ipynb" in text
    assert draft.digest in text
    assert timezone.localtime(draft.saved_at).strftime("%H:%M:%S") in text


def test_a_second_upload_replaces_the_first(browser: Client) -> None:
    upload(browser)
    upload(browser, factories.notebook("y = 2"))
    assert store.read(Draft.objects.get().files[0]["sha256"]) == factories.notebook("y = 2")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("work.ipynb", b"{not json", "We could not read this notebook: line 1 is not JSON"),
        ("work.ipynb", b"", "is empty"),
        ("work.pdf", b"%PDF", "is not a .ipynb file"),
        ("\U0001fac0" * 40 + "n" * 300 + ".exe", b"x", "is not a .ipynb file"),
        ("<script>alert(1)</script>.exe", b"x", "is not a .ipynb file"),
        ("work.zip", b"PK", "could not open the archive"),
    ],
)
def test_a_bad_upload_says_why_and_leaves_the_draft(name: str, content: bytes, reason: str, browser: Client) -> None:
    upload(browser)
    before = Draft.objects.get().digest
    response = upload(browser, content, name)
    assert response.status_code == 422
    text = words(response)
    assert reason in text
    assert "Your draft stays as it was; no attempt used." in text
    assert b"<script>alert" not in response.content
    assert Draft.objects.get().digest == before


def test_a_form_without_a_file_asks_for_one(browser: Client) -> None:
    response = browser.post(url("draft"), {})
    assert response.status_code == 422
    assert "Choose a file first." in words(response)


class Stream(io.RawIOBase):
    """A multipart body with one file of many megabytes, made while it is read."""

    HEAD = (
        b'--edge\r\nContent-Disposition: form-data; name="file"; filename="work.ipynb"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n"
    )
    TAIL = b"\r\n--edge--\r\n"

    def __init__(self, megabytes: int) -> None:
        self.left = self.size = len(self.HEAD) + megabytes * 1024 * 1024 + len(self.TAIL)

    def read(self, size: int = -1) -> bytes:
        size = self.left if size is None or size < 0 else min(size, self.left)
        start = self.size - self.left
        self.left -= size
        body = self.HEAD[start : start + size]
        tail = max(len(self.TAIL) - self.left, 0)
        return (body + bytes(size - len(body)))[: size - tail] + self.TAIL[:tail]


def test_two_hundred_megabytes_are_refused_while_they_arrive(browser: Client, settings: Any, tmp_path: Any) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    body = Stream(200)
    response = browser.generic(
        "POST",
        url("draft"),
        **{
            "wsgi.input": body,
            "CONTENT_LENGTH": str(body.size),
            "CONTENT_TYPE": "multipart/form-data; boundary=edge",
        },
    )
    assert response.status_code == 422
    assert "larger than 20 MB" in words(response)
    assert body.left == 0, "The rest is read, so that the browser gets the answer."
    assert not Draft.objects.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_our_fault_and_leaves_the_draft(browser: Client, monkeypatch: Any) -> None:
    upload(browser)
    former = Draft.objects.get().digest

    def full(content: bytes) -> str:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(store, "put", full)
    response = upload(browser, factories.notebook("x = 2"))
    assert response.status_code == 422
    assert "We could not keep your file. The fault is ours" in words(response)
    assert Draft.objects.get().digest == former


def test_nobody_uploads_after_the_closing_time(browser: Client, amara: Enrolment, due: Any) -> None:
    due(amara, days=-8)
    response = upload(browser)
    assert response.status_code == 422
    assert "This assignment closed on" in words(response)
    assert not Draft.objects.exists()


# The visible checks


def test_running_the_checks_queues_one_trial(browser: Client) -> None:
    upload(browser)
    for _ in range(2):
        response = browser.post(url("check"))
        assert response["Location"] == url("assignment") + "#checks"
    run = Run.objects.get()
    assert (run.kind, run.state) == (Run.Kind.TRIAL, Run.State.QUEUED)
    page = BeautifulSoup(browser.get(url("assignment")).content, "html.parser")
    trial = page.find(id="trial")
    assert trial is not None
    assert str(trial["hx-get"]).startswith(reverse("run", args=[run.pk]))
    assert trial["hx-trigger"] == "every 1s"
    assert "Waiting for us" in trial.get_text()
    noscript = trial.find("noscript")
    assert noscript is not None and "Reload" in noscript.get_text()


def test_there_is_nothing_to_check_without_a_draft(browser: Client) -> None:
    response = browser.post(url("check"))
    assert response.status_code == 422
    assert "There is no draft yet" in words(response)


def test_another_draft_waits_for_the_run_of_the_first(browser: Client) -> None:
    upload(browser)
    browser.post(url("check"))
    upload(browser, factories.notebook("y = 2"))
    response = browser.post(url("check"))
    assert response.status_code == 422
    assert "has not ended yet" in words(response)
    assert Run.objects.count() == 1


def test_results_are_shown_per_check_and_say_when_the_draft_is_newer(browser: Client, amara: Enrolment) -> None:
    upload(browser)
    browser.post(url("check"))
    end_runs()
    run = Run.objects.get()
    run.results.create(
        number=1,
        name="says_hello",
        title="Says hello",
        is_visible=True,
        points=30,
        earned=0,
        message="It said <b>hi</b>.",
    )
    response = browser.get(url("assignment"))
    text = words(response)
    assert "Not passed: Says hello" in text
    assert "0 of 30" in text
    assert "It said <b>hi</b>." in text, "escaped, not interpreted"
    assert "earlier draft" not in text
    assert b"every 1s" not in response.content
    upload(browser, factories.notebook("y = 2"))
    assert "These results are of an earlier draft." in words(browser.get(url("assignment")))


# Submitting


def test_submitting_leads_to_the_attempt_with_its_receipt(browser: Client, amara: Enrolment) -> None:
    upload(browser)
    response = browser.post(url("submit"), form_of(browser))
    submission = Submission.objects.get(enrolment=amara)
    assert response["Location"] == reverse("work", args=[submission.pk])
    assert submission.files == Draft.objects.get().files
    text = words(browser.get(response["Location"]))
    assert "Attempt 1 has arrived" in text
    assert "Receipt" in text
    assert "on time" in text


def test_a_form_sent_twice_submits_once(browser: Client) -> None:
    """Also a double click, and also when a new draft has been uploaded in between."""
    upload(browser)
    form = form_of(browser)
    first = browser.post(url("submit"), form)
    assert browser.post(url("submit"), form)["Location"] == first["Location"]
    upload(browser, factories.notebook("y = 2"))
    assert browser.post(url("submit"), form)["Location"] == first["Location"]
    assert Submission.objects.count() == Run.objects.count() == 1


def test_the_second_of_two_clicks_at_one_moment_leads_to_the_submission_too(browser: Client, monkeypatch: Any) -> None:
    upload(browser)
    form = form_of(browser)
    check_again = views.as_was_shown

    def meanwhile(draft: Draft, given: dict[str, Any]) -> None:
        work.submit(draft=draft, form_token=given["token"], by=draft.enrolment.user)
        check_again(draft, given)

    monkeypatch.setattr(views, "as_was_shown", meanwhile)
    response = browser.post(url("submit"), form)
    assert response.status_code == 302
    assert response["Location"] == reverse("work", args=[Submission.objects.get().pk])


A_TOKEN = uuid.UUID("7d7e41ab-3c2b-4d65-9d5d-0f5a8f0a4a52")


@pytest.mark.parametrize("token", ["", "x", str(A_TOKEN), f"{A_TOKEN}:forged", "\x00"])
def test_a_form_that_we_did_not_make_submits_nothing(token: str, browser: Client) -> None:
    upload(browser)
    response = browser.post(url("submit"), form_of(browser) | {"token": token})
    assert response.status_code == 422
    assert "This form was not valid any more" in words(response)
    assert not Submission.objects.exists()


def test_the_form_of_another_student_submits_nothing(browser: Client, bruno: Enrolment, signed_in: Any) -> None:
    upload(browser)
    other = signed_in(bruno.user)
    upload(other)
    assert other.post(url("submit"), form_of(other) | {"token": form_of(browser)["token"]}).status_code == 422
    assert not Submission.objects.exists()


def test_only_the_draft_that_was_shown_is_handed_in(browser: Client) -> None:
    upload(browser)
    form = form_of(browser)
    upload(browser, factories.notebook("y = 2"))
    response = browser.post(url("submit"), form)
    assert response.status_code == 422
    assert "Your draft has changed since you opened this page." in words(response)
    assert not Submission.objects.exists()


def test_the_box_must_be_ticked(browser: Client) -> None:
    upload(browser)
    form = form_of(browser)
    del form["confirm"]
    response = browser.post(url("submit"), form)
    assert response.status_code == 422
    assert "Tick the box" in words(response)
    assert not Submission.objects.exists()


def test_late_work_says_what_it_costs_before_and_after(browser: Client, amara: Enrolment, due: Any) -> None:
    due(amara, hours=-30)
    upload(browser)
    text = words(browser.get(url("assignment")))
    assert "1 day 6 hours late: 5 marks are taken for each of 2 started days, so that 72 becomes 62" in text
    response = browser.post(url("submit"), form_of(browser))
    assert response.status_code == 302
    assert "1 day 6 hours late" in words(browser.get(response["Location"]))


def test_within_the_tolerance_nothing_is_taken(browser: Client, amara: Enrolment, due: Any) -> None:
    due(amara, minutes=-10)
    upload(browser)
    assert "15 minutes are allowed, no marks are taken" in words(browser.get(url("assignment")))


def test_who_agreed_to_be_on_time_is_asked_again_when_it_has_become_late(
    browser: Client, amara: Enrolment, due: Any
) -> None:
    upload(browser)
    form = form_of(browser)
    due(amara, hours=-1)
    response = browser.post(url("submit"), form)
    assert response.status_code == 422
    assert "Since you opened this page it has become later: 1 hour late: 5 marks are taken" in words(response)
    assert not Submission.objects.exists()
    assert 'name="confirm" required checked' in response.content.decode(), "What was ticked stays ticked."
    assert browser.post(url("submit"), form_of(browser)).status_code == 302


def test_after_the_closing_time_nothing_is_handed_in(browser: Client, amara: Enrolment, due: Any) -> None:
    upload(browser)
    form = form_of(browser)
    due(amara, days=-8)
    response = browser.post(url("submit"), form)
    assert response.status_code == 422
    assert "This assignment closed on" in words(response)
    assert not Submission.objects.exists()


def test_the_button_is_off_with_the_reason(browser: Client, amara: Enrolment, due: Any) -> None:
    assert "Submit: no draft yet" in words(browser.get(url("assignment")))
    upload(browser)
    browser.post(url("submit"), form_of(browser))
    text = words(browser.get(url("assignment")))
    assert "Attempt 1 is still being run." in text
    assert "Submit: not possible now" in text


def test_used_attempts_end_it(browser: Client, amara: Enrolment, graded: Any) -> None:
    upload(browser)
    form = form_of(browser)
    for _ in range(5):
        graded(amara)
    response = browser.post(url("submit"), form)
    assert response.status_code == 422
    assert "All 5 attempts are used." in words(response)
    assert Submission.objects.count() == 5


def test_a_run_that_failed_by_our_fault_uses_no_attempt(browser: Client, amara: Enrolment, graded: Any) -> None:
    graded(amara, run={"state": Run.State.FAILED, "verdict": "platform_fault", "auto_mark": None})
    upload(browser)
    text = words(browser.get(url("assignment")))
    assert "0 of 5 used" in text
    assert "failed, our fault" in text
    assert "no attempt used" in text
    assert browser.post(url("submit"), form_of(browser)).status_code == 302


def test_after_the_release_nothing_is_handed_in(browser: Client, amara: Enrolment, released: Any) -> None:
    upload(browser)
    form = form_of(browser)
    released(amara)
    assert "The marks of this module are released" in words(browser.post(url("submit"), form))
    assert Submission.objects.count() == 1


def test_an_interrupted_student_reads_and_hands_nothing_in(browser: Client, amara: Enrolment) -> None:
    Enrolment.objects.update(state=Enrolment.State.INTERRUPTED)
    assert browser.get(url("assignment")).status_code == 200
    assert upload(browser).status_code == 422
    assert not Draft.objects.exists()
