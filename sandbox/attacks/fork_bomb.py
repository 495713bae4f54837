"""Forks until the kernel says no, and every child stays."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.attack import Trial

LIMITS = {"processes": 20}


def attack() -> None:
    try:
        while os.fork():
            pass
    except OSError:
        return
    time.sleep(60)


def got_through(trial: Trial) -> str:
    return f"it had {trial.most_processes} processes" if trial.most_processes > 24 else ""
