"""Leaves a process behind that has cut every tie, and would go on for an hour."""

from __future__ import annotations

import os
import signal
import time


def attack() -> None:
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
            os.closerange(0, 100)
            time.sleep(3600)
        os._exit(0)
    os.wait()
