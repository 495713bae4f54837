"""Connects to services of the host by Unix sockets, named and abstract."""

from __future__ import annotations

import socket

from sandbox.attacks.tools import attempt, targets


def attack() -> None:
    for address in (
        targets()["socket"],
        "\0" + targets()["abstract"],
        "/var/run/docker.sock",
        "/run/dbus/system_bus_socket",
    ):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            attempt(address, socket.socket(socket.AF_UNIX, kind).connect, address)
