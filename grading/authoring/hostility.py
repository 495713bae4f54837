"""Hostile solutions, the same for every assignment: hostile/*.py, told the names of functions and hidden files."""

from __future__ import annotations

import ast
import copy
from pathlib import Path

import nbformat
from nbformat import v4

from blobs import store
from courses.models import Assignment, AssignmentFile, Solution
from grading.execution import Execution

HOSTILE = "hostile"
FOLDER = Path(__file__).resolve().parent / "hostile"
SECONDS = 8  # a hostile run has no right to the time of an honest one


def hostile_solutions(assignment: Assignment) -> list[tuple[Assignment, Solution]]:
    """Each of them for this assignment, which gets short limits. The rows are not saved, their files are stored."""
    hurried = copy.copy(assignment)
    hurried.limits = assignment.limits | {
        key: min(assignment.limits[key], SECONDS) for key in ("wall_s", "cpu_s", "call_s")
    }
    hidden = assignment.files.filter(part=AssignmentFile.Part.HIDDEN_DATA).values_list("name", flat=True)
    told = f"FUNCTIONS = {assignment.functions!r}\nHIDDEN = {list(hidden)!r}\n"
    found = []
    for path in sorted(FOLDER.glob("*.py")):
        source = path.read_text(encoding="utf-8")
        content = as_entry(told + source, assignment.kind)
        files = [{"name": assignment.entry, "sha256": store.put(content), "size": len(content)}]
        why = ast.get_docstring(ast.parse(source)) or ""
        found.append((hurried, Solution(assignment=hurried, kind=HOSTILE, name=path.name, why=why, files=files)))
    return found


def as_entry(source: str, kind: str) -> bytes:
    if kind == Assignment.Kind.SCRIPT:
        return source.encode()
    return str(nbformat.writes(v4.new_notebook(cells=[v4.new_code_cell(source, id="hostile")]))).encode()


def complaint_about_hostile(done: Execution) -> str:
    """It may earn nothing on a hidden check, and its author is to read why."""
    if earned := [f"{each.name} ({each.earned})" for each in done.results if each.earned and not each.is_visible]:
        return f"Hostile work earns points on hidden checks: {', '.join(earned)}."
    if not done.outcome.message and any(not each.message for each in done.results if each.earned < each.points):
        return "There is no reason to read for lost points."
    return ""
