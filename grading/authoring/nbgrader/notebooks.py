"""What students begin with and the reference: the source notebook without its tests and nbgrader's marks."""

from __future__ import annotations

import ast
import base64
import mimetypes
import re
from pathlib import Path
from typing import Any

import nbformat
from nbformat import v4

from courses.loading.notebooks import parsed
from grading.authoring.nbgrader.source import MARKER, SCHEME, SOLUTION, Cell, Lost

CODE_STUB, TEXT_STUB = "# YOUR CODE HERE\nraise NotImplementedError()", "YOUR ANSWER HERE"
PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)\s:]+)\)")
LARGEST_PICTURE = 1024 * 1024


def without_markers(cell: Cell) -> str | None:
    """What the reference has in place of a cell; None for a test, which is a check now."""
    return None if cell.is_test else MARKER.sub("", SCHEME.sub("", cell.source)).rstrip("\n")


def starter(cells: list[Cell]) -> list[str | None]:
    """What the student's notebook has in place of each cell."""
    return [starter_cell(cell) for cell in cells]


def starter_cell(cell: Cell) -> str | None:
    if cell.is_test:
        return None
    source = SCHEME.sub("", cell.source)
    stub = CODE_STUB if cell.kind == "code" else TEXT_STUB
    if SOLUTION.search(source):
        return SOLUTION.sub(lambda match: indented_like(stub, match[0]), source).rstrip("\n")
    if not cell.is_answer:
        return source
    tree = parsed(source) if cell.kind == "code" else None
    functions = (
        [node for node in tree.body if isinstance(node, ast.FunctionDef)] if isinstance(tree, ast.Module) else []
    )
    if not functions:
        return stub
    return "\n\n\n".join(head_of(source, function) + indented_like(stub, "    ") for function in functions).rstrip("\n")


def indented_like(text: str, region_text: str) -> str:
    indent = region_text[: len(region_text) - len(region_text.lstrip(" \t"))] if region_text.strip() else region_text
    return "".join(f"{indent}{line}\n" for line in text.split("\n"))


def head_of(source: str, function: ast.FunctionDef) -> str:
    """The lines of a function up to its body, with its docstring."""
    first = function.body[0]
    documented = ast.get_docstring(function) is not None
    last = (first.end_lineno or first.lineno) if documented else first.lineno - 1
    start = min([function.lineno, *(each.lineno for each in function.decorator_list)])
    lines = source.split("\n")[start - 1 : max(last, function.lineno)]
    return "\n".join(lines) + "\n"


def notebook(cells: list[Cell], folder: Path, lost: list[Lost], sources: list[str | None]) -> str:
    """A notebook with these sources in place of the cells', each with the name that it had in nbgrader."""
    book: Any = v4.new_notebook()
    names: set[str] = set()
    for cell, source in zip(cells, sources, strict=True):
        if source is None:
            continue
        name = re.sub(r"[^A-Za-z0-9_-]", "-", cell.name)[:64]
        name = name if name not in names else f"cell-{cell.number}"
        names.add(name)
        make: Any = {"code": v4.new_code_cell, "markdown": v4.new_markdown_cell, "raw": v4.new_raw_cell}[cell.kind]
        new = make(source, id=name)
        if cell.kind == "markdown" and (pictures := attached(cell, folder, lost)):
            for picture in pictures:
                new.source = new.source.replace(f"]({picture})", f"](attachment:{picture})")
            new.attachments = pictures
        book.cells.append(new)
    return f"{nbformat.writes(book)}\n"


def attached(cell: Cell, folder: Path, lost: list[Lost]) -> dict[str, dict[str, str]]:
    """Pictures beside the notebook go into it: a programme is made of text files."""
    found = {}
    for match in PICTURE.finditer(cell.source):
        name = match[2]
        kind, file = mimetypes.guess_type(name)[0] or "", folder / name
        if Path(name).name != name or not kind.startswith("image/") or not file.is_file():
            lost.append(Lost(cell.number, f"the picture {name} is not beside the notebook, so it is not shown."))
        elif file.stat().st_size > LARGEST_PICTURE:
            lost.append(Lost(cell.number, f"the picture {name} is larger than 1 MB: make it smaller and put it in."))
        else:
            found[name] = {kind: base64.b64encode(file.read_bytes()).decode()}
    return found
