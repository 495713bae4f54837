"""Frames on a stream socket: one letter, a length, a payload of plain values."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

from sandbox.values import MAX_BYTES, Malformed

HEADER = struct.Struct("!cI")
MAX_FRAME = MAX_BYTES + 64 * 1024


def frame(kind: bytes, payload: bytes = b"") -> bytes:
    return HEADER.pack(kind, len(payload)) + payload


class Inbox:
    """Frames out of bytes as they arrive. It holds what has arrived, never what a header promises."""

    def __init__(self, max_frame: int = MAX_FRAME) -> None:
        self._bytes = bytearray()
        self._max_frame = max_frame

    def feed(self, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        self._bytes += data
        while len(self._bytes) >= HEADER.size:
            kind, length = HEADER.unpack_from(self._bytes)
            if length > self._max_frame:
                raise Malformed(f"a frame of {length} bytes")
            end = HEADER.size + length
            if len(self._bytes) < end:
                return
            payload = bytes(self._bytes[HEADER.size : end])
            del self._bytes[:end]
            yield kind, payload


def receive(sock: socket.socket, max_frame: int = MAX_FRAME) -> tuple[bytes, bytes]:
    """The next frame, waiting for it; EOFError when the other side has gone. Never reads past the frame's end."""
    kind, length = HEADER.unpack(_exactly(sock, HEADER.size))
    if length > max_frame:
        raise Malformed(f"a frame of {length} bytes")
    return kind, _exactly(sock, length)


def _exactly(sock: socket.socket, count: int) -> bytes:
    data = bytearray()
    while len(data) < count:
        part = sock.recv(min(count - len(data), 1 << 20))
        if not part:
            raise EOFError
        data += part
    return bytes(data)
