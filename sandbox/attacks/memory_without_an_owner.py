"""Keeps memory in objects of the kernel: memfd, System V segments, message queues, larger buffers."""

from __future__ import annotations

import os
import socket

from sandbox.attacks.tools import attempt, kernel


def attack() -> None:
    attempt("memfd", os.memfd_create, "x")
    kernel("shmget", 0, 1 << 28, 0o1600)
    kernel("msgget", 0, 0o1600)
    kernel("semget", 0, 8, 0o1600)
    kernel("mq_open", b"/x", os.O_CREAT | os.O_RDWR, 0o600, None)
    for option in (7, 8, 32, 33):
        attempt("a larger buffer", socket.socket(socket.AF_UNIX).setsockopt, 1, option, 1 << 24)
