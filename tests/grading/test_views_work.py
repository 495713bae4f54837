"""One's own attempt, its receipt and its files."""

from __future__ import annotations

import io
import subprocess
import uuid
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import factories
import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from blobs import store
from courses.models import Assignment, Enrolment
from grading.actions import marking
from grading.models import CheckResult, Mark, Release, Run, Submission
from grading.models.submission import StoredFile, digest_of

NAMES = ["analysis.ipynb", "o'brien's \"notes\" $HOME.md", "naïve 🫀/model.py"]


def words(response: Any) -> str:
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split())


def page(browser: Client, submission: Submission, name: str = "work") -> Any:
    return browser.get(reverse(name, args=[submission.pk]))


def of_files(enrolment: Enrolment, names: list[str]) -> Submission:
    files = [StoredFile(name=name, sha256=store.put(name.encode()), size=len(name.encode())) for name in sorted(names)]
    return factories.submission(enrolment, files=files, digest=digest_of(files))


# Who


@pytest.mark.parametrize("name", ["work", "receipt", "work_file"])
def test_the_work_of_another_student_is_not_found(
    name: str, amara: Any, bruno: Any, graded: Any, signed_in: Any
) -> None:
    submission = graded(amara)
    assert page(signed_in(bruno.user), submission, name).status_code == 404
    assert signed_in(amara.user).get(reverse(name, args=[uuid.uuid4()])).status_code == 404


def test_staff_are_led_to_the_desk(amara: Enrolment, graded: Any, signed_in: Any, tutor: User, external: User) -> None:
    submission = graded(amara)
    for person in (tutor, external):
        response = page(signed_in(person), submission)
        assert response["Location"] == reverse("desk", args=[submission.pk])
    assert page(signed_in(tutor), submission, "receipt").status_code == 404


def test_the_office_sees_no_work(amara: Enrolment, graded: Any, signed_in: Any, office: User) -> None:
    assert page(signed_in(office), graded(amara)).status_code == 404


# Before the release


def test_before_the_release_there_are_visible_checks_verdict_and_usage(
    amara: Enrolment, graded: Any, judged: Any, signed_in: Any
) -> None:
    usage = {"wall_s": 5.9, "peak_memory_mb": 412.0}
    submission = graded(amara, "30.00", run={"usage": usage, "page": store.put(b"<p>page</p>")})
    judged(submission, comment="Well argued.")
    text = words(page(signed_in(amara.user), submission))
    assert "It runs, and every visible check passes." in text
    assert "Passed: Says hello" in text
    assert "completed in 5.9 s of 20 s, 412 MB of 1 GB" in text
    assert "with a marker" in text
    assert "known with the release" in text
    for hidden in ("Adds", "Well argued.", "30.00", "65", "70"):
        assert hidden not in text


def test_a_failing_visible_check_is_the_heading(amara: Enrolment, graded: Any, signed_in: Any) -> None:
    submission = graded(amara)
    factories.rewrite(CheckResult.objects.filter(name="says_hello"), earned=10, message="Only half of it.")
    text = words(page(signed_in(amara.user), submission))
    assert "It runs. One visible check does not pass." in text
    assert "“Says hello” costs 20 of the 100 points for code." in text
    assert "Partly passed: Says hello" in text
    assert "Only half of it." in text


def test_failed_checks_come_first_and_the_dearest_is_named(amara: Enrolment, graded: Any, signed_in: Any) -> None:
    submission = graded(amara)
    run = submission.runs.get()
    for number, earned in ((11, 5), (12, 1), (13, 0)):
        run.results.create(
            number=number, name=f"n{number}", title=f"Check {number}", is_visible=True, points=5, earned=earned
        )
    response = page(signed_in(amara.user), submission)
    shown = [
        row.get_text(" ", strip=True) for row in BeautifulSoup(response.content, "html.parser").select(".checks > li")
    ]
    assert [row.split(":")[0] for row in shown] == ["Partly passed", "Not passed", "Passed", "Passed"]
    assert "It runs. Two visible checks do not pass." in words(response)
    assert "Two checks cost 9 of the 100 points for code, “Check 13” most." in words(response)


def test_an_error_says_where(amara: Enrolment, graded: Any, signed_in: Any) -> None:
    run = {"verdict": "crashed", "message": "Cell 9, line 2: NameError: name 'female' is not defined"}
    text = words(page(signed_in(amara.user), graded(amara, "0.00", run=run)))
    assert "Your code stopped before the end" in text
    assert "Cell 9, line 2: NameError: name 'female' is not defined" in text
    assert "This attempt is used." in text
    assert "stopped with an error" in text


def test_what_the_platform_notes_about_its_faults_is_not_shown(amara: Enrolment, graded: Any, signed_in: Any) -> None:
    fault = "PlatformFault: The check adds broke: ZeroDivisionError"
    run = {"state": Run.State.FAILED, "verdict": "platform_fault", "message": fault, "auto_mark": None}
    text = words(page(signed_in(amara.user), graded(amara, run=run)))
    assert "The fault is ours, not your code’s. No attempt is used" in text
    assert "Submit it again" in text
    assert "adds" not in text
    assert "Says hello" not in text


def test_a_run_without_a_notebook_says_so(amara: Enrolment, graded: Any, signed_in: Any) -> None:
    response = page(signed_in(amara.user), graded(amara))
    assert "This run left no notebook that can be shown." in words(response)
    assert b"<iframe" not in response.content


def test_the_notebook_is_framed_without_rights(amara: Enrolment, graded: Any, signed_in: Any) -> None:
    submission = graded(amara, run={"page": store.put(b"<p>page</p>")})
    frame = BeautifulSoup(page(signed_in(amara.user), submission).content, "html.parser").find("iframe")
    assert frame is not None
    assert frame["sandbox"] == [], "not one right is given back"
    assert frame["title"]
    assert frame["src"] == reverse("run_notebook", args=[submission.runs.get().pk])


# After the release


def test_after_the_release_everything_is_there(amara: Enrolment, graded: Any, released: Any, signed_in: Any) -> None:
    submission = released(amara, "90.00", 65, "Well argued.\nNow say for whom.")
    text = words(page(signed_in(amara.user), submission))
    assert "80 for module 4" in text, "60% of 90 and 40% of 65"
    for part in (
        "provisional until the board",
        "90.00",
        "65.00",
        "Passed: Adds",
        "On framing.",
        "A sentence about 65.",
    ):
        assert part in text
    for part in ("Well argued. Now say for whom.", "Tomasz Zielinski"):
        assert part in text
    assert "Arrived" not in text.split("Marks", 2)[2].split("From your tutor")[0], "nothing about lateness"


def test_lateness_is_shown_as_a_sum(amara: Enrolment, released: Any, signed_in: Any) -> None:
    submission = released(amara, "90.00", 65, due_at=timezone.now() - timedelta(minutes=30))
    text = words(page(signed_in(amara.user), submission))
    assert "5 marks are taken: 90 becomes 85." in text
    assert "5 marks are taken: 65 becomes 60." in text
    assert "75 for module 4" in text


def test_the_other_attempts_say_that_they_do_not_count(
    amara: Enrolment, graded: Any, released: Any, signed_in: Any
) -> None:
    first = graded(amara, "40.00")
    second = released(amara, "90.00")
    response = page(signed_in(amara.user), first)
    text = words(response)
    assert "Attempt 1 does not count" in text
    assert "does not count" in text and "40.00" in text
    assert reverse("work", args=[second.pk]) in response.content.decode()
    assert "On framing." not in text, "The judgement is about the attempt that counts."


def test_a_released_mark_that_was_replaced_stays_readable(
    amara: Enrolment, released: Any, signed_in: Any, office: User
) -> None:
    submission = released(amara, "90.00", 65)
    present = Mark.objects.current().get(component="rubric")
    Mark.objects.create(
        enrolment=amara,
        module_number=4,
        component="rubric",
        origin="board",
        raw=72,
        value=72,
        reason="Minutes of the board.",
        submission=submission,
        assessment=present.assessment,
        supersedes=present,
        release=Release.objects.create(cohort=amara.cohort, by=office),
    )
    parsed = BeautifulSoup(page(signed_in(amara.user), submission).content, "html.parser")
    assert [gone.get_text() for gone in parsed.select(".gone")] == ["65.00"]
    assert "Minutes of the board." in parsed.get_text()


# The receipt


def test_the_receipt_says_when_to_the_second_and_what(amara: Enrolment, signed_in: Any) -> None:
    arrived_at = timezone.now().replace(microsecond=0) - timedelta(days=200)
    submission = factories.submission(amara, arrived_at=arrived_at, due_at=arrived_at + timedelta(hours=26))
    text = words(page(signed_in(amara.user), submission, "receipt"))
    local = timezone.localtime(arrived_at)
    zone = {"GMT": "GMT (UTC)", "BST": "BST (UTC+1)"}[local.tzname() or ""]
    assert f"{local:%a} {local.day} {local:%b %Y, %H:%M:%S} {zone}" in text
    assert "on time, 1 day 2 hours before it was due" in text
    for part in (
        submission.digest,
        submission.files[0]["sha256"],
        str(submission.files[0]["size"]),
        str(submission.pk),
    ):
        assert part in text


def test_times_are_those_of_who_looks(amara: Enrolment, signed_in: Any) -> None:
    User.objects.filter(pk=amara.user_id).update(time_zone="Asia/Kolkata")
    submission = factories.submission(amara)
    assert "IST (UTC+5:30)" in words(page(signed_in(amara.user), submission, "receipt"))


@pytest.mark.parametrize("names", [NAMES[:1], NAMES])
def test_the_command_of_the_receipt_gives_the_digest_of_the_download(
    names: list[str], amara: Enrolment, signed_in: Any, tmp_path: Path
) -> None:
    submission = of_files(amara, names)
    browser = signed_in(amara.user)
    body = b"".join(page(browser, submission, "work_file"))
    if len(names) == 1:
        (tmp_path / names[0]).write_bytes(body)
    else:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            archive.extractall(tmp_path)
    shown = BeautifulSoup(page(browser, submission, "receipt").content, "html.parser").find(id="command")
    assert shown is not None
    command = shown.get_text()
    assert command.count("\n") == 2, "three lines"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == submission.digest
    (tmp_path / names[0]).write_bytes(b"changed")
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() != submission.digest


# Files


def test_a_file_is_an_attachment_that_nobody_guesses_about(amara: Enrolment, signed_in: Any) -> None:
    response = page(signed_in(amara.user), factories.submission(amara), "work_file")
    assert response["Content-Disposition"] == 'attachment; filename="analysis.ipynb"'
    assert response["Content-Type"] == "application/octet-stream"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert b"".join(response) == factories.notebook(*factories.GOOD)


def test_markers_get_the_file_under_the_candidate_number(amara: Enrolment, signed_in: Any, tutor: User) -> None:
    response = page(signed_in(tutor), factories.submission(amara), "work_file")
    assert response["Content-Disposition"] == f'attachment; filename="candidate-{amara.candidate}-attempt-1.ipynb"'


def test_the_page_takes_the_same_queries_for_one_and_for_five_attempts(
    amara: Enrolment, graded: Any, signed_in: Any, django_assert_max_num_queries: Any
) -> None:
    submission = graded(amara)
    browser = signed_in(amara.user)
    page(browser, submission)
    with django_assert_max_num_queries(40) as one:
        page(browser, submission)
    for _ in range(4):
        graded(amara)
    with django_assert_max_num_queries(len(one.captured_queries)):
        page(browser, submission)


# What checks found


def found(submission: Submission, name: str, **fields: Any) -> None:
    factories.rewrite(CheckResult.objects.filter(run__submission=submission, name=name), **fields)


DIFFERENCES = {"head": ["Place", "Yours", "Expected"], "rows": [["3", "4.5", "4"]], "of": 12}
DETAILS = {"expected": "a list of 3 numbers", "got": "a list of 2 items", "where": "cell 4, line 2"}


def test_a_check_says_what_was_expected_what_came_and_where(amara: Any, graded: Any, signed_in: Any) -> None:
    submission = graded(amara, "70.00")
    found(submission, "says_hello", earned=0, message="No.", details={**DETAILS, "differences": DIFFERENCES})
    text = words(page(signed_in(amara.user), submission))
    assert "Expected a list of 3 numbers Came a list of 2 items Look at cell 4, line 2" in text
    assert "Place Yours Expected 3 4.5 4" in text
    assert "The first 1 of 12." in text


@pytest.mark.parametrize(("feedback", "before", "after"), [
    ("at once", True, True),
    ("after release", False, True),
    ("never", False, False),
])  # fmt: skip
def test_a_hidden_check_is_told_when_its_author_says_so(
    amara: Any, graded: Any, judged: Any, signed_in: Any, leader: User, feedback: str, before: bool, after: bool
) -> None:
    submission = graded(amara, "30.00")
    judged(submission)
    found(submission, "adds", earned=0, message="A secret.", feedback=feedback, details={"got": "a list of 2"})
    browser = signed_in(amara.user)
    for is_told in (before, after):
        text = words(page(browser, submission))
        assert all((part in text) is is_told for part in ("A secret.", "a list of 2", "Adds"))
        marking.release(cohort=amara.cohort, assignment=submission.assignment, by=leader)


def test_checks_that_are_never_shown_still_add_up(
    amara: Any, graded: Any, judged: Any, signed_in: Any, leader: User
) -> None:
    submission = graded(amara, "30.00")
    judged(submission)
    found(submission, "adds", earned=20, feedback="never")
    browser = signed_in(amara.user)
    assert "never shown" not in words(page(browser, submission))
    marking.release(cohort=amara.cohort, assignment=submission.assignment, by=leader)
    text = words(page(browser, submission))
    assert "1 hidden check that is never shown: 20 of 70 points." in text
    assert "Every check that is shown passes." in text


@pytest.mark.parametrize(
    ("show", "earned", "said"),
    [
        ("band", 45, "Hidden checks: from 40 to less than 50 of 70 points. It is told for 1 more attempt."),
        ("band", 70, "Hidden checks: all 70 points. It is told for 1 more attempt."),
        ("points", 45, "Hidden checks: 45 of 70 points. It is told for 1 more attempt."),
    ],
)
def test_a_hidden_score_is_told_for_the_attempts_that_the_assignment_says(
    amara: Any, graded: Any, signed_in: Any, assignment: Any, show: str, earned: int, said: str
) -> None:
    Assignment.objects.filter(pk=assignment.pk).update(hidden_score={"show": show, "attempts": 2})
    submissions = [graded(amara) for _ in range(3)]
    for submission in submissions:
        found(submission, "adds", earned=earned)
    browser = signed_in(amara.user)
    assert said in words(page(browser, submissions[0]))
    text = words(page(browser, submissions[2]))
    assert "was told for the first 2 attempts" in text
    assert "of 70" not in text


def test_nothing_is_told_of_hidden_checks_where_the_assignment_says_nothing(
    amara: Any, graded: Any, signed_in: Any
) -> None:
    assert "idden checks" not in words(page(signed_in(amara.user), graded(amara)))
