"""Uses every open descriptor that it did not open."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sandbox.attacks.tools import BREACH, attempt

if TYPE_CHECKING:
    from sandbox.attack import Trial


def attack() -> None:
    for name in sorted(map(int, os.listdir("/proc/self/fd"))):
        try:
            kind = os.readlink(f"/proc/self/fd/{name}")
        except FileNotFoundError:
            continue  # the listing itself
        print("open:", name, kind)
        if name > 3:
            print(BREACH, kind)
        attempt("write to an input", os.write, os.open(kind, os.O_WRONLY), b"x") if "/inputs" in kind else None


def got_through(trial: Trial) -> str:
    kinds = [
        line.split()[2].partition(":")[0] for line in trial.outcome.stdout.splitlines() if line.startswith("open:")
    ]
    return "" if kinds == ["/dev/null", "pipe", "pipe", "socket"] else f"it has {kinds}"
