"""The cells of a draft, as the editor shows them and as they come back from it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nbformat import v4

CELL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
KINDS = ("code", "markdown", "raw")
MAX_CELLS = 300
SCRIPT = "script"


@dataclass(frozen=True)
class Cell:
    """One cell of a notebook, or the whole of a text file."""

    id: str
    kind: str
    source: str

    @property
    def is_code(self) -> bool:
        return self.kind == "code"


def is_notebook(name: str) -> bool:
    return name.endswith(".ipynb")


def cells_of(name: str, content: bytes) -> list[Cell]:
    """Every cell, with an id; of another file, one cell that is all of it. The content must have been checked."""
    text = content.decode("utf-8-sig")
    if not is_notebook(name):
        return [Cell(SCRIPT, "code", text)]
    return [Cell(cell.id, cell.cell_type, cell.source) for cell in read(text).cells]


def with_cells(name: str, content: bytes, cells: Sequence[Cell]) -> bytes:
    """The file with these cells. What else a notebook holds stays; outputs go, since a run makes them."""
    if not is_notebook(name):
        return cells[0].source.encode()
    notebook = read(content.decode("utf-8-sig"))
    before = {cell.id: cell for cell in notebook.cells}
    notebook.cells = []
    for cell in cells:
        made = getattr(v4, f"new_{cell.kind}_cell")(cell.source, id=cell.id)
        if cell.id in before:
            made.metadata = before[cell.id].metadata
        notebook.cells.append(made)
    return as_bytes(notebook)


def up_to(content: bytes, cell_id: str) -> bytes:
    """A notebook that ends with this cell. Raises KeyError if it has no such cell."""
    notebook = read(content.decode("utf-8-sig"))
    number = {cell.id: number for number, cell in enumerate(notebook.cells, 1)}
    notebook.cells = notebook.cells[: number[cell_id]]
    return as_bytes(notebook)


def read(text: str) -> Any:
    """A notebook whose cells all have an id of their own: those that have none get one that is always the same."""
    notebook = v4.reads(text)
    notebook.nbformat_minor = max(notebook.nbformat_minor, 5)
    taken: set[str] = set()
    for number, cell in enumerate(notebook.cells, 1):
        own = cell.get("id")
        if not isinstance(own, str) or not CELL_ID.fullmatch(own) or own in taken:
            own = next(f"cell-{n}" for n in range(number, 10**6) if f"cell-{n}" not in taken)
        cell.id = own
        taken.add(own)
        cell.metadata = cell.get("metadata", {})
    return notebook


def as_bytes(notebook: Any) -> bytes:
    text: str = v4.writes(notebook)
    return f"{text}\n".encode()


def outputs_of(name: str, executed: bytes) -> dict[str, dict[str, Any]]:
    """By cell id, what was run of a file and what it showed: {"source", "outputs", "seconds"}."""
    if not executed:
        return {}
    code = [cell for cell in json.loads(executed)["cells"] if cell["cell_type"] == "code"]
    if not is_notebook(name):
        return {SCRIPT: shown_by(code[0])}
    return {cell["id"]: shown_by(cell) for cell in code if "execution" in cell["metadata"]}


def shown_by(cell: dict[str, Any]) -> dict[str, Any]:
    source = cell["source"]
    return {
        "source": source if isinstance(source, str) else "".join(source),
        "outputs": cell["outputs"],
        "seconds": cell["metadata"].get("pathway", {}).get("seconds"),
    }
