"""Where each key of a TOML text stands. tomllib reads the values and says nothing about their places."""

import re
import tomllib
from typing import Any

Path = tuple[str | int, ...]

KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:\\.|[^"\\])*"|'[^']*'""")
STRING = re.compile(
    r"""
    \"{3} (?:\\.|[^\\])*? \"{3} (?:\"{0,2}(?!\"))
    | '{3} .*? '{3} (?:'{0,2}(?!'))
    | " (?:\\.|[^"\\\n])* "
    | ' [^'\n]* '
    """,
    re.DOTALL | re.VERBOSE,
)
BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
PLAIN = re.compile(r"[^,\]}#\n]*")
PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


class TomlProblem(ValueError):
    def __init__(self, line: int | None, text: str) -> None:
        self.line, self.text = line, text
        super().__init__(text)


def read_toml(text: str) -> tuple[dict[str, Any], dict[Path, int]]:
    """The values, and the line of each key, table and element of a list. Raises TomlProblem."""
    try:
        values = tomllib.loads(text)
        return values, key_lines(text)
    except tomllib.TOMLDecodeError as error:
        place = PLACE.search(str(error))
        line = int(place[1]) if place and place[1] else text.rstrip().count("\n") + 1
        reason = PLACE.sub("", str(error))
        raise TomlProblem(line, f"this is not TOML ({reason}): mend that line.") from error
    except RecursionError as error:
        raise TomlProblem(None, "lists or tables are nested too deeply: make them flatter.") from error
    except ValueError as error:  # tomllib lets Python's own complaint about thousands of digits through.
        raise TomlProblem(None, "a number cannot be read: shorten it.") from error


def key_lines(text: str) -> dict[Path, int]:
    """The line of each key, table and element of a list of a valid TOML text."""
    return _Scan(text).lines()


class _Scan:
    """Follows the grammar only so far as to know which key it is at; tomllib has judged the text before."""

    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n")
        self.at = 0
        self.found: dict[Path, int] = {}
        self.lengths: dict[Path, int] = {}

    def lines(self) -> dict[Path, int]:
        table: Path = ()
        while not self.ended():
            if self.take("[["):
                start = self.at
                path = self.inside(self.key())
                number = self.lengths.get(path, 0)
                self.lengths[path] = number + 1
                self.note(path, start)
                table = (*path, number)
                self.note(table, start)
                self.take("]]")
            elif self.take("["):
                start = self.at
                table = self.inside(self.key())
                self.note(table, start)
                self.take("]")
            else:
                self.pair(table)
        return self.found

    def ended(self) -> bool:
        self.blank()
        return self.at >= len(self.text)

    def blank(self) -> None:
        self.at = _end(BLANK, self.text, self.at)

    def take(self, mark: str) -> bool:
        self.blank()
        if not self.text.startswith(mark, self.at):
            return False
        self.at += len(mark)
        return True

    def note(self, path: Path, start: int) -> None:
        """Also for the tables that a dotted key makes on its way. The first place of a table stays."""
        line = self.text.count("\n", 0, start) + 1
        for length in range(1, len(path) + 1):
            self.found.setdefault(path[:length], line)

    def inside(self, keys: list[str]) -> Path:
        """The place that a header means: in a list of tables, the last one so far."""
        path: Path = ()
        for number, key in enumerate(keys, 1):
            path = (*path, key)
            if number < len(keys) and path in self.lengths:
                path = (*path, self.lengths[path] - 1)
        return path

    def key(self) -> list[str]:
        keys: list[str] = []
        while True:
            self.blank()
            match = KEY.match(self.text, self.at)
            if not match:
                return keys
            self.at = match.end()
            word = match[0]
            keys.append(next(iter(tomllib.loads(f"{word} = 0"))) if word[0] in "\"'" else word)
            if not self.take("."):
                return keys

    def pair(self, table: Path) -> None:
        self.blank()
        start = self.at
        path = (*table, *self.key())
        self.note(path, start)
        if self.take("="):
            self.value(path)
        else:  # Cannot be in a valid text; stops the scan rather than turning in circles.
            self.at = len(self.text)

    def value(self, path: Path) -> None:
        self.blank()
        if match := STRING.match(self.text, self.at):
            self.at = match.end()
        elif self.take("["):
            number = 0
            while not self.take("]") and not self.ended():
                self.note((*path, number), self.at)
                self.value((*path, number))
                self.take(",")
                number += 1
        elif self.take("{"):
            while not self.take("}") and not self.ended():
                self.pair(path)
                self.take(",")
        else:
            self.at = max(_end(PLAIN, self.text, self.at), min(self.at + 1, len(self.text)))


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at
