"""Notebooks of an assignment: read as students' tools will read them."""

import ast
import json
import warnings
from typing import Any

from nbformat.validator import iter_validate

from courses.loading.problems import shown
from courses.loading.tree import Tree

FORMAT = (4, 5)


def check_notebook(tree: Tree, path: str) -> None:
    text = tree.text(path, "add the notebook")
    if text is None:
        return
    try:
        book = json.loads(text)
    except json.JSONDecodeError as error:
        tree.problem(path, error.lineno, f"this is not JSON ({error.msg}): open and save it in Jupyter.")
        return
    except (RecursionError, ValueError):
        tree.problem(path, None, "this is not a notebook: open and save it in Jupyter.")
        return
    version = (book.get("nbformat"), book.get("nbformat_minor")) if isinstance(book, dict) else None
    if version != FORMAT:
        tree.problem(path, None, "this is not a notebook of format 4.5: open it in a recent Jupyter and save it.")
        return
    if _has_twins(tree, path, text, book):
        return
    if reason := _invalid(book):
        tree.problem(path, None, f"this is not a valid notebook ({reason}): open and save it in Jupyter.")


def _invalid(book: dict[str, Any]) -> str | None:
    """The first thing in which a notebook leaves its format."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            for error in iter_validate(book):
                place = ".".join(str(step) for step in getattr(error, "relative_path", ()))
                reason = next(iter(str(error).splitlines()), "")[:200]
                return f"{place}: {reason}" if place else reason
        except Exception as error:  # nbformat describes an invalid notebook by looking into it, and may stumble.
            return type(error).__name__
    return None


def _has_twins(tree: Tree, path: str, text: str, book: dict[str, Any]) -> bool:
    cells = book.get("cells")
    ids = [cell["id"] for cell in cells if isinstance(cell, dict) and "id" in cell] if isinstance(cells, list) else []
    twins = {shown(one): one for one in ids if ids.count(one) > 1}
    for name, one in twins.items():
        lines = [number for number, line in enumerate(text.split("\n"), 1) if f'"id": {json.dumps(one)}' in line]
        line = lines[1] if len(lines) > 1 else None
        tree.problem(path, line, f"two cells have the id {name}: give each cell its own.")
    return bool(twins)


def functions_of(text: str, *, notebook: bool) -> set[str]:
    """The names that a script or a notebook defines at its top level; empty when it cannot be read."""
    try:
        sources = _code(text) if notebook else [text]
    except (ValueError, RecursionError, TypeError, KeyError, AttributeError):
        return set()
    return {name for source in sources for name in _defined(source)}


def _code(text: str) -> list[str]:
    cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    sources = [cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"]) for cell in cells]
    # Lines for the notebook, not for Python.
    return ["\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in s.split("\n")) for s in sources]


def _defined(source: str) -> set[str]:
    tree = parsed(source)
    if not isinstance(tree, ast.Module):
        return set()
    names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef)}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
    return names


def parsed(source: str) -> ast.Module | tuple[int, str]:
    """The tree of a piece of Python, or the line and reason why it is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except SyntaxError as error:
        return max(error.lineno or 1, 1), error.msg
    except (ValueError, RecursionError, MemoryError):
        return 1, "it cannot be parsed"
