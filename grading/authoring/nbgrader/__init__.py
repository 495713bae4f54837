"""An nbgrader source notebook as an assignment of ours: starter, reference, checks, rubric, brief, and what is lost.

nbgrader runs its test cells in the student's process. Here they become checks that run in another one, where a name
that the student defines is asked for through `checking.nbgrader`. What cannot be asked that way is told, never dropped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from grading.authoring.nbgrader.checks import Tests
from grading.authoring.nbgrader.notebooks import notebook, starter, without_markers
from grading.authoring.nbgrader.source import Lost, NotAnNbgraderNotebook, read
from grading.authoring.nbgrader.words import brief, description, heading_of, note, rubric, tell_about_the_rest, title_of

__all__ = ["Imported", "Lost", "NotAnNbgraderNotebook", "import_notebook"]


@dataclass
class Imported:
    """The files of the assignment by name, and what was lost."""

    files: dict[str, str] = field(default_factory=dict)
    lost: list[Lost] = field(default_factory=list)


def import_notebook(path: Path) -> Imported:
    """The assignment that a source notebook holds. Raises NotAnNbgraderNotebook with a sentence."""
    cells = read(path)
    made = Imported()
    entry = f"{re.sub(r'[^A-Za-z0-9_-]+', '-', path.stem).strip('-') or 'notebook'}.ipynb"
    tests = Tests(cells, made.lost)
    checks, functions = tests.as_checks(path.name)
    made.files["checks.py"] = checks
    made.files[f"starter/{entry}"] = notebook(cells, path.parent, made.lost, starter(cells))
    made.files[f"reference/{entry}"] = notebook(cells, path.parent, [], [without_markers(cell) for cell in cells])
    manual = [cell for cell in cells if cell.is_manual]
    if manual:
        made.files["rubric.toml"] = rubric(cells, manual)
        made.lost.append(Lost(0, "the levels of the rubric are general sentences: write your own."))
    title = title_of(cells, path)
    made.files["brief.md"] = brief(entry, tests.titles, [heading_of(cells, cell) for cell in manual])
    made.files["assignment.toml"] = description(title, entry, functions)
    tell_about_the_rest(cells, path, made.lost)
    made.files["author.md"] = note(path.name, cells, made.lost)
    return made
