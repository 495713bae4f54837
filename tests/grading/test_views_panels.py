"""What work and marks add to the first page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import factories
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from courses.dashboard import ShownMark
from courses.models import Assignment, Enrolment
from grading import panels
from grading.models import Draft, Release, Run, Submission

pytestmark = pytest.mark.django_db


def draft_of(submission: Submission) -> Draft:
    return Draft.objects.create(
        enrolment=submission.enrolment,
        assignment=submission.assignment,
        files=submission.files,
        digest=submission.digest,
    )


def test_a_draft_says_how_many_visible_checks_it_passes(amara: Enrolment, assignment: Assignment) -> None:
    submission = factories.submission(amara)
    draft = draft_of(submission)
    trial = Run.objects.create(
        kind="trial",
        enrolment=amara,
        assignment=assignment,
        files=[],
        digest=draft.digest,
        state="finished",
        finished_at=timezone.now(),
    )
    for number, earned in enumerate((10, 10, 0), 1):
        trial.results.create(
            number=number, name=f"n{number}", title="T", is_visible=True, points=10, earned=earned, message=""
        )
    work = panels.work_of(amara)[assignment.pk]
    assert work.lede == "Your draft passes two of the three visible checks."
    assert work.handed_in and work.started and not work.has_newer_draft
    assert dict(work.facts)["Attempts"] == "1 of 5 used; the best attempt counts"
    Draft.objects.update(digest="another")
    work = panels.work_of(amara)[assignment.pk]
    assert work.lede == "Your draft is newer than attempt 1. The visible checks have not been run on it yet."
    assert work.has_newer_draft


def test_an_untouched_assignment_says_only_how_many_attempts_there_are(
    amara: Enrolment, assignment: Assignment
) -> None:
    work = panels.work_of(amara)[assignment.pk]
    assert not (work.handed_in or work.started or work.lede)
    assert work.facts == (("Attempts", "0 of 5 used; the best attempt counts"),)


def test_an_attempt_that_failed_by_our_fault_is_not_used(amara: Enrolment, assignment: Assignment, graded: Any) -> None:
    graded(amara, run={"state": "failed", "auto_mark": None})
    assert ("Attempts", "0 of 5 used; the best attempt counts") in panels.work_of(amara)[assignment.pk].facts


def test_marks_appear_with_the_release(amara: Enrolment, assignment: Assignment, graded: Any, released: Any) -> None:
    graded(amara, "40.00")
    assert panels.marks_of(amara) == {}
    assert panels.panels_for(amara) == []
    released(amara, "90.00", 65, "Well argued.")
    assert panels.marks_of(amara) == {4: ShownMark("80", is_provisional=True)}
    (row,) = panels.waiting_for(amara.user, amara)
    assert row.title == "Feedback on module 4"
    assert row.text == "80, provisional until the board."
    tutor, marks = panels.panels_for(amara)
    assert tutor.context["assessment"].comment == "Well argued."
    assert (marks.context["taken"], marks.context["credits"], str(marks.context["mean"])) == (10, 60, "80.0")


def test_an_attempt_waits_with_what_its_run_found_until_its_marks_are_released(
    amara: Enrolment, graded: Any, released: Any
) -> None:
    run = graded(amara).runs.get()
    (row,) = panels.waiting_for(amara.user, amara)
    assert row.title == "Attempt 1 of module 4: every visible check passes"
    run.results.create(
        number=9, name="nine", title="Runs", is_visible=True, points=5, earned=0, message="Cell 4 uses hosp."
    )
    run.results.create(
        number=10, name="ten", title="Hidden", is_visible=False, points=5, earned=0, message="Never said."
    )
    (row,) = panels.waiting_for(amara.user, amara)
    assert row.title == "Attempt 1 of module 4: one visible check does not pass"
    assert row.text == "Cell 4 uses hosp."
    factories.rewrite(Run.objects.all(), verdict="timed_out", message="Stopped at 60 s.")
    (row,) = panels.waiting_for(amara.user, amara)
    assert (row.title, row.text) == ("Attempt 1 of module 4: ran out of time", "Stopped at 60 s.")
    factories.rewrite(
        Run.objects.all(), state="queued", verdict="", finished_at=None, message="hidden_auroc cannot be isolated"
    )
    (row,) = panels.waiting_for(amara.user, amara)
    assert (row.title, row.text) == ("Attempt 1 of module 4: waits for a worker", "")
    released(amara)
    assert [each.title for each in panels.waiting_for(amara.user, amara)] == ["Feedback on module 4"]


def test_marks_are_no_longer_provisional_once_the_board_has_completed_the_enrolment(
    amara: Enrolment, released: Any
) -> None:
    released(amara)
    amara.state = Enrolment.State.COMPLETED
    amara.save()
    assert not panels.marks_of(amara)[4].is_provisional


def test_feedback_is_news_for_two_weeks(amara: Enrolment, released: Any) -> None:
    released(amara)
    Release.objects.update(at=timezone.now() - timedelta(days=15))
    assert panels.waiting_for(amara.user, amara) == []


def test_the_mean_is_weighted_by_credits(amara: Enrolment, office: User) -> None:
    for number, value in ((1, "60.00"), (4, "75.00")):
        release = Release.objects.create(cohort=amara.cohort, by=office)
        factories.mark(amara, number, "module", value, release=release)
    (marks,) = panels.panels_for(amara)
    assert str(marks.context["mean"]) == "70.0", "5 credits of 60 and 10 of 75"


def test_a_tutor_is_shown_what_waits_and_a_leader_also_what_can_be_released(
    amara: Enrolment, bruno: Enrolment, graded: Any, judged: Any, tutor: User, leader: User
) -> None:
    judged(graded(amara))
    graded(bruno)
    (row,) = panels.waiting_for(tutor, None)
    assert row.title == "1 piece of “Death in hospital after a heart attack” to mark"
    assert [each.title for each in panels.waiting_for(leader, None)] == [
        row.title,
        "Marks of “Death in hospital after a heart attack” to release",
    ]


def test_the_first_page_shows_them(amara: Enrolment, released: Any, signed_in: Any, tutor: User) -> None:
    released(amara, "90.00", 65, "Well argued.")
    body = signed_in(amara.user).get("/").content.decode()
    for part in ("Feedback on module 4", "From your tutor", "Well argued.", "Marks so far", "80.0"):
        assert part in body


def test_more_work_takes_no_more_queries(amara: Enrolment, graded: Any) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            panels.work_of(amara)
            panels.waiting_for(amara.user, amara)
            panels.panels_for(amara)
        return len(captured)

    graded(amara)
    one = queries()
    for _ in range(4):
        graded(amara)
    assert queries() == one
