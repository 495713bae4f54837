"""Stops the kernel at a page fault of its choice with userfaultfd."""

from __future__ import annotations

import os

from sandbox.attacks.tools import attempt, system_calls


def attack() -> None:
    system_calls(userfaultfd=323)
    attempt("the device", os.open, "/dev/userfaultfd", os.O_RDWR)
