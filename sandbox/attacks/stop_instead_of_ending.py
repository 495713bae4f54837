"""Stops its own processes, so that they neither run nor end."""

from __future__ import annotations

import os
import signal
import time

LIMITS = {"wall_s": 0.4}
VERDICTS = ("timed_out",)


def attack() -> None:
    for _ in range(5):
        if os.fork() == 0:
            os.kill(os.getpid(), signal.SIGSTOP)
    while True:
        time.sleep(1)
