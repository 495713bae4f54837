"""The life of a session: lock down, say ready, then run the entry and answer calls until the end."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any

from sandbox.frames import frame, receive
from sandbox.inside import lockdown, printed
from sandbox.inside.failure import Performed, Refused, described
from sandbox.values import Handle, NotPlain, decode, encode

HERE, PREPARE, READY, RUN, DONE = b"h", b"P", b"R", b"r", b"D"
CALL, VALUE, RAISED, ASK, ANSWER, NO_ANSWER = b"C", b"V", b"X", b"A", b"a", b"n"

instructions = b""
"""The system call filter, set once by the server."""

_LINE = 3


def live(channel: int, out: int, err: int) -> None:
    """Process 1 of a session, from the fork to its end. Never returns."""
    try:
        os.dup2(err, 2)
        line = socket.socket(fileno=channel)
        lockdown.own_proc()
        line.sendall(frame(HERE))
        job, line = _prepare(line, out, err)
        Session(line, job).serve()
    except (EOFError, ConnectionError):
        pass
    except BaseException as error:
        # Before "ready" this is the platform's failure, and whoever opens the session reads it here.
        os.write(2, f"{type(error).__name__}: {error}\n".encode())
        os._exit(70)
    finally:
        os._exit(0)


def _prepare(line: socket.socket, out: int, err: int) -> tuple[dict[str, Any], socket.socket]:
    kind, payload = receive(line)
    if kind != PREPARE:
        raise EOFError
    job: dict[str, Any] = decode(payload)
    limits = job["limits"]
    lockdown.scratch(limits["disk_mb"])
    places = [f"{lockdown.WORK}/{name}" for name, _ in job["files"]]
    places += [f"{lockdown.PACKAGES}/{name}" for name, _ in job["packages"]]
    sizes = [size for _, size in job["files"] + job["packages"]]
    inputs = lockdown.Inputs(len(sizes), sum(sizes))
    for place, size, descriptor in zip(places, sizes, _descriptors(line, len(sizes)), strict=True):
        inputs.copy(place, descriptor, size)
        os.close(descriptor)
    lockdown.packages_folder(len(job["packages"]))
    inputs.show()
    lockdown.seal_packages_folder()

    nothing = os.open("/dev/null", os.O_RDONLY)
    for descriptor, number in ((nothing, 0), (out, 1), (err, 2)):
        os.dup2(descriptor, number)
    line = _only_this(line)
    lockdown.limit(
        cpu_s=limits["cpu_s"],
        disk_mb=limits["disk_mb"],
        memory_mb=limits["memory_mb"],
        open_files=limits["open_files"],
        processes=limits["processes"],
    )
    lockdown.drop_everything(instructions)
    lockdown.fresh_start(job["seed"])
    sys.stdin = open(0, encoding="utf-8")  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", errors="backslashreplace", buffering=1)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1)  # noqa: SIM115
    vars(sys).update(__stdin__=sys.stdin, __stdout__=sys.stdout, __stderr__=sys.stderr)
    sys.path.remove(lockdown.PLATFORM)
    sys.path[:0] = [f"{lockdown.PACKAGES}/{root}" for root in job["roots"]]
    folder = os.path.dirname(f"{lockdown.WORK}/{job['entry']}")
    sys.path.insert(0, folder)
    return job, line


def _descriptors(line: socket.socket, count: int) -> Iterator[int]:
    """Open files as the platform sends them, one byte and one descriptor at a time."""
    for _ in range(count):
        byte, found, _, _ = socket.recv_fds(line, 1, 1)
        if not byte or len(found) != 1:
            raise EOFError
        yield found[0]


def _only_this(line: socket.socket) -> socket.socket:
    """Close every descriptor but the standard three and the line to the platform."""
    moved = socket.socket(fileno=os.dup2(line.detach(), _LINE, inheritable=False))
    os.closerange(_LINE + 1, os.sysconf("SC_OPEN_MAX") if os.sysconf("SC_OPEN_MAX") < 1 << 20 else 1 << 20)
    return moved


class Session:
    """Obeys the platform's frames. The code that it runs can reach all of this: nothing here is trusted outside."""

    def __init__(self, line: socket.socket, job: dict[str, Any]) -> None:
        self.line = line
        self.job = job
        self.performed = Performed({}, {})
        self.kept: dict[int, Any] = {}

    def send(self, kind: bytes, value: Any = None) -> None:
        self.line.sendall(frame(kind, encode(value)))

    def serve(self) -> None:
        sys.modules["sandbox_host"] = _host_module(self.ask)
        self.send(READY)
        while True:
            kind, payload = receive(self.line)
            if kind == RUN:
                self.run()
            elif kind == CALL:
                self.call(decode(payload, resolve=self.resolve))

    def run(self) -> None:
        from sandbox.inside import script, shell

        perform = shell.perform if self.job["kind"] == "notebook" else script.perform
        try:
            self.performed = perform(self.job, self.send)
            outcome: dict[str, Any] = {"error": self.performed.error}
        except Refused as refusal:
            outcome = {"refused": str(refusal), "cell": refusal.cell, "line": refusal.line}
        _only_in_process_one()
        _flush_files()
        _flush()
        self.send(DONE, outcome)

    def call(self, request: dict[str, Any]) -> None:
        name = request.get("value") or request["function"]
        try:
            value = (
                self.variable(name)
                if "value" in request
                else self.function(name)(*request["args"], **request["kwargs"])
            )
            _only_in_process_one()
            answer = encode(value, opaque=self.keep)
            kind = VALUE
        except NotPlain as error:
            kind, answer = (
                RAISED,
                encode({"type": "NotPlain", "message": f"{name} gave something that cannot be passed on: {error}."}),
            )
        except BaseException as error:
            _only_in_process_one()
            kind, answer = RAISED, encode(described(error, self.performed.files))
        _flush()
        self.line.sendall(frame(kind, answer))

    def variable(self, name: str, what: str = "variable") -> Any:
        first, *rest = name.split(".")
        if first not in self.performed.namespace:
            raise NameError(f"There is no {what} named {first}.")
        found = self.performed.namespace[first]
        for part in rest:
            found = getattr(found, part)
        return found

    def function(self, name: str) -> Callable[..., Any]:
        found = self.variable(name, "function")
        if not callable(found):
            raise TypeError(f"{name} is a {type(found).__name__}, not a function.")
        return found  # type: ignore[no-any-return]

    def keep(self, value: Any) -> Handle:
        number = len(self.kept)
        self.kept[number] = value
        return Handle(number, type(value).__name__)

    def resolve(self, handle: Handle) -> Any:
        if handle.id not in self.kept:
            return handle
        return self.kept[handle.id]

    def ask(self, value: Any) -> Any:
        """Ask the platform in the middle of a call, and wait for its answer."""
        self.send(ASK, value)
        kind, payload = receive(self.line)
        if kind != ANSWER:
            raise RuntimeError(decode(payload) if kind == NO_ANSWER else "The platform has gone.")
        return decode(payload, resolve=self.resolve)


def _host_module(ask: Callable[[Any], Any]) -> Any:
    module = type(sys)("sandbox_host", "What code inside a session can ask of the platform.")
    module.ask = ask  # type: ignore[attr-defined]
    return module


def _only_in_process_one() -> None:
    """Code that forked and let its child run on must not answer twice."""
    if os.getpid() != 1:
        os._exit(0)


def _flush() -> None:
    """What was printed goes before what is said."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    printed.wait_until_read()


def _flush_files() -> None:
    """What a run wrote but did not close belongs to its outcome too."""
    for found in gc.get_objects():
        if isinstance(found, io.TextIOWrapper | io.BufferedWriter) and not found.closed:
            with contextlib.suppress(Exception):
                found.flush()
