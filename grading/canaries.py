"""What must never come out of a run: a word that only the scoring process knows, and the lines of the hidden files.

The word is new in every run; it lies beside the hidden data, and in the memory of the checks. Nothing is planted into
the hidden files themselves, because authors' code reads them: their own lines, which no visible file has, are their
canaries. A line counts in what the student's code gave before any hidden row was sent to it, the word everywhere.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from sandbox import Outcome

SHORTEST = 24  # characters: shorter lines are met by chance
ENOUGH = 3  # different lines
FILE = "canary.txt"
REFUSED = (
    "What your code gave back holds data that only the checks have, so this run was refused and nothing was judged. The"
    " programme’s staff have been told. If your code does not look for hidden data, write to the programme office."
)
NOT_JUDGED = "Not run: the run was refused."
BETWEEN = re.compile(r"[\s,;|]+")


class Leak(Exception):
    """A canary has come out. `where` says through what."""

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where


class Canaries:
    """Those of one run."""

    def __init__(self, hidden: Iterable[Path], visible: Iterable[Path]) -> None:
        self.word = f"canary-{secrets.token_hex(16)}"
        seen = frozenset[str]().union(*map(lines_of, visible))
        self.lines = frozenset[str]().union(*map(lines_of, hidden)) - seen

    def search_run(self, outcome: Outcome) -> None:
        """What a run of the student's code gave, before it was asked anything. Raises Leak."""
        self.search("standard output", outcome.stdout)
        self.search("standard error", outcome.stderr)
        self.search("an error message", outcome.error.message if outcome.error else "")
        for text in texts_of_notebook(outcome.notebook or b""):
            self.search("an output of the notebook", text)
        for name, content in outcome.artefacts.items():
            self.search(f"the file {name[:100]}", content.decode("utf-8", "replace"))

    def search(self, where: str, text: str) -> None:
        """Raises Leak for the word, or for several lines of hidden files."""
        if self.word in text or len(self.lines.intersection(lines_in(text))) >= min(ENOUGH, len(self.lines) or 1):
            raise Leak(where)

    def search_bytes(self, where: str, content: bytes) -> None:
        """For what may rightly hold hidden rows, such as the answer of a call: only the word. Raises Leak."""
        if self.word.encode() in content:
            raise Leak(where)


@cache
def lines_of(path: Path) -> frozenset[str]:
    """The lines of a text file that are long enough to be nobody else's; none of a file that is not text."""
    try:
        return frozenset(lines_in(path.read_text(encoding="utf-8")))
    except UnicodeDecodeError:
        return frozenset()


def lines_in(text: str) -> Iterator[str]:
    """Each line with single spaces between its fields, and once more without its first field, as tables print them."""
    for line in text.splitlines():
        if len(line) >= SHORTEST:
            plain = BETWEEN.sub(" ", line.strip())
            yield plain
            yield plain.partition(" ")[2]


def texts_of_notebook(notebook: bytes) -> Iterator[str]:
    """Every text of its outputs."""
    if notebook:
        for cell in json.loads(notebook)["cells"]:
            yield from texts_in(cell.get("outputs", []))


def texts_in(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list() if all(isinstance(each, str) for each in value):
            yield "".join(value)
        case list():
            for each in value:
                yield from texts_in(each)
        case dict():
            for each in value.values():
                yield from texts_in(each)
