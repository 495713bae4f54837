"""The real thing: a Celery worker in its own process, killed with SIGKILL in the middle of a run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import factories
import pytest
from django.conf import settings
from django.db import connection

from audit.models import Entry
from courses.models import Enrolment
from grading.actions.work import attempts_used
from grading.models import CheckResult, Mark, Run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sandbox]
ROOT = Path(__file__).resolve().parents[2]
SLOW = ("import time\nfor _ in range(25): time.sleep(0.1)", *factories.GOOD)


def brokers() -> list[str]:
    redis = os.environ.get("PATHWAY_TEST_REDIS")
    return ["filesystem://", *([redis] if redis else [])]


@pytest.fixture(params=brokers(), ids=lambda url: url.split(":")[0])
def environment(request: Any) -> dict[str, str]:
    database = connection.settings_dict
    url = (
        f"sqlite:///{database['NAME']}"
        if connection.vendor == "sqlite"
        else f"postgres://{database['USER']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    )
    return {
        **os.environ,
        "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}",
        "DJANGO_SETTINGS_MODULE": "config.settings.dev",
        "PATHWAY_DEBUG": "0",
        "PATHWAY_STATE_DIR": str(settings.STATE_DIR),
        "DATABASE_URL": url,
        "CELERY_BROKER_URL": request.param,
        "PATHWAY_RUN_LEASE_SECONDS": "2",
        "PATHWAY_RUN_STALE_SECONDS": "1",
    }


@contextmanager
def worker(environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    command = [str(Path(sys.executable).parent / "celery"), "-A", "config", "worker", "--pool", "threads", "-c", "1"]
    process = subprocess.Popen(
        [*command, "--without-gossip", "--without-mingle"],
        cwd=ROOT,
        env=environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """End the worker and all its children, without a word."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def sweep(environment: dict[str, str]) -> None:
    subprocess.run([sys.executable, "manage.py", "sweeper", "--once"], cwd=ROOT, env=environment, check=True)


def until(condition: Callable[[], bool], environment: dict[str, str], seconds: float = 60) -> None:
    """Let the sweeper work until the condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        sweep(environment)


def test_a_killed_run_is_taken_up_again_and_graded_once(amara: Enrolment, environment: dict[str, str]) -> None:
    submission = factories.submission(amara, factories.notebook(*SLOW))
    run = Run.objects.create(
        kind=Run.Kind.GRADE,
        submission=submission,
        enrolment=amara,
        assignment=submission.assignment,
        files=submission.files,
        digest=submission.digest,
    )

    def state(wanted: str) -> Callable[[], bool]:
        return lambda: Run.objects.filter(pk=run.pk, state=wanted).exists()

    with worker(environment) as first:
        until(state(Run.State.RUNNING), environment)
        kill(first)
    until(state(Run.State.QUEUED), environment)
    with worker(environment):
        until(state(Run.State.FINISHED), environment)

    run.refresh_from_db()
    assert run.starts == 2
    assert run.verdict == "completed"
    assert CheckResult.objects.filter(run=run).count() == 2
    assert [str(mark.value) for mark in Mark.objects.all()] == ["100.00"]
    assert attempts_used(amara, submission.assignment) == 1
    assert list(Entry.objects.filter(event="run_repeated").values_list("on_id", flat=True)) == [str(run.pk)]
