"""Asks for what is refused by another number, of which the kernel reads the lower half."""

from __future__ import annotations

import ctypes
import fcntl
import os

from sandbox.attacks.tools import BREACH, libc

HIGH = 1 << 32


def attack() -> None:
    if os.uname().machine != "x86_64":
        return
    libc.syscall.argtypes = (ctypes.c_long,) * 6
    page = libc.syscall(9, 0, 4096, 3, 0x22, -1)
    file = os.open("/usr/lib", os.O_RDONLY)
    for name, number, *arguments in (
        ("madvise PAGEOUT", 28, page, 4096, HIGH | 21),
        ("prctl DUMPABLE", 157, HIGH | 4, 0, 0),
        ("fcntl NOTIFY", 72, file, HIGH | fcntl.F_NOTIFY, fcntl.DN_ACCESS),
        ("socket INET", 41, HIGH | 2, 1, 0),
        ("setsockopt SNDBUF", 54, 3, HIGH | 1, HIGH | 7),
    ):
        result = libc.syscall(number, *arguments, *[0] * (5 - len(arguments)))
        if result != -1 or ctypes.get_errno() not in (1, 38):
            print(BREACH, name, result, ctypes.get_errno())
