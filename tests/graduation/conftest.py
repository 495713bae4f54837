"""A record that can be decided, and what comes after it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import factories
import pytest

from accounts.models import User
from blobs import store
from courses.models import Enrolment
from grading.models import Mark, Release, Submission
from graduation.awards.actions import confirm_award, decide_award
from graduation.awards.models import Award
from graduation.certificates.actions import issue
from graduation.certificates.models import Certificate

MARKS = (78, 71, 66, 80, 58, 64, 62, 66, 70)


@pytest.fixture
def released(office: User) -> Callable[..., Mark]:
    """released(enrolment, number, value) gives a module its mark; component="auto" for one component."""

    def release(enrolment: Enrolment, number: int, value: int | str, component: str = "module", **fields: Any) -> Mark:
        act = Release.objects.create(cohort=enrolment.cohort, assignment=None, by=office)
        return factories.mark(enrolment, number, component, str(Decimal(value)), release=act, **fields)

    return release


@pytest.fixture
def complete(released: Callable[..., Mark]) -> Callable[..., Enrolment]:
    """complete(enrolment, 78, 71, …) releases nine module marks."""

    def fill(enrolment: Enrolment, *marks: int) -> Enrolment:
        for number, mark in enumerate(marks or MARKS, 1):
            released(enrolment, number, mark)
        return enrolment

    return fill


@pytest.fixture
def confirmed(complete: Callable[..., Enrolment], office: User) -> Callable[..., Award]:
    def confirm(enrolment: Enrolment, *marks: int) -> Award:
        return confirm_award(award=decide_award(enrolment=complete(enrolment, *marks), by=office), by=office)

    return confirm


@pytest.fixture
def certificate(confirmed: Callable[..., Award], amara: Enrolment, office: User) -> Certificate:
    return issue(award=confirmed(amara), by=office)


@pytest.fixture
def assessed(office: User) -> Callable[..., Submission]:
    """assessed(enrolment) gives a submission with a finished run, its page, and released marks."""

    def assess(enrolment: Enrolment, *, is_released: bool = True) -> Submission:
        work = factories.submission(enrolment)
        run = factories.finished_run(work, page=store.put(b"<html><body><p>executed cells</p></body></html>"))
        act = Release.objects.create(cohort=enrolment.cohort, assignment=work.assignment, by=office)
        for component, value in (("auto", "80.00"), ("rubric", "65.00")):
            factories.mark(
                enrolment,
                4,
                component,
                value,
                origin="auto" if component == "auto" else "first",
                submission=work,
                run=run if component == "auto" else None,
                release=act if is_released else None,
            )
        return work

    return assess


@pytest.fixture
def work(assessed: Callable[..., Submission], amara: Enrolment) -> Submission:
    return assessed(amara)
