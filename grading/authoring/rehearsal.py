"""An assignment's reference and wrong solutions on its checks, run as a worker runs a submission."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from django.db import connections

from courses.models import Assignment, Solution
from grading import execution
from grading.authoring.hostility import HOSTILE, complaint_about_hostile
from grading.execution import Execution, PlatformFault


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """What became of one solution: an execution, or why there was none (`fault`: ours or the checks')."""

    solution: Solution
    done: Execution | None
    fault: str
    seconds: float

    @property
    def complaint(self) -> str:
        """Why this is not what the author expects; empty when it is."""
        if self.done is None:
            return f"Platform fault: {self.fault}"
        if self.solution.kind == Solution.Kind.REFERENCE:
            return complaint_about_reference(self.done)
        if self.solution.kind == HOSTILE:
            return complaint_about_hostile(self.done)
        return complaint_about_wrong(self.solution, self.done)


def complaint_about_reference(done: Execution) -> str:
    if lost := [result.name for result in done.results if result.earned < result.points]:
        return f"The reference loses points on {', '.join(lost)}."
    return ""


def complaint_about_wrong(solution: Solution, done: Execution) -> str:
    full = {result.name for result in done.results if result.earned == result.points}
    if missed := [name for name in solution.caught_by if name in full]:
        return f"Full points on {', '.join(missed)}, which should catch it."
    verdict = done.outcome.verdict.value
    if solution.verdict and verdict != solution.verdict:
        return f"Its run is {verdict}, not {solution.verdict}."
    return ""


def rehearse(assignment: Assignment, solution: Solution) -> Rehearsal:
    """Run and check one solution. Raises SandboxUnavailable; a platform fault is part of the answer."""
    started = time.perf_counter()
    done, fault = None, ""
    try:
        done = execution.execute(assignment, solution.files, hidden=True)
    except PlatformFault as error:
        fault = str(error)
    return Rehearsal(solution=solution, done=done, fault=fault, seconds=round(time.perf_counter() - started, 3))


def rehearse_all(pairs: Iterable[tuple[Assignment, Solution]], *, jobs: int) -> Iterator[tuple[Assignment, Rehearsal]]:
    """Each solution of each assignment, `jobs` at a time, as they end."""
    execution.backend().probe()  # before the threads, or each would open and try a sandbox of its own
    with ThreadPoolExecutor(max_workers=jobs, thread_name_prefix="rehearsal") as pool:
        running = {pool.submit(_rehearse_in_thread, *pair): pair[0] for pair in pairs}
        try:
            for future in as_completed(running):
                yield running[future], future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _rehearse_in_thread(assignment: Assignment, solution: Solution) -> Rehearsal:
    try:
        return rehearse(assignment, solution)
    finally:
        connections.close_all()
