"""Leaves thousands of ended children that nobody waits for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.attack import Trial

LIMITS = {"processes": 30}
VERDICTS = ("crashed",)


def attack() -> None:
    for _ in range(3000):
        if os.fork() == 0:
            os._exit(0)


def got_through(trial: Trial) -> str:
    return "" if "30 processes" in trial.outcome.message else "something else stopped it"
