"""Looks at one byte in two million of many gigabytes, in many processes: they have few pages and large tables."""

from __future__ import annotations

import mmap
import os
import time

LIMITS = {"memory_mb": 400, "wall_s": 20}
VERDICTS = ("out_of_memory",)


def attack() -> None:
    memory = mmap.mmap(-1, 8 << 30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    for _ in range(50):
        if os.fork() == 0:
            break
    for place in range(0, 8 << 30, 2 << 20):
        memory[place]
    time.sleep(60)
