"""Loops for ever and ignores every signal that can be ignored."""

from __future__ import annotations

import contextlib
import signal

LIMITS = {"wall_s": 0.5}
VERDICTS = ("timed_out",)


def attack() -> None:
    for number in range(1, 65):
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_IGN)
    while True:
        pass
