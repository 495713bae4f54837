from __future__ import annotations

import errno
import os
from datetime import timedelta
from typing import Any

import factories
import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from audit.models import Entry
from blobs import store
from courses.models import Enrolment
from grading import ledger, queue, results, tasks
from grading.models import CheckResult, Mark, Run
from notices.models import Notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(amara: Enrolment) -> Run:
    submission = factories.submission(amara)
    return Run.objects.create(
        kind=Run.Kind.GRADE,
        submission=submission,
        enrolment=amara,
        assignment=submission.assignment,
        files=submission.files,
        digest=submission.digest,
    )


def test_a_run_is_claimed_once(run: Run) -> None:
    first = ledger.claim(str(run.pk), worker="one")
    assert first is not None
    assert first.state == Run.State.RUNNING
    assert first.starts == 1
    assert ledger.claim(str(run.pk), worker="two") is None


def test_a_message_for_a_run_that_is_over_does_nothing(run: Run, gave: Any) -> None:
    claimed = ledger.claim(str(run.pk), worker="one")
    assert claimed and results.keep(claimed, gave())
    tasks.grade(str(run.pk))
    run.refresh_from_db()
    assert run.starts == 1
    assert CheckResult.objects.filter(run=run).count() == 2


def test_only_the_holder_of_the_lease_writes_a_result(run: Run, gave: Any) -> None:
    slow = ledger.claim(str(run.pk), worker="slow")
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert ledger.sweep()["abandoned"] == 1
    quick = ledger.claim(str(run.pk), worker="quick")
    assert slow and quick
    assert not results.keep(slow, gave("10"))
    assert results.keep(quick, gave("80"))
    assert not results.keep(quick, gave("90"))
    assert [str(mark.value) for mark in Mark.objects.all()] == ["80.00"]


def test_a_worker_that_is_alive_keeps_its_lease(run: Run) -> None:
    claimed = ledger.claim(str(run.pk), worker="one")
    assert claimed and ledger.renew(claimed, cell=3, cells=9)
    assert ledger.sweep()["abandoned"] == 0
    run.refresh_from_db()
    assert (run.cell, run.cells) == (3, 9)


def test_the_heartbeat_renews_the_lease_and_ends_with_the_work(run: Run, settings: Any, monkeypatch: Any) -> None:
    settings.RUN_LEASE_SECONDS = 0.03
    claimed = ledger.claim(str(run.pk), worker="one")
    assert claimed
    import threading

    beaten = threading.Event()
    monkeypatch.setattr(ledger, "renew", lambda run: beaten.set() or True)
    monkeypatch.setattr(ledger, "close_old_connections", lambda: None)
    with ledger.heartbeat(claimed):
        assert beaten.wait(10)
    assert not [thread for thread in threading.enumerate() if thread.name == f"lease-{run.pk}"]


def test_the_sweeper_sends_again_what_nobody_took(run: Run, monkeypatch: Any) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(tasks.grade, "delay", sent.append)
    Run.objects.update(queued_at=timezone.now() - timedelta(minutes=1))
    assert ledger.sweep()["republished"] == 1
    assert sent == [str(run.pk)]
    assert ledger.sweep()["republished"] == 0, "just sent: give a worker time to take it"


def test_without_a_broker_the_run_waits_for_the_sweeper(run: Run, monkeypatch: Any) -> None:
    def no_broker(_: str) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(tasks.grade, "delay", no_broker)
    ledger.hint(run.pk)
    run.refresh_from_db()
    assert run.state == Run.State.QUEUED
    assert run.published_at is None


def test_our_fault_is_repeated_three_times_then_told(run: Run, settings: Any) -> None:
    for _ in range(settings.RUN_MAX_STARTS):
        claimed = ledger.claim(str(run.pk), worker="one")
        assert claimed
        ledger.repeat_or_fail(claimed, "The check broke.")
    run.refresh_from_db()
    assert run.state == Run.State.FAILED
    assert run.message == "The check broke."
    assert ledger.claim(str(run.pk), worker="one") is None
    assert [entry.event for entry in Entry.objects.order_by("pk")] == ["run_repeated", "run_repeated", "run_failed"]


def test_without_a_sandbox_the_run_waits_and_no_start_is_counted(run: Run, monkeypatch: Any) -> None:
    from sandbox import SandboxUnavailable

    def nothing_isolates(*args: Any, **kwargs: Any) -> None:
        raise SandboxUnavailable("Install bubblewrap.")

    monkeypatch.setattr(tasks.execution, "execute", nothing_isolates)
    tasks.grade(str(run.pk))
    run.refresh_from_db()
    assert run.state == Run.State.QUEUED
    assert run.starts == 0
    assert run.message == "Install bubblewrap."


def test_the_queue_counts_those_before(run: Run, bruno: Enrolment) -> None:
    submission = factories.submission(bruno)
    later = Run.objects.create(
        kind=Run.Kind.GRADE,
        submission=submission,
        enrolment=bruno,
        assignment=submission.assignment,
        files=submission.files,
        digest=submission.digest,
        queued_at=run.queued_at + timedelta(seconds=1),
    )
    assert queue.ahead_of(run) == 0
    assert queue.ahead_of(later) == 1


def test_why_a_run_was_given_back_is_forgotten_once_it_runs(run: Run) -> None:
    claimed = ledger.claim(str(run.pk), worker="one")
    assert claimed
    ledger.give_back(claimed, "Nothing isolates here.")
    again = ledger.claim(str(run.pk), worker="two")
    assert again and again.message == ""


def test_a_result_that_cannot_be_stored_is_a_fault_with_its_own_name(run: Run, gave: Any, monkeypatch: Any) -> None:
    def full(content: bytes) -> str:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tasks.execution, "execute", lambda *args, **kwargs: gave())
    monkeypatch.setattr(store, "put", full)
    tasks.grade(str(run.pk))
    run.refresh_from_db()
    assert (run.state, run.starts) == (Run.State.QUEUED, 1)
    assert "No space left on device" in Entry.objects.get(event="run_repeated").details["reason"]


def test_module_leaders_are_told_once_what_fails_by_our_fault(
    amara: Enrolment, bruno: Enrolment, leader: User, tutor: User, settings: Any
) -> None:
    settings.RUN_MAX_STARTS = 1
    for enrolment in (amara, bruno):
        claimed = ledger.claim(str(factories.queued_run(factories.submission(enrolment)).pk), worker="w")
        assert claimed
        ledger.repeat_or_fail(claimed, "The check adds broke: KeyError: 'age' (checks.py, line 12)")
    notice = Notice.objects.get()
    assert notice.to == leader
    assert "The check adds broke: KeyError: 'age' (checks.py, line 12)" in notice.text


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_is_cut_while_code_runs_costs_no_second_run(run: Run, gave: Any, monkeypatch: Any) -> None:
    def execute(*args: Any, **kwargs: Any) -> Any:
        connection.connection.close()
        return gave()

    monkeypatch.setattr(tasks.execution, "execute", execute)
    tasks.grade(str(run.pk))
    run.refresh_from_db()
    assert (run.state, run.starts) == (Run.State.FINISHED, 1)
