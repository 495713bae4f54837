"""Before the release a student finds no trace of hidden checks, marks, comments or the marker, wherever they look."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urljoin, urlsplit

import factories
import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse

from accounts.models import User
from blobs import store
from courses.models import Assignment, Check, Enrolment
from grading.actions import marking
from grading.models import CheckResult, Run, Submission

HTMX = {"HX-Request": "true"}
HIDDEN = "Quagga stripes agree"
SECRETS = [
    HIDDEN,
    "quagga_stripes",
    "The quagga has 17 stripes.",
    "41.37",
    "63.71",
    "58.50",
    "Pangolin feedback",
    "Okapi comment",
    "Tomasz",
    "Zielinski",
    "tomasz",
    "auto_mark",
]
NOT_FOLLOWED = re.compile(r"/(logout|admin|static)/")


@pytest.fixture
def secrets(amara: Enrolment, assignment: Assignment, graded: Any, tutor: User) -> Submission:
    """A student with two attempts, marked and not released; a trial; and a run of the platform's own fault."""
    Check.objects.filter(assignment=assignment, name="adds").update(title=HIDDEN, name="quagga_stripes")
    page = store.put(b"<p>their own page</p>")
    for auto in ("30.00", "63.71"):
        submission: Submission = graded(amara, auto, run={"page": page, "usage": {"wall_s": 1.5}})
    factories.rewrite(
        CheckResult.objects.filter(name="quagga_stripes"), earned="41.37", message="The quagga has 17 stripes."
    )
    marking.save_assessment(
        submission=submission,
        judgements={
            "framing": {"level": 52, "feedback": "Pangolin feedback."},
            "limits": {"level": 65, "feedback": "Pangolin feedback."},
        },
        comment="Okapi comment.",
        by=tutor,
    )
    Run.objects.create(
        kind="trial",
        enrolment=amara,
        assignment=assignment,
        files=[],
        digest="",
        state="finished",
        verdict="completed",
        finished_at=submission.arrived_at,
        page=page,
    )
    broken = factories.submission(amara)
    factories.finished_run(
        broken,
        state="failed",
        verdict="platform_fault",
        auto_mark=None,
        message="PlatformFault: The check quagga_stripes broke: The quagga has 17 stripes.",
    )
    return submission


def crawl(browser: Client, starts: list[str]) -> dict[str, str]:
    """Every page of ours that can be reached by links, frames and polling addresses."""
    seen: dict[str, str] = {}
    waiting = list(starts)
    while waiting:
        address = waiting.pop()
        if address in seen or NOT_FOLLOWED.search(address):
            continue
        response = browser.get(address, follow=True)
        body = b"".join(response) if response.streaming else response.content
        seen[address] = body.decode("utf-8", errors="replace")
        if not response["Content-Type"].startswith("text/html"):
            continue
        page = BeautifulSoup(seen[address], "html.parser")
        for attribute in ("href", "src", "hx-get", "action"):
            for element in page.find_all(attrs={attribute: True}):
                method = str(element.get("method", "get")).lower()
                target = urlsplit(urljoin(address, str(element[attribute])))
                if method == "get" and not target.netloc and target.scheme in {"", "http"}:
                    waiting.append(target.path + (f"?{target.query}" if target.query else ""))
    return seen


def test_nothing_hidden_can_be_found(secrets: Submission, amara: Enrolment, signed_in: Any) -> None:
    browser = signed_in(amara.user)
    starts = ["/", reverse("marks"), reverse("assignment", args=["spring", "hospital-death"]), reverse("notices")]
    for submission in Submission.objects.all():
        starts += [reverse(name, args=[submission.pk]) for name in ("work", "receipt", "work_file", "desk")]
    for run in Run.objects.all():
        starts += [reverse("run", args=[run.pk]), reverse("run_notebook", args=[run.pk])]
    seen = crawl(browser, starts)
    for run in Run.objects.all():
        response = browser.get(reverse("run", args=[run.pk]), headers=HTMX)
        seen[f"fragment of {run.pk}"] = response.content.decode()
    assert len(seen) > 20
    assert "Says hello" in "".join(seen.values()), "The visible check is there."
    found = [(secret, address) for address, body in seen.items() for secret in SECRETS if secret in body]
    assert found == []


def test_refusals_tell_nothing_either(secrets: Submission, amara: Enrolment, signed_in: Any) -> None:
    browser = signed_in(amara.user)
    for name in ("draft", "check", "submit"):
        body = browser.post(reverse(name, args=["spring", "hospital-death"])).content.decode()
        assert not [secret for secret in SECRETS if secret in body]


def test_the_number_of_hidden_checks_does_not_change_what_is_said(
    secrets: Submission, amara: Enrolment, assignment: Assignment, signed_in: Any
) -> None:
    """Neither how many there are, nor how long they took, nor whether they pass."""
    browser = signed_in(amara.user)

    def said() -> str:
        page = BeautifulSoup(browser.get(reverse("work", args=[secrets.pk])).content, "html.parser")
        main = page.find("main")
        assert main is not None
        return main.get_text()

    before = said()
    run = secrets.runs.get()
    factories.rewrite(CheckResult.objects.filter(run=run, is_visible=False), earned=0, seconds=29.9)
    for number in range(3, 9):
        run.results.create(
            number=number, name=f"more_{number}", title="More", is_visible=False, points=1, earned=0, message="No."
        )
    factories.rewrite(Run.objects.filter(pk=run.pk), auto_mark="3.00")
    assert said() == before


def test_after_the_release_all_of_it_is_there(
    secrets: Submission, amara: Enrolment, leader: User, signed_in: Any
) -> None:
    """So that the test above cannot pass by looking in the wrong places."""
    assert marking.release(cohort=amara.cohort, assignment=secrets.assignment, by=leader)
    body = signed_in(amara.user).get(reverse("work", args=[secrets.pk])).content.decode()
    for secret in (HIDDEN, "The quagga has 17 stripes.", "41.37", "63.71", "58.50", "Pangolin", "Okapi", "Zielinski"):
        assert secret in body


def test_another_student_finds_nothing_after_the_release(
    secrets: Submission, amara: Enrolment, bruno: Enrolment, leader: User, signed_in: Any
) -> None:
    marking.release(cohort=amara.cohort, assignment=secrets.assignment, by=leader)
    browser = signed_in(bruno.user)
    for run in Run.objects.all():
        for name in ("run", "run_notebook"):
            assert browser.get(reverse(name, args=[run.pk]), headers=HTMX).status_code == 404
    seen = crawl(browser, ["/", reverse("marks"), reverse("assignment", args=["spring", "hospital-death"])])
    assert not [secret for body in seen.values() for secret in [*SECRETS, "Amara"] if secret in body]
