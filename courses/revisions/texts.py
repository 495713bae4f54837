"""The difference of two texts, for people: by line, and inside a line that was changed by word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

AROUND = 1  # lines shown before and after a change
LONGEST = 200_000  # characters of both texts that are compared line by line
LONGEST_LINE = 4_000  # characters of two lines that are compared word by word
ALIKE = 0.4  # of a line must be left for it to count as changed and not as another
WORDS = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True)
class Segment:
    """A stretch of a line: kept, removed or added."""

    state: str
    text: str


@dataclass(frozen=True)
class Line:
    """`state` is kept, removed, added, changed, or gap: lines that are the same and not shown."""

    state: str
    segments: tuple[Segment, ...] = ()
    hidden: int = 0


def difference(old: str, new: str) -> list[Line]:
    """Nothing when they are equal."""
    if old == new:
        return []
    if len(old) + len(new) > LONGEST:
        return [_whole("removed", f"{len(old):,} characters"), _whole("added", f"{len(new):,} characters")]
    before, after = old.splitlines(), new.splitlines()
    matcher = SequenceMatcher(None, before, after)
    return list(_lines(before, after, matcher.get_opcodes())) or [_whole("changed", "Only the ends of lines.")]


def _whole(state: str, text: str) -> Line:
    return Line(state, (Segment("kept" if state == "changed" else state, text),))


def _lines(before: list[str], after: list[str], steps: Sequence[tuple[str, int, int, int, int]]) -> Iterator[Line]:
    if all(step == "equal" for step, *_ in steps):
        return
    last = len(steps) - 1
    for place, (step, low, high, new_low, new_high) in enumerate(steps):
        if step == "equal":
            head, tail = (AROUND if place else 0), (AROUND if place < last else 0)
            yield from _kept(before[low:high], head, tail)
        else:
            yield from _replaced(before[low:high], after[new_low:new_high])


def _kept(lines: list[str], head: int, tail: int) -> Iterator[Line]:
    hidden = len(lines) - head - tail
    if hidden <= 1:
        yield from (_whole("kept", line) for line in lines)
        return
    yield from (_whole("kept", line) for line in lines[:head])
    yield Line("gap", hidden=hidden)
    yield from (_whole("kept", line) for line in lines[len(lines) - tail :])


def _replaced(old: list[str], new: list[str]) -> Iterator[Line]:
    for before, after in zip_longest(old, new):
        if before is not None and after is not None and (line := _changed(before, after)):
            yield line
            continue
        if before is not None:
            yield _whole("removed", before)
        if after is not None:
            yield _whole("added", after)


def _changed(before: str, after: str) -> Line | None:
    """One line with what was removed from it and added to it; None when they have too little in common."""
    if len(before) + len(after) > LONGEST_LINE:
        return None
    words, others = WORDS.findall(before), WORDS.findall(after)
    matcher = SequenceMatcher(None, words, others)
    if matcher.ratio() < ALIKE:
        return None
    segments: list[Segment] = []
    gone = come = space = ""
    for step, low, high, new_low, new_high in matcher.get_opcodes():
        old, new = "".join(words[low:high]), "".join(others[new_low:new_high])
        if step == "equal" and old.isspace() and (gone or come):
            space = old  # Between two changes: they are told as one.
        elif step == "equal":
            segments += [*_pair(gone, come), Segment("kept", space + old)]
            gone = come = space = ""
        else:
            gone, come, space = gone + space + old, come + space + new, ""
    segments += [*_pair(gone, come), Segment("kept", space)]
    return Line("changed", tuple(segment for segment in segments if segment.text))


def _pair(gone: str, come: str) -> list[Segment]:
    return [Segment("removed", gone), Segment("added", come)]
