"""The checks of an assignment as code, function by function. Read, never run (ADR 4)."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from blobs import store
from courses.models import Assignment, AssignmentFile


@dataclass(frozen=True)
class Code:
    """`functions` are the checks by name, without their decorators; `shared` is all else that the file holds."""

    functions: dict[str, str] = field(default_factory=dict)
    shared: str = ""


def code_of(assignment: Assignment) -> Code:
    checks = {check.name for check in assignment.checks.all()}
    file = next((file for file in assignment.files.all() if file.part == AssignmentFile.Part.CHECKS), None)
    return Code() if file is None else parts_of(store.read(file.sha256).decode(), checks)


def parts_of(text: str, checks: set[str]) -> Code:
    lines = text.splitlines()
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return Code({}, text)
    functions: dict[str, str] = {}
    shared = list(lines)
    for node in reversed(tree.body):
        if isinstance(node, ast.FunctionDef) and node.name in checks and node.end_lineno:
            functions[node.name] = "\n".join(lines[node.lineno - 1 : node.end_lineno])
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            del shared[first - 1 : node.end_lineno]
    return Code(functions, "\n".join(line for line in shared if line.strip()))
