"""Ends the first thread of a process, which looks ended then, and lets another one take memory."""

from __future__ import annotations

import os
import threading
import time

from sandbox.attacks.tools import BREACH, libc

LIMITS = {"memory_mb": 400, "wall_s": 20}
VERDICTS = ("out_of_memory",)


def attack() -> None:
    if os.fork() == 0:
        threading.Thread(target=_grow).start()
        libc.pthread_exit(None)
    os.wait()


def _grow() -> None:
    time.sleep(0.1)
    kept = bytearray(b"x") * 1_000_000_000
    time.sleep(1)
    print(BREACH, len(kept), "bytes", flush=True)
    os._exit(0)
