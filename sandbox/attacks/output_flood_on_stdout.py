"""Writes to standard output as fast as it can."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.attack import Trial

LIMITS = {"output_kb": 100}
VERDICTS = ("too_much_output",)


def attack() -> None:
    while True:
        os.write(1, b"x" * 60_000)


def got_through(trial: Trial) -> str:
    return f"{trial.outcome.usage.output_kb:.0f} KB came out" if trial.outcome.usage.output_kb > 1000 else ""
