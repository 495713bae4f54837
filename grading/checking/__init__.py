"""What authors write checks with. Runs inside the scoring sandbox, beside hidden data, never beside student code.

    from checking import Data, Student, check, expect, partial

    @check("One probability for each patient", points=5, visible=True)
    def one_probability_for_each_patient(student: Student, data: Data) -> None:
        patients = data.table("monica_visible.csv")
        p = student.call("predict", student.call("fit", patients), patients)
        expect(len(p) == len(patients), f"We sent {len(patients)} patients and got {len(p)} probabilities back.")

The arguments of `@check` are literals: the programme is validated without running this code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CheckFailed", "Data", "Partial", "Student", "check", "expect", "partial"]


class CheckFailed(Exception):
    """The work does not show what the check looks for. The message is for the student."""


class AuthorError(Exception):
    """The check itself is wrong: a platform fault, it costs the student nothing."""


@dataclass(frozen=True)
class Partial:
    """Part of the points (`fraction` 0 to 1), and why not all."""

    fraction: float
    message: str


Function = Callable[["Student", "Data"], "Partial | None"]
registered: dict[str, Function] = {}


def check(
    title: str, *, points: float, visible: bool, time_limit: int = 30, after: str = ""
) -> Callable[[Function], Function]:
    """Make a check of a function.

    Args:
        title: one sentence for the student.
        points: the visible checks of an assignment sum to 30, the hidden ones to 70.
        visible: may the student run it before submitting? It then sees visible data only.
        time_limit: seconds for the check with all its calls.
        after: name of a check that must have passed; otherwise this one is not run, and says so.
    """

    def register(function: Function) -> Function:
        registered[function.__name__] = function
        return function

    return register


def expect(condition: Any, message: str) -> None:
    """Fail the check with this message unless the condition holds."""
    if not bool(condition):
        raise CheckFailed(message)


def partial(fraction: float, message: str) -> Partial:
    """Return this from a check to give part of its points."""
    if not 0 <= fraction <= 1:
        raise AuthorError(f"partial() takes a fraction from 0 to 1, not {fraction}.")
    return Partial(float(fraction), message)


class Student:
    """The student's work, in another process: only plain values cross."""

    def __init__(self, name: str, source: str, printed: str, ask: Callable[[Any], Any]) -> None:
        self.name = name
        self.source = source
        self.printed = printed
        self._ask = ask

    def call(self, function: str, *args: Any, **kwargs: Any) -> Any:
        """Call a function that the student defined.

        Gives back plain values (numbers, text, lists, dicts, arrays, frames); anything else comes as an opaque handle
        that can only be passed on to another call. A crash, a time-out or a missing function fails this check with a
        plain reason.
        """
        reply = self._ask({"call": function, "args": list(args), "kwargs": kwargs})
        if not reply["ok"]:
            raise CheckFailed(reply["reason"])
        return reply["value"]


class Data:
    """The data files that this check may read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, name: str) -> Path:
        """Where a file of the assignment's data lies."""
        found = self._folder / name
        if not found.is_file():
            raise AuthorError(f"There is no data file {name!r} for this check.")
        return found

    def table(self, name: str) -> pd.DataFrame:
        """A CSV file as a fresh DataFrame."""
        import pandas as pd

        return pd.read_csv(self.path(name))
