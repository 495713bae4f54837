"""Sends the platform open files along with its messages."""

from __future__ import annotations

import array
import contextlib
import os
import socket
import struct
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.values import encode

if TYPE_CHECKING:
    from sandbox.attack import Trial

VERDICTS = ("completed", "crashed", "timed_out")
SILENT = True


def attack() -> None:
    line = socket.socket(fileno=os.dup(3))
    with contextlib.suppress(OSError):
        for _ in range(200):
            line.sendmsg([struct.pack("!cI", b"O", 6) + encode({})[:5]], [(1, 1, array.array("i", [0] * 100))])


def got_through(trial: Trial) -> str:
    held = [path for path in Path("/proc/self/fd").iterdir() if path.exists() and path.readlink() == Path("/dev/null")]
    return f"the platform holds {len(held)} of its files" if len(held) > 20 else ""
