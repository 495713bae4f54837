"""`python -m sandbox serve SOCKET`: lends the children of one fork server to clients on a Unix socket.

A client asks for a child and is handed its lines as descriptors. From then on it talks to the child itself, exactly as
if it had forked it: files travel as descriptors, events and results as they come, and nothing is copied on the way.
What stays with the service is the order of turns and the end: the connection is the lease, and when it closes, for
whatever reason, every process of the session is ended before the next client has its turn.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import logging
import os
import select
import signal
import socket
import sys
import threading
from collections import Counter, deque
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from sandbox import words
from sandbox.bubblewrap import Bubblewrap
from sandbox.contract import Probe, SandboxUnavailable
from sandbox.frames import frame, receive
from sandbox.opening import Fork
from sandbox.remote import LENT, OPEN, PROBE, PROBED, UNAVAILABLE, WAITING
from sandbox.values import Malformed, decode, encode

MAX_REQUEST = 4096
MAX_CLIENTS = 256
BEAT_S = 5.0
ANSWER_WITHIN_S = 30.0
END_WITHIN_S = 30.0

log = logging.getLogger("sandbox")


class Lender(Protocol):
    """What the service needs of a backend."""

    def probe(self) -> Probe: ...

    def fork(self) -> Fork: ...

    def close(self) -> None: ...


class Turns:
    """So many parties at a time, in the order in which they came. A party is a thread of a client: what it opens while
    it has its turn, such as the checks beside the code that they check, belongs to the same turn."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._changed = threading.Condition()
        self._inside: Counter[str] = Counter()
        self._queue: deque[object] = deque()

    def enter(self, party: str, still_waits: Callable[[int], bool]) -> bool:
        """Wait for a turn; False if the party gave up. It is asked now and then, and told how many are before it."""
        ticket = object()
        with self._changed:
            self._queue.append(ticket)
            try:
                while party not in self._inside and not self._is_next(ticket):
                    self._changed.wait(BEAT_S)
                    if not still_waits(self._queue.index(ticket)):
                        return False
                self._inside[party] += 1
                return True
            finally:
                self._queue.remove(ticket)
                self._changed.notify_all()

    def leave(self, party: str) -> None:
        with self._changed:
            self._inside[party] -= 1
            self._inside += Counter()  # drops those that are at nought
            self._changed.notify_all()

    def look_again(self) -> None:
        """Have all who wait asked now whether they still do."""
        with self._changed:
            self._changed.notify_all()

    def _is_next(self, ticket: object) -> bool:
        return self._queue[0] is ticket and len(self._inside) < self._limit


class Service:
    """Answers on one socket until it is stopped."""

    def __init__(self, backend: Lender, path: Path, sessions: int) -> None:
        """Takes the place of a socket that nobody answers at any more. Raises OSError."""
        self._backend = backend
        self._turns = Turns(sessions)
        self._clients: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._path = path
        self._listener = _listening(path)
        self._own = path.stat().st_ino
        self._wake, self._woken = socket.socketpair()

    def serve(self) -> None:
        """Until `stop`. Then every session ends: what ran is run again, which costs nobody anything."""
        attending: list[threading.Thread] = []
        while not select.select([self._listener, self._woken], [], [])[0].count(self._woken):
            line, _ = self._listener.accept()
            attending = [thread for thread in attending if thread.is_alive()]
            with self._lock:
                self._clients.add(line)
            attending.append(threading.Thread(target=self._attend, args=(line, len(attending)), daemon=True))
            attending[-1].start()
        with contextlib.suppress(FileNotFoundError):
            if self._path.stat().st_ino == self._own:
                self._path.unlink()
        self._listener.close()
        with self._lock:
            for line in self._clients:
                with contextlib.suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)
        self._turns.look_again()
        for thread in attending:
            thread.join(END_WITHIN_S)
        self._wake.close()
        self._woken.close()

    def stop(self) -> None:
        """From a signal handler or another thread."""
        with contextlib.suppress(OSError):  # it has stopped
            self._wake.send(b".")

    def _attend(self, line: socket.socket, others: int) -> None:
        try:
            line.settimeout(ANSWER_WITHIN_S)
            kind, payload = receive(line, MAX_REQUEST)
            if others >= MAX_CLIENTS:
                _tell(line, UNAVAILABLE, f"{others} sessions are open or wait at the sandbox service already.")
            elif kind == PROBE:
                probe = self._backend.probe()
                memory = probe.memory_limit and probe.memory_limit + _ceiling()
                _tell(line, PROBED, {"ok": probe.ok, "reason": probe.reason, "remedy": probe.remedy, "memory": memory})
            elif kind == OPEN:
                self._open(line, decode(payload, science=False))
        except (EOFError, OSError, Malformed) as error:
            log.info("A client was sent away or went: %s", error or "it hung up")
        finally:
            with self._lock:
                self._clients.discard(line)
            line.close()

    def _open(self, line: socket.socket, party: object) -> None:
        if not isinstance(party, str):
            raise Malformed("a request that does not say who asks")
        if not self._turns.enter(party, functools.partial(_still_waits, line)):
            return
        try:
            fork = self._backend.fork()
            fork.closed(_lent(line, fork))
        except SandboxUnavailable as unavailable:
            _tell(line, UNAVAILABLE, str(unavailable))
        finally:
            self._turns.leave(party)


def _lent(line: socket.socket, fork: Fork) -> bool:
    """Hand a child over, wait until the client lets go, and end the child. Has all of it gone?"""
    lines = fork.lines
    # The client has this end too, and the supervisor hears the end only when both have let go, or when we say so.
    with lines.control.dup() as control:
        try:
            with contextlib.closing(lines):
                _tell(line, LENT)
                descriptors = [lines.control.fileno(), lines.channel.fileno(), lines.out, lines.err]
                socket.send_fds(line, [b"."], descriptors)
            line.settimeout(None)
            line.recv(1)
        except OSError as error:
            log.info("A client has gone: %s", error)
        return _ended(control)


def _ended(control: socket.socket) -> bool:
    """Hang up on the supervisor, which kills what it watches and goes."""
    try:
        control.settimeout(END_WITHIN_S)
        control.shutdown(socket.SHUT_WR)
        while control.recv(1 << 16):
            pass
    except ConnectionError:
        return True
    except OSError:
        return False
    return True


def _still_waits(line: socket.socket, ahead: int) -> bool:
    """Is the client still there? It has nothing to say while it waits, so a word would be an end too."""
    if select.select([line], [], [], 0)[0]:
        return False
    with contextlib.suppress(OSError):
        _tell(line, WAITING, ahead)
        return True
    return False


def _tell(line: socket.socket, kind: bytes, value: object = None) -> None:
    line.sendall(frame(kind, encode(value)))


def _listening(path: Path) -> socket.socket:
    """A socket that appears at `path` only when it is ready and has its rights."""
    with socket.socket(socket.AF_UNIX) as other, contextlib.suppress(ConnectionRefusedError, FileNotFoundError):
        other.connect(str(path))
        raise FileExistsError("another service answers there already")
    made = path.with_name(f".{os.getpid()}")
    made.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    try:
        listener.bind(str(made))
        made.chmod(0o660)
        listener.listen(MAX_CLIENTS)
        made.rename(path)
    except BaseException:
        listener.close()
        made.unlink(missing_ok=True)
        raise
    return listener


def _ceiling() -> str:
    """The limit of the container that we are in, if it has one."""
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        with contextlib.suppress(OSError, ValueError):
            limit = int((Path("/sys/fs/cgroup") / name).read_text())
            if limit < 1 << 50:
                return f", all below {words.size(limit >> 10)} by the container's own limit"
    return ""


def main(arguments: list[str]) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m sandbox serve", description="Lend sandboxes on a Unix socket.")
    parser.add_argument("socket", type=Path, metavar="SOCKET", help="where to listen")
    parser.add_argument(
        "--sessions",
        type=int,
        default=os.cpu_count() or 1,
        metavar="N",
        help="submissions at a time; further ones wait in order (default: one per processor)",
    )
    given = parser.parse_args(arguments)
    if given.sessions < 1:
        parser.error("--sessions must be at least 1")
    # Groups are made by whoever runs a session, and clients have none here: the container's limit is the ceiling.
    return serve(Bubblewrap(memory_groups=False), given.socket, given.sessions)


def serve(backend: Lender, path: Path, sessions: int) -> int:
    """Until SIGTERM or SIGINT; gives the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    try:
        service = Service(backend, path, sessions)
    except OSError as error:
        sys.stderr.write(f"The sandbox cannot listen at {path}: {error.strerror or error}.\n")
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: service.stop())

    def warm_up() -> None:
        probe = backend.probe()
        if probe.ok:
            log.info("Ready at %s for %d at a time. Memory: %s.", path, sessions, probe.memory_limit)
        else:
            log.error("Nothing isolates here, so nothing will be run. %s %s", probe.reason, probe.remedy)

    threading.Thread(target=warm_up, daemon=True).start()
    service.serve()
    backend.close()
    return 0
