"""The texts around an imported assignment: titles, brief, rubric, description and the author's note."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from courses.loading.rubrics import BANDS
from grading.authoring.nbgrader.notebooks import PICTURE
from grading.authoring.nbgrader.source import MARKER, SCHEME, SOLUTION, Cell, Lost

LEVELS = {
    20: "Hardly anything of what was asked for is there.",
    35: "A beginning, with serious errors.",
    45: "Part of it is there, and it does not yet hold together.",
    52: "The essential is there, with clear gaps.",
    58: "Mostly right, with gaps.",
    65: "Right, with small errors.",
    72: "Right and complete.",
    78: "Right, complete and well explained.",
    85: "Very good in every respect.",
    95: "Nothing could be added.",
}


def shares(weights: list[Decimal], total: int) -> list[int]:
    """Whole parts of `total` in proportion to the weights, none of them 0; the largest remainders get what is left."""
    if not weights:
        return []
    whole = sum(weights) or Decimal(1)
    exact = [weight * total / whole if any(weights) else Decimal(total) / len(weights) for weight in weights]
    parts = [max(int(each), 1) for each in exact]
    order = sorted(range(len(parts)), key=lambda n: exact[n] - int(exact[n]), reverse=True)
    while (left := total - sum(parts)) != 0:
        for n in order if left > 0 else sorted(order, key=lambda n: -parts[n]):
            if left and (left > 0 or parts[n] > 1):
                parts[n] += 1 if left > 0 else -1
                left += -1 if left > 0 else 1
    return parts


def plain(text: str) -> str:
    """A line that means nothing in Markdown, TOML or Python."""
    return " ".join(re.sub(r"[^\w\s.,:;()'’?!/+=-]", " ", text).split())


def sentence(text: str, most: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1]}…"


def title_of_test(cell: Cell, tree: ast.Module) -> str:
    said = ast.get_docstring(tree) or ""
    words = " ".join(line for line in [said.split("\n\n")[0]] if line.strip()) or re.sub(r"[_-]+", " ", cell.name)
    text = sentence("".join(char for char in words if char.isprintable() or char.isspace()), 180)
    return text[:1].upper() + text[1:]


def asked(cell: Cell) -> str:
    """The text of a cell, without what is not for students."""
    return MARKER.sub("", SOLUTION.sub("", SCHEME.sub("", cell.source)))


def headings(cell: Cell) -> list[str]:
    return [plain(line.lstrip("#")) for line in asked(cell).split("\n") if re.match(r"#{1,6}\s+\S", line)]


def title_of(cells: list[Cell], path: Path) -> str:
    first = next((line for cell in cells[:1] if cell.kind == "markdown" for line in headings(cell)[:1]), "")
    text = first or re.sub(r"[_-]+", " ", path.stem)
    return sentence(text[:1].upper() + text[1:], 200)


def heading_of(cells: list[Cell], cell: Cell) -> str:
    """The heading above a cell that a person marks."""
    above = [
        heading
        for each in cells
        if each.kind == "markdown" and each.number <= cell.number
        for heading in headings(each)
    ]
    return sentence(above[-1] if above else plain(re.sub(r"[_-]+", " ", cell.name)), 120) or f"Cell {cell.number}"


def question_of(cells: list[Cell], cell: Cell) -> str:
    """What was asked: the text of a task, or the text above an answer."""
    above = (each for each in reversed(cells[: cell.number - 1]) if each.kind == "markdown")
    text = asked(cell if cell.is_task else next(above, cell))
    lines = [line for line in text.split("\n") if not re.match(r"#{1,6}\s|---", line)]
    return sentence(plain(" ".join(lines)), 390) or f"How good is the answer in cell {cell.number}?"


def rubric(cells: list[Cell], manual: list[Cell]) -> str:
    parts, ids = [], set[str]()
    for cell, weight in zip(manual, shares([cell.points for cell in manual], 100), strict=True):
        name = re.sub(r"[^a-z0-9_-]+", "-", cell.name.lower()).strip("-")[:50]
        name = name if name[:1].isalpha() and name not in ids else f"cell-{cell.number}"
        ids.add(name)
        levels = "\n".join(f'"{band}" = {quoted(LEVELS[band])}' for band in BANDS)
        parts.append(
            f"[[criteria]]\nid = {quoted(name)}\ntitle = {quoted(heading_of(cells, cell))}\nweight = {weight}\n"
            f"question = {quoted(question_of(cells, cell))}\n\n[criteria.levels]\n{levels}\n"
        )
    return "\n".join(parts)


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def brief(entry: str, tests: list[str], manual: list[str]) -> str:
    parts = [f"Open the notebook `{entry}`, do what it asks, and hand it in. All of it must run from top to bottom."]
    for heading, titles in (("What is checked", tests), ("What a tutor marks", manual)):
        if titles:
            parts.append(f"## {heading}\n\n" + "\n".join(f"- {plain(title)}" for title in titles))
    return "\n\n".join(parts) + "\n"


def description(title: str, entry: str, functions: list[str]) -> str:
    return (
        f'title = {quoted(title)}\nkind = "notebook"\nentry = {quoted(entry)}\n'
        f"summary = {quoted(sentence(f'{title}: complete the notebook {entry}.', 300))}\n"
        f'functions = {json.dumps(functions)}\nattempts = 5\ncounts = "best"\nhours = 2\n\n'
        "[limits]\nwall_s = 60\ncpu_s = 60\ncall_s = 10\nmemory_mb = 1024\n"
    )


def tell_about_the_rest(cells: list[Cell], path: Path, lost: list[Lost]) -> None:
    if locked := [str(cell.number) for cell in cells if cell.is_locked]:
        numbers = f"cells {', '.join(locked)}" if len(locked) > 1 else f"cell {locked[0]}"
        lost.append(
            Lost(0, f"read-only {numbers}: nothing stops a student from changing them, and no check trusts them.")
        )
    for cell in cells:
        if cell.is_manual and cell.kind == "code":
            lost.append(
                Lost(cell.number, "marked by a person; when it crashes, the run ends there and checks nothing.")
            )
        if cell.is_task and not SCHEME.search(cell.source):
            lost.append(
                Lost(cell.number, "the task has no mark scheme; its criterion in rubric.toml has only its text.")
            )
    pictures = {match[2] for cell in cells for match in PICTURE.finditer(cell.source)}
    for file in sorted(path.parent.iterdir()):
        if file.is_file() and file.suffix != ".ipynb" and file.name not in pictures and not file.name.startswith("."):
            lost.append(Lost(0, f"{file.name} lies beside the notebook: make a data set of it (docs/authors.md)."))


def note(source: str, cells: Iterable[Cell], lost: list[Lost]) -> str:
    """author.md: where it comes from, what was lost, and the mark schemes."""
    text = f"# Author's note\n\nBrought over from nbgrader: `{source}`. What is not as it was:\n\n"
    text += "\n".join(f"- {each}" for each in lost) + "\n"
    for cell in cells:
        for match in SCHEME.finditer(cell.source):
            text += f"\n## Mark scheme of cell {cell.number}\n\n{MARKER.sub('', match[0]).strip()}\n"
    return text
