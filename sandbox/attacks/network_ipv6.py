"""Connects by IPv6."""

from __future__ import annotations

import socket

from sandbox.attacks.tools import attempt, targets


def attack() -> None:
    attempt("loopback", socket.create_connection, ("::1", targets().get("port6", 80)), 1)
    attempt("a socket", socket.socket, socket.AF_INET6)
