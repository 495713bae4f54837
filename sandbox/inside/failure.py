"""An exception of the session's code, told in plain values."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MESSAGE = 2000


class Refused(Exception):
    """The entry cannot be run at all; the message is a sentence for the student."""

    def __init__(self, sentence: str, cell: int | None = None, line: int | None = None) -> None:
        super().__init__(sentence)
        self.cell = cell
        self.line = line


@dataclass(frozen=True)
class Performed:
    """What is left of an entry that has run: its names, its files with their cells, and what went wrong."""

    namespace: dict[str, Any]
    files: Mapping[str, int | None]
    error: dict[str, Any] | None = None


def described(error: BaseException, files: Mapping[str, int | None]) -> dict[str, Any]:
    """Type, message and the last line of the student's that led to it. `files` are his, each with its cell if any."""
    try:
        message = str(error)[:MESSAGE]
    except Exception:
        message = ""
    file, line = None, None
    for frame, number in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename in files:
            file, line = frame.f_code.co_filename, number
    if isinstance(error, SyntaxError) and error.filename in files:
        file, line, message = error.filename, error.lineno, error.msg
    number_of_error = error.errno if isinstance(error, OSError) else None
    return {
        "type": type(error).__name__[:200],
        "message": message,
        "cell": files[file] if file is not None else None,
        "line": line,
        "errno": number_of_error if isinstance(number_of_error, int) else None,
    }
