"""Maps a file into memory that belongs to no single process, and lets children share it."""

from __future__ import annotations

import mmap
import os

LIMITS = {"memory_mb": 400, "disk_mb": 600, "wall_s": 20}
VERDICTS = ("out_of_memory",)


def attack() -> None:
    file = os.open("/dev/shm/pages", os.O_RDWR | os.O_CREAT)
    os.truncate(file, 500_000_000)
    shared = mmap.mmap(file, 500_000_000)
    for number in range(25):
        shared.write(bytes(20_000_000))
        if number == 3:
            os.fork()
