"""Makes namespaces of its own, where it would be root, or enters others."""

from __future__ import annotations

import contextlib
import os

from sandbox.attacks.tools import kernel, system_calls


def attack() -> None:
    for flag in (0x10000000, 0x20000, 0x20000000, 0x40000000, 0x2000000, 0x8000000, 0x80):
        kernel("unshare", flag)
        kernel("unshare", flag | 0x10000000)
    for name in os.listdir("/proc/self/ns"):
        with contextlib.suppress(OSError):
            kernel("setns", os.open(f"/proc/self/ns/{name}", os.O_RDONLY), 0)
    system_calls(clone=56, clone3=435)
