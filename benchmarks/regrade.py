"""A regrade of 500 submissions, whose workers are killed again and again. `./pathway bench regrade`.

Real rows, a real Celery worker and sweeper in processes of their own, the real sandbox. The new revision's check gives
each submission points that follow from its code, so every mark of the preview can be foretold.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:1] = [str(ROOT), str(ROOT / "platform"), str(ROOT / "tests")]

CHECKS = b"""
from checking import check, expect, partial

@check("Says hello", points=30, visible=True)
def says_hello(student, data):
    expect(student.call("hello") == "hello", "hello() did not say hello.")

@check("Adds", points=70, visible=False)
def adds(student, data):
    return partial(student.call("add", 0, 1) / 100, "It adds so much.")
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--submissions", type=int, default=500)
    parser.add_argument("--kills", type=int, default=2)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="pathway-regrade-"))
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings.dev",
        "PATHWAY_DEBUG": "0",
        "PATHWAY_STATE_DIR": str(folder),
        "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}",
        "PATHWAY_RUN_LEASE_SECONDS": "3",
        "PATHWAY_RUN_STALE_SECONDS": "3",
    }
    for name in ("DATABASE_URL", "CELERY_BROKER_URL"):
        os.environ.pop(name, None)
    try:
        return measure(given.submissions, given.kills)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(submissions: int, kills: int) -> int:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import transaction

    call_command("migrate", verbosity=0)

    from grading.actions.regrade import apply_regrade, ask_for_regrade
    from grading.models import Mark, Run
    from grading.regrading import preview

    print(f"{submissions} students hand in …", flush=True)
    with transaction.atomic():
        cohort, assignment, leader, expected = school(submissions)
    regrade = ask_for_regrade(
        cohort=cohort, assignment=assignment, reason="A benchmark.", may_only_rise=False, by=leader
    )
    over = Run.objects.filter(regrade_item__regrade=regrade, state=Run.State.FINISHED)
    started, killed = time.monotonic(), 0
    with process("manage.py", "sweeper", "--every", "1"):
        for death in range(kills + 1):
            goal = submissions * (death + 1) // (kills + 1)
            with worker() as running:
                while over.count() < (goal if death < kills else submissions):
                    if running.poll() is not None:
                        raise SystemExit("The worker ended by itself.")
                    time.sleep(0.2)
            killed += death < kills
            print(f"{over.count():>6} of {submissions} judged after {time.monotonic() - started:6.1f} s", flush=True)
    seconds = time.monotonic() - started
    found = preview(regrade)
    wrong = [row for row in found.rows if row.value != expected[row.enrolment.pk]]
    repeated = Run.objects.filter(regrade_item__regrade=regrade, starts__gt=1).count()
    began = time.monotonic()
    apply_regrade(regrade=regrade, seen=found.seen, by=leader)
    applied_s = time.monotonic() - began
    marks = dict(Mark.objects.current().filter(component="auto").values_list("enrolment", "value"))
    wrong_marks = sum(marks[enrolment] != mark for enrolment, mark in expected.items())
    print(
        f"\n{'judged':>8} {'wrong':>6} {'missing':>8} {'kills':>6} {'begun twice':>12} {'seconds':>8} {'a minute':>9}"
    )
    missing = submissions - len(found.rows)
    row = f"{len(found.rows):>8} {len(wrong):>6} {missing:>8} {killed:>6} {repeated:>12} {seconds:>8.1f}"
    print(f"{row} {submissions / seconds * 60:>9.0f}")
    result = {
        "submissions": submissions,
        "kills": killed,
        "wrong": len(wrong) + wrong_marks,
        "missing": missing,
        "per_minute": round(submissions / seconds * 60, 1),
        "apply_s": round(applied_s, 2),
    }
    print(json.dumps(result))
    return 1 if wrong or wrong_marks or missing or not found.is_complete else 0


def school(submissions: int) -> tuple[Any, Any, Any, dict[int, Decimal]]:
    """A cohort whose students all handed in, and the marks that the new revision must give them."""
    import factories

    from accounts.roles import Role
    from courses.models import Assignment, Revision
    from grading import results

    factories.PASSWORD = None  # Nobody signs in here, and 500 hashes would take longer than 500 runs.
    cohort = factories.cohort(slug="bench")
    programme = cohort.revision.programme
    newer = factories.revision()
    Revision.objects.filter(pk=newer.pk).update(programme=programme, number=2)
    assignment = Assignment.objects.get(module__revision=newer)
    checks = assignment.files.filter(part="checks")
    checks.update(sha256=factories.store.put(CHECKS), size=len(CHECKS))
    expected = {}
    for number in range(submissions):
        student = factories.enrolment(cohort)
        share = number % 101
        cells = ("def hello():\n    return 'hello'", f"def add(a, b):\n    return {share}")
        work = factories.submission(student, factories.notebook(*cells))
        factories.finished_run(work, "30.00")
        results.settle_auto_mark(work)
        expected[student.pk] = Decimal(30) + (Decimal(70) * share / 100).quantize(Decimal("0.01"))
    return cohort, assignment, factories.staff(Role.MODULE_LEADER), expected


@contextmanager
def process(*command: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends by SIGKILL, with all its children."""
    running = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield running
    finally:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()


def worker() -> Any:
    """A worker of two threads."""
    return process("-m", "celery", "-A", "config", "worker", "--pool", "threads", "-c", "2", "--without-gossip")


if __name__ == "__main__":
    sys.exit(main())
