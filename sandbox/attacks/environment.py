"""Prints every environment that it can find."""

from __future__ import annotations

import ctypes
import os

from sandbox.attacks.tools import libc, read


def attack() -> None:
    print(dict(os.environ))
    for pid in os.listdir("/proc"):
        if pid.isdigit():
            print(read(f"/proc/{pid}/environ"), read(f"/proc/{pid}/cmdline"))
    libc.getenv.restype = ctypes.c_char_p
    print(libc.getenv(b"PATHWAY_ATTACK_CANARY"))
