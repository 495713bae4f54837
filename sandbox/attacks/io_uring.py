"""Does its input and output by io_uring, past the filter of system calls."""

from __future__ import annotations

from sandbox.attacks.tools import system_calls


def attack() -> None:
    system_calls(io_uring_setup=425, io_uring_enter=426, io_uring_register=427)
