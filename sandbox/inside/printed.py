"""Two ways lead out of a session: printed text through pipes, everything else through the line to the platform."""

from __future__ import annotations

import fcntl
import struct
import termios
import time

PATIENCE_S = 2.0


def wait_until_read() -> None:
    """Until the pipes are empty: what is said on the line next must not overtake what was printed before."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and any(_waiting(descriptor) for descriptor in (1, 2)):
        time.sleep(0.0002)


def _waiting(descriptor: int) -> int:
    try:
        return int(struct.unpack("i", fcntl.ioctl(descriptor, termios.FIONREAD, b"\0\0\0\0"))[0])
    except OSError:  # closed, or turned into something else
        return 0
