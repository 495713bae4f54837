"""Leaves links to files of the host among its results."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sandbox.attacks.tools import targets

if TYPE_CHECKING:
    from sandbox.attack import Trial

ARTEFACTS = ("*.csv", "usr/lib/*", "root/etc/*", "**/*.csv")


def attack() -> None:
    os.symlink(targets()["file"], "secret.csv")
    os.symlink("/proc/self/environ", "environ.csv")
    os.symlink("/proc/1/root", "root")
    os.symlink("/usr", "usr")
    os.symlink(".", "round")
    with open("real.csv", "w") as file:
        file.write("x")


def got_through(trial: Trial) -> str:
    return "" if trial.outcome.artefacts == {"real.csv": b"x"} else f"it brought {sorted(trial.outcome.artefacts)}"
