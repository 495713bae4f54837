"""The platform's side of a session: sends the job, listens, counts, and ends it at its limits.

Two lines lead to a session: `control` to its supervisor, which is ours, and `channel` to the process that runs the
code, of which every byte may be a lie.
"""

from __future__ import annotations

import contextlib
import math
import os
import select
import socket
import struct
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Protocol

from sandbox import words
from sandbox.contract import CodeError, Event, Job, Outcome, Reply, Usage, Verdict
from sandbox.frames import Inbox, frame, receive
from sandbox.notebook import Recording
from sandbox.values import Malformed, NotPlain, decode, encode

HELLO, WATCH, FETCH, FILE, FETCHED, KILL, ENDED = b"H", b"W", b"F", b"f", b"Y", b"K", b"Z"
HERE, PREPARE, READY, RUN, DONE = b"h", b"P", b"R", b"r", b"D"
CALL, VALUE, RAISED, ASK, ANSWER, NO_ANSWER = b"C", b"V", b"X", b"A", b"a", b"n"
SKELETON, CELL, OUTPUT = b"N", b"E", b"O"

CREDENTIALS = struct.Struct("3i")
READY_WITHIN_S = 60.0
OBEY_WITHIN_S = 60.0
DRAINED_WITHIN_S = 10.0
TICK_S = 1.0
DISPLAYS_KB = 16 * 1024
SHOW_EVERY_S = 0.25
NOBODY = "Nobody answers in this session."
_PIECE = 1 << 16
_LEAST = 1024


class Broken(Exception):
    """The sandbox itself failed: nothing that the code did explains it."""


class _Stopped(Exception):
    """The session has ended, and this is how."""

    def __init__(self, verdict: Verdict, message: str) -> None:
        super().__init__(message)
        self.verdict = verdict
        self.message = message


class Ceiling(Protocol):
    """What the kernel lets all processes of a session hold together."""

    def limit(self, max_bytes: int, processes: int) -> None:
        """Set it. Raises OSError."""
        ...

    def oom_kills(self) -> int:
        """How many processes the kernel has ended because it was reached."""
        ...

    def peak(self) -> int:
        """The most bytes that were held so far; 0 where the kernel does not tell."""
        ...

    def remove(self) -> None: ...


@dataclass
class Lines:
    """The platform's ends of what leads to one forked child."""

    control: socket.socket
    channel: socket.socket
    out: int
    err: int
    ceiling: Future[Ceiling | None] | None = None
    """Where the kernel keeps one: it comes when the child has said that it is there, and been put under it."""

    def close(self) -> None:
        ceiling = self.ceiling.result() if self.ceiling else None
        self.control.close()
        self.channel.close()
        for descriptor in (self.out, self.err):
            with contextlib.suppress(OSError):
                os.close(descriptor)
        if ceiling is not None:
            ceiling.remove()


@dataclass(frozen=True)
class Source:
    """One file of the job, opened on the platform's side."""

    place: str
    descriptor: int
    size: int


class ForkedSession:
    """One forked child from ready to gone. Used by one thread at a time."""

    def __init__(self, job: Job, lines: Lines, on_close: Callable[[bool], None]) -> None:
        self.job = job
        self._ceiling: Ceiling | None = None
        self._inputs = 0
        self._lines = lines
        self._on_close = on_close
        self._recording = Recording()
        self._channel, self._control = Inbox(), Inbox()
        self._frames: deque[tuple[bytes, bytes]] = deque()
        self._outbox: deque[memoryview] = deque()
        self._streams = {lines.out: "stdout", lines.err: "stderr"}
        self._text = {"stdout": bytearray(), "stderr": bytearray()}
        self._output = self._shown = 0
        self._usage: dict[str, float] = {}
        self._wall = 0.0
        self._cell_ends = math.inf
        self._tell: Callable[[Event], None] | None = None
        self._show_at, self._shown_at = math.inf, -math.inf
        self._over: _Stopped | None = None
        self._ended: dict[str, Any] | None = None
        self._closed = self._ran = False
        self._doing = "the script" if job.kind == "script" else "the notebook"
        self._open = {lines.channel.fileno(), lines.out, lines.err}
        self._poll = select.poll()
        for line in (lines.control.fileno(), *self._open):
            self._poll.register(line, select.POLLIN)

    # Opening

    def prepare(self, files: list[Source], packages: list[Source], roots: list[str]) -> None:
        """Send the job and wait until the child has locked itself in. Raises Broken."""
        job, limits = self.job, self.job.limits
        request = {
            "kind": job.kind,
            "entry": job.entry,
            "seed": job.seed,
            "files": [[source.place, source.size] for source in files],
            "packages": [[source.place, source.size] for source in packages],
            "roots": roots,
            "limits": {
                name: getattr(limits, name) for name in ("cpu_s", "disk_mb", "memory_mb", "open_files", "processes")
            },
        }
        try:
            channel = self._lines.channel
            channel.settimeout(READY_WITHIN_S)
            if self._lines.ceiling is None:
                await_child(channel)
            else:
                self._hold(self._lines.ceiling.result(), sum(_in_pages(source.size) for source in files + packages))
            channel.sendall(frame(PREPARE, encode(request)))
            for source in files + packages:
                socket.send_fds(channel, [b"."], [source.descriptor])
            kind, _ = receive(channel)
            if kind != READY:
                raise EOFError("it was not ready")
            channel.setblocking(False)
            self._inputs = self._ceiling.peak() if self._ceiling else 0
            inputs = [source.place for source in files]
            watch = {"memory": limits.memory_mb << 20, "cpu": limits.cpu_s, "inputs": inputs}
            self._lines.control.settimeout(OBEY_WITHIN_S)
            self._order(WATCH, watch)
        except (EOFError, OSError, NotPlain) as error:
            told = b""
            with contextlib.suppress(BlockingIOError):
                os.set_blocking(self._lines.err, False)
                told = os.read(self._lines.err, _PIECE)
            raise Broken(told.decode("utf-8", "replace").strip() or f"a session did not start: {error}") from error

    def _hold(self, ceiling: Ceiling | None, inputs: int) -> None:
        """Lower it to what this job may use. Its input files come into memory too, and do not count."""
        limits = self.job.limits
        self._ceiling = ceiling
        if ceiling is not None:
            with contextlib.suppress(OSError):
                ceiling.limit(((limits.memory_mb + limits.disk_mb) << 20) + inputs, limits.processes)

    def _held(self) -> int:
        """What the kernel counted on top of the inputs, 0 if it did not.

        The watch counts too much where processes share pages. Files that were written count here, within the limit.
        """
        if self._ceiling is None:
            return 0
        return max(0, min(self._ceiling.peak() - self._inputs, self.job.limits.memory_mb << 20))

    # Running

    def run(self, on_event: Callable[[Event], None] | None = None) -> Outcome:
        if self._ran or self._over:
            return self._outcome(*self._ending(), None)
        self._ran = True
        tell = on_event or (lambda event: None)
        self._tell = on_event
        started = time.monotonic()
        try:
            tell(Event(kind="started"))
            self._post(RUN)
            told = decode(self._until(DONE, started + self.job.limits.wall_s, tell=tell)[1], science=False)
            verdict, message, error = self._judged(told if isinstance(told, dict) else {})
        except _Stopped as stopped:
            verdict, message, error = stopped.verdict, stopped.message, None
        except Malformed:
            self._end(Verdict.CRASHED, words.LINE_BROKEN)
            verdict, message, error = Verdict.CRASHED, words.LINE_BROKEN, None
        except BaseException:
            # The caller's own on_event failed: its problem, but the child must not outlive it.
            self.close()
            raise
        self._wall = time.monotonic() - started
        self._cell_ends = self._show_at = math.inf
        self._tell = None
        outcome = self._outcome(verdict, message, error)
        tell(Event(kind="finished", cell=self._recording.cell, cells=self._recording.cells))
        return outcome

    def call(
        self,
        function: str,
        *args: Any,
        on_ask: Callable[[Any], Any] | None = None,
        limit_s: float | None = None,
        **kwargs: Any,
    ) -> Reply:
        return self._request(function, {"function": function, "args": list(args), "kwargs": kwargs}, on_ask, limit_s)

    def value(self, name: str, *, limit_s: float | None = None) -> Reply:
        return self._request(name, {"value": name}, None, limit_s)

    def _request(
        self, name: str, asked: dict[str, Any], on_ask: Callable[[Any], Any] | None, limit_s: float | None
    ) -> Reply:
        """Ask the child for the result of a function, or for a variable, of this name."""
        if not self._ran or self._over:
            verdict, message = self._ending()
            return Reply(verdict=verdict, message=message)
        try:
            request = encode(asked)
        except NotPlain as reason:
            return Reply(verdict=Verdict.PLATFORM_FAULT, message=f"{name} was given what cannot cross: {reason}.")
        self._doing = name
        printed = len(self._printed("stdout"))
        started = time.monotonic()
        try:
            self._post(CALL, request)
            seconds = self.job.limits.call_s if limit_s is None else limit_s
            kind, payload = self._answering(name, seconds, on_ask)
            if kind == VALUE:
                verdict, message, error, value = Verdict.COMPLETED, "", None, decode(payload)
            else:
                error, number = words.code_error(decode(payload, science=False))
                verdict, message = words.raised(error, number, self.job.limits, name)
                value = None
        except _Stopped as stopped:
            verdict, message, error, value = stopped.verdict, stopped.message, None, None
        except Malformed:
            message = f"{name} gave something that is not a plain value."
            verdict, error, value = Verdict.CRASHED, None, None
        except BaseException:
            self.close()
            raise
        return Reply(
            verdict=verdict,
            value=value,
            error=error,
            message=message,
            stdout=self._printed("stdout")[printed:],
            seconds=time.monotonic() - started,
        )

    def close(self) -> Usage:
        if not self._closed:
            self._closed = True
            self._over = self._over or _Stopped(Verdict.PLATFORM_FAULT, "This session is closed.")
            try:
                self._finish()
                gone = True
            except Broken:
                gone = False
            self._lines.close()
            self._on_close(gone)
        return self._used()

    def __enter__(self) -> ForkedSession:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # Ends

    def _judged(self, told: dict[str, Any]) -> tuple[Verdict, str, CodeError | None]:
        """What the child says about its own run."""
        refused = told.get("refused")
        if isinstance(refused, str):
            error, _ = words.code_error({**told, "type": "Refused", "message": refused})
            return Verdict.REFUSED, error.message, error
        if told.get("error") is None:
            return Verdict.COMPLETED, "", None
        error, number = words.code_error(told["error"])
        where = f"cell {error.cell}" if error.cell else self._doing
        verdict, message = words.raised(error, number, self.job.limits, where)
        return verdict, message, error

    def _ending(self) -> tuple[Verdict, str]:
        if self._over:
            return self._over.verdict, self._over.message
        if self._ran:
            return Verdict.PLATFORM_FAULT, "This session has run already."
        return Verdict.PLATFORM_FAULT, "Nothing has been run in this session yet."

    def _outcome(self, verdict: Verdict, message: str, error: CodeError | None) -> Outcome:
        artefacts: dict[str, bytes] = {}
        if verdict is not Verdict.PLATFORM_FAULT:
            try:
                artefacts = self._fetch()
            except Broken:
                self._over = _Stopped(Verdict.PLATFORM_FAULT, words.OUR_FAULT)
                verdict, message, error = Verdict.PLATFORM_FAULT, words.OUR_FAULT, None
        recording = self._recording
        if error is None and verdict not in (Verdict.COMPLETED, Verdict.PLATFORM_FAULT):
            recording.note(message)
        return Outcome(
            verdict=verdict,
            message=message,
            error=error,
            usage=self._used(),
            stdout=self._printed("stdout"),
            stderr=self._printed("stderr"),
            notebook=recording.as_bytes() if self.job.kind == "notebook" else None,
            artefacts=artefacts,
        )

    def _printed(self, name: str) -> str:
        if self.job.kind == "notebook":
            return self._recording.text[name]
        return bytes(self._text[name]).decode("utf-8", "replace")

    def _used(self) -> Usage:
        return Usage(
            wall_s=self._wall,
            cpu_s=self._usage.get("cpu", 0.0),
            peak_memory_mb=self._usage.get("peak", 0.0) / 2**20,
            output_kb=self._output / 1024,
        )

    def _fetch(self) -> dict[str, bytes]:
        """Files that the job wants back, from the supervisor, which outlives the code. Raises Broken."""
        max_bytes = min(self.job.limits.disk_mb << 20, 64 << 20)
        found: dict[str, bytes] = {}
        self._order(FETCH, {"patterns": list(self.job.artefacts), "max_bytes": max_bytes})
        for kind, told in self._obeyed(FETCHED):
            if kind == FILE and is_inside(told["name"]):
                found[told["name"]] = told["content"]
        return found

    def _end(self, verdict: Verdict, message: str) -> None:
        """Kill it now, remember why, and take in what it had said before. The supervisor stays until close."""
        self._over = self._over or _Stopped(verdict, message)
        try:
            if self._ended is None:
                self._order(KILL)
                for _ in self._obeyed(ENDED):
                    pass
        except Broken:
            self._over = _Stopped(Verdict.PLATFORM_FAULT, words.OUR_FAULT)
        with contextlib.suppress(Malformed, _Stopped):
            if self._ended is not None:
                self._drain()
            while self._frames:
                self._heard(*self._frames.popleft(), lambda event: None)

    def _finish(self) -> None:
        """Ends every process of the session; returns when they are gone. Raises Broken."""
        if self._ended is None:
            self._order(KILL)
            for _ in self._obeyed(ENDED):
                pass
        try:
            self._lines.control.shutdown(socket.SHUT_WR)
            while self._lines.control.recv(_PIECE):
                pass
        except OSError as error:
            raise Broken(str(error)) from error

    # The supervisor

    def _order(self, kind: bytes, order: dict[str, Any] | None = None) -> None:
        try:
            self._lines.control.sendall(frame(kind, encode(order) if order is not None else b""))
        except OSError as error:
            raise Broken(str(error)) from error

    def _obeyed(self, last: bytes) -> Iterator[tuple[bytes, dict[str, Any]]]:
        """What the supervisor says, up to this kind of frame. The code is not listened to meanwhile."""
        while True:
            for kind, told in self._supervisor():
                yield kind, told
                if kind == last:
                    return

    def _supervisor(self) -> list[tuple[bytes, dict[str, Any]]]:
        try:
            data = self._lines.control.recv(_PIECE)
            if not data:
                raise Broken("the supervisor has gone")
            said = [(kind, decode(payload) if payload else {}) for kind, payload in self._control.feed(data)]
        except (OSError, Malformed) as error:
            raise Broken(str(error)) from error
        for kind, told in said:
            if kind in (ENDED, FETCHED):
                self._usage.update(cpu=told["cpu"], peak=self._held() or told["peak"])
            if kind == ENDED:
                self._ended = told
        return said

    # Listening

    def _post(self, kind: bytes, payload: bytes = b"") -> None:
        self._outbox.append(memoryview(frame(kind, payload)))
        self._listen_for(select.POLLIN | select.POLLOUT)

    def _answering(self, function: str, seconds: float, on_ask: Callable[[Any], Any] | None) -> tuple[bytes, bytes]:
        """The end of a call. What the platform is asked meanwhile does not count towards its time."""
        deadline = time.monotonic() + seconds
        late = words.call_too_long(seconds, function)
        while True:
            kind, payload = self._until(VALUE + RAISED + (ASK if on_ask else b""), deadline, late)
            if kind != ASK or on_ask is None:
                return kind, payload
            asked_at = time.monotonic()
            answer = encode(on_ask(decode(payload)))
            deadline += time.monotonic() - asked_at
            self._post(ANSWER, answer)

    def _until(
        self, kinds: bytes, deadline: float, late: str = "", tell: Callable[[Event], None] = lambda event: None
    ) -> tuple[bytes, bytes]:
        """The next frame of one of these kinds from the code; everything else on the way is dealt with.

        `late` says what it means when none has come by the deadline; nothing said, it is the run's.
        """
        tick = time.monotonic() + TICK_S
        try:
            while True:
                while True:
                    if self._output > self.job.limits.output_kb << 10:
                        raise _Stopped(Verdict.TOO_MUCH_OUTPUT, words.too_much_output(self.job.limits, self._doing))
                    if not self._frames:
                        break
                    kind, payload = self._frames.popleft()
                    if kind in kinds:
                        self._check_ceiling()
                        return kind, payload
                    self._heard(kind, payload, tell)
                if self._ended is not None:
                    raise self._death(self._ended)
                now = time.monotonic()
                if now >= deadline:
                    raise _Stopped(Verdict.TIMED_OUT, late or words.too_long(self.job.limits, self._doing))
                if now >= self._cell_ends:
                    raise _Stopped(Verdict.TIMED_OUT, words.cell_too_long(self.job.limits, self._doing))
                if now >= tick:
                    tell(Event(kind="waiting"))
                    tick = now + TICK_S
                if now >= self._show_at:
                    self._show()
                self._round(min(deadline, self._cell_ends, self._show_at, tick))
        except Malformed:
            self._deaf_to(self._lines.channel.fileno())  # what was printed before is still read
            stopped = _Stopped(Verdict.CRASHED, words.LINE_BROKEN)
        except Broken:
            stopped = _Stopped(Verdict.PLATFORM_FAULT, words.OUR_FAULT)
        except _Stopped as reason:
            stopped = reason
        if stopped.verdict in (Verdict.TIMED_OUT, Verdict.CRASHED, Verdict.PLATFORM_FAULT):
            # The kernel ends one process of a full group, and the rest may wait for it or fall with it.
            try:
                self._check_ceiling()
            except _Stopped as reason:
                stopped = reason
        self._end(stopped.verdict, stopped.message)
        raise stopped

    def _round(self, deadline: float) -> None:
        """Wait once for anything to happen, and take in what came of it.

        The channel comes first: a print belongs to the cell that was said to have begun before it, and what is said
        after a print waits until that is read. The supervisor comes last: when it says that the session has ended, what
        the session had sent before is read.
        """
        wait = max(0.0, min(deadline - time.monotonic(), 3600.0))
        ready = dict(self._poll.poll(wait * 1000))
        channel = ready.get(self._lines.channel.fileno(), 0)
        if channel & select.POLLOUT:
            self._send()
        if channel & ~select.POLLOUT and self._hear():
            return
        for descriptor in self._streams:
            if descriptor in ready:
                self._listen(descriptor)
        if self._lines.control.fileno() in ready:
            self._supervisor()
            if self._ended is not None:
                self._drain()

    def _drain(self) -> None:
        """All that a session has sent before it ended: each line is over when its last process has gone."""
        deadline = time.monotonic() + DRAINED_WITHIN_S
        channel = self._lines.channel.fileno()
        self._outbox.clear()
        while (left := deadline - time.monotonic()) > 0 and self._open:
            ready = select.select(self._open, [], [], left)[0]
            for descriptor in ready:
                if descriptor == channel:
                    self._hear()
                else:
                    self._listen(descriptor)

    def _send(self) -> None:
        with contextlib.suppress(BlockingIOError):
            try:
                sent = self._lines.channel.send(self._outbox[0])
                self._outbox[0] = self._outbox[0][sent:]
                if not self._outbox[0]:
                    self._outbox.popleft()
            except (BrokenPipeError, ConnectionResetError):
                self._outbox.clear()
        if not self._outbox:
            self._listen_for(select.POLLIN)

    def _hear(self) -> bool:
        """Take in a piece of what the code sends; False when there is no more."""
        try:
            data = self._lines.channel.recv(1 << 20)
        except BlockingIOError:
            return False
        except ConnectionResetError:
            data = b""
        if not data:
            self._deaf_to(self._lines.channel.fileno())
            return False
        self._frames.extend(self._channel.feed(data))
        return True

    def _listen_for(self, events: int) -> None:
        with contextlib.suppress(FileNotFoundError):  # the code has hung up
            self._poll.modify(self._lines.channel, events)

    def _deaf_to(self, descriptor: int) -> None:
        self._open.discard(descriptor)
        with contextlib.suppress(KeyError):
            self._poll.unregister(descriptor)

    def _listen(self, descriptor: int) -> bool:
        """Read a piece of what the code printed; False when there is no more."""
        try:
            data = os.read(descriptor, _PIECE)
        except BlockingIOError:
            return False
        if not data:
            self._deaf_to(descriptor)
            return False
        self._changed()
        name = self._streams[descriptor]
        self._text[name] += data[: max(0, (self.job.limits.output_kb << 10) - len(self._text[name]))]
        if self.job.kind == "notebook":
            self._recording.stream(name, data.decode("utf-8", "replace"))
        self._output += len(data)
        return True

    def _heard(self, kind: bytes, payload: bytes, tell: Callable[[Event], None]) -> None:
        """A frame that the code may send unasked, most of them about how a notebook goes."""
        told = decode(payload, science=False)
        if kind == OUTPUT and isinstance(told, dict) and told.get("type") == "stream":
            self._output += len(payload)
        else:
            # Counted before it is kept, and never as nothing: a flood of small frames is a flood.
            self._shown += len(payload) + _LEAST
            if self._shown > DISPLAYS_KB << 10:
                raise _Stopped(Verdict.TOO_MUCH_OUTPUT, words.too_many_displays(DISPLAYS_KB, self._doing))
        if kind == ASK:
            self._post(NO_ANSWER, encode(NOBODY))
        elif kind == SKELETON and isinstance(told, str):
            self._recording.begin(told)
        elif kind not in (CELL, OUTPUT) or not isinstance(told, dict):
            raise Malformed(f"a frame of kind {kind!r}")
        elif kind == OUTPUT:
            self._recording.output(told)
            self._changed()
        elif told.get("state") == "finished":
            self._recording.finish_cell(told.get("count"))
            if self._show_at < math.inf:
                self._show()
        elif isinstance(told.get("cell"), int) and self._recording.start_cell(told["cell"]):
            self._doing = f"cell {self._recording.cell}"
            self._cell_ends = time.monotonic() + (self.job.limits.cell_s or math.inf)
            tell(Event(kind="cell", cell=self._recording.cell, cells=self._recording.cells))

    def _changed(self) -> None:
        """There is something new to show: soon, but not at once for every line."""
        if self._tell is not None:
            self._show_at = min(self._show_at, self._shown_at + SHOW_EVERY_S)

    def _show(self) -> None:
        if self._tell is not None:
            if self.job.kind == "notebook":
                outputs = self._recording.shown()
            else:
                outputs = [
                    {"output_type": "stream", "name": name, "text": self._printed(name)}
                    for name in ("stdout", "stderr")
                ]
            cell, cells = self._recording.cell, self._recording.cells
            self._tell(Event(kind="output", cell=cell, cells=cells, outputs=outputs))
        self._show_at, self._shown_at = math.inf, time.monotonic()

    def _check_ceiling(self) -> None:
        if self._ceiling is not None and self._ceiling.oom_kills():
            raise _Stopped(Verdict.OUT_OF_MEMORY, words.too_much_memory(self.job.limits, self._doing))

    def _death(self, told: dict[str, Any]) -> _Stopped:
        """Why the session has ended, when nobody here ended it."""
        limits, status = self.job.limits, told["status"]
        if told["reason"] == "memory":
            return _Stopped(Verdict.OUT_OF_MEMORY, words.too_much_memory(limits, self._doing))
        if told["reason"] == "cpu" or (words.killed_from_outside(status) and told["cpu"] >= limits.cpu_s):
            return _Stopped(Verdict.TIMED_OUT, words.too_much_cpu(limits, self._doing))
        if words.killed_from_outside(status):
            return _Stopped(Verdict.PLATFORM_FAULT, words.OUR_FAULT)
        return _Stopped(Verdict.CRASHED, words.died(status, self._doing))


def await_child(channel: socket.socket) -> int:
    """Its process id as the kernel vouches for it, sent along with the first thing that it says.

    Raises EOFError or OSError. The channel must ask for credentials before the child has it.
    """
    _, said, _, _ = channel.recvmsg(1, socket.CMSG_SPACE(CREDENTIALS.size), socket.MSG_PEEK)
    kind, _ = receive(channel)
    if kind != HERE or not said:
        raise EOFError("the child is not there")
    channel.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 0)
    return int(CREDENTIALS.unpack(said[0][2])[0])


def _in_pages(size: int) -> int:
    """What a file of this size takes up in memory, with what the kernel needs to know of it."""
    return (size // 4096 + 2) * 4096


def is_inside(name: str) -> bool:
    """Is this the name of a file below the working folder, whatever a reader may make of it?"""
    path = PurePosixPath(name)
    plain = bool(path.parts) and name == str(path) and not path.is_absolute() and name.isprintable()
    return plain and ".." not in path.parts and "\\" not in name and len(name) <= 255 and len(path.parts) <= 12
