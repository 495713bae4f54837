"""Connects to a service on the host's loopback, and to the internet."""

from __future__ import annotations

import socket

from sandbox.attacks.tools import attempt, targets


def attack() -> None:
    attempt("loopback", socket.create_connection, ("127.0.0.1", targets()["port"]), 1)
    attempt("the internet", socket.create_connection, ("1.1.1.1", 443), 1)
    attempt("the gateway", socket.create_connection, ("172.17.0.1", 80), 1)
    attempt("listening", lambda: socket.create_server(("0.0.0.0", 0)))
    attempt("UDP", socket.socket, socket.AF_INET, socket.SOCK_DGRAM)
