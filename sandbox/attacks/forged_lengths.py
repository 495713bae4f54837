"""Promises the platform four gigabytes, then sends rubbish."""

from __future__ import annotations

import contextlib
import os

LIMITS = {"wall_s": 5}
VERDICTS = ("crashed",)


def attack() -> None:
    os.write(3, b"D" + b"\xff" * 4)
    with contextlib.suppress(OSError):
        while True:
            os.write(3, os.urandom(65536))
