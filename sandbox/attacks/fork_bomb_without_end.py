"""Forks in every child too, and never gives up."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.attack import Trial

LIMITS = {"processes": 30, "wall_s": 0.7}
VERDICTS = ("timed_out",)


def attack() -> None:
    while True:
        with contextlib.suppress(OSError):
            os.fork()


def got_through(trial: Trial) -> str:
    return f"it had {trial.most_processes} processes" if trial.most_processes > 34 else ""
