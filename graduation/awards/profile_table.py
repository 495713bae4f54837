"""Profiles as a CSV table: id, a mark per module, component_fail, misconduct, resit, rpl; decided, with outcome, mean,
refer and compensated. Lists are separated by `;`, resits written `M4=70`. If the last four columns are filled, they are
what the rules are expected to give. Where outcome is filled, an empty refer or compensated expects none; an empty mean
expects nothing.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

from courses.regulations import Regulations
from graduation.awards.engine import Decision, Profile, problems

FLAGS = ("component_fail", "misconduct", "resit", "rpl")
DECIDED = ("outcome", "mean", "refer", "compensated")
MARK = re.compile(r"(-?\d{1,9})(?:\.0+)?", re.ASCII)


@dataclass(frozen=True)
class Defect:
    row: str
    column: str
    got: str
    expected: str

    def __str__(self) -> str:
        return f"{self.row}, column {self.column}: got {self.got}, expected {self.expected}."


class TableError(ValueError):
    """Every defect of the file, in its order; nothing of it was read."""

    def __init__(self, defects: Iterable[Defect]) -> None:
        self.defects = tuple(defects)
        super().__init__("\n".join(str(defect) for defect in self.defects))


@dataclass(frozen=True)
class Row:
    id: str
    profile: Profile
    cells: Mapping[str, str] = field(hash=False)
    expected: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True)
class Table:
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    unknown_columns: tuple[str, ...]
    """Kept as they are and not looked at."""


@dataclass(frozen=True)
class Difference:
    row: str
    column: str
    expected: str
    got: str

    def __str__(self) -> str:
        return f"row {self.row}, column {self.column}: expected {self.expected or 'none'}, got {self.got or 'none'}."


def read(path: Path, regulations: Regulations) -> Table:
    """Raises TableError with all defects together."""
    lines = _lines(path)
    header = lines[0][1]
    known = {name.casefold(): name for name in ("id", *regulations.modules, *FLAGS, *DECIDED)}
    columns = tuple(known.get(cell.casefold(), cell) for cell in header)
    defects = list(_header_defects(columns, regulations))
    if defects:
        raise TableError(defects)
    rows: list[Row] = []
    lines_of: dict[str, int] = {}
    for number, cells in lines[1:]:
        row = _RowReader(number, columns, cells, regulations)
        first = lines_of.setdefault(row.id, number)
        if first != number and row.id:
            row.defect("id", f"{row.id!r} again", f"an id of its own; line {first} has this one")
        found = row.read()
        defects += row.defects
        if found:
            rows.append(found)
    if defects:
        raise TableError(defects)
    return Table(columns, tuple(rows), tuple(name for name in columns if name not in known.values()))


def compare(row: Row, decision: Decision) -> list[Difference]:
    got = _decided(decision)
    return [
        Difference(row.id, column, expected, got[column])
        for column, expected in row.expected.items()
        if _comparable(column, expected) != _comparable(column, got[column])
    ]


def written(table: Table, decisions: Sequence[Decision]) -> str:
    columns = [*table.columns, *(name for name in DECIDED if name not in table.columns)]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    for row, decision in zip(table.rows, decisions, strict=True):
        writer.writerow({**row.cells, **_decided(decision)})
    return text.getvalue()


def _decided(decision: Decision) -> dict[str, str]:
    return {
        "outcome": decision.outcome.value,
        "mean": "" if decision.mean is None else str(decision.mean),
        "refer": ";".join(decision.referred),
        "compensated": ";".join(decision.compensated),
    }


def _comparable(column: str, cell: str) -> object:
    if column == "mean":
        try:
            return Decimal(cell)
        except InvalidOperation:
            return cell
    return cell.casefold() if column == "outcome" else {name.casefold() for name in _items(cell)}


def _items(cell: str) -> list[str]:
    return [item.strip() for item in cell.split(";") if item.strip()]


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """Line number and stripped cells of all lines that are not blank; at least a header and one row."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        # Strict: a quote that never closes would swallow the rows after it.
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    except OSError as error:
        raise _unreadable(path, f"a file that cannot be read ({error.strerror})", "a CSV file") from error
    except UnicodeDecodeError as error:
        raise _unreadable(path, "bytes that are not UTF-8", "a CSV file saved as UTF-8, not a workbook") from error
    except csv.Error as error:
        raise _unreadable(path, f"broken CSV ({error})", "cells separated by commas, quotes closed") from error
    filled = [(number, cells) for number, cells in lines if any(cells)]
    if len(filled) < 2:
        raise _unreadable(path, f"{len(filled)} lines with content", "a header and at least one row")
    return filled


def _unreadable(path: Path, got: str, expected: str) -> TableError:
    return TableError([Defect(f"file {path.name}", "(all)", got, expected)])


def _header_defects(columns: Sequence[str], regulations: Regulations) -> Iterator[Defect]:
    for name in ("id", *regulations.modules, *FLAGS):
        if name not in columns:
            yield Defect(
                "header", name, "no such column", "it, even if all its cells are empty; commas between columns"
            )
    for name in dict.fromkeys(columns):
        if columns.count(name) > 1:
            yield Defect("header", name or "(no name)", f"{columns.count(name)} of them", "one")


class _RowReader:
    def __init__(self, number: int, columns: Sequence[str], cells: Sequence[str], regulations: Regulations) -> None:
        self.columns, self.count, self.regulations = columns, len(cells), regulations
        self.cells = dict(zip(columns, cells, strict=False))
        self.id = self.cells.get("id", "")
        self.name = f"row {self.id} (line {number})" if self.id else f"line {number}"
        self.modules = {module.casefold(): module for module in regulations.modules}
        self.defects: list[Defect] = []

    def defect(self, column: str, got: str, expected: str) -> None:
        self.defects.append(Defect(self.name, column, got, expected))

    def read(self) -> Row | None:
        """The row, or None with what is wrong in `defects`."""
        if self.count != len(self.columns):
            self.defect("(all)", f"{self.count} cells", f"{len(self.columns)} as in the header")
            return None
        if not self.id:
            self.defect("id", "nothing", "an id, to name the row by")
        profile = Profile(
            marks={module: self._mark(module, self.cells[module]) for module in self.regulations.modules},
            component_fails=self._listed("component_fail"),
            misconduct=self._listed("misconduct"),
            resits=self._resits(),
            recognised=self._listed("rpl"),
        )
        if not self.defects:
            for problem in problems(profile, self.regulations):
                self.defect(problem.field, problem.got, problem.expected)
        return None if self.defects else Row(self.id, profile, self.cells, self._expected())

    def _mark(self, column: str, cell: str) -> int | None:
        """None for an empty cell; also, with a defect, for one that is no whole mark."""
        written = MARK.fullmatch(cell)
        if cell and not written:
            self.defect(column, repr(cell), "a whole number from 0 to 100")
        return int(written[1]) if written else None

    def _module(self, column: str, name: str) -> str | None:
        module = self.modules.get(name.casefold())
        if module is None:
            self.defect(column, repr(name), f"any of {', '.join(self.regulations.modules)}, separated by ;")
        return module

    def _listed(self, column: str) -> frozenset[str]:
        return frozenset(module for name in _items(self.cells[column]) if (module := self._module(column, name)))

    def _resits(self) -> dict[str, int]:
        resits: dict[str, int] = {}
        for item in _items(self.cells["resit"]):
            name, equals, written = (part.strip() for part in item.partition("="))
            if not equals or not written:
                self.defect("resit", repr(item), "module=mark, such as M4=70")
                continue
            module, mark = self._module("resit", name), self._mark("resit", written)
            if module is None or mark is None:
                continue
            if module in resits:
                self.defect("resit", f"{module} twice", "one resit a module (rule 5)")
            resits[module] = mark
        return resits

    def _expected(self) -> dict[str, str]:
        present = {column: self.cells[column] for column in DECIDED if column in self.cells}
        empty_means_none = ("refer", "compensated") if present.get("outcome") else ()
        return {column: cell for column, cell in present.items() if cell or column in empty_means_none}
