"""The service's side that its clients see: a Backend whose children live behind a Unix socket (see service.py)."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import uuid
import weakref
from pathlib import Path
from typing import Any

from sandbox.contract import Job, Probe, SandboxUnavailable, Session
from sandbox.forkserver import START_WITHIN_S
from sandbox.frames import frame, receive
from sandbox.opening import Fork, open_session
from sandbox.session import Lines
from sandbox.values import Malformed, decode, encode

# The service may be starting its fork server; while others have their turn it says so every few seconds.
ANSWER_WITHIN_S = START_WITHIN_S + 30.0

OPEN, PROBE = b"o", b"p"
LENT, WAITING, UNAVAILABLE, PROBED = b"L", b"W", b"U", b"P"
END_WITHIN_S = 40.0

_LINES = 4


class Remote:
    """A Backend. Nothing is kept between sessions, so a service that starts again is simply used again.

    A session takes one turn of the service's, or shares the turn that this thread has already.
    """

    name = "service"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._id = uuid.uuid4().hex
        self._leases: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._closed = False

    def probe(self) -> Probe:
        try:
            with self._connected() as line:
                kind, told = self._asked(line, PROBE)
        except SandboxUnavailable as unavailable:
            reason, _, remedy = str(unavailable).partition("\n")
            return Probe(name=self.name, ok=False, reason=reason, remedy=remedy)
        if kind != PROBED:
            return Probe(name=self.name, ok=False, reason=str(told))
        return Probe(
            name=self.name, ok=told["ok"], reason=told["reason"], remedy=told["remedy"], memory_limit=told["memory"]
        )

    def open(self, job: Job) -> Session:
        return open_session(job, self._fork, self._explained)

    def close(self) -> None:
        self._closed = True
        for lease in list(self._leases):
            with contextlib.suppress(OSError):
                lease.shutdown(socket.SHUT_RDWR)

    def _fork(self) -> Fork:
        if self._closed:
            raise SandboxUnavailable("The sandbox is closed.")
        lease = self._connected()
        try:
            kind, told = self._asked(lease, OPEN, f"{self._id} {os.getpid()} {threading.get_ident()}")
            if kind != LENT:
                raise SandboxUnavailable(str(told))
            lines = self._lines(lease)
        except BaseException:
            lease.close()
            raise
        self._leases.add(lease)
        return Fork(lines, lambda gone: _let_go(lease))

    def _connected(self) -> socket.socket:
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(ANSWER_WITHIN_S)
        try:
            line.connect(str(self._path))
        except OSError as error:
            line.close()
            reason = "it has stopped" if isinstance(error, ConnectionRefusedError) else error.strerror or str(error)
            raise SandboxUnavailable(
                f"No sandbox service answers at {self._path}: {reason}.\nStart it, as a user of the socket's "
                f"group: python -m sandbox serve {self._path}; in production: docker compose up --detach sandbox"
            ) from None
        return line

    def _asked(self, line: socket.socket, kind: bytes, value: Any = None) -> tuple[bytes, Any]:
        """The service's answer, however long others have their turn."""
        try:
            line.sendall(frame(kind, encode(value)))
            while True:
                answer, payload = receive(line)
                if answer != WAITING:
                    return answer, decode(payload, science=False)
        except (EOFError, OSError, Malformed) as error:
            raise SandboxUnavailable(self._explained(str(error))) from None

    def _lines(self, line: socket.socket) -> Lines:
        try:
            _, found, _, _ = socket.recv_fds(line, 1, _LINES, socket.MSG_CMSG_CLOEXEC)
        except OSError as error:
            raise SandboxUnavailable(self._explained(str(error))) from None
        if len(found) != _LINES:
            for descriptor in found:
                os.close(descriptor)
            raise SandboxUnavailable(self._explained("it sent no lines"))
        control, channel, out, err = found
        return Lines(socket.socket(fileno=control), socket.socket(fileno=channel), out, err)

    def _explained(self, told: str) -> str:
        last = (told.splitlines() or ["it hung up"])[-1]
        return f"The sandbox service at {self._path} did not give a session ({last}).\nIts log says more."


def _let_go(lease: socket.socket) -> None:
    """Returns when the service has seen everything end and passed the turn on."""
    with lease, contextlib.suppress(OSError):
        lease.settimeout(END_WITHIN_S)
        lease.shutdown(socket.SHUT_WR)
        while lease.recv(1):
            pass
