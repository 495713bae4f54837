"""Perform, then score. Student code runs with visible data only; the author's checks run in another sandboxed process
that holds the hidden data and never loads student code; only plain values pass between them, through this process."""

from __future__ import annotations

import csv
import io
import random
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from django.conf import settings
from nbformat import v4

from blobs import store
from courses.models import Assignment, AssignmentFile, Check
from grading.canaries import FILE, NOT_JUDGED, REFUSED, Canaries, Leak
from grading.models.submission import StoredFile
from grading.provenance import CHECKING, Provenance, provenance
from grading.scoring import Performed, PlatformFault, Result, auto_mark, result_of, run_check, waits_for
from sandbox import Backend, Event, Job, Limits, Outcome, SandboxUnavailable, Verdict, open_backend

__all__ = ["Execution", "PlatformFault", "Result", "backend", "execute", "render"]

PAGE = Path(__file__).resolve().parent / "page.py"
WORK_LIMITS = Limits(wall_s=600, cpu_s=600, call_s=300, memory_mb=4096)
REOPENINGS = 2
NOT_TO_THE_END = "Not run: your code did not run to the end."
DIED_AGAIN = f"Not run: calls of your functions have ended Python itself {REOPENINGS + 1} times."
Part = AssignmentFile.Part


@dataclass(frozen=True, kw_only=True)
class Execution:
    """One run from end to end."""

    outcome: Outcome
    results: list[Result]
    auto_mark: Decimal | None
    notebook: bytes = b""
    page: bytes = b""
    provenance: Provenance = field(default_factory=Provenance)
    leak: str = ""
    """Through what a canary came out; then the run is refused."""


@cache
def backend() -> Backend:
    """The sandbox of this process, opened once and kept warm."""
    return open_backend(settings.SANDBOX_BACKEND)


def execute(
    assignment: Assignment,
    files: list[StoredFile],
    *,
    hidden: bool,
    seed: int = 0,
    on_event: Callable[[Event], None] | None = None,
) -> Execution:
    """Run the files and check them; hidden checks only if `hidden`.

    Raises PlatformFault for what is ours, SandboxUnavailable where nothing has been seen to isolate.
    """
    must_isolate()
    checks = [check for check in assignment.checks.all() if hidden or check.is_visible]
    with (
        tempfile.TemporaryDirectory(prefix="pathway-run-") as folder,
        ThreadPoolExecutor(max_workers=3, thread_name_prefix="sandbox-session") as pool,
    ):
        work = Work(assignment, files, hidden=hidden, seed=seed, folder=Path(folder))
        leak = ""
        try:
            outcome, results, page = perform_and_score(work, checks, pool, on_event)
        except Leak as found:
            leak = found.where
            outcome = Outcome(verdict=Verdict.REFUSED, message=REFUSED)
            results = [result_of(check, 0.0, NOT_JUDGED) for check in checks]
            page = pool.submit(render, work.executed(outcome))
        return Execution(
            outcome=outcome,
            results=results,
            auto_mark=auto_mark(results) if hidden else None,
            notebook=work.executed(outcome),
            page=page.result(),
            provenance=provenance(assignment, hidden=hidden, limits=asdict(work.limits), backend=backend().name),
            leak=leak,
        )


def perform(
    assignment: Assignment,
    files: list[StoredFile],
    *,
    seed: int = 0,
    on_event: Callable[[Event], None] | None = None,
) -> Execution:
    """Run the files on the visible data, and check nothing. Raises as `execute` does."""
    must_isolate()
    with tempfile.TemporaryDirectory(prefix="pathway-run-") as folder:
        work = Work(assignment, files, hidden=False, seed=seed, folder=Path(folder))
        with backend().open(work.jobs()[0]) as session:
            outcome = session.run(on_event)
        if outcome.verdict == Verdict.PLATFORM_FAULT:
            raise PlatformFault(outcome.message)
        return Execution(
            outcome=outcome,
            results=[],
            auto_mark=None,
            notebook=work.executed(outcome),
            provenance=provenance(assignment, hidden=False, limits=asdict(work.limits), backend=backend().name),
        )


def must_isolate() -> None:
    probe = backend().probe()
    if not probe.ok:
        raise SandboxUnavailable(f"{probe.reason} {probe.remedy}".strip())


def perform_and_score(
    work: Work, checks: list[Check], pool: ThreadPoolExecutor, on_event: Callable[[Event], None] | None
) -> tuple[Outcome, list[Result], Future[bytes]]:
    """How the run went, a result for every check, and the page of the executed notebook, which is still being made.

    When the student's code dies in a call, everything is opened afresh for the checks that are left. Raises Leak.
    """
    results: list[Result] = []
    with Opened(work, pool, on_event) as opened:
        outcome = opened.first.outcome
        page = pool.submit(render, work.executed(outcome))
        if outcome.verdict == Verdict.COMPLETED:
            results += opened.score(checks, results)
    for _ in range(REOPENINGS):
        if outcome.verdict != Verdict.COMPLETED or len(results) == len(checks):
            break
        with Opened(work, pool) as opened:
            results += opened.score(checks, results)
    why = DIED_AGAIN if outcome.verdict == Verdict.COMPLETED else NOT_TO_THE_END
    results += [result_of(check, 0.0, why) for check in checks[len(results) :]]
    return outcome, results, page


class Work:
    """What is run: the student's code, a second time where the assignment asks for it, and the checks."""

    def __init__(
        self, assignment: Assignment, files: list[StoredFile], *, hidden: bool, seed: int, folder: Path
    ) -> None:
        """`folder` is there as long as the run."""
        assets = list(assignment.files.all())
        self.visible = {file.name: store.path(file.sha256) for file in assets if file.part == Part.VISIBLE_DATA}
        self.hidden = {
            file.name: store.path(file.sha256) for file in assets if hidden and file.part == Part.HIDDEN_DATA
        }
        self.checks_file = next(store.path(file.sha256) for file in assets if file.part == Part.CHECKS)
        self.files = {file["name"]: store.path(file["sha256"]) for file in files}
        self.assignment, self.seed = assignment, seed
        self.entry = self.files[assignment.entry]
        self.cells = cells_of(self.entry.read_text(encoding="utf-8", errors="replace"), assignment.kind)
        self.source = "\n\n".join(self.cells)
        self.limits = Limits(**assignment.limits)
        self.canaries = Canaries(self.hidden.values(), self.visible.values())
        self.canary_file = folder / FILE
        self.canary_file.write_text(self.canaries.word)

    def jobs(self) -> list[Job]:
        """Of the student's code: one, or two that differ in the seed and, where it is asked for, in the columns."""
        jobs = [self._job(self.visible, self.seed)]
        if self.assignment.repeat:
            shuffles = self.assignment.repeat["shuffle_columns"]
            jobs.append(self._job(shuffled(self.visible) if shuffles else self.visible, other_seed(self.seed)))
        return jobs

    def _job(self, data: Mapping[str, Path], seed: int) -> Job:
        return Job(
            kind="notebook" if self.assignment.kind == Assignment.Kind.NOTEBOOK else "script",
            entry=self.assignment.entry,
            files={f"data/{name}": path for name, path in data.items()} | self.files,
            limits=self.limits,
            seed=seed,
            artefacts=tuple(self.assignment.artefacts),
        )

    def scoring_job(self) -> Job:
        data = {f"data/{name}": path for name, path in (self.visible | self.hidden | {FILE: self.canary_file}).items()}
        data |= {f"work/{name}": path for name, path in self.files.items()}
        return Job(
            kind="script",
            entry="score.py",
            files={"score.py": CHECKING / "score.py", "checks.py": self.checks_file, **data},
            limits=WORK_LIMITS,
            seed=self.seed,
            packages=(CHECKING,),
        )

    def executed(self, outcome: Outcome) -> bytes:
        return outcome.notebook or as_notebook(self.cells, outcome)

    def about(self, outcome: Outcome) -> dict[str, Any]:
        """What the checks may know of one run."""
        return {
            "name": self.assignment.entry,
            "source": self.source,
            "cells": self.cells,
            "printed": outcome.stdout,
            "artefacts": sorted(outcome.artefacts),
            "executed": outcome.notebook or b"",
        }


class Opened:
    """The sessions of one submission, from their opening to their end.

    All are opened by this thread, which a sandbox service takes for one party with one turn; then the student's runs go
    on side by side, while the checks are loaded.
    """

    def __init__(self, work: Work, pool: ThreadPoolExecutor, on_event: Callable[[Event], None] | None = None) -> None:
        self.work, self.pool, self.on_event = work, pool, on_event
        self.sessions = ExitStack()

    def __enter__(self) -> Opened:
        with ExitStack() as sessions:
            students = [sessions.enter_context(backend().open(job)) for job in self.work.jobs()]
            self.scorer = sessions.enter_context(backend().open(self.work.scoring_job()))
            loading, *others = [self.pool.submit(session.run) for session in (self.scorer, *students[1:])]
            sessions.callback(wait, [loading, *others])
            outcomes = [students[0].run(self.on_event), *(other.result() for other in others)]
            self.loaded = loading.result()
            for outcome in outcomes:
                if outcome.verdict == Verdict.PLATFORM_FAULT:
                    raise PlatformFault(outcome.message)
                self.work.canaries.search_run(outcome)
            self.runs = [
                Performed(session, outcome, self.work.source, self.work.assignment.entry)
                for session, outcome in zip(students, outcomes, strict=True)
            ]
            self.sessions = sessions.pop_all()
        return self

    def __exit__(self, *exc: object) -> None:
        self.sessions.close()

    @property
    def first(self) -> Performed:
        return self.runs[0]

    def score(self, checks: list[Check], before: list[Result]) -> list[Result]:
        """The results of the checks that have none yet, in order, until the student's code dies in one of them."""
        if self.loaded.verdict != Verdict.COMPLETED:
            raise PlatformFault(f"The checks could not be loaded: {self.loaded.message or self.loaded.error}")
        work, canaries = self.work, self.work.canaries
        begun = self.scorer.call("begin", [work.about(run.outcome) for run in self.runs], canaries.word)
        if begun.verdict != Verdict.COMPLETED:
            raise PlatformFault(f"The checks could not begin: {begun.message or begun.error}")
        results: list[Result] = []
        for check in checks[len(before) :]:
            result = waits_for(check, checks, before + results)
            if result is None and any(run.died for run in self.runs):
                break
            if result is None:
                result = run_check(self.scorer, check, self.runs, call_s=work.limits.call_s, canaries=canaries)
            results.append(result)
        return results


def other_seed(seed: int) -> int:
    """Of the second run: far from the first, and the same whenever the run is reproduced."""
    return (seed + 2**30) % 2**31


@cache
def shuffled_copy(path: Path) -> Path:
    """A CSV file with every column in another place, the same in every run."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    order = list(range(len(rows[0]))) if rows else []
    draw = random.Random(path.name)  # noqa: S311 - no secret
    for last in range(len(order) - 1, 0, -1):  # Sattolo's shuffle leaves nothing where it was.
        other = draw.randrange(last)
        order[last], order[other] = order[other], order[last]
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([row[place] for place in order] for row in rows)
    return store.path(store.put(text.getvalue().encode()))


def shuffled(files: Mapping[str, Path]) -> dict[str, Path]:
    return {name: shuffled_copy(path) if name.endswith(".csv") else path for name, path in files.items()}


def cells_of(text: str, kind: str) -> list[str]:
    """The code cells of a notebook, or the whole of a script."""
    if kind == Assignment.Kind.SCRIPT:
        return [text]
    try:
        book = nbformat.reads(text, as_version=4)
    except Exception:  # It is the student's: whoever runs it says what is wrong with it.
        return []
    return [cell.source for cell in book.cells if cell.cell_type == "code"]


def as_notebook(cells: list[str], outcome: Outcome) -> bytes:
    """Code that left no executed notebook, with what it printed below: one way of showing everything."""
    made = [v4.new_code_cell(source, id=f"cell-{number}") for number, source in enumerate(cells or [""], 1)]
    for name, text in (("stdout", outcome.stdout), ("stderr", outcome.stderr)):
        if text:
            made[-1].outputs.append(v4.new_output("stream", name=name, text=text))
    return str(nbformat.writes(v4.new_notebook(cells=made))).encode()


def render(notebook: bytes) -> bytes:
    """The executed notebook as one page without scripts, made inside the sandbox. Nothing if it cannot be shown."""
    with tempfile.TemporaryDirectory(prefix="pathway-render-") as folder:
        book = Path(folder) / "notebook.ipynb"
        book.write_bytes(notebook)
        job = Job(
            kind="script",
            entry="page.py",
            files={"page.py": PAGE, "notebook.ipynb": book},
            limits=Limits(memory_mb=1024, disk_mb=64),
            artefacts=("page.html",),
        )
        with backend().open(job) as session:
            outcome = session.run()
    if outcome.verdict == Verdict.PLATFORM_FAULT:
        raise PlatformFault(outcome.message)
    return outcome.artefacts.get("page.html", b"")
