"""Perform, then score. Student code runs with visible data only; the author's checks run in another sandboxed process
that holds the hidden data and never loads student code; only plain values pass between them, through this process."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from django.conf import settings
from nbformat import v4

from blobs import store
from courses.models import Assignment, AssignmentFile
from grading.models.submission import StoredFile
from sandbox import Backend, Event, Job, Limits, Outcome, Reply, SandboxUnavailable, Session, Verdict, open_backend

CHECKING = Path(__file__).resolve().parent / "checking"
WORK_LIMITS = Limits(wall_s=600, cpu_s=600, call_s=300, memory_mb=4096)
Part = AssignmentFile.Part


class PlatformFault(RuntimeError):
    """Ours: the sandbox or a check broke. The run is repeated; it costs the student nothing."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one check found."""

    number: int
    name: str
    title: str
    is_visible: bool
    points: Decimal
    earned: Decimal
    message: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Execution:
    """One run from end to end."""

    outcome: Outcome
    results: list[Result]
    auto_mark: Decimal | None
    notebook: bytes = b""
    page: bytes = b""
    backend: str = ""


@cache
def backend() -> Backend:
    """The sandbox of this process, opened once and kept warm."""
    return open_backend(settings.SANDBOX_BACKEND)


@cache
def environment_digest() -> str:
    """SHA-256 of the lock file: what lessons, checks and grading run on."""
    return hashlib.sha256((settings.ROOT / "requirements.txt").read_bytes()).hexdigest()


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
    probe = backend().probe()
    if not probe.ok:
        raise SandboxUnavailable(f"{probe.reason} {probe.remedy}".strip())
    checks = [check for check in assignment.checks.all() if hidden or check.is_visible]
    assets = list(assignment.files.all())
    visible = {f"data/{file.name}": store.path(file.sha256) for file in assets if file.part == Part.VISIBLE_DATA}
    work = {file["name"]: store.path(file["sha256"]) for file in files}
    job = Job(
        kind="notebook" if assignment.kind == Assignment.Kind.NOTEBOOK else "script",
        entry=assignment.entry,
        files=visible | work,
        limits=Limits(**assignment.limits),
        seed=seed,
    )
    with backend().open(job) as student:
        outcome = student.run(on_event)
        if outcome.verdict == Verdict.PLATFORM_FAULT:
            raise PlatformFault(outcome.message)
        if outcome.verdict == Verdict.COMPLETED:
            data = visible | (
                {f"data/{file.name}": store.path(file.sha256) for file in assets if file.part == Part.HIDDEN_DATA}
                if hidden
                else {}
            )
            checks_file = next(file for file in assets if file.part == Part.CHECKS)
            results = score(
                checks, store.path(checks_file.sha256), data, student, outcome, work[assignment.entry], seed
            )
        else:
            results = [result_of(check, 0.0, "Not run: your code did not run to the end.") for check in checks]
    executed = outcome.notebook or as_notebook(work[assignment.entry], outcome)
    return Execution(
        outcome=outcome,
        results=results,
        auto_mark=auto_mark(results) if hidden else None,
        notebook=executed,
        page=render(executed),
        backend=backend().name,
    )


def score(
    checks: list[Any],
    checks_file: Path,
    data: Mapping[str, Path],
    student: Session,
    outcome: Outcome,
    entry: Path,
    seed: int,
) -> list[Result]:
    """Every check in order, in one scoring session."""
    with tempfile.TemporaryDirectory(prefix="pathway-score-") as folder:
        about = Path(folder) / "work.json"
        about.write_text(json.dumps({"name": entry.name, "source": source_of(entry), "printed": outcome.stdout}))
        job = Job(
            kind="script",
            entry="score.py",
            files={"score.py": CHECKING / "score.py", "checks.py": checks_file, "work.json": about, **data},
            limits=WORK_LIMITS,
            seed=seed,
            packages=(CHECKING,),
        )
        with backend().open(job) as scorer:
            started = scorer.run()
            if started.verdict != Verdict.COMPLETED:
                raise PlatformFault(f"The checks could not be loaded: {started.message or started.error}")
            results: list[Result] = []
            passed: set[str] = set()
            for check in checks:
                if check.after and check.after not in passed:
                    needed = next((other.title for other in checks if other.name == check.after), check.after)
                    results.append(result_of(check, 0.0, f"Not run: it needs “{needed}” to pass first."))
                    continue
                reply = scorer.call("run_check", check.name, on_ask=lambda question: answer(student, question))
                result = result_from(check, reply)
                results.append(result)
                if result.earned == result.points:
                    passed.add(check.name)
            return results


def answer(student: Session, question: Any) -> dict[str, Any]:
    """Pass one call of a check on to the student's process, and what came of it back."""
    reply = student.call(question["call"], *question["args"], **question["kwargs"])
    if reply.verdict == Verdict.COMPLETED:
        return {"ok": True, "value": reply.value}
    if reply.verdict == Verdict.PLATFORM_FAULT:
        raise PlatformFault(reply.message)
    return {"ok": False, "reason": reason_of(question["call"], reply)}


def reason_of(function: str, reply: Reply) -> str:
    """Why a call of the student's function gave nothing, in one sentence."""
    if reply.error is None:
        return reply.message or f"{function}() did not give an answer."
    line = f" (line {reply.error.line}" + (f" of cell {reply.error.cell})" if reply.error.cell else ")")
    place = line if reply.error.line else ""
    return f"{function}() stopped with {reply.error.type}: {reply.error.message}{place}"[:1000]


def result_from(check: Any, reply: Reply) -> Result:
    if reply.verdict != Verdict.COMPLETED:
        raise PlatformFault(f"The check {check.name} did not end: {reply.message or reply.error}")
    if "fault" in reply.value:
        raise PlatformFault(f"The check {check.name} broke: {reply.value['fault']}")
    return result_of(check, reply.value["fraction"], reply.value["message"], reply.seconds)


def result_of(check: Any, fraction: float, message: str, seconds: float = 0.0) -> Result:
    earned = (check.points * Decimal(repr(fraction))).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return Result(
        number=check.number,
        name=check.name,
        title=check.title,
        is_visible=check.is_visible,
        points=check.points,
        earned=earned,
        message=message[:2000],
        seconds=round(seconds, 3),
    )


def auto_mark(results: list[Result]) -> Decimal:
    """0 to 100 with two decimals. Visible checks sum to 30 points and hidden ones to 70, so points are per cent."""
    return sum((result.earned for result in results), Decimal("0.00"))


def source_of(entry: Path) -> str:
    """The code of a script, or of a notebook's code cells, as text."""
    text = entry.read_text(encoding="utf-8")
    if entry.suffix != ".ipynb":
        return text
    book = nbformat.reads(text, as_version=4)
    return "\n\n".join(cell.source for cell in book.cells if cell.cell_type == "code")


def as_notebook(entry: Path, outcome: Outcome) -> bytes:
    """A script and what it printed, as a notebook of one cell: one way of showing both."""
    cell = v4.new_code_cell(entry.read_text(encoding="utf-8", errors="replace"), id="script", execution_count=1)
    for name, text in (("stdout", outcome.stdout), ("stderr", outcome.stderr)):
        if text:
            cell.outputs.append(v4.new_output("stream", name=name, text=text))
    return str(nbformat.writes(v4.new_notebook(cells=[cell]))).encode()


def render(notebook: bytes) -> bytes:
    """The executed notebook as one page without scripts, made inside the sandbox. Nothing if it cannot be shown."""
    with tempfile.TemporaryDirectory(prefix="pathway-render-") as folder:
        book = Path(folder) / "notebook.ipynb"
        book.write_bytes(notebook)
        job = Job(
            kind="script",
            entry="render.py",
            files={"render.py": CHECKING / "render.py", "notebook.ipynb": book},
            limits=Limits(memory_mb=1024, disk_mb=64),
            artefacts=("page.html",),
        )
        with backend().open(job) as session:
            outcome = session.run()
    if outcome.verdict == Verdict.PLATFORM_FAULT:
        raise PlatformFault(outcome.message)
    return outcome.artefacts.get("page.html", b"")
