"""Closes the line to the platform."""

from __future__ import annotations

import socket

LIMITS = {"wall_s": 3}
VERDICTS = ("crashed", "timed_out")


def attack() -> None:
    socket.socket(fileno=3).shutdown(socket.SHUT_RDWR)
