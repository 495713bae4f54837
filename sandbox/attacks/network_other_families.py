"""Opens netlink, raw, packet, Bluetooth, vsock, XDP and crypto sockets."""

from __future__ import annotations

import socket

from sandbox.attacks.tools import attempt


def attack() -> None:
    for family in (5, 15, 16, 17, 21, 29, 31, 38, 40, 41, 44):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
            attempt(f"family {family}", socket.socket, family, kind)
            attempt(f"a pair of family {family}", socket.socketpair, family, kind)
