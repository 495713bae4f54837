"""Writes to every folder that it may write to, until there is no more room."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.attack import Trial

LIMITS = {"disk_mb": 16}
ARTEFACTS = ("*.bin",)


def attack() -> None:
    for folder in (".", "/tmp", "/dev/shm"):
        with contextlib.suppress(OSError), open(f"{folder}/fill.bin", "wb", buffering=0) as file:
            while True:
                file.write(bytes(1 << 20))
    print(sum(os.stat(f"{folder}/fill.bin").st_size for folder in (".", "/tmp", "/dev/shm")))


def got_through(trial: Trial) -> str:
    written = int(trial.outcome.stdout.split("\n")[1])
    brought = sum(map(len, trial.outcome.artefacts.values()))
    return f"{max(written, brought)} bytes" if max(written, brought) > 16 << 20 else ""
