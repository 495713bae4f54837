"""Does nothing, for ever."""

from __future__ import annotations

import time

LIMITS = {"wall_s": 0.4}
VERDICTS = ("timed_out",)


def attack() -> None:
    while True:
        time.sleep(3600)
