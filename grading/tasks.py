"""What workers do. A task takes an id, claims the row, and may be delivered twice without harm."""

import logging
import socket
import threading

from celery import shared_task
from celery.signals import worker_ready, worker_shutdown

from grading import execution, ledger, results
from grading.authoring import trying
from sandbox import Event, SandboxUnavailable

log = logging.getLogger(__name__)


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


@shared_task
def grade(run_id: str) -> None:
    """Perform and score one run."""
    run = ledger.claim(run_id, worker=f"{socket.gethostname()}:{threading.get_native_id()}")
    if run is None:
        return

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
            log.error("Run %s waits: %s", run.pk, unavailable)
            ledger.give_back(run, str(unavailable))
        except Exception as fault:
            log.exception("Run %s met a platform fault.", run.pk)
            ledger.repeat_or_fail(run, f"{type(fault).__name__}: {fault}")
    ledger.feed()


@shared_task
def try_solution(run_id: str) -> None:
    """Try one of an author's solutions."""
    try:
        trying.work_on(run_id)
    except SandboxUnavailable as unavailable:
        log.error("The solution of run %s waits: %s", run_id, unavailable)
