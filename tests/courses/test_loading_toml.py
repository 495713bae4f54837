"""Where the keys of a TOML text stand."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from courses.loading.toml_lines import TomlProblem, key_lines, read_toml

TEXT = '''\
# a comment with = and [brackets]
title = "A # in a text, an = and a ]"
"quoted key" = 'literal "x" = 1'
long = """
fake = 1
[fake]
\\""" still """
literal = \'\'\'
fake = 2\'\'\'
numbers = [
    1, # one
    [2, 3],
    { a = 4, "b c" = [5] },
]
a.b.c = 1979-05-27 07:32:00

[limits] # a comment
wall_s = 60

[[set]]
id = "one"

[[set.files]]
name = "x"

[[set]]
id = "two"

[[set.files]]
name = "y"

[[set.files]]
name = "z"
[set.files.more]
deep = true
'''


def paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every key, table and element of a value."""
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    return [found for key, inner in items for found in ((*path, key), *paths(inner, (*path, key)))]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 2),
        (("quoted key",), 3),
        (("long",), 4),
        (("literal",), 8),
        (("numbers",), 10),
        (("numbers", 0), 11),
        (("numbers", 1), 12),
        (("numbers", 2), 13),
        (("numbers", 2, "b c"), 13),
        (("a", "b", "c"), 15),
        (("limits",), 17),
        (("limits", "wall_s"), 18),
        (("set", 0), 20),
        (("set", 0, "id"), 21),
        (("set", 0, "files", 0, "name"), 24),
        (("set", 1), 26),
        (("set", 1, "files", 0, "name"), 30),
        (("set", 1, "files", 1, "name"), 33),
        (("set", 1, "files", 1, "more", "deep"), 35),
    ],
)
def test_each_key_has_its_line(path: tuple[str | int, ...], line: int) -> None:
    assert key_lines(TEXT)[path] == line


def test_nothing_that_only_looks_like_a_key_has_a_line() -> None:
    assert set(key_lines(TEXT)) == set(paths(tomllib.loads(TEXT)))


@pytest.mark.parametrize(
    "file", sorted(Path(settings.PROGRAMME_DIR).rglob("*.toml")), ids=lambda file: file.parent.name
)
def test_every_key_of_the_real_files_stands_in_its_line(file: Path) -> None:
    text = file.read_text()
    lines = text.split("\n")
    found = key_lines(text)

    assert set(found) == set(paths(tomllib.loads(text)))
    for path, line in found.items():
        if isinstance(path[-1], str):
            assert path[-1] in lines[line - 1]


keys = st.one_of(st.from_regex(r"[A-Za-z0-9_-]{1,5}", fullmatch=True), st.text("ab. ='#[]\t", max_size=5))
scalars = st.one_of(st.integers(-99, 99), st.booleans(), st.text("ab\"'\\ #=[]{},\n", max_size=8))
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=8
)


def written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list):
        return "[\n" + "".join(f"  {written(item)}, # ]\n" for item in value) + "]"
    return "{" + ", ".join(f"{quoted(key)} = {written(item)}" for key, item in value.items()) + "}"


def quoted(text: str) -> str:
    if "\n" in text:
        return '"""\n' + text.replace("\\", "\\\\").replace('"', '\\"') + '"""'
    if "'" not in text and "\t" not in text:
        return f"'{text}'"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t") + '"'


@given(st.dictionaries(keys, values, max_size=4), st.lists(st.dictionaries(keys, values, max_size=2), max_size=2))
def test_whatever_is_written_its_keys_are_found(top: dict[str, Any], tables: list[dict[str, Any]]) -> None:
    top.pop("t", None)
    text = "".join(f"{quoted(key)} = {written(value)}\n" for key, value in top.items())
    for table in tables:
        text += "[[t]]\n" + "".join(f"{quoted(key)} = {written(value)}\n" for key, value in table.items())

    values, lines = read_toml(text)

    assert values == top | ({"t": tables} if tables else {})
    assert set(lines) == set(paths(values))


@pytest.mark.parametrize(
    ("text", "line"),
    [("a = 1\nb = \nc = 1", 2), ("a = 1\n[b", 2), ('a = 1\nb = """\n', 2), ("a = " + "[" * 5000, None)],
)
def test_what_is_not_toml_is_told_with_its_line(text: str, line: int | None) -> None:
    with pytest.raises(TomlProblem) as raised:
        read_toml(text)

    assert raised.value.line == line
