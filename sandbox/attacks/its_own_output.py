"""Reads back what it prints, in the platform's place, and changes how its pipes behave."""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.attack import Trial

LIMITS = {"wall_s": 5, "call_s": 2, "output_kb": 100}
VERDICTS = ("completed", "crashed")
SILENT = True


def attack() -> None:
    for descriptor in (1, 2):
        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, 4096)
            fcntl.fcntl(descriptor, fcntl.F_SETFL, os.O_NONBLOCK | os.O_DIRECT | os.O_APPEND)
            back = os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY)
            threading.Thread(target=_read, args=[back], daemon=True).start()
    for _ in range(1000):
        with contextlib.suppress(BlockingIOError):
            os.write(1, b"x" * 100)


def _read(descriptor: int) -> None:
    while os.read(descriptor, 100):
        pass


def answer() -> int:
    return 42


def got_through(trial: Trial) -> str:
    reply = trial.session.call("answer")
    return "it made a failure of ours" if reply.verdict == "platform_fault" else ""
