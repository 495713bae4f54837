"""What stands in the files of a repository, as far as a program can see it: headings with text below, columns, keys.

Each function gives what is lacking, as parts of a sentence; nothing when all is there. Words in the form "uses|use"
are alternatives. Comments (<!-- -->) do not count: starters hold their advice in them.
"""

import csv
import io
import itertools
import json
from collections.abc import Iterator, Sequence

ENOUGH = 5  # words below a heading
FEW = 20  # headings of one name that are looked at


def without_comments(text: str) -> str:
    first, *others = text.split("<!--")
    return first + "".join(rest.partition("-->")[2] for rest in others)


def is_next_to_nothing(text: str) -> bool:
    return len(without_comments(text).split()) < 3


def lacking_headings(text: str, wanted: Sequence[str], holds: str = "") -> list[str]:
    """Headings that are not there or have nothing below; `holds` asks for a number or a table there."""
    lines = without_comments(text).splitlines()
    found = [(number, level, title.lower()) for number, level, title in _headings(lines)]
    lacks = []
    for words in wanted:
        named = words.split("|")[0]
        named_so = [(number, level) for number, level, title in found if _holds_one_of(title, words)]
        below = [_below(lines, number, level) for number, level in named_so[:FEW]]
        if not below:
            lacks.append(f"no heading on “{named}”")
        elif all(sum(len(line.split()) for line in part) < ENOUGH for part in below):
            lacks.append(f"nothing below the heading on “{named}”")
        elif holds and not any(_has(part, holds) for part in below):
            lacks.append(f"no {holds} below the heading on “{named}”")
    return lacks


def lacking_words(text: str, wanted: Sequence[str]) -> list[str]:
    lower = without_comments(text).lower()
    return [f"no word on “{words.split('|')[0]}”" for words in wanted if not _holds_one_of(lower, words)]


def lacking_columns(text: str, columns: Sequence[str], rows: int = 1) -> list[str]:
    """Of a CSV file: columns, fields that are empty, and rows up to the number that is needed."""
    try:
        found = list(csv.DictReader(io.StringIO(text)))
    except csv.Error:
        return ["no table that can be read: commas between values, quotes around texts"]
    given = found[0].keys() if found else next(csv.reader(io.StringIO(text)), [])
    if lacks := [f"no column {column}" for column in columns if column not in given]:
        return lacks
    gaps = sum(not str(row[column] or "").strip() for row in found for column in columns)
    lacks = [f"{gaps} empty field{'s' if gaps > 1 else ''}"] if gaps else []
    return lacks if len(found) >= rows else [*lacks, f"{len(found)} of at least {rows} rows"]


def lacking_keys(text: str, keys: Sequence[str]) -> list[str]:
    """Of a JSON object: keys that are not there or hold nothing; a slash leads into an inner object."""
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        return ["no JSON that can be read"]
    lacks = []
    for key in keys:
        value = whole
        for part in key.split("/"):
            value = value.get(part) if isinstance(value, dict) else None
        if value is None or value == "" or value == [] or value == {}:
            lacks.append(f"nothing under {key}")
    return lacks


def _headings(lines: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Line, level and text of each; a # in a block of code begins none."""
    is_code = False
    for number, line in enumerate(lines):
        if line.startswith(("```", "~~~")):
            is_code = not is_code
        title = line.lstrip("#")
        if not is_code and 0 < len(line) - len(title) <= 6:
            yield number, len(line) - len(title), title.strip()


def _below(lines: Sequence[str], number: int, level: int) -> list[str]:
    """The lines up to the next heading of the same or a higher level, without the headings among them."""
    found = []
    is_code = False
    for line in itertools.islice(lines, number + 1, None):
        if line.startswith(("```", "~~~")):
            is_code = not is_code
        depth = 0 if is_code else len(line) - len(line.lstrip("#"))
        if 0 < depth <= level:
            break
        if not 0 < depth <= 6:
            found.append(line)
    return found


def _has(lines: Sequence[str], what: str) -> bool:
    if what == "table":
        return sum(line.lstrip().startswith("|") for line in lines) >= 3
    return any(character.isdigit() for line in lines for character in line)


def _holds_one_of(text: str, words: str) -> bool:
    return any(word.lower() in text for word in words.split("|"))
