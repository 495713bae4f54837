"""Gives its results names that lead elsewhere or deceive who reads them."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.attack import Trial

ARTEFACTS = ("*", "**/*.csv")


def attack() -> None:
    for name in (
        "..csv",
        "a\nb.csv",
        "\u202ecsv.exe.csv",
        "a\\..\\b.csv",
        "\x1b[31m.csv",
        "c:a.csv",
        "x" * 250 + ".csv",
    ):
        with contextlib.suppress(OSError, ValueError), open(name, "w") as file:
            file.write("x")
    with contextlib.suppress(OSError), open(b"\xff\xfe.csv", "w") as file:
        file.write("x")
    os.makedirs("/".join("d" * 40))
    with open("/".join("d" * 40) + "/deep.csv", "w") as file:
        file.write("x")


def got_through(trial: Trial) -> str:
    names = [
        name
        for name in trial.outcome.artefacts
        if not name.isprintable() or "\\" in name or len(name) > 255 or ".." in name.split("/")
    ]
    return f"it brought {names}" if names else ""
