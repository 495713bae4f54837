from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """What is wrong with the files, where, and what to do. `line` counts from 1."""

    file: str
    line: int | None
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}" if self.line else f"{self.file}: {self.text}"


class ProgrammeError(ValueError):
    """A programme that cannot be loaded. `problems` has everything that is wrong with it, in the order of the files."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def shown(value: object) -> str:
    """A value of a file as its author wrote it, more or less; short."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        text = f'"{value}"'
    elif isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "a list"
    else:
        try:
            text = str(value)
        except ValueError:  # Python does not write out a whole number of more than 4,300 digits.
            return "a number of thousands of digits"
    text = text.encode("unicode_escape").decode() if not text.isprintable() else text
    return text if len(text) <= 60 else f"{text[:57]}…"
