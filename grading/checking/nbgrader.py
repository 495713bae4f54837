"""What checks that come from nbgrader stand on: test cells that use the student's names as if they were their own.

`python manage.py import_nbgrader` writes such checks. The student's code stays in its own process: a name of theirs is
a StudentFunction, and what it raised there is raised here.
"""

from __future__ import annotations

import builtins
import functools
import traceback
from collections.abc import Callable
from typing import Any

from .declaring import CheckFailed, Function, Partial, partial, present
from .student import Data, Student

__all__ = ["StudentFunction", "test_cell"]


class StudentFunction:
    """A function of the student's, called by its name. An exception of a built-in type is raised again as that type."""

    student: Student  # of the check that is being run

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return self.student.call(self.name, *args, **kwargs)
        except CheckFailed as failed:
            raise as_raised(failed) from None


def as_raised(failed: CheckFailed) -> Exception:
    kind = getattr(builtins, failed.raised, None)
    if not (isinstance(kind, type) and issubclass(kind, Exception)):
        return failed
    try:
        error: Exception = kind(str(failed))
    except TypeError:  # UnicodeDecodeError and its like want more than a sentence.
        return failed
    error.__notes__ = ["student"]
    return error


def test_cell(*, points: float) -> Callable[[Callable[[Student, Data], Any]], Function]:
    """Judge as nbgrader does: any exception fails the cell; a number that it gives is its points, out of `points`."""

    def wrap(function: Callable[[Student, Data], Any]) -> Function:
        @functools.wraps(function)
        def run(student: Student, data: Data) -> Partial | None:
            StudentFunction.student = student
            try:
                result = function(student, data)
            except CheckFailed:
                raise
            except Exception as error:
                raise CheckFailed(sentence_about(error)) from None
            if isinstance(result, int | float) and not isinstance(result, bool) and points and result < points:
                return partial(max(result / points, 0.0), f"The test gives {result:g} of {points:g} points.")
            return None

        return run

    return wrap


def sentence_about(error: Exception) -> str:
    """Why the cell failed. Of a hidden one neither its code nor its values are told."""
    if "student" in getattr(error, "__notes__", []):
        return str(error)
    if isinstance(error, AssertionError) and str(error):
        return str(error)
    if not present.is_visible:
        return "A hidden test does not hold."
    line = next((frame.line for frame in reversed(traceback.extract_tb(error.__traceback__)) if frame.line), "")
    if isinstance(error, AssertionError):
        return f"This does not hold: {line}"
    return f"The test stopped with {type(error).__name__}: {error}, at: {line}"
