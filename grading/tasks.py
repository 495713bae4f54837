"""What workers do. A task takes an id, claims the row, and may be delivered twice without harm."""

import logging
import socket
import threading

from celery import shared_task
from celery.signals import worker_ready, worker_shutdown, worker_shutting_down

from grading import execution, ledger, results
from grading.authoring import trying
from grading.models import Run
from sandbox import Event, SandboxUnavailable

log = logging.getLogger(__name__)
stopping = threading.Event()


@worker_ready.connect
def warm_up(**_: object) -> None:
    """Start the sandbox with the worker and try it once: the first student does not wait, and faults are seen early."""
    probe = execution.backend().probe()
    if probe.ok:
        log.info("The %s sandbox isolates. Memory: %s.", probe.name, probe.memory_limit)
    else:
        log.error("Nothing isolates here, so runs will wait: %s %s", probe.reason, probe.remedy)


@worker_shutdown.connect
def close_sandbox(**_: object) -> None:
    execution.backend().close()


@worker_shutting_down.connect
def begin_nothing_more(**_: object) -> None:
    stopping.set()


@shared_task
def grade(run_id: str) -> None:
    """Something waits: work until nothing does. The id only says in logs what the hint was about."""
    while not stopping.is_set() and work_on_next():
        pass


@shared_task
def try_solution(run_id: str) -> None:
    """As grade(): a solution is tried once no run of a student waits."""
    grade(run_id)


def work_on_next() -> bool:
    """Perform and score the run whose turn it is, or try a solution. False if there is nothing to do, or no way to."""
    try:
        run = ledger.claim_next(worker=f"{socket.gethostname()}:{threading.get_native_id()}")
        if run is None:
            return trying.work_on_next()
        perform(run)
    except SandboxUnavailable as unavailable:
        log.error("Runs wait: %s", unavailable)
        return False
    return True


def perform(run: Run) -> None:
    """One run from the lease to the result. Raises SandboxUnavailable, and the run waits on."""

    def show_progress(event: Event) -> None:
        if event.kind == "cell":
            ledger.renew(run, cell=event.cell, cells=event.cells)

    with ledger.heartbeat(run):
        try:
            done = execution.execute(
                run.assignment,
                run.files,
                hidden=run.kind != run.Kind.TRIAL,
                seed=run.seed,
                on_event=show_progress,
            )
            results.keep(run, done)
        except SandboxUnavailable as unavailable:
            ledger.give_back(run, str(unavailable))
            raise
        except Exception as fault:
            log.exception("Run %s met a platform fault.", run.pk)
            ledger.repeat_or_fail(run, f"{type(fault).__name__}: {fault}")
