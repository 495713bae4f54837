"""Pushes what it has allocated out to swap, where nobody counts it."""

from __future__ import annotations

import ctypes
import mmap
import os

from sandbox.attacks.tools import libc

LIMITS = {"memory_mb": 400, "wall_s": 20}
VERDICTS = ("out_of_memory",)


def attack() -> None:
    libc.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    kept = []
    while True:
        memory = mmap.mmap(-1, 20_000_000, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        memory.write(os.urandom(20_000_000))
        kept.append(memory)
        libc.madvise(ctypes.addressof(ctypes.c_char.from_buffer(memory)), 20_000_000, 21)
