"""An nbgrader source notebook as it was written: its cells, what each is for, and the regions in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import nbformat

REGION = r"^.*\bBEGIN {0}\b.*\n(?:.*\n)*?^.*\bEND {0}\b.*(?:\n|\Z)"
MARKER = re.compile(r"^.*\b(?:BEGIN|END) (?:SOLUTION|HIDDEN TESTS|MARK SCHEME)\b.*(?:\n|\Z)", re.MULTILINE)


def region(name: str) -> re.Pattern[str]:
    return re.compile(REGION.format(name), re.MULTILINE)


SOLUTION, HIDDEN, SCHEME = region("SOLUTION"), region("HIDDEN TESTS"), region("MARK SCHEME")


class NotAnNbgraderNotebook(ValueError):
    """Why a file cannot be imported."""


@dataclass(frozen=True)
class Lost:
    """Something that was not carried over as it was. `cell` counts all cells from 1; 0 is the notebook as a whole."""

    cell: int
    reason: str

    def __str__(self) -> str:
        return f"cell {self.cell}: {self.reason}" if self.cell else self.reason


@dataclass
class Cell:
    """One cell of the source. Which of the five kinds of nbgrader it is, is said by the properties."""

    number: int
    kind: str
    source: str
    about: dict[str, Any]

    @property
    def is_task(self) -> bool:
        return bool(self.about.get("task"))

    @property
    def is_answer(self) -> bool:
        return bool(self.about.get("solution"))

    @property
    def is_manual(self) -> bool:
        return self.is_task or (self.is_answer and bool(self.about.get("grade")))

    @property
    def is_test(self) -> bool:
        return self.kind == "code" and bool(self.about.get("grade")) and not self.is_answer

    @property
    def points(self) -> Decimal:
        value = self.about.get("points") or 0
        return Decimal(str(value)) if isinstance(value, int | float) and 0 <= value < 1e6 else Decimal(0)

    @property
    def is_locked(self) -> bool:
        return bool(self.about.get("locked")) and not (self.is_test or self.is_manual)

    @property
    def name(self) -> str:
        return str(self.about.get("grade_id") or f"cell-{self.number}")


def read(path: Path) -> list[Cell]:
    try:
        book = nbformat.read(path, as_version=4)
        nbformat.writes(book).encode()
        cells = [
            Cell(number, cell.cell_type, cell.source.replace("\r\n", "\n"), dict(cell.metadata.get("nbgrader") or {}))
            for number, cell in enumerate(book.cells, 1)
        ]
    except OSError as error:
        raise NotAnNbgraderNotebook(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeEncodeError as error:
        raise NotAnNbgraderNotebook(f"{path} holds half a character (a lone surrogate).") from error
    except Exception as error:  # nbformat fails in many ways on what is not a notebook.
        raise NotAnNbgraderNotebook(f"{path} is not a notebook that can be read.") from error
    if not any(cell.about for cell in cells):
        raise NotAnNbgraderNotebook(f"{path} has no cell of nbgrader's: open the source version, not the released one.")
    return cells
