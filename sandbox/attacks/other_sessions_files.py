"""Looks for files, sockets and processes of a session that lives beside it."""

from __future__ import annotations

import os
import socket

from sandbox.attacks.tools import BREACH, attempt, read, targets


def attack() -> None:
    for folder in ("/tmp", "/dev/shm"):
        for name in os.listdir(folder):
            print(BREACH, folder, name, read(f"{folder}/{name}"))
    attempt("another session's socket", socket.socket(socket.AF_UNIX).connect, "\0" + targets()["victim"])
    pids = [name for name in os.listdir("/proc") if name.isdigit()]
    if pids != [str(os.getpid())]:
        print(BREACH, pids)
