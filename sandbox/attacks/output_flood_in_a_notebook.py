"""Prints from a cell without end."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.attack import Trial


NOTEBOOK = True
LIMITS = {"output_kb": 100}
VERDICTS = ("too_much_output",)


def attack() -> None:
    while True:
        print("x" * 1000)


def got_through(trial: Trial) -> str:
    return (
        f"{len(trial.outcome.notebook or b'')} bytes of notebook"
        if len(trial.outcome.notebook or b"") > 1 << 20
        else ""
    )
