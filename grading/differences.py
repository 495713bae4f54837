"""What differs between two states of somebody's work, cell by cell and line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from blobs import store
from grading.cells import Cell, cells_of, is_notebook
from grading.models.submission import StoredFile

MAX_LINES = 2000


@dataclass(frozen=True)
class Line:
    """`kind` is same, gone or new."""

    kind: str
    text: str


@dataclass(frozen=True)
class Difference:
    """A cell, or a text file, that is not the same in both."""

    place: str
    """“Cell 3”, “report.md”."""
    before: str | None
    """None where it is new."""
    after: str | None
    """None where it is gone."""

    @property
    def is_before(self) -> bool:
        return self.before is not None

    @property
    def is_after(self) -> bool:
        return self.after is not None

    @property
    def sentence(self) -> str:
        if self.before is None:
            return "new"
        return "taken out" if self.after is None else "changed"

    @property
    def lines(self) -> list[Line]:
        return lines_between(self.before or "", self.after or "")


def lines_between(before: str, after: str) -> list[Line]:
    """Every line of both, in order."""
    old, new = before.splitlines(), after.splitlines()
    if len(old) + len(new) > MAX_LINES:  # Comparing takes the square of their number.
        return [Line("gone", text) for text in old] + [Line("new", text) for text in new]
    lines: list[Line] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            lines += [Line("same", text) for text in old[a:b]]
        else:
            lines += [Line("gone", text) for text in old[a:b]] + [Line("new", text) for text in new[c:d]]
    return lines


def between_cells(before: Sequence[Cell], after: Sequence[Cell]) -> list[Difference]:
    """Cells are the same cell by their id, wherever they stand. In the order of the later state, what is gone last."""
    old = {cell.id: cell for cell in before}
    found = []
    for number, cell in enumerate(after, 1):
        source = old[cell.id].source if cell.id in old else None
        if source != cell.source:
            found.append(Difference(f"Cell {number}", source, cell.source))
    kept = {cell.id for cell in after}
    for number, cell in enumerate(before, 1):
        if cell.id not in kept:
            found.append(Difference(f"Cell {number}, before", cell.source, None))
    return found


def between_files(before: Sequence[StoredFile], after: Sequence[StoredFile]) -> list[Difference]:
    """Of two drafts or attempts. A file that is not text is named, and not shown."""
    old, new = ({file["name"]: file["sha256"] for file in files} for files in (before, after))
    found: list[Difference] = []
    for name in sorted(old.keys() | new.keys()):
        was, now = old.get(name), new.get(name)
        if was == now:
            continue
        if is_notebook(name) and was and now:
            cells = between_cells(cells_of(name, store.read(was)), cells_of(name, store.read(now)))
            found += [
                Difference(f"{name}, {each.place[0].lower()}{each.place[1:]}", each.before, each.after)
                for each in cells
            ]
        else:
            found.append(Difference(name, text_of(name, was), text_of(name, now)))
    return found


def text_of(name: str, sha256: str | None) -> str | None:
    if sha256 is None:
        return None
    try:
        cells = cells_of(name, store.read(sha256))
    except UnicodeDecodeError:
        return "(This file is not text.)"
    return "\n\n".join(cell.source for cell in cells)
