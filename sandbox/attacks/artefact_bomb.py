"""Leaves more files, in deeper folders, of more bytes than anyone wants back."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.attack import Trial

ARTEFACTS = ("**/*.csv",)


def attack() -> None:
    for number in range(2000):
        with open(f"{number}.csv", "w") as file:
            file.truncate(1 << 20)
    for _ in range(300):
        os.mkdir("d")
        os.chdir("d")


def got_through(trial: Trial) -> str:
    size = sum(map(len, trial.outcome.artefacts.values()))
    return f"{size} bytes came back" if size > 16 << 20 or len(trial.outcome.artefacts) > 256 else ""
