"""Turns swap on and off, and locks memory."""

from __future__ import annotations

import ctypes
import mmap

from sandbox.attacks.tools import BREACH, kernel, libc


def attack() -> None:
    kernel("swapon", b"/tmp/x", 0)
    kernel("swapoff", b"/tmp/x")
    kernel("mlockall", 3)
    memory = mmap.mmap(-1, 64 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    address = ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(memory)))
    if libc.mlock(address, ctypes.c_size_t(64 << 20)) == 0:
        print(BREACH, "64 MB are locked")
