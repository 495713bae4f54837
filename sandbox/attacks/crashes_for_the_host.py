"""Crashes, so that the kernel hands its memory to a program of the host, which keeps it on the host's disk."""

from __future__ import annotations

import ctypes
import os
import resource

from sandbox.attacks.tools import BREACH


def attack() -> None:
    if os.fork() == 0:
        ctypes.string_at(0)
    if os.WCOREDUMP(os.wait()[1]):
        print(BREACH, "the host took it")
    # Where the host has such a program, every limit but this one is no limit.
    if resource.getrlimit(resource.RLIMIT_CORE) != (1, 1):
        print(BREACH, "a host that has a program for crashes would take it")
