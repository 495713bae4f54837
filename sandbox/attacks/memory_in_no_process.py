"""Keeps memory in shared mappings without a file, and takes its pages out of every process; asks for huge pages."""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os

from sandbox.attacks.tools import BREACH, libc

HUGE = 0x40000


def attack() -> None:
    _keep(-1, mmap.MAP_SHARED | mmap.MAP_ANONYMOUS)
    with contextlib.suppress(OSError):
        _keep(os.open("/dev/zero", os.O_RDWR), mmap.MAP_SHARED)
    libc.mmap.restype = ctypes.c_long
    for flags in (mmap.MAP_PRIVATE, mmap.MAP_SHARED):
        # Not because the machine has none, which would be another error.
        if libc.mmap(None, 2 << 20, 3, flags | mmap.MAP_ANONYMOUS | HUGE, -1, 0) != -1 or ctypes.get_errno() != 1:
            print(BREACH, "huge pages", ctypes.get_errno())


def _keep(file: int, flags: int) -> None:
    kept: list[mmap.mmap] = []
    with contextlib.suppress(OSError):
        while len(kept) < 20:
            memory = mmap.mmap(file, 50_000_000, flags=flags)
            memory.write(b"x" * 50_000_000)
            memory.madvise(mmap.MADV_DONTNEED)
            kept.append(memory)
    if kept:
        print(BREACH, len(kept) * 50, "MB that nobody counts")
