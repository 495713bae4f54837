"""Leaves data unread in as many sockets as it can open, in eight processes."""

from __future__ import annotations

import contextlib
import os
import socket
import time

LIMITS = {"memory_mb": 300, "wall_s": 20}
VERDICTS = ("out_of_memory",)


def attack() -> None:
    for _ in range(7):
        if os.fork() == 0:
            break
    kept = []
    try:
        while True:
            pair = socket.socketpair()
            kept.append(pair)
            pair[0].setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while True:
                    pair[0].send(bytes(60_000))
    except OSError:
        time.sleep(60)
