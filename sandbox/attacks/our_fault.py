"""Ends itself in the ways that would look like a failure of ours, which costs a student nothing."""

from __future__ import annotations

import contextlib
import os
import resource
import signal

VERDICTS = ("crashed",)


def attack() -> None:
    for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM):
        os.kill(os.getpid(), number)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (0, 0))
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
    # The memory group is not full, but its process 1 is to die as if it were.
    os.kill(1, signal.SIGSEGV)
    os.abort()
