"""Which names a piece of Python gives a value to and which it needs."""

from __future__ import annotations

import ast
import re

from courses.loading.notebooks import parsed


def without_magics(source: str) -> str:
    return "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in source.split("\n"))


def bound(node: ast.AST) -> set[str]:
    """Names that a statement gives a value to, in its own scope."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
    names |= {each.name for each in ast.walk(node) if isinstance(each, ast.ExceptHandler) and each.name}
    return names | {
        name
        for each in ast.walk(node)
        if isinstance(each, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef)
        for name in bound(each)
    }


def deleted(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Del)}


def loaded(node: ast.AST) -> set[str]:
    """Names that a statement needs from outside, without those of the functions and comprehensions in it."""
    own = {each.arg for each in ast.walk(node) if isinstance(each, ast.arg)}
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        own |= {name for each in node.body for name in bound(each)} | {node.name}
    for each in ast.walk(node):
        if isinstance(each, ast.comprehension):
            own |= bound(each.target)
        elif isinstance(each, ast.FunctionDef) and each is not node:
            own |= {name for inner in each.body for name in bound(inner)}
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)} - own


def is_plain(node: ast.Assign | ast.AnnAssign) -> bool:
    """Whether a check can compute it by itself: no file is read, and nothing of the student's is called."""
    calls = [each for each in ast.walk(node) if isinstance(each, ast.Call)]
    return not any(isinstance(argument, ast.Constant) for call in calls for argument in call.args if is_text(argument))


def is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def does_something(source: str) -> bool:
    """Whether there is more than a docstring."""
    tree = parsed(source)
    return isinstance(tree, ast.Module) and any(
        not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) for node in tree.body
    )


def identifier(text: str) -> str:
    name = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_").lower()[:60] or "test"
    return f"test_{name}" if name[0].isdigit() else name
