"""Who is alive, who has vanished, and what is written down about it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import factories
import pytest
from django.utils import timezone

from audit.models import Entry
from courses.models import Enrolment
from grading import ledger, queue, tasks, workers
from grading.models import Incident, Run, Worker
from sandbox import SandboxUnavailable

pytestmark = pytest.mark.django_db


def ago(**length: float) -> Any:
    return timezone.now() - timedelta(**length)


@pytest.fixture
def presence(monkeypatch: pytest.MonkeyPatch) -> workers.Presence:
    """This process as a worker, whose beats the test counts."""
    monkeypatch.setattr(workers.Presence, "beat", lambda self: None)
    made = workers.Presence(slots=2)
    made.say()
    return made


def test_a_worker_that_is_silent_for_a_lease_is_gone(presence: workers.Presence, settings: Any) -> None:
    assert queue.idle_slots() == 2
    Worker.objects.update(seen_at=ago(seconds=settings.RUN_LEASE_SECONDS + 1))
    assert queue.idle_slots() == 0
    presence.say()
    assert queue.idle_slots() == 2


def test_a_worker_that_ends_in_order_is_gone_at_once(presence: workers.Presence) -> None:
    presence.end()
    assert workers.none_since() == Worker.objects.get().left_at


def test_a_restart_is_no_incident_and_a_longer_gap_is_one(presence: workers.Presence) -> None:
    Worker.objects.update(seen_at=ago(seconds=50))
    workers.watch()
    assert not Incident.objects.exists()
    gone = ago(minutes=7)
    Worker.objects.update(seen_at=gone)
    for _ in range(2):
        workers.watch()
    incident = Incident.objects.get()
    assert (incident.started_at, incident.ended_at) == (gone, None)
    presence.say()
    workers.watch()
    incident.refresh_from_db()
    assert incident.ended_at is not None


def test_a_gap_that_no_sweeper_saw_is_written_down_by_the_next_worker(presence: workers.Presence) -> None:
    gone = ago(hours=1)
    Worker.objects.update(seen_at=gone)
    workers.arrive(Worker(name="next"))
    incident = Incident.objects.get()
    assert incident.started_at == gone
    assert incident.ended_at is not None


def test_before_the_first_worker_there_is_no_incident() -> None:
    workers.watch()
    workers.arrive(Worker(name="first"))
    assert not Incident.objects.exists()


def test_where_nothing_isolates_the_worker_says_so_until_it_can_again(
    presence: workers.Presence, amara: Enrolment, gave: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "presence", presence)
    factories.queued_run(factories.submission(amara))

    def nothing_isolates(*args: Any, **kwargs: Any) -> None:
        raise SandboxUnavailable("Install bubblewrap.")

    monkeypatch.setattr(tasks.execution, "execute", nothing_isolates)
    tasks.grade("")
    presence.say()
    assert not Worker.objects.able().exists()
    monkeypatch.setattr(tasks.execution, "execute", lambda *args, **kwargs: gave())
    tasks.grade("")
    presence.say()
    assert Worker.objects.able().exists()


def test_a_run_whose_workers_vanish_is_tried_more_often_than_one_that_meets_faults(amara: Enrolment) -> None:
    run = factories.queued_run(factories.submission(amara))
    for start in range(1, ledger.MOST_STARTS + 1):
        claimed = ledger.claim_next(worker="w")
        assert claimed is not None and claimed.starts == start
        Run.objects.filter(pk=run.pk).update(lease_until=ago(seconds=1))
        assert ledger.sweep()["abandoned"] == 1
    run.refresh_from_db()
    assert run.state == Run.State.FAILED
    assert Entry.objects.filter(event="run_repeated").count() == ledger.MOST_STARTS - 1


def test_with_all_workers_busy_few_hints_are_sent_again(spring: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(tasks.grade, "delay", sent.append)
    for _ in range(12):
        factories.queued_run(factories.submission(factories.enrolment(spring)), queued_at=ago(minutes=1))
    factories.worker(slots=2)
    assert [ledger.sweep()["republished"] for _ in range(2)] == [2, 2]
    for _ in range(2):
        ledger.claim_next(worker="w")
    assert ledger.sweep()["republished"] == 1


def test_a_worker_with_much_to_do_gives_other_tasks_their_turn(
    spring: Any, gave: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(tasks.grade, "delay", sent.append)
    monkeypatch.setattr(tasks.execution, "execute", lambda *args, **kwargs: gave())
    monkeypatch.setattr(tasks, "STRETCH_S", -1)
    for _ in range(2):
        factories.queued_run(factories.submission(factories.enrolment(spring)))
    tasks.grade("a hint")
    assert Run.objects.filter(state=Run.State.QUEUED).count() == 1
    assert sent == ["a hint"]
