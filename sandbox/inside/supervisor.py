"""Stands between a session and the machine: watches what all its processes use together, and ends them.

It shares the session's namespaces but not its process namespace, so nothing in the session can see or reach it, and
it never reads a byte that the session has written, except the files that it brings back.
"""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal
import socket
import time
from typing import Any

from sandbox.frames import frame, receive
from sandbox.inside import artefacts, child, lockdown
from sandbox.values import decode, encode

TICK_MS = 20
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_SOCKET_BUFFER = 208 << 10
_ADDRESSES_PER_BYTE_OF_TABLE = _PAGE // 8

HELLO, WATCH, FETCH, FILE, FETCHED, KILL, ENDED = b"H", b"W", b"F", b"f", b"Y", b"K", b"Z"


def supervise(control: int, channel: int, out: int, err: int) -> None:
    """Fork process 1 of the session and watch it until the platform hangs up. Never returns."""
    status = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        line = socket.socket(fileno=control)
        lockdown.new_namespaces()
        line.sendall(frame(HELLO))
        kind, _ = receive(line)
        if kind != HELLO:
            raise EOFError
        pid = os.fork()
        if pid == 0:
            line.close()
            child.live(channel, out, err)
        for descriptor in (channel, out, err):
            os.close(descriptor)
        _Watch(line, pid).until_hung_up()
        status = 0
    except (EOFError, ConnectionError):
        status = 0
    finally:
        os._exit(status)


class _Watch:
    def __init__(self, line: socket.socket, pid: int) -> None:
        self.line = line
        self.pid = pid
        self.exit = os.pidfd_open(pid)
        self.proc = -1
        self.memory_limit = self.cpu_limit = float("inf")
        # What a fork has in memory before it does anything is the server's, not the code's.
        self.inherited = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        self.reason = ""
        self.peak = self.cpu = 0.0
        self.seen: dict[tuple[int, int], int] = {}
        self.past = 0
        self.looked = 0.0
        self.skipped: set[str] = set()
        self.ended: tuple[int, float] | None = None

    def until_hung_up(self) -> None:
        poll = select.poll()
        poll.register(self.line, select.POLLIN)
        poll.register(self.exit, select.POLLIN)
        try:
            while True:
                watching = self.proc >= 0 and self.ended is None
                ready = {descriptor for descriptor, _ in poll.poll(TICK_MS if watching else None)}
                if self.exit in ready:
                    poll.unregister(self.exit)
                    self.reap()
                    self.line.sendall(
                        frame(ENDED, encode({**self.usage(), "status": self.status, "reason": self.reason}))
                    )
                if self.line.fileno() in ready:
                    self.obey(*receive(self.line))
                if watching and self.ended is None:
                    self.measure()
        finally:
            if self.ended is None:
                self.kill()
                self.reap()

    def obey(self, kind: bytes, payload: bytes) -> None:
        order: dict[str, Any] = decode(payload) if payload else {}
        if kind == WATCH:
            # The session's own /proc, mounted by now, lists its processes and nothing else.
            self.proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
            self.memory_limit, self.cpu_limit = order["memory"], order["cpu"]
            self.skipped = set(order["inputs"])
        elif kind == KILL:
            self.kill()
        elif kind == FETCH:
            if self.ended is None:
                self.measure()
                self.peak = max(self.peak, self._highest() - self.inherited)
            left_out = 0
            for found in artefacts.find(lockdown.WORK, order["patterns"], self.skipped, order["max_bytes"], self.look):
                if found is None:
                    left_out += 1
                else:
                    self.line.sendall(frame(FILE, encode({"name": found[0], "content": found[1]})))
            self.line.sendall(frame(FETCHED, encode({**self.usage(), "left_out": left_out})))

    def usage(self) -> dict[str, float]:
        return {"cpu": self.cpu, "peak": self.peak}

    def kill(self) -> None:
        """Process 1 takes every process of its namespace with it, daemons too."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.exit, signal.SIGKILL)

    def reap(self) -> None:
        _, self.status, used = os.wait4(self.pid, 0)
        self.cpu = max(self.cpu, used.ru_utime + used.ru_stime)
        self.peak = max(self.peak, used.ru_maxrss * 1024 - self.inherited)
        self.ended = (self.status, time.monotonic())

    def measure(self) -> None:
        """Add up all processes of the session; end it when they are over a limit together."""
        self.looked = time.monotonic()
        holders, seen = [], {}
        resident = waited_for = unseen = 0
        for pid in filter(str.isdigit, os.listdir(self.proc)):
            try:
                holder, fields = self._holder(pid)
            except OSError:
                continue
            holders.append((int(fields[21]) * _PAGE, holder))
            resident += int(fields[21]) * _PAGE
            # Its page tables, at their largest, which a program can have without any page in memory.
            unseen += int(fields[20]) // _ADDRESSES_PER_BYTE_OF_TABLE
            used = int(fields[11]) + int(fields[12])
            seen[int(pid), int(fields[19])] = used
            waited_for += used + int(fields[13]) + int(fields[14])
        # A process that has gone counts with what it was last seen to have used, or in what its parent has waited for.
        self.past += sum(used for process, used in self.seen.items() if process not in seen)
        self.seen = seen
        self.cpu = max(self.cpu, max(self.past + sum(seen.values()), waited_for) / _TICKS_PER_SECOND)
        unseen += self._sockets() * _SOCKET_BUFFER
        resident += unseen
        # Resident memory counts what processes share once for each of them, which only ever says too much.
        if resident > self.memory_limit:
            resident = self._shared_once(holders, unseen)
            self.peak = max(self.peak, resident)
        elif len(holders) > 1:
            self.peak = max(self.peak, resident - len(holders) * self.inherited)
        if resident > self.memory_limit:
            self.reason = "memory"
            self.kill()
        elif self.cpu > self.cpu_limit:
            self.reason = "cpu"
            self.kill()

    def _shared_once(self, holders: list[tuple[int, str]], unseen: int) -> int:
        """All that they have, the largest first and only up to the limit, since each takes a millisecond to tell."""
        total = unseen
        for _, pid in sorted(holders, reverse=True):
            total += self._proportional(pid)
            if total > self.memory_limit:
                break
        return total

    def look(self) -> None:
        """Measure in the middle of other work, when it is time again."""
        if not self.reason and self.ended is None and time.monotonic() - self.looked > TICK_MS / 1000:
            self.measure()

    def _holder(self, pid: str) -> tuple[str, list[bytes]]:
        """Who tells what a process has, and that: its first thread, unless that has ended before the others."""
        fields = self._stat(pid)
        if fields[0] == b"Z" and int(fields[17]) > 1:
            for thread in self._threads(pid):
                with contextlib.suppress(OSError):
                    told = self._stat(thread)
                    if told[0] != b"Z":
                        return thread, told
        return pid, fields

    def _threads(self, pid: str) -> list[str]:
        folder = os.open(f"{pid}/task", os.O_RDONLY | os.O_DIRECTORY, dir_fd=self.proc)
        try:
            return os.listdir(folder)
        finally:
            os.close(folder)

    def _stat(self, pid: str) -> list[bytes]:
        return self._read(f"{pid}/stat").rpartition(b")")[2].split()

    def _highest(self) -> int:
        """The most that process 1 has had in memory."""
        try:
            words = self._read("1/status").split()
            return int(words[words.index(b"VmHWM:") + 1]) * 1024
        except (OSError, ValueError):
            return 0

    def _sockets(self) -> int:
        """What lies unread in a socket belongs to no process, so each socket counts as if it were full."""
        try:
            words = self._read("1/net/sockstat").split()
            return int(words[words.index(b"used") + 1])
        except (OSError, ValueError):
            return 0

    def _proportional(self, pid: str) -> int:
        """Bytes of a process where each shared page counts once over all that share it."""
        try:
            for line in self._read(f"{pid}/smaps_rollup").splitlines():
                if line.startswith(b"Pss:"):
                    return int(line.split()[1]) * 1024
        except PermissionError:
            with contextlib.suppress(OSError):
                return int(self._read(f"{pid}/statm").split()[1]) * _PAGE
        except OSError:
            pass
        return 0

    def _read(self, path: str) -> bytes:
        file = os.open(path, os.O_RDONLY, dir_fd=self.proc)
        try:
            return os.read(file, 65536)
        finally:
            os.close(file)
