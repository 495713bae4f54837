"""Makes a file of a terabyte that holds nothing."""

from __future__ import annotations

import os
import signal

from sandbox.attacks.tools import attempt

ARTEFACTS = ("*.bin",)


def attack() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with open("large.bin", "wb") as file:
        attempt("truncate", file.truncate, 1 << 40)
        attempt("fallocate", os.posix_fallocate, file.fileno(), 0, 1 << 40)
