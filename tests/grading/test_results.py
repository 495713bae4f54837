from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import factories
import pytest
from django.utils import timezone

from courses.models import Assignment, Enrolment
from grading import ledger, results
from grading.models import Mark, Run, Submission
from sandbox import CodeError, Verdict

pytestmark = pytest.mark.django_db


def grade(submission: Submission, auto: str, gave: Any) -> None:
    claimed = ledger.claim(str(factories.queued_run(submission).pk), worker="w")
    assert claimed and results.keep(claimed, gave(auto))


def present(enrolment: Enrolment) -> Mark:
    return Mark.objects.current().get(enrolment=enrolment, component="auto")


def test_the_best_attempt_counts(amara: Enrolment, gave: Any) -> None:
    for auto in ("60", "90", "75"):
        grade(factories.submission(amara), auto, gave)
    mark = present(amara)
    assert mark.value == Decimal("90.00")
    assert mark.submission and mark.submission.attempt == 2


def test_the_last_attempt_counts_where_the_assignment_says_so(amara: Enrolment, gave: Any, assignment: Any) -> None:
    Assignment.objects.filter(pk=assignment.pk).update(counts="last")
    for auto in ("60", "90", "75"):
        grade(factories.submission(amara), auto, gave)
    assert present(amara).value == Decimal("75.00")


def test_the_best_is_judged_after_the_late_penalty(amara: Enrolment, gave: Any) -> None:
    grade(factories.submission(amara), "78", gave)
    late = factories.submission(amara, due_at=timezone.now() - timedelta(hours=30))
    grade(late, "80", gave)
    mark = present(amara)
    assert mark.value == Decimal("78.00"), "80 less two started days is 70"


def test_a_late_mark_keeps_raw_and_value(amara: Enrolment, gave: Any) -> None:
    grade(factories.submission(amara, due_at=timezone.now() - timedelta(hours=51)), "72", gave)
    mark = present(amara)
    assert (mark.raw, mark.value) == (Decimal("72.00"), Decimal("57.00"))


def test_marks_are_superseded_never_edited(amara: Enrolment, gave: Any) -> None:
    grade(factories.submission(amara), "60", gave)
    grade(factories.submission(amara), "90", gave)
    first, second = Mark.objects.order_by("pk")
    assert second.supersedes == first
    with pytest.raises(TypeError, match="never edited"):
        first.save()


def test_a_released_mark_stays_as_it_is(amara: Enrolment, gave: Any, office: Any) -> None:
    from grading.models import Release

    submission = factories.submission(amara)
    grade(submission, "60", gave)
    release = Release.objects.create(cohort=amara.cohort, assignment=submission.assignment, by=office)
    Mark.objects.update(release=release)
    grade(factories.submission(amara), "90", gave)
    assert present(amara).value == Decimal("60.00")


def test_a_trial_run_makes_no_mark(amara: Enrolment, gave: Any, assignment: Assignment) -> None:
    submission = factories.submission(amara)
    run = Run.objects.create(
        kind=Run.Kind.TRIAL, enrolment=amara, assignment=assignment, files=submission.files, digest=submission.digest
    )
    claimed = ledger.claim(str(run.pk), worker="w")
    assert claimed and results.keep(claimed, gave())
    assert not Mark.objects.exists()


@pytest.mark.parametrize("strange", ["a\x00b", "half \ud800 a character"])
def test_a_result_is_kept_whatever_the_code_said(amara: Enrolment, gave: Any, strange: str) -> None:
    submission = factories.submission(amara)
    run = factories.queued_run(submission)
    claimed = ledger.claim(str(run.pk), worker="w")
    done = gave("40", verdict=Verdict.CRASHED, message=strange, error=CodeError(type=strange, message=strange))
    said = [replace(result, message=strange) for result in done.results]
    assert claimed and results.keep(claimed, replace(done, results=said))
    run.refresh_from_db()
    assert run.state == Run.State.FINISHED
    assert run.auto_mark == Decimal("40.00")
    assert strange not in {run.message, run.error["message"], run.results.get(number=1).message}


@pytest.mark.parametrize("strange", ["a\x00b", "half \ud800 a character"])
def test_a_fault_is_noted_whatever_it_says(amara: Enrolment, strange: str) -> None:
    run = factories.queued_run(factories.submission(amara))
    claimed = ledger.claim(str(run.pk), worker="w")
    assert claimed
    ledger.repeat_or_fail(claimed, strange)
    run.refresh_from_db()
    assert run.state == Run.State.QUEUED
