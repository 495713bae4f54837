"""Checks as authors declare them, and what one of them can say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from .student import Data, Student

Feedback = Literal["at once", "after release", "never"]


class CheckFailed(Exception):
    """The work does not show what the check looks for. All of it is for the student.

    `message` is one plain sentence; `expected` says in words what was expected, `got` what came; `differences` is a
    small table, {"head": [names], "rows": [[texts]], "of": how many there are}; `look_at` names the function or
    variable to look at, so that the cell and the line can be told; `raised` is the type of the exception with which a
    call of the student's code ended.
    """

    def __init__(
        self,
        message: str,
        *,
        expected: str = "",
        got: str = "",
        differences: dict[str, Any] | None = None,
        look_at: str = "",
        where: str = "",
        raised: str = "",
    ) -> None:
        super().__init__(message)
        self.expected, self.got, self.differences = expected, got, differences
        self.look_at, self.where, self.raised = look_at, where, raised


class AuthorError(Exception):
    """The check itself is wrong: a platform fault, it costs the student nothing."""


@dataclass(frozen=True)
class Partial:
    """Part of the points (`fraction` 0 to 1), and why not all."""

    fraction: float
    message: str


class Report(Protocol):
    """Something to show beside a check, such as a table of metrics."""

    def plain(self) -> dict[str, Any]:
        """What there is to show, as JSON."""
        ...


Function = Callable[["Student", "Data"], "Partial | None"]
registered: dict[str, Function] = {}


@dataclass
class Present:
    """The check that is being run."""

    is_visible: bool = True
    reports: list[dict[str, Any]] = field(default_factory=list)
    measured: dict[str, float] = field(default_factory=dict)


present = Present()


def check(
    title: str,
    *,
    points: float,
    visible: bool,
    time_limit: int = 30,
    after: str = "",
    feedback: Feedback | None = None,
) -> Callable[[Function], Function]:
    """Make a check of a function.

    Args:
        title: one sentence for the student.
        points: the visible checks of an assignment sum to 30, the hidden ones to 70.
        visible: may the student run it before submitting? It then sees visible data only.
        time_limit: seconds that the student's calls may take in this check together; its own code may take as many.
        after: name of a check that must have passed; otherwise this one is not run, and says so.
        feedback: when the student may see a hidden check with its message and reports: "at once" with the result of the
            run, "after release" (what happens if you say nothing) or "never": then only its points are counted.
    """

    def register(function: Function) -> Function:
        registered[function.__name__] = function
        return function

    return register


def partial(fraction: float, message: str) -> Partial:
    """Return this from a check to give part of its points."""
    if not 0 <= fraction <= 1:
        raise AuthorError(f"partial() takes a fraction from 0 to 1, not {fraction}.")
    return Partial(float(fraction), message)


def show(report: Report) -> None:
    """Show a report beside this check, whether it passes or not, to whoever may see the check."""
    present.reports.append(report.plain())


def measured(name: str, value: float) -> None:
    """Tell the author a figure. It is compared with anchors.toml when the reference is tried; nobody else sees it."""
    present.measured[name] = float(value)
