"""Every address of the wide world in the programme's files, and under which title."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FRONT = re.compile(r"\A\+\+\+\n(.*?)^\+\+\+$", re.S | re.M)
CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.S | re.M)
INLINE = re.compile(r"\[([^\]]*)\]\(\s*([a-z][a-z0-9+.-]*:[^\s)]+)")
BARE = re.compile(
    r"(?<![\w@/.-])(?:https?://\S+|(?:[a-z0-9-]+\.)+(?:org|com|net|io|edu|gov|eu|ac\.uk|co\.uk|gov\.uk|nhs\.uk|org\.uk)\b)"
)


@dataclass(frozen=True)
class Link:
    """`title` is empty for one in a text, which has words of its own."""

    file: str
    url: str
    title: str


def links_in(folder: Path) -> list[Link]:
    """Of lessons, briefs, notes, pages of data sets and lists of resources, in the order of the files."""
    found: list[Link] = []
    for path in sorted(folder.rglob("*.md")) + sorted(folder.glob("m*/module.toml")):
        name = path.relative_to(folder).as_posix()
        table, text = parts_of(path)
        listed = [*table.get("further", []), *table.get("resources", [])]
        found += [Link(name, each["url"], each["title"]) for each in listed]
        found += [Link(name, url, "") for _, url in INLINE.findall(CODE.sub("", text))]
    return found


def bare_addresses(folder: Path) -> Iterator[tuple[str, str]]:
    """Addresses that stand in a text without being a link: the file and what stands there."""
    for path in sorted(folder.rglob("*.md")):
        _, text = parts_of(path)
        for found in BARE.finditer(INLINE.sub("", CODE.sub("", text))):
            yield path.relative_to(folder).as_posix(), found.group()


def parts_of(path: Path) -> tuple[dict[str, Any], str]:
    """The table of a file, and its text."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".toml":
        return tomllib.loads(text), ""
    front = FRONT.match(text)
    return (tomllib.loads(front[1]), text[front.end() :]) if front else ({}, text)
