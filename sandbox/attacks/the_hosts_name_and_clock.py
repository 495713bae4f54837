"""Changes the name of the machine, its clock and its limits."""

from __future__ import annotations

import socket
import time

from sandbox.attacks.tools import attempt, kernel


def attack() -> None:
    attempt("the name", socket.sethostname, "owned")
    attempt("the clock", time.clock_settime, time.CLOCK_REALTIME, 0)
    kernel("setdomainname", b"owned", 5)
