"""Starts threads until no more can be had."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.attack import Trial

LIMITS = {"processes": 20}
VERDICTS = ("crashed",)


def attack() -> None:
    while True:
        threading.Thread(target=time.sleep, args=[60], daemon=True).start()


def got_through(trial: Trial) -> str:
    return "" if "20 processes and threads" in trial.outcome.message else "it was not stopped at the limit"
