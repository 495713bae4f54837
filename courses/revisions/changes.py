"""One difference between two revisions, as a page shows it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from courses.marks import plain
from courses.revisions.texts import Line, difference

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
OF_AUTHORS = {"Reference", "Wrong solution", "File"}


@dataclass(frozen=True)
class Value:
    """What was one thing and is another now; empty where there was, or is, none."""

    what: str
    old: str
    new: str


@dataclass(frozen=True)
class Text:
    what: str
    lines: list[Line]


@dataclass(frozen=True)
class Change:
    """Something that was added, removed or changed, with what has changed about it and in it."""

    kind: str
    name: str
    state: str
    values: list[Value] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    parts: list[Change] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return self.state == CHANGED and not (self.values or self.texts or self.parts)

    @property
    def is_for_authors(self) -> bool:
        """Does it make no difference to students: solutions that checks are tried on, notes?"""
        if self.kind in OF_AUTHORS:
            return True
        return bool(self.parts) and not (self.values or self.texts) and all(each.is_for_authors for each in self.parts)


def change(
    kind: str,
    name: str,
    *,
    was: bool,
    now: bool,
    values: Iterable[Value] = (),
    texts: Iterable[Text] = (),
    parts: Iterable[Change] = (),
) -> Change:
    """What is new or gone is only named: all that is in it is new or gone too."""
    if not (was and now):
        return Change(kind, name, REMOVED if was else ADDED)
    return Change(kind, name, CHANGED, list(values), list(texts), list(parts))


def real(changes: Iterable[Change]) -> list[Change]:
    return [each for each in changes if not each.is_empty]


def values(*facts: tuple[str, Any, Any]) -> list[Value]:
    """Those that differ, of (what, old, new)."""
    return [Value(what, said(old), said(new)) for what, old, new in facts if old != new]


def settings(what: str, old: dict[str, Any], new: dict[str, Any]) -> list[Value]:
    """Those keys of two dictionaries that differ."""
    return values(*((f"{what}, {key}", old.get(key, ""), new.get(key, "")) for key in [*new, *(old.keys() - new)]))


def texts(*facts: tuple[str, str, str]) -> list[Text]:
    """Those that differ, of (what, old, new)."""
    return [Text(what, lines) for what, old, new in facts if (lines := difference(old, new))]


def listed(what: str, old: list[str], new: list[str]) -> list[Value]:
    """What a list gained and lost; the whole of it when only the order is another."""
    if old == new:
        return []
    gone, come = [each for each in old if each not in new], [each for each in new if each not in old]
    if not gone and not come:
        return values((f"{what}, in order", old, new))
    return [Value(what, each, "") for each in gone] + [Value(what, "", each) for each in come]


def said(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case list():
            return ", ".join(said(each) for each in value)
        case dict():
            return json.dumps(value, ensure_ascii=False)
        case int() | float():
            return f"{value:.12g}"
    return plain(value)
