"""A run and the same made again, compared field by field."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from blobs import store
from config.templatetags.pathway import points
from grading.execution import Execution
from grading.judging import judge
from grading.models import CheckResult, Run
from grading.provenance import digest
from grading.results import written
from grading.text import storable

ADDRESS = re.compile(r"0x[0-9a-f]{6,16}")


class Sort(StrEnum):
    """Of a field: what went in, what came out, and what is measured anew each time."""

    INPUT = "input"
    OUTCOME = "outcome"
    MEASURED = "measured"


@dataclass(frozen=True)
class Field:
    """One field of two runs, as texts."""

    name: str
    sort: Sort
    before: str
    after: str

    @property
    def differs(self) -> bool:
        """What is measured is never the same, and never counts."""
        return self.sort != Sort.MEASURED and self.before != self.after


Facts = dict[tuple[Sort, str], str]


def compare(run: Run, again: Run) -> list[Field]:
    """Two finished runs from the database."""
    return compared(facts(run, run.results.all()), facts(again, again.results.all()))


def reproduce(run: Run) -> list[Field]:
    """Make a finished run again, here and now, and store nothing. Raises what `judge` raises."""
    done = judge(run)
    again = Run(digest=run.digest, seed=run.seed, files=run.files, **written(done))
    results = [CheckResult(**storable(result.to_keep())) for result in done.results]
    return compared(facts(run, run.results.all()), facts(again, results, done))


def compared(before: Facts, after: Facts) -> list[Field]:
    keys = [*before, *(key for key in after if key not in before)]
    return [Field(name, sort, before.get((sort, name), "–"), after.get((sort, name), "–")) for sort, name in keys]


def facts(run: Run, results: Iterable[CheckResult], done: Execution | None = None) -> Facts:
    """Everything that is on record about a run. `done` holds the notebook of one that is not stored."""
    notebook = done.notebook if done else store.read(run.notebook) if run.notebook else b""
    found: Facts = {
        (Sort.INPUT, "Submission"): run.digest,
        (Sort.INPUT, "Assignment"): run.assignment_digest,
        (Sort.INPUT, "Hidden data"): run.hidden_digest,
        (Sort.INPUT, "Environment"): run.environment,
        (Sort.INPUT, "Seed"): str(run.seed),
        (Sort.INPUT, "Limits"): ", ".join(f"{name} {value:g}" for name, value in sorted(run.limits.items()) if value),
        (Sort.INPUT, "Sandbox"): run.backend,
        (Sort.OUTCOME, "Verdict"): run.verdict,
        (Sort.OUTCOME, "Message"): run.message,
        (Sort.OUTCOME, "Error"): " ".join(str(value) for _, value in sorted((run.error or {}).items()) if value),
        (Sort.OUTCOME, "Auto mark"): "" if run.auto_mark is None else points(run.auto_mark),
        (Sort.OUTCOME, "Executed notebook"): digest(shown_in(notebook)) if notebook else "",
    }
    seconds = 0.0
    for result in results:
        seconds += result.seconds
        earned = f"{points(result.earned)} of {points(result.points)}"
        said = f"{earned}: {result.message}" if result.message else earned
        found[Sort.OUTCOME, f"Check {result.name}"] = said
        if result.details or result.reports:
            found[Sort.OUTCOME, f"Shown by {result.name}"] = digest([result.details, result.reports])
    for name, value in run.usage.items():
        found[Sort.MEASURED, MEASURES.get(name, name)] = f"{value:.1f}"
    found[Sort.MEASURED, "Checks, s"] = f"{seconds:.1f}"
    found[Sort.MEASURED, "Worker"] = run.worker
    for name, at in (("Queued", run.queued_at), ("Started", run.started_at), ("Finished", run.finished_at)):
        found[Sort.MEASURED, name] = f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else ""
    return found


MEASURES = {
    "wall_s": "Run, s",
    "cpu_s": "Processor time, s",
    "peak_memory_mb": "Memory, MB",
    "output_kb": "Output, kB",
}


def shown_in(notebook: bytes) -> list[list[str]]:
    """The source and the outputs of every cell, without the places in memory that some objects print."""
    cells = []
    for cell in json.loads(notebook).get("cells", []):
        outputs = [{**each, "metadata": None, "execution_count": None} for each in cell.get("outputs", [])]
        cells.append([json.dumps(cell["source"]), ADDRESS.sub("0x…", json.dumps(outputs, sort_keys=True))])
    return cells
