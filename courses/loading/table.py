"""One table of a TOML file, taken apart key by key. What is wrong goes to the tree's problems, with its line.

Every method gives a value of the promised type even when the file does not, so that the reading goes on and finds the
rest; nothing is stored once there is a problem.
"""

import difflib
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from courses.loading.problems import shown
from courses.loading.toml_lines import Path, TomlProblem, read_toml
from courses.loading.tree import Tree
from courses.markdown.addresses import is_web_address

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
RESOURCE_KINDS = ("book", "course", "paper", "software", "data", "guideline")


class Table:
    def __init__(
        self, tree: Tree, file: str, values: dict[str, Any], lines: Mapping[Path, int], path: Path = (), above: int = 0
    ) -> None:
        """`above` is how many lines of the file stand above its TOML."""
        self.tree, self.file, self.values, self.lines, self.path, self.above = tree, file, values, lines, path, above
        self.asked: list[str] = []

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def line(self, *path: str | int) -> int:
        """The line of a key, else of the table that should have it."""
        whole = (*self.path, *path)
        while whole and whole not in self.lines:
            whole = whole[:-1]
        return self.lines.get(whole, 1) + self.above

    def problem(self, key: str | tuple[str | int, ...], text: str) -> None:
        path = (key,) if isinstance(key, str) else key
        self.tree.problem(self.file, self.line(*path), text)

    def _take(self, key: str, ask: str, kind: type | tuple[type, ...], what: str) -> Any:
        """The value when it has the right type, else None."""
        self.asked.append(key)
        if key not in self.values:
            self.problem(key, f'key "{key}" is missing: {ask}.')
            return None
        value = self.values[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.problem(key, f'key "{key}" is {shown(value)}: write {what}.')
            return None
        return value

    def text(self, key: str, ask: str, *, most: int = 4000, lines: bool = False) -> str:
        value = self._take(key, ask, str, "a text in quotes")
        return "" if value is None else self._checked(value, (key,), ask, most, lines=lines)

    def _checked(self, value: str, key: tuple[str | int, ...], ask: str, most: int, *, lines: bool = False) -> str:
        name = key[0] if len(key) == 1 else f"{key[0]}, item {int(key[1]) + 1}"
        if not value.strip():
            self.problem(key, f'key "{name}" is empty: {ask}.')
        elif len(value) > most:
            self.problem(key, f'key "{name}" has {len(value)} characters: shorten it to {most}.')
        elif CONTROL.search(value) or ("\n" in value and not lines):
            self.problem(key, f'key "{name}" has a line break or a control character in it: write it on one line.')
        return value.strip()

    def whole(self, key: str, ask: str, low: int, high: int, default: int | None = None) -> int:
        """0 stands for a number that is missing or wrong."""
        if default is not None and key not in self.values:
            self.asked.append(key)
            return default
        value = self._take(key, ask, int, f"a whole number from {low} to {high}, without quotes")
        if value is None:
            return 0
        if not low <= value <= high:
            self.problem(key, f'key "{key}" is {shown(value)}: write a whole number from {low} to {high}.')
            return 0
        return int(value)

    def truth(self, key: str, ask: str) -> bool:
        return bool(self._take(key, ask, bool, "true or false"))

    def number(self, key: str, ask: str, low: float = -math.inf) -> float:
        """0 stands for a number that is missing or wrong."""
        value = self._take(key, ask, (int, float), "a number, without quotes")
        if value is None:
            return 0
        if not math.isfinite(value) or value < low:
            asked = "write a number" if low == -math.inf else f"write a number from {low:g}"
            self.problem(key, f'key "{key}" is {shown(value)}: {asked}.')
            return 0
        return float(value)

    def choice(self, key: str, ask: str, choices: Iterable[str], default: str = "") -> str:
        known = list(choices)
        if default and key not in self.values:
            self.asked.append(key)
            return default
        value = self.text(key, ask)
        if value and value not in known:
            self.problem(key, f'key "{key}" is {shown(value)}: write one of {", ".join(known)}.')
            return ""
        return value

    def texts(self, key: str, ask: str, *, most: int = 400, may_be_empty: bool = False) -> list[str]:
        """A list of texts without repetitions."""
        values = self._take(key, ask, list, "a list of texts in quotes")
        if values is None:
            return []
        if not values and not may_be_empty:
            self.problem(key, f'key "{key}" is an empty list: {ask}.')
        found: list[str] = []
        for number, value in enumerate(values):
            if not isinstance(value, str):
                self.problem((key, number), f'key "{key}" holds {shown(value)}: write a list of texts in quotes.')
                continue
            text = self._checked(value, (key, number), ask, most)
            if text in found:
                self.problem((key, number), f'key "{key}" has {shown(text)} twice: remove one.')
            found.append(text)
        return found

    def table(self, key: str, ask: str) -> "Table | None":
        value = self._take(key, ask, dict, f"a table [{key}]")
        return None if value is None else self._inner(value, key)

    def tables(self, key: str, ask: str, *, needed: bool = True) -> list["Table"]:
        if not needed and key not in self.values:
            self.asked.append(key)
            return []
        values = self._take(key, ask, list, f"tables [[{key}]]")
        if values is None:
            return []
        if not values and needed:
            self.problem(key, f'key "{key}" is an empty list: {ask}.')
        for number, value in enumerate(values):
            if not isinstance(value, dict):
                self.problem((key, number), f'key "{key}" holds {shown(value)}: write tables [[{key}]].')
        return [self._inner(value, key, number) for number, value in enumerate(values) if isinstance(value, dict)]

    def _inner(self, values: dict[str, Any], *path: str | int) -> "Table":
        return Table(self.tree, self.file, values, self.lines, (*self.path, *path), self.above)

    def resources(self, key: str, *, needed: bool) -> list[dict[str, str]]:
        found = []
        for table in self.tables(key, "name what a student can read or use", needed=needed):
            resource = {
                "title": table.text("title", "give its title, with the authors of a book or paper", most=300),
                "kind": table.choice("kind", f"write one of {', '.join(RESOURCE_KINDS)}", RESOURCE_KINDS),
                "url": table.text("url", "give its address, beginning with https://", most=500),
                "note": table.text("note", "say in one sentence what it is good for", most=500),
            }
            if resource["url"] and not is_web_address(resource["url"]):
                table.problem(
                    "url", f'key "url" is {shown(resource["url"])}: write an address such as https://nice.org.uk/.'
                )
            table.done()
            found.append(resource)
        return found

    def done(self) -> None:
        """Report the keys that nobody asked for."""
        for key in self.values:
            if key not in self.asked:
                close = difflib.get_close_matches(key, self.asked, 1)
                advice = f'did you mean "{close[0]}"?' if close else f"the keys here are {', '.join(self.asked)}."
                self.problem(key, f"key {shown(key)} is not known: {advice}")


def read_table(tree: Tree, file: str, purpose: str) -> Table | None:
    """A TOML file that must be there; None, and a problem, when it cannot be had."""
    text = tree.text(file, purpose)
    return None if text is None else table_of(tree, file, text)


def table_of(tree: Tree, file: str, text: str, above: int = 0) -> Table | None:
    try:
        values, lines = read_toml(text)
    except TomlProblem as problem:
        tree.problem(file, problem.line and problem.line + above, problem.text)
        return None
    return Table(tree, file, values, lines, above=above)
