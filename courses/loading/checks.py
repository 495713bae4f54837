"""The checks of an assignment, read from checks.py by its syntax tree: the file is never run here."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from courses.loading.notebooks import parsed
from courses.loading.problems import shown
from courses.loading.tree import Tree
from courses.models import Check

VISIBLE_POINTS, HIDDEN_POINTS = 30, 70
DEFAULT_TIME_LIMIT, LONGEST = 30, 600
KNOWN = ("title", "points", "visible", "time_limit", "after", "feedback")
TOLD = Check.Feedback.values  # the earliest first
TITLE = Check._meta.get_field("title").max_length or 0
NAME = Check._meta.get_field("name").max_length or 0


@dataclass(frozen=True)
class _Function:
    """A function of the file that is a check."""

    node: ast.FunctionDef
    call: ast.Call


def read_checks(
    tree: Tree,
    path: str,
    *,
    visible: list[str] | None,
    hidden: list[str] | None,
    repeats: bool = True,
    has_artefacts: bool = True,
) -> list[Check]:
    """The checks in the order of the file. `visible` and `hidden` are the data files of the assignment, if known."""
    text = tree.text(path, "write the checks of the assignment")
    if text is None:
        return []
    module = parsed(text)
    if isinstance(module, tuple):
        line, reason = module
        tree.problem(path, line, f"this is not Python ({reason}): mend that line.")
        return []
    before = len(tree.problems)
    functions = list(_functions(tree, path, module))
    checks = [_check(tree, path, number, function) for number, function in enumerate(functions, 1)]
    if len(tree.problems) > before:
        return []  # What is said about sums and orders would follow from what is said already.
    if not checks:
        tree.problem(path, 1, "there are no checks: write functions with @check(...) above them.")
        return []
    _after(tree, path, functions, checks)
    _points(tree, path, checks)
    _student(tree, path, module, repeats=repeats, has_artefacts=has_artefacts)
    if visible is not None and hidden is not None:
        for function, check in zip(functions, checks, strict=True):
            _data(tree, path, function.node, check, visible, hidden)
    return checks


def _functions(tree: Tree, path: str, module: ast.Module) -> Iterator[_Function]:
    names: dict[str, int] = {}
    top = {id(node) for node in module.body}
    for node in ast.walk(module):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if id(node) in top:
            if node.name in names:
                text = f"{node.name} is defined in line {names[node.name]} already: give each function its own name."
                tree.problem(path, node.lineno, text)
            names.setdefault(node.name, node.lineno)
        for decorator in node.decorator_list:
            if not _names_check(decorator):
                continue
            if not isinstance(decorator, ast.Call):
                tree.problem(path, decorator.lineno, "@check has no arguments: give it a title, points and visible.")
            elif not isinstance(node, ast.FunctionDef) or id(node) not in top:
                tree.problem(path, node.lineno, f"{node.name} cannot be a check: write a plain function at top level.")
            else:
                yield _Function(node, decorator)


def _names_check(decorator: ast.expr) -> bool:
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    return (isinstance(target, ast.Name) and target.id == "check") or (
        isinstance(target, ast.Attribute) and target.attr == "check"
    )


def _check(tree: Tree, path: str, number: int, function: _Function) -> Check:
    arguments = _Arguments(tree, path, function)
    name, node = function.node.name, function.node
    title = arguments.take("title", str, "write one sentence for the student") or ""
    if title and (not title.strip() or len(title) > TITLE or not title.isprintable()):
        arguments.wrong("title", f"is not one sentence of at most {TITLE} characters: shorten it, without line breaks")
    points = arguments.take("points", (int, float), "write a number such as 5 or 7.5") or 0
    # The comparison comes first: a number may be infinite, or too long to be written out.
    if "points" in arguments.values and not (0 < points <= 100 and round(points, 2) == points):
        text = f"is {shown(points)}: write a number above 0 and up to 100, with two decimals at most"
        arguments.wrong("points", text)
        points = 0
    limit = arguments.take("time_limit", int, f"write whole seconds from 1 to {LONGEST}", DEFAULT_TIME_LIMIT)
    if not 1 <= limit <= LONGEST:
        arguments.wrong("time_limit", f"is {shown(limit)}: write whole seconds from 1 to {LONGEST}")
        limit = DEFAULT_TIME_LIMIT
    if len(name) > NAME:
        tree.problem(path, node.lineno, f"{name[:40]}… has {len(name)} characters: shorten it to {NAME}.")
    if [argument.arg for argument in node.args.args] != ["student", "data"]:
        tree.problem(path, node.lineno, f"{name} does not take (student, data): write exactly these arguments.")
    is_visible = bool(arguments.take("visible", bool, "write True or False"))
    return Check(
        number=number,
        name=name,
        title=title,
        points=Decimal(str(points)),
        is_visible=is_visible,
        time_limit=limit,
        after=arguments.take("after", str, "write the name of a check in quotes", ""),
        feedback=_feedback(arguments, is_visible=is_visible),
    )


def _feedback(arguments: "_Arguments", *, is_visible: bool) -> str:
    usual = Check.Feedback.AT_ONCE if is_visible else Check.Feedback.AFTER_RELEASE
    choices = ", ".join(f'"{choice}"' for choice in Check.Feedback.values)
    feedback: str = arguments.take("feedback", str, f"write one of {choices}", usual.value)
    if feedback not in Check.Feedback.values:
        arguments.wrong("feedback", f"is {shown(feedback)}: write one of {choices}")
    elif is_visible and feedback != usual:
        arguments.wrong("feedback", f"is {shown(feedback)}, but a visible check is seen at once: take it out")
    return feedback


class _Arguments:
    """The arguments of one @check."""

    def __init__(self, tree: Tree, path: str, function: _Function) -> None:
        self.tree, self.path = tree, path
        self.name, self.call = function.node.name, function.call
        self.lines: dict[str, int] = {}
        self.values: dict[str, Any] = {}
        self._read()

    def _read(self) -> None:
        if len(self.call.args) > 1:
            text = f"@check of {self.name} takes one title: name the other arguments, as in points=5, visible=True."
            self.tree.problem(self.path, self.call.lineno, text)
        named = [(word.arg, word.value) for word in self.call.keywords]
        for key, node in [*(("title", node) for node in self.call.args[:1]), *named]:
            if key is None or key not in KNOWN:
                text = f"{key or '**'} is not an argument of @check: the arguments are {', '.join(KNOWN)}."
                self.tree.problem(self.path, node.lineno, text)
                continue
            self.lines[key] = node.lineno
            try:
                self.values[key] = ast.literal_eval(node)
            except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                self.wrong(key, "is not a plain value: write it out, because checks.py is read without being run")

    def wrong(self, key: str, text: str) -> None:
        self.tree.problem(self.path, self.lines.get(key, self.call.lineno), f"{key} of {self.name} {text}.")

    def take(self, key: str, kind: type | tuple[type, ...], what: str, default: Any = None) -> Any:
        """The value when it has the right type; `default` when the argument is missing or wrong."""
        if key not in self.values:
            if key not in self.lines and default is None:
                self.wrong(key, f"is missing: {what}")
            return default
        value = self.values[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.wrong(key, f"is {shown(value)}: {what}")
            del self.values[key]
            return default
        return value


def _after(tree: Tree, path: str, functions: list[_Function], checks: list[Check]) -> None:
    by_name = {check.name: check for check in checks}
    for function, check in zip(functions, checks, strict=True):
        if not check.after:
            continue
        line = next((word.value.lineno for word in function.call.keywords if word.arg == "after"), function.call.lineno)
        before = by_name.get(check.after)
        if before is None:
            text = f"{check.name} comes after {shown(check.after)}, but there is no such check: correct the name."
        elif before is check:
            text = f"circular prerequisite: {check.name} waits for itself. Take out after."
        elif _comes_back(check, by_name):
            text = f"circular prerequisite: {check.name} waits for {before.name}, which waits for it. Break the circle."
        elif before.number > check.number:
            text = f"{check.name} comes after {before.name}, which stands below it: move it down."
        elif check.is_visible and not before.is_visible:
            text = (
                f"{check.name} is visible and waits for {before.name}, which is hidden: a student could never run it."
            )
        elif TOLD.index(check.feedback) < TOLD.index(before.feedback):
            text = (
                f"{check.name} is told {check.feedback} and waits for {before.name}, which is told {before.feedback}: "
                "let it be told no earlier."
            )
        else:
            continue
        tree.problem(path, line, text)


def _comes_back(check: Check, by_name: dict[str, Check]) -> bool:
    seen = set()
    at: Check | None = check
    while at is not None and at.name not in seen:
        seen.add(at.name)
        at = by_name.get(at.after)
    return at is check


def _points(tree: Tree, path: str, checks: list[Check]) -> None:
    for what, is_visible, wanted in (("visible", True, VISIBLE_POINTS), ("hidden", False, HIDDEN_POINTS)):
        total = sum(check.points for check in checks if check.is_visible is is_visible)
        if total != wanted:
            text = f"the points of the {what} checks make {total}: let them make {wanted}."
            tree.problem(path, None, text)


def _student(tree: Tree, path: str, module: ast.Module, *, repeats: bool, has_artefacts: bool) -> None:
    """What the checks ask of `student` and assignment.toml has to provide."""
    for node in ast.walk(module):
        match node:
            case ast.Attribute(value=ast.Name(id="student"), attr="again") if not repeats:
                text = "student.again is a second run, and assignment.toml does not ask for one: add [repeat] there."
            case ast.Attribute(value=ast.Name(id="student"), attr="artefact" | "artefact_table") if not has_artefacts:
                text = f"student.{node.attr} reads files that come back, and assignment.toml names none: add artefacts."
            case _:
                continue
        tree.problem(path, node.lineno, text)


def _data(
    tree: Tree, path: str, function: ast.FunctionDef, check: Check, visible: list[str], hidden: list[str]
) -> None:
    """Files that a check opens by name. What it opens otherwise fails when it runs, and costs the student nothing."""
    for node in ast.walk(function):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="data")), args=[ast.Constant(value=str(name)), *_]):
                pass
            case _:
                continue
        if name in hidden and check.is_visible:
            text = f"{check.name} is visible and opens {name}, which is hidden: use visible data, or hide the check."
        elif name not in hidden and name not in visible:
            text = f"{check.name} opens {shown(name)}, which [data] of assignment.toml does not list: add it there."
        else:
            continue
        tree.problem(path, node.lineno, text)
