"""Burns processor time in processes that end before anyone looks."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.attack import Trial

LIMITS = {"cpu_s": 0.4, "wall_s": 10}
VERDICTS = ("timed_out",)


def attack() -> None:
    while True:
        if os.fork() == 0:
            ends = time.process_time() + 0.005
            while time.process_time() < ends:
                pass
            os._exit(0)
        os.wait()


def got_through(trial: Trial) -> str:
    return "" if "processor time" in trial.outcome.message else "it was not stopped by its processor time"
