"""What workers do. A task takes an id, claims the row, and may be delivered twice without harm."""

import logging
import socket
import threading
import time
from typing import Any

from celery import shared_task
from celery.signals import worker_ready, worker_shutdown, worker_shutting_down
from django.db import close_old_connections, connection

from config import hints
from grading import execution, ledger, results
from grading.authoring import trying
from grading.judging import judge
from grading.models import Run
from grading.workers import Presence
from sandbox import Event, SandboxUnavailable

log = logging.getLogger(__name__)
STRETCH_S = 30
stopping = threading.Event()


presence: Presence | None = None


@worker_ready.connect
def warm_up(sender: Any = None, **_: object) -> None:
    """Start the sandbox with the worker and try it once: the first student does not wait, and faults are seen early."""
    global presence
    probe = execution.backend().probe()
    if probe.ok:
        log.info("The %s sandbox isolates. Memory: %s.", probe.name, probe.memory_limit)
    else:
        log.error("Nothing isolates here, so runs will wait: %s %s", probe.reason, probe.remedy)
    concurrency = int(getattr(getattr(sender, "controller", None), "concurrency", None) or 1)
    presence = Presence(concurrency)
    presence.trouble(probe.reason)
    for _slot in range(concurrency):  # what waits may have lost its messages
        hints.send(grade, "")


@worker_shutdown.connect
def close_sandbox(**_: object) -> None:
    if presence is not None:
        presence.end()
    execution.backend().close()


@worker_shutting_down.connect
def begin_nothing_more(**_: object) -> None:
    stopping.set()


@shared_task
def grade(run_id: str) -> None:
    """Something waits: work until nothing does. The id only says in logs what the hint was about.

    After STRETCH_S the rest goes behind whatever else the broker has for this worker, such as mail.
    """
    until = time.monotonic() + STRETCH_S
    while not stopping.is_set() and work_on_next():
        if time.monotonic() > until:
            hints.send(grade, run_id)
            return


@shared_task
def try_solution(run_id: str) -> None:
    """As grade(): a solution is tried once no run of a student waits."""
    grade(run_id)


def work_on_next() -> bool:
    """Perform and score the run whose turn it is, or try a solution. False if there is nothing to do, or no way to."""
    renew_connection()
    try:
        run = ledger.claim_next(worker=f"{socket.gethostname()}:{threading.get_native_id()}")
        if run is None:
            return trying.work_on_next()
        perform(run)
    except SandboxUnavailable as unavailable:
        log.error("Runs wait: %s", unavailable)
        say_trouble(str(unavailable))
        return False
    say_trouble("")
    return True


def renew_connection() -> None:
    """One that was cut is opened anew. In the middle of a transaction nothing can be mended."""
    if not connection.in_atomic_block:
        close_old_connections()


def say_trouble(why: str) -> None:
    if presence is not None:
        presence.trouble(why)


def perform(run: Run) -> None:
    """One run from the lease to the result. Raises SandboxUnavailable, and the run waits on."""

    def goes_on(event: Event) -> None:
        if event.kind == "cell":
            hold.show(cell=event.cell, cells=event.cells)
        elif event.kind == "output" and run.kind == Run.Kind.CELLS:
            results.show(run, event.cell, event.outputs)
        hold.check()

    with ledger.heartbeat(run) as hold:
        try:
            done = judge(run, on_event=goes_on)
            renew_connection()
            results.keep(run, done)
        except ledger.Lost:
            log.info("Run %s was stopped: it is cancelled, or somebody else has it.", run.pk)
        except SandboxUnavailable as unavailable:
            ledger.give_back(run, str(unavailable))
            raise
        except Exception as fault:
            log.exception("Run %s met a platform fault.", run.pk)
            ledger.repeat_or_fail(run, f"{type(fault).__name__}: {fault}")
