"""Burns processor time in four processes, each of which stays below the limit."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.attack import Trial

LIMITS = {"cpu_s": 0.6, "wall_s": 20}
VERDICTS = ("timed_out",)


def attack() -> None:
    os.fork()
    os.fork()
    while True:
        pass


def got_through(trial: Trial) -> str:
    return "" if "processor time" in trial.outcome.message else "it was not stopped by its processor time"
