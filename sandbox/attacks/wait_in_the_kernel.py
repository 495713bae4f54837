"""Waits where no signal handler of Python's runs: on a FIFO, a lock, a pipe that nobody writes to."""

from __future__ import annotations

import os
import threading

LIMITS = {"wall_s": 0.4}
VERDICTS = ("timed_out",)


def attack() -> None:
    ends = os.pipe()
    threading.Thread(target=os.read, args=[ends[0], 1]).start()
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()
