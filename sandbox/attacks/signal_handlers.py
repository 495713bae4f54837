"""Answers every signal, an alarm and a timer with more work."""

from __future__ import annotations

import contextlib
import signal
import time

LIMITS = {"wall_s": 0.6}
VERDICTS = ("timed_out",)


def attack() -> None:
    for number in set(range(1, 65)) - {9, 17, 19, 32, 33}:
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, lambda *_: time.sleep(60))
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
    time.sleep(60)
