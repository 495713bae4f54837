"""Traces and reads its parent and whatever else it can name."""

from __future__ import annotations

import os

from sandbox.attacks.tools import attempt, kernel


def attack() -> None:
    for pid in (0, 1, 2, os.getpid(), os.getppid()):
        kernel("ptrace", 16, pid, 0, 0)
        kernel("process_vm_readv", pid, None, 0, None, 0, 0)
    kernel("ptrace", 0, 0, 0, 0)
    attempt("memory of process 0", open, "/proc/0/mem", "rb")
