"""Shows pictures and tables without end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.display import HTML, display

if TYPE_CHECKING:
    from sandbox.attack import Trial

NOTEBOOK = True
VERDICTS = ("too_much_output",)


def attack() -> None:
    while True:
        display(HTML("x" * 1_000_000))  # type: ignore[no-untyped-call]


def got_through(trial: Trial) -> str:
    return (
        f"{len(trial.outcome.notebook or b'')} bytes of notebook"
        if len(trial.outcome.notebook or b"") > 40 << 20
        else ""
    )
