"""Eight processes of 300 MB each, none of which is over the limit by itself."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.attack import Trial

LIMITS = {"memory_mb": 700, "wall_s": 20}
VERDICTS = ("out_of_memory",)


def attack() -> None:
    for _ in range(8):
        if os.fork() == 0:
            break
    kept = bytearray(300_000_000)
    time.sleep(60)
    del kept


def got_through(trial: Trial) -> str:
    peak = trial.outcome.usage.peak_memory_mb
    return f"it had {peak:.0f} MB" if peak > 1500 else ""
