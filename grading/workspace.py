"""What the workspace shows: the cells of a draft, and what the last run of them has shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from blobs import store
from courses.models import Assignment, Enrolment
from grading import cells, drafts
from grading.cells import Cell
from grading.models import Draft, Run, RunOutput
from grading.models.submission import StoredFile
from grading.outputs import Part, parts_of
from grading.words import seconds

EDITABLE = (".ipynb", ".py", ".md", ".txt", ".toml", ".yaml", ".yml", ".json", ".cfg")
MAX_EDITED = 1_000_000


class NotEditable(ValueError):
    """Why a file cannot be changed here."""


@dataclass(frozen=True)
class ShownCell:
    """A cell as the editor has it, with what it showed when it last ran."""

    cell: Cell
    number: int
    parts: Sequence[Part] = field(default_factory=list)
    note: str = ""
    """“1.9 s, ran before your last edit”."""


def files_of(draft: Draft | None, assignment: Assignment) -> list[StoredFile]:
    """What the editor opens: the draft, or what one begins with."""
    return draft.files if draft else drafts.starter(assignment)


def opened(files: Sequence[StoredFile], name: str) -> bytes:
    """The content of one file, if it can be changed here. Raises NotEditable, KeyError when there is none."""
    file = {file["name"]: file for file in files}[name]
    if not name.endswith(EDITABLE):
        raise NotEditable(f"{name} is not text: it is changed by uploading another.")
    if file["size"] > MAX_EDITED and not cells.is_notebook(name):
        raise NotEditable(f"{name} is larger than 1 MB: it is changed by uploading another.")
    content = store.read(file["sha256"])
    try:
        found = cells.cells_of(name, content)
    except Exception:  # an uploaded zip may hold anything under any name
        raise NotEditable(f"{name} cannot be read as text: it is changed by uploading another.") from None
    if len(found) > cells.MAX_CELLS:
        raise NotEditable(
            f"{name} has {len(found)} cells, and the editor takes {cells.MAX_CELLS}: it is changed by uploading it."
        )
    if sum(len(cell.source) for cell in found) > MAX_EDITED:
        raise NotEditable(f"{name} has more than 1 MB of text: it is changed by uploading another.")
    return content


def last_run(enrolment: Enrolment, assignment: Assignment) -> Run | None:
    """The newest run of the editor."""
    runs = Run.objects.filter(kind=Run.Kind.CELLS, enrolment=enrolment, assignment=assignment)
    return runs.select_related("assignment").order_by("-queued_at").first()


def shown_cells(name: str, content: bytes, run: Run | None) -> list[ShownCell]:
    """The cells of the file; those of the entry file with what the run has shown so far."""
    all_cells = cells.cells_of(name, content)
    found = shown_by(run) if run is not None and name == run.assignment.entry else {}
    shown = []
    for number, cell in enumerate(all_cells, 1):
        told = found.get(cell.id)
        if told is None:
            shown.append(ShownCell(cell, number))
        else:
            edited = "ran before your last edit" if told.source != cell.source else ""
            shown.append(ShownCell(cell, number, told.parts, ", ".join(filter(None, [told.took, edited]))))
    return shown


@dataclass(frozen=True)
class Told:
    """What a run has shown for one cell."""

    source: str
    parts: Sequence[Part]
    seconds: float | None = None

    @property
    def took(self) -> str:
        """Nothing when nobody would notice."""
        return seconds(round(self.seconds, 1)) if self.seconds and self.seconds >= 0.05 else ""


def shown_by(run: Run, since: int = 0) -> dict[str, Told]:
    """By cell id, of the code cells from number `since` on; while it runs as far as it has got."""
    if run.state == Run.State.FINISHED:
        shown = cells.outputs_of(run.assignment.entry, store.read(run.notebook)) if run.notebook else {}
        return {id: Told(each["source"], parts_of(each["outputs"]), each["seconds"]) for id, each in shown.items()}
    if run.is_over:
        return {}
    rows = RunOutput.objects.filter(run=run, cell__gte=since).order_by("cell")
    code = [cell for cell in cells.cells_of(run.assignment.entry, entry_of(run)) if cell.is_code]
    return {
        code[max(row.cell, 1) - 1].id: Told(code[max(row.cell, 1) - 1].source, parts_of(row.outputs))
        for row in rows
        if row.cell <= len(code)
    }


def entry_of(run: Run) -> bytes:
    return store.read(next(file["sha256"] for file in run.files if file["name"] == run.assignment.entry))


def cells_of_run(run: Run) -> Iterable[str]:
    """The ids of its code cells."""
    return [cell.id for cell in cells.cells_of(run.assignment.entry, entry_of(run)) if cell.is_code]
