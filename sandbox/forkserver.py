"""The platform's side of a fork server: started once, asked for children, replaced when it is worn or dead."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

from sandbox.cgroup import MemoryGroup, MemoryGroups
from sandbox.frames import frame
from sandbox.session import CREDENTIALS, HELLO, Broken, Lines, await_child

START_WITHIN_S = 180.0
END_WITHIN_S = 30.0
_READY, _FORK, _RETIRE = b"!", b"F", b"R"


class ForkServer:
    """One running server. `fork` may be called by several threads, one at a time."""

    def __init__(
        self, command: list[str], instructions: bytes, preload: list[str], groups: MemoryGroups | None = None
    ) -> None:
        """Start `command`; its arguments are two descriptors, its line and the system call filter, then `preload`."""
        self.forks = 0
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        ours, theirs = socket.socketpair()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        try:
            with tempfile.TemporaryFile() as filter_file, theirs:
                filter_file.write(instructions)
                filter_file.seek(0)
                numbers = [theirs.fileno(), filter_file.fileno()]
                self._process = subprocess.Popen(
                    [*command, *map(str, numbers), *preload],
                    stdin=subprocess.DEVNULL,
                    stdout=self._log,
                    stderr=self._log,
                    pass_fds=numbers,
                    env={},
                    process_group=0,
                )
        except OSError as error:
            ours.close()
            self._log.close()
            raise Broken(str(error)) from error
        self._line = ours
        self._spare: Lines | None = None
        self._groups = groups
        self._placing = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sandbox-groups")
        self.pid = self._await_ready()
        # Programs that only wait stand between us and the server. Its parent is the first process of its namespace:
        # when that one is killed the kernel kills the server and every session, and it has ended when they all have.
        self._server = os.pidfd_open(self.pid)
        self._first = os.pidfd_open(_parent(self.pid))

    def alive(self) -> bool:
        return not select.select([self._server], [], [], 0)[0]

    def fork(self) -> Lines:
        """The lines to a new child. Raises Broken when the server has died.

        One child always waits ready-made: its namespaces are the slow part, and they need nothing of the job.
        """
        lines = self._spare or self._ask()
        self._spare = None
        with contextlib.suppress(Broken):
            self._spare = self._ask()
        return lines

    def retire(self) -> None:
        """No more forks. The server ends when its last child has."""
        if self._spare:
            self._spare.close()
            self._spare = None
        with contextlib.suppress(OSError):
            self._line.send(_RETIRE)

    def close(self) -> None:
        """End it and everything that it has forked."""
        self.retire()
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._first, signal.SIGKILL)
        select.select([self._first], [], [], END_WITHIN_S)
        try:
            self._process.wait(timeout=END_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._release()

    def reaped(self) -> bool:
        """After `retire`: has it ended?"""
        if self._process.poll() is None:
            return False
        self._release()
        return True

    def _release(self) -> None:
        self._placing.shutdown()
        self._line.close()
        os.close(self._server)
        os.close(self._first)
        self._log.close()

    def _ask(self) -> Lines:
        control, their_control = socket.socketpair()
        channel, their_channel = socket.socketpair()
        out, their_out = os.pipe()
        err, their_err = os.pipe()
        lines = Lines(control, channel, out, err)
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        try:
            with their_control, their_channel:
                theirs = [their_control.fileno(), their_channel.fileno(), their_out, their_err]
                socket.send_fds(self._line, [_FORK], theirs)
                control.sendall(frame(HELLO))
        except OSError as error:
            lines.close()
            raise Broken("the fork server has gone") from error
        finally:
            os.close(their_out)
            os.close(their_err)
        self.forks += 1
        if self._groups is not None:
            lines.ceiling = self._placing.submit(_placed, channel, self._groups)
        return lines

    def _await_ready(self) -> int:
        """The server's process id. Raises Broken, with the server's own words, if it does not come up."""
        poll = select.poll()
        poll.register(self._line, select.POLLIN)
        deadline = time.monotonic() + START_WITHIN_S
        while time.monotonic() < deadline:
            if poll.poll(200):
                with contextlib.suppress(OSError):
                    byte, said, _, _ = self._line.recvmsg(1, socket.CMSG_SPACE(CREDENTIALS.size))
                    if byte == _READY:
                        return int(CREDENTIALS.unpack(said[0][2])[0])
                break
            if self._process.poll() is not None:
                break
        # What fails half-way may leave a child that holds the line and waits for ever.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._log.seek(0)
        reason = self._log.read().decode("utf-8", "replace").strip()
        self._line.close()
        self._log.close()
        raise Broken(reason or "the fork server did not become ready")


def _placed(channel: socket.socket, groups: MemoryGroups) -> MemoryGroup | None:
    """The group of a child that is coming up. It waits for the kernel here, where nobody waits for it."""
    try:
        return groups.hold(await_child(channel))
    except (EOFError, OSError):
        return None


def _parent(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("PPid:"):
            return int(line.split()[1])
    raise Broken("the fork server has no parent")
