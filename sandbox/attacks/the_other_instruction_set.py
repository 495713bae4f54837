"""Calls the kernel as a 32-bit program would, with other numbers for the same calls."""

from __future__ import annotations

import ctypes
import mmap

from sandbox.attacks.tools import BREACH

VERDICTS = ("crashed",)


def attack() -> None:
    code = b"\xb8\x14\x00\x00\x00\xcd\x80\xc3"  # mov eax, 20 (getpid of 32 bits); int 0x80; ret
    rights = mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
    memory = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=rights)
    memory.write(code)
    print(BREACH, ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(memory)))())
