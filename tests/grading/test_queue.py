"""Whose turn it is: by kind, then one student after the other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import factories
import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from courses.models import Assignment, Cohort, Enrolment
from grading import ledger, queue, words
from grading.models import Run

pytestmark = pytest.mark.django_db
Hand = Callable[..., Run]


@pytest.fixture
def hand(assignment: Assignment) -> Hand:
    """hand(amara, "grade") is a run of that kind that arrives now."""

    def make(by: Enrolment, kind: str = "trial") -> Run:
        submission = factories.submission(by) if kind == "grade" else None
        with transaction.atomic():
            return ledger.enqueue(
                Run(kind=kind, enrolment=by, assignment=assignment, submission=submission, files=[], digest="0" * 64)
            )

    return make


def take() -> Run:
    run = ledger.claim_next(worker="test")
    assert run is not None
    return run


def end(run: Run) -> None:
    ledger.held(run).update(state="finished", lease=None, lease_until=None, finished_at=timezone.now())


def test_one_check_waits_for_one_run_of_a_student_who_has_two_hundred(
    amara: Enrolment, bruno: Enrolment, hand: Hand
) -> None:
    for _ in range(200):
        hand(amara)
    for _ in range(7):  # the worker is in the middle of them
        end(take())
    working = take()
    single = hand(bruno)
    assert queue.ahead_of(single) == 0
    end(working)
    assert take() == single


def test_students_take_turns(spring: Cohort, hand: Hand) -> None:
    students = [factories.enrolment(spring) for _ in range(3)]
    for student in students:
        for _ in range(3):
            hand(student)
    taken = [take().enrolment for _ in range(9)]
    assert taken == students * 3


def test_a_turn_that_was_not_used_is_not_saved_up(amara: Enrolment, bruno: Enrolment, hand: Hand) -> None:
    for _ in range(9):
        hand(amara)
    for _ in range(4):
        end(take())
    for _ in range(3):
        hand(bruno)
    assert [take().enrolment for _ in range(6)].count(bruno) == 3
    assert take().enrolment == amara


def test_checks_go_before_grading_and_regrades_last(amara: Enrolment, bruno: Enrolment, hand: Hand) -> None:
    regrade = hand(amara, "regrade")
    graded = [hand(amara, "grade"), hand(bruno, "grade")]
    trial = hand(bruno, "trial")
    assert [take() for _ in range(4)] == [trial, *graded, regrade]


def test_what_met_a_fault_of_ours_rests_and_keeps_its_turn(amara: Enrolment, bruno: Enrolment, hand: Hand) -> None:
    first, second = hand(amara), hand(bruno)
    hand(amara)
    ledger.repeat_or_fail(take(), "A check broke.")
    assert take() == second
    Run.objects.filter(pk=first.pk).update(not_before=timezone.now() - timedelta(seconds=1))
    assert take() == first


def test_the_lease_costs_the_same_however_many_wait(amara: Enrolment, bruno: Enrolment, hand: Hand) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            take()
            hand(bruno)
        return len(captured)

    hand(amara)
    before = cost()
    for _ in range(20):
        hand(amara)
    assert cost() == before


def test_the_lease_reads_one_row_of_an_index(amara: Enrolment, hand: Hand) -> None:
    for _ in range(3):
        hand(amara)
    plan = queue.waiting().values_list("pk")[:1].explain()
    if connection.vendor == "sqlite":  # PostgreSQL reads so small a table from end to end
        assert "run_queue" in plan
        assert "TEMP B-TREE" not in plan


@given(
    ahead=st.lists(st.tuples(st.sampled_from(["trial", "grade"]), st.integers(1, 5)), max_size=4),
    running=st.lists(st.tuples(st.sampled_from(["trial", "grade"]), st.floats(0, 60)), max_size=5),
    slots=st.integers(1, 4),
)
def test_the_earliest_start_is_never_after_the_latest(ahead: Any, running: Any, slots: int) -> None:
    lengths: queue.Lengths = {("trial", None): (1.0, 3.0), ("grade", None): (5.0, 20.0)}
    groups = [(kind, 1, count) for kind, count in ahead]
    busy = [(kind, 1, since) for kind, since in running][:slots]
    soonest, latest = (queue.expected_start(groups, busy, slots, lengths, bound) for bound in (0, 1))
    assert soonest is not None and latest is not None
    assert 0 <= soonest <= latest
    more = queue.expected_start([*groups, ("grade", 1, 1)], busy, slots, lengths, 1)
    assert more is not None and latest <= more
    least = sum(count * lengths[kind, None][0] for kind, _, count in groups) / slots
    assert latest >= least - 20


def test_nothing_is_foretold_from_few_measurements(amara: Enrolment, hand: Hand) -> None:
    factories.worker()
    hand(amara)
    place = queue.place_of(hand(amara))
    assert place is not None
    assert (place.ahead, place.soonest, place.latest) == (1, None, None)


def test_the_place_costs_the_same_however_many_wait(spring: Cohort, amara: Enrolment, hand: Hand) -> None:
    factories.worker()
    hand(amara)

    def cost() -> int:
        last = hand(amara)
        cache.clear()
        with CaptureQueriesContext(connection) as captured:
            queue.place_of(last)
        return len(captured)

    before = cost()
    for _ in range(20):
        hand(amara)
    assert cost() == before


def test_ahead_are_those_that_are_taken_before(spring: Cohort, hand: Hand) -> None:
    students = [factories.enrolment(spring) for _ in range(3)]
    runs = [hand(student, kind) for kind in ("regrade", "grade", "trial") for student in students for _ in range(2)]
    foretold = sorted(runs, key=queue.ahead_of)
    assert sorted(map(queue.ahead_of, runs)) == list(range(len(runs)))
    assert [take() for _ in range(14)] == foretold[:14]


@pytest.mark.parametrize(
    ("soonest", "latest", "said"),
    [
        (0.0, 1.2, "It starts at once."),
        (0.2, 7.6, "It starts within 8 s."),
        (18.5, 21.5, "It starts in about 20 s."),
        (20.0, 44.0, "It starts in 20 to 40 s."),
        (70.0, 200.0, "It starts in 70 s to 3 min."),
        (600.0, 900.0, "It starts in 10 min to 15 min."),
    ],
)
def test_how_long_it_takes_is_told_as_exactly_as_it_is_known(soonest: float, latest: float, said: str) -> None:
    assert words.starts_in(queue.Place(3, 2, soonest=soonest, latest=latest)) == said
