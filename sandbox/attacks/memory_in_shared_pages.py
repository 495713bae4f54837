"""Maps memory that belongs to no single process, and lets children share it."""

from __future__ import annotations

import mmap
import os

LIMITS = {"memory_mb": 400, "wall_s": 20}
VERDICTS = ("out_of_memory",)


def attack() -> None:
    kept = []
    while True:
        kept.append(mmap.mmap(-1, 20_000_000))
        kept[-1].write(bytes(20_000_000))
        if len(kept) == 3:
            os.fork()
