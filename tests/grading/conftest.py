from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import factories
import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from courses.models import Assignment, Enrolment, Extension
from grading import results
from grading.actions import marking
from grading.execution import Execution, Result
from grading.models import Assessment, Submission
from grading.provenance import Provenance
from sandbox import Outcome, Verdict


@pytest.fixture
def gave() -> Callable[..., Execution]:
    """gave("70") is an execution whose checks earned that much in all: visible first, then hidden."""

    def make(auto: str = "100", **outcome: Any) -> Execution:
        left = Decimal(auto)
        results = []
        for number, (name, points, visible) in enumerate([("says_hello", 30, True), ("adds", 70, False)], 1):
            earned = min(left, Decimal(points))
            left -= earned
            results.append(
                Result(
                    number=number,
                    name=name,
                    title=name,
                    is_visible=visible,
                    points=Decimal(points),
                    earned=earned,
                    message="",
                    seconds=0.1,
                )
            )
        outcome.setdefault("verdict", Verdict.COMPLETED)
        return Execution(
            outcome=Outcome(**outcome),
            results=results,
            auto_mark=Decimal(auto),
            notebook=b"{}",
            page=b"<p></p>",
            provenance=Provenance(backend="test"),
        )

    return make


@pytest.fixture
def due(assignment: Assignment, office: User) -> Callable[..., Extension]:
    """due(amara, hours=-1) moves the due time of the assignment to an hour ago."""

    def move(enrolment: Enrolment, **delta: float) -> Extension:
        return Extension.objects.create(
            enrolment=enrolment,
            assignment_slug=assignment.slug,
            due_at=timezone.now() + timedelta(**delta),
            reason="For the test.",
            granted_by=office,
        )

    return move


@pytest.fixture
def graded() -> Callable[..., Submission]:
    """graded(amara, "90.00") is a submission whose run has ended and whose auto mark stands."""

    def make(
        enrolment: Enrolment, auto: str = "100.00", run: dict[str, Any] | None = None, **fields: Any
    ) -> Submission:
        submission = factories.submission(enrolment, **fields)
        factories.finished_run(submission, auto, **(run or {}))
        with transaction.atomic():
            results.settle_auto_mark(submission)
        return submission

    return make


@pytest.fixture
def judged(tutor: User) -> Callable[..., Assessment]:
    """judged(submission, 65) is the tutor's marking of it at one level throughout."""

    def make(submission: Submission, level: int = 65, comment: str = "", by: User | None = None) -> Assessment:
        return marking.save_assessment(
            submission=submission,
            judgements={
                criterion["id"]: {"level": level, "feedback": f"On {criterion['id']}."}
                for criterion in submission.assignment.rubric
            },
            comment=comment,
            by=by or tutor,
        )

    return make


@pytest.fixture
def released(graded: Any, judged: Any, leader: User, assignment: Assignment) -> Callable[..., Submission]:
    """released(amara, "90.00", 65) is work with released marks."""

    def make(
        enrolment: Enrolment, auto: str = "100.00", level: int = 65, comment: str = "", **fields: Any
    ) -> Submission:
        submission: Submission = graded(enrolment, auto, **fields)
        judged(submission, level, comment)
        assert marking.release(cohort=enrolment.cohort, assignment=assignment, by=leader)
        return submission

    return make
