"""The student's work and the data, as checks see them."""

from __future__ import annotations

import ast
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .declaring import AuthorError, CheckFailed

if TYPE_CHECKING:
    import pandas as pd

Ask = Callable[[Any], Any]


@dataclass(frozen=True)
class Cell:
    """One code cell as it was run. `outputs` maps MIME types to texts (pictures in base64), one dict an output."""

    number: int
    source: str
    printed: str
    outputs: tuple[dict[str, str], ...]
    error: str
    """The type of the exception that ended it; empty when it ran to its end."""


class Student:
    """The student's work, in another process: only plain values cross."""

    def __init__(
        self,
        name: str,
        source: str,
        printed: str,
        ask: Ask,
        *,
        cells: list[str] | None = None,
        artefacts: tuple[str, ...] = (),
        executed: bytes = b"",
        again: Student | None = None,
        handed_in: Path | None = None,
    ) -> None:
        self.name = name
        """The file that was handed in."""
        self.source = source
        """Its code; of a notebook that of all code cells, one below the other."""
        self.printed = printed
        """What it wrote to standard output."""
        self.artefacts = artefacts
        """Names of the files that came back, by the patterns of assignment.toml."""
        self.last_call = ""
        """The function that was called last."""
        self._cells = cells if cells is not None else [source]
        self._ask = ask
        self._executed = executed
        self._again = again
        self._handed_in = handed_in

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Names of all files that were handed in, such as "README.md" or "tests/test_model.py"."""
        if self._handed_in is None:
            return (self.name,)
        found = (path.relative_to(self._handed_in) for path in self._handed_in.rglob("*") if path.is_file())
        return tuple(sorted(path.as_posix() for path in found))

    def file(self, name: str) -> str:
        """What stands in a file that was handed in. A missing one, or one that is not text, fails the check."""
        if name not in self.files or self._handed_in is None:
            raise CheckFailed(f"There is no {name} among the files that you handed in.", expected=name)
        try:
            return (self._handed_in / name).read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            raise CheckFailed(f"{name} is not text in UTF-8.") from None

    @property
    def again(self) -> Student:
        """The same work, run once more with another seed, where assignment.toml has [repeat].

        With `shuffle_columns` its copies of the visible CSV files have their columns in another order.
        """
        if self._again is None:
            raise AuthorError("There is no second run: assignment.toml has no [repeat].")
        return self._again

    def call(self, function: str, *args: Any, **kwargs: Any) -> Any:
        """Call a function that the student defined.

        Gives back plain values (numbers, text, lists, dicts, arrays, frames); anything else comes as an opaque handle
        that can only be passed on to another call. A crash, a time-out or a missing function fails this check with a
        plain reason.
        """
        self.last_call = function
        return self._asked({"call": function, "args": list(args), "kwargs": kwargs}, look_at=function)

    def value(self, name: str) -> Any:
        """A variable that the student's code has left, under the rules of `call`. None of that name fails the check."""
        return self._asked({"value": name}, look_at=name)

    def artefact(self, name: str) -> bytes:
        """What is in a file that came back, such as "plots/roc.png". A missing one fails the check."""
        content: bytes = self._asked({"artefact": name})
        return content

    def artefact_table(self, name: str) -> pd.DataFrame:
        """A CSV file that came back. A missing or unreadable one fails the check."""
        import pandas as pd

        content = self.artefact(name)
        try:
            return pd.read_csv(io.BytesIO(content))
        except Exception as error:  # The file is the student's: pandas may refuse it in any way.
            reason = type(error).__name__
            raise CheckFailed(f"{name} cannot be read as a table ({reason}).", expected="a CSV file") from None

    @cached_property
    def notebook(self) -> tuple[Cell, ...]:
        """The code cells of the notebook as they were run, with their outputs. A script is one cell."""
        if not self._executed:
            return (Cell(1, self.source, self.printed, (), ""),)
        book = json.loads(self._executed)
        code = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
        return tuple(_cell(number, cell) for number, cell in enumerate(code, 1))

    def where(self, name: str) -> str:
        """Where the student's code defines a function or variable last: "cell 4, line 2"; empty if nowhere."""
        found = ""
        for number, source in enumerate(self._cells, 1):
            for line in _lines_that_define(name.split(".")[0], source):
                found = f"cell {number}, line {line}" if self.name.endswith(".ipynb") else f"{self.name}, line {line}"
        return found

    def _asked(self, question: dict[str, Any], look_at: str = "") -> Any:
        reply = self._ask(question)
        if not reply["ok"]:
            where, raised = reply.get("where", ""), reply.get("raised", "")
            raise CheckFailed(reply["reason"], look_at=look_at, where=where, raised=raised)
        return reply["value"]


def _cell(number: int, cell: dict[str, Any]) -> Cell:
    outputs = cell.get("outputs", [])
    printed = "".join(_text(output["text"]) for output in outputs if output["output_type"] == "stream")
    shown = tuple(
        {mime: _text(content) for mime, content in output["data"].items() if isinstance(content, str | list)}
        for output in outputs
        if output["output_type"] in ("display_data", "execute_result")
    )
    error = next((str(output["ename"]) for output in outputs if output["output_type"] == "error"), "")
    return Cell(number, _text(cell["source"]), printed, shown, error)


def _text(lines: str | list[str]) -> str:
    return lines if isinstance(lines, str) else "".join(lines)


def _lines_that_define(name: str, source: str) -> list[int]:
    plain = "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in source.split("\n"))
    try:
        tree = ast.parse(plain)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    lines = []
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.ClassDef() | ast.AsyncFunctionDef() if node.name == name:
                lines.append(node.lineno)
            case ast.Name(id=found, ctx=ast.Store()) if found == name:
                lines.append(node.lineno)
    return sorted(lines)


class Data:
    """The data files that this check may read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, name: str) -> Path:
        """Where a file of the assignment's data lies."""
        found = self._folder / name
        if not found.is_file():
            raise AuthorError(f"There is no data file {name!r} for this check.")
        return found

    def table(self, name: str) -> pd.DataFrame:
        """A CSV file as a fresh DataFrame."""
        import pandas as pd

        return pd.read_csv(self.path(name))
