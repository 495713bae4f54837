"""Leaves a FIFO, a socket and a folder where a file is looked for."""

from __future__ import annotations

import contextlib
import os
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.attack import Trial

ARTEFACTS = ("*.csv",)


def attack() -> None:
    with contextlib.suppress(OSError):
        os.mkfifo("fifo.csv")
    socket.socket(socket.AF_UNIX).bind("socket.csv")
    os.mkdir("folder.csv")
    with open("real.csv", "w") as file:
        file.write("x")


def got_through(trial: Trial) -> str:
    return "" if trial.outcome.artefacts == {"real.csv": b"x"} else f"it brought {sorted(trial.outcome.artefacts)}"
