"""Watches the system's files, which all sessions and the host share, to learn what others do and when."""

from __future__ import annotations

import fcntl
import os

from sandbox.attacks.tools import attempt, kernel, system_calls


def attack() -> None:
    kernel("inotify_init")
    kernel("inotify_init1", 0)
    system_calls(fanotify_init=300, fanotify_mark=301)
    attempt("dnotify", fcntl.fcntl, os.open("/usr/lib", os.O_RDONLY), fcntl.F_NOTIFY, fcntl.DN_ACCESS | 0x80000000)
