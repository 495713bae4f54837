"""The test cells of a notebook as checks: where each name in them comes from, and what cannot be asked from outside."""

from __future__ import annotations

import ast
import builtins
import json
import keyword
from dataclasses import dataclass
from decimal import Decimal

from courses.loading.checks import HIDDEN_POINTS, VISIBLE_POINTS
from courses.loading.notebooks import parsed
from grading.authoring.nbgrader.names import (
    bound,
    deleted,
    does_something,
    identifier,
    is_plain,
    loaded,
    without_magics,
)
from grading.authoring.nbgrader.source import HIDDEN, MARKER, Cell, Lost
from grading.authoring.nbgrader.words import plain, shares, title_of_test


@dataclass
class Test:
    """A test cell that can be asked from another process."""

    cell: Cell
    title: str
    name: str
    visible: str
    hidden: str
    values: list[str]


class Tests:
    """The test cells of a notebook, and where the names in them come from."""

    def __init__(self, cells: list[Cell], lost: list[Lost]) -> None:
        self.cells, self.lost = cells, lost
        self.functions: set[str] = set()
        self.variables: set[str] = set()
        self.classes: set[str] = set()
        self.given: list[tuple[set[str], str, set[str]]] = []  # names bound, the statement, names that it needs
        for cell in cells:
            if cell.kind == "code":
                self._look_at(cell)
        self.needed: set[str] = set()
        self.tests = [test for cell in cells if cell.is_test and (test := self._test(cell))]
        self.titles = [test.title for test in self.tests]

    def _look_at(self, cell: Cell) -> None:
        """What a cell defines, for the tests that use it."""
        source = MARKER.sub("", without_magics(cell.source))
        tree = parsed(source)
        if not isinstance(tree, ast.Module):
            return
        for node in tree.body:
            names, text = bound(node), ast.get_source_segment(source, node) or ""
            if cell.is_answer:
                self.functions |= names if isinstance(node, ast.FunctionDef) else set()
                self.classes |= names if isinstance(node, ast.ClassDef) else set()
                if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
                    self.variables |= names
            if isinstance(node, ast.Import | ast.ImportFrom) or (
                not cell.is_answer and isinstance(node, ast.FunctionDef | ast.ClassDef)
            ):
                decorators = [f"@{ast.unparse(each)}\n" for each in getattr(node, "decorator_list", [])]
                self.given.append((names, "".join(decorators) + text, loaded(node)))
            elif not cell.is_answer and not cell.is_test and isinstance(node, ast.Assign | ast.AnnAssign):
                if is_plain(node):
                    self.given.append((names, text, loaded(node)))
                else:
                    self.variables |= names

    def _test(self, cell: Cell) -> Test | None:
        """The test of a cell, or None when it is lost, which is told."""
        if not cell.points:
            self.lost.append(Lost(cell.number, f"the test {cell.name} is worth no points, so it is left out."))
            return None
        if "AUTOTEST" in cell.source:
            text = "### AUTOTEST stands for tests that nbgrader writes from the solution: write out what is expected."
            self.lost.append(Lost(cell.number, f"the test {cell.name} is left out. {text}"))
            return None
        whole = MARKER.sub("", without_magics(cell.source))
        if whole.count("\n") and without_magics(cell.source) != cell.source:
            self.lost.append(Lost(cell.number, "lines that begin with % or ! are left out of the test."))
        tree = parsed(whole)
        if not isinstance(tree, ast.Module):
            self.lost.append(Lost(cell.number, f"the test {cell.name} is left out: it is not Python ({tree[1]})."))
            return None
        values, reason = self._sources_of(tree)
        if reason:
            self.lost.append(Lost(cell.number, f"the test {cell.name} is left out: {reason}."))
            return None
        title = title_of_test(cell, tree)
        visible = HIDDEN.sub("", without_magics(cell.source))
        return Test(cell, title, identifier(cell.name), visible if does_something(visible) else "", whole, values)

    def _sources_of(self, tree: ast.Module) -> tuple[list[str], str]:
        """The student's variables that a test reads, or why it cannot be asked from another process."""
        own = {name for node in tree.body for name in bound(node)}
        if changed := sorted((own | deleted(tree)) & (self.functions | self.classes)):
            return [], f"it replaces or deletes {', '.join(changed)} in the student's process, which no check can enter"
        names, needed, values = loaded(tree) - own, set[str](), set[str]()
        while names:
            name = names.pop()
            given = [each for each in self.given if name in each[0]]
            if name in self.classes:
                return [], f"objects of the student's class {name} cannot leave the student's process"
            if name in self.functions or name in self.variables:
                if name in self.variables and name not in self.functions:
                    values.add(name)
                needed.add(name)
            elif given:
                needed.add(name)
                names |= {each for one in given for each in one[2]} - needed
            elif not hasattr(builtins, name):
                return [], f"it uses {name}, which no cell defines"
        self.needed |= needed
        return sorted(values), ""

    def as_checks(self, source: str) -> tuple[str, list[str]]:
        """checks.py, and the functions that it calls."""
        functions = sorted(self.functions & self.needed)
        visible = [test for test in self.tests if test.visible]
        parts = [checks_head(source, bool(self.tests), bool(functions))]
        given = dict.fromkeys(text for names, text, _ in self.given if names & (self.needed - self.functions))
        head = [*given, *(f"{name} = StudentFunction({json.dumps(name)})" for name in functions)]
        parts += ["\n\n".join(head)] if head else []
        if not visible:
            parts.append(runs_to_its_end(VISIBLE_POINTS, "runs_to_its_end", visible=True))
        if not self.tests:
            parts.append(runs_to_its_end(HIDDEN_POINTS, "runs_to_its_end_when_graded", visible=False))
            text = (
                "no test cell could be carried over, so the two checks only ask whether the notebook runs: "
                "every notebook that runs earns full auto marks until you write others."
            )
            self.lost.append(Lost(0, text))
        else:
            worth = sum((test.cell.points for test in self.tests), Decimal(0)).normalize()
            text = f"{worth:f} points of tests became {VISIBLE_POINTS} visible and {HIDDEN_POINTS} hidden ones in"
            self.lost.append(Lost(0, f"{text} proportion; those of cells that a person marks weigh the rubric."))
        taken = {"check", "Student", "Data", "StudentFunction", "test_cell", *self.functions, *self.needed}
        for tests, total, is_visible in ((visible, VISIBLE_POINTS, True), (self.tests, HIDDEN_POINTS, False)):
            for test, points in zip(tests, shares([test.cell.points for test in tests], total * 100), strict=True):
                parts.append(check_of(test, Decimal(points) / 100, is_visible, taken))
        return "\n\n\n".join(parts) + "\n", functions


def checks_head(source: str, has_tests: bool, has_functions: bool) -> str:
    """The beginning of checks.py."""
    names = ", ".join(["StudentFunction"] * has_functions + ["test_cell"] * has_tests)
    imports = "from checking import Data, Student, check" + (
        f"\nfrom checking.nbgrader import {names}" if names else ""
    )
    text = f"The test cells of {plain(source)}, from nbgrader. Hidden checks repeat the visible ones when graded."
    return f'"""{text}"""\n\n{imports}'


def runs_to_its_end(points: int, name: str, *, visible: bool) -> str:
    title = "The notebook runs to its end" if visible else "Hidden: the notebook runs to its end"
    return (
        f'@check("{title}", points={points}, visible={visible})\n'
        f'def {name}(student: Student, data: Data) -> None:\n    """No check is run before it has."""'
    )


def check_of(test: Test, points: Decimal, is_visible: bool, taken: set[str]) -> str:
    """One test cell as a check."""
    name = test.name if is_visible else f"{test.name}_hidden"
    while name in taken or keyword.iskeyword(name):
        name = f"check_{name}"
    taken.add(name)
    title = test.title if is_visible else f"Hidden: {test.title}"
    values = "".join(f"    {value} = student.value({json.dumps(value)})\n" for value in test.values)
    code = values + body(test.visible if is_visible else test.hidden)
    return (
        f"@check({json.dumps(title, ensure_ascii=False)}, points={points.normalize():f}, visible={is_visible})\n"
        f"@test_cell(points={test.cell.points.normalize():f})\n"
        f"def {name}(student: Student, data: Data) -> object:\n{code}"
    )


def body(source: str) -> str:
    """A cell as the body of a function: a number at its end is returned, as nbgrader reads it for partial credit."""
    source = source.strip("\n")
    tree = ast.parse(source)
    lines = source.split("\n")
    inside = {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant | ast.JoinedStr) and (node.end_lineno or 0) > node.lineno
        for line in range(node.lineno + 1, (node.end_lineno or 0) + 1)
    }
    last = tree.body[-1]
    if isinstance(last, ast.Expr) and not (isinstance(last.value, ast.Constant) and len(tree.body) == 1):
        text = lines[last.lineno - 1]
        lines[last.lineno - 1] = f"{text[: last.col_offset]}return {text[last.col_offset :]}"
    return "\n".join(
        line if number in inside or not line.strip() else f"    {line}" for number, line in enumerate(lines, 1)
    )
