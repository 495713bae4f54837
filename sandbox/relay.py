"""Carries the lines of one session over one stream of bytes, for where no descriptor can be passed.

One relay stands at each end and neither understands what it carries. Each line has its own window: what one side has
not taken yet holds up its own line and no other, so an order to kill never waits behind a flood of output. A file that
is passed as a descriptor on one side is sent as its content and passed as a descriptor of a copy on the other.
"""

from __future__ import annotations

import array
import contextlib
import os
import select
import socket
import struct
from collections import deque
from collections.abc import Callable, Sequence
from typing import Literal

from sandbox.frames import Inbox, frame
from sandbox.values import Malformed

WINDOW = 1 << 18
PIECE = 1 << 16
DATA, FILE, LAST, ACK, END = b"d", b"f", b"l", b"a", b"e"

_HEAD = struct.Struct("!BI")
_MAX_FRAME = PIECE + _HEAD.size


class Line:
    """One local end: read from `source`, written to `sink`, each a descriptor of this relay's own or None."""

    def __init__(
        self,
        source: int | None,
        sink: int | None,
        *,
        files: Literal["sent", "taken", ""] = "",
        after: Sequence[Line] = (),
    ) -> None:
        """`files` go one way at most. What was said on the lines `after` before something is said here goes before it,
        read from them here and written to them there."""
        self.source = source
        self.sink = sink
        self.files = files
        self.after = after
        self.socket = socket.socket(fileno=os.dup(source)) if source is not None and source == sink else None
        self.file: tuple[int, int] | None = None
        self.copy: int | None = None
        self.unread = self.held = 0
        self.waiting: deque[bytes | int | None] = deque()
        self.kept: list[memoryview] = []
        """Read here, until all that the lines `after` had by then is on its way."""
        for descriptor in _known(source, sink):
            os.set_blocking(descriptor, False)

    def may_write(self) -> bool:
        return bool(self.waiting) and not any(line.waiting for line in self.after)

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
        held = [item for item in self.waiting if isinstance(item, int)]
        for descriptor in _known(self.source, self.sink, self.copy, self.file[0] if self.file else None, *held):
            os.close(descriptor)
        self.source = self.sink = self.copy = self.file = None
        self.waiting.clear()


class Relay:
    """`run` returns when the other side has hung up, or when every line has ended in both directions."""

    def __init__(
        self, incoming: int, outgoing: int, lines: Sequence[Line], unwrap: Callable[[bytes], bytes] = bytes
    ) -> None:
        """`unwrap` takes off what the stream puts around what the other relay writes."""
        self._incoming, self._outgoing, self._lines = incoming, outgoing, lines
        self._unwrap = unwrap
        self._inbox = Inbox(_MAX_FRAME)
        self._outbox: deque[memoryview] = deque()
        for descriptor in (incoming, outgoing):
            os.set_blocking(descriptor, False)

    def run(self) -> None:
        """Raises Malformed if the other side is no relay."""
        try:
            while self._round():
                pass
        except (BrokenPipeError, ConnectionResetError):
            pass
        finally:
            for line in self._lines:
                line.close()

    def _round(self) -> bool:
        wanted = {self._incoming: select.POLLIN}
        if self._outbox:
            wanted[self._outgoing] = wanted.get(self._outgoing, 0) | select.POLLOUT
        for line in self._lines:
            if line.source is not None and line.file is None and line.unread < WINDOW and not line.kept:
                wanted[line.source] = select.POLLIN
            if line.sink is not None and line.may_write():
                wanted[line.sink] = wanted.get(line.sink, 0) | select.POLLOUT
        poll = select.poll()
        for descriptor, events in wanted.items():
            poll.register(descriptor, events)
        sending = any(line.file and line.unread < WINDOW and not line.kept for line in self._lines)
        keeping = any(line.kept and all(each.unread < WINDOW for each in line.after) for line in self._lines)
        ready = dict(poll.poll(0 if sending or keeping else None))
        for line in self._lines:
            # Of these nothing is left to read that was there when this line was read.
            if line.kept and not any(each.unread >= WINDOW or each.source in ready for each in line.after):
                self._outbox.extend(line.kept)
                line.kept.clear()
        for number, line in enumerate(self._lines):
            if line.sink is not None and ready.get(line.sink, 0) & ~select.POLLIN and line.may_write():
                self._write(number, line)
            if line.source is not None and ready.get(line.source, 0) & ~select.POLLOUT and wanted[line.source] & 1:
                self._read(number, line)
            if line.file is not None and line.unread < WINDOW and not line.kept:
                self._read_file(number, line, *line.file)
        if self._outbox:
            self._flush()
        if ready.get(self._incoming, 0) & ~select.POLLOUT and not self._hear():
            return False
        return bool(self._outbox) or any(_known(line.source, line.sink) or line.kept for line in self._lines)

    # From here to there

    def _read(self, number: int, line: Line) -> None:
        assert line.source is not None
        room = min(PIECE, WINDOW - line.unread)
        found: list[int] = []
        try:
            if line.socket is not None and line.files == "sent":
                data, found = _received(line.socket, room)
            else:
                data = os.read(line.source, room)
        except BlockingIOError:
            return
        except ConnectionResetError:
            data = b""
        if not data:
            self._say(END, number)
            self._shut(line, line.source, line.sink, socket.SHUT_RD)
            line.source = None
            return
        if found:
            # The byte that carried it is the last one: a receiver never gets bytes of two senders' calls beyond it.
            data = data[:-1]
            line.file = found[0], 0
        if data:
            line.unread += len(data)
            self._say(DATA, number, data)

    def _read_file(self, number: int, line: Line, file: int, at: int) -> None:
        piece = os.pread(file, PIECE, at)
        if piece:
            line.file = file, at + len(piece)
            line.unread += len(piece)
            self._say(FILE, number, piece)
        else:
            line.file = None
            os.close(file)
            self._say(LAST, number)

    def _say(self, kind: bytes, number: int, data: bytes = b"", count: int = 0) -> None:
        line = self._lines[number]
        where = line.kept if line.after and kind != ACK else self._outbox
        where.append(memoryview(frame(kind, _HEAD.pack(number, count) + data)))

    def _flush(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._outbox:
                sent = os.write(self._outgoing, self._outbox[0])
                self._outbox[0] = self._outbox[0][sent:]
                if not self._outbox[0]:
                    self._outbox.popleft()

    # From there to here

    def _hear(self) -> bool:
        try:
            data = os.read(self._incoming, 1 << 20)
        except BlockingIOError:
            return True
        for kind, payload in self._inbox.feed(self._unwrap(data)):
            if len(payload) < _HEAD.size or payload[0] >= len(self._lines):
                raise Malformed("a frame for no line")
            number, count = _HEAD.unpack_from(payload)
            self._take(kind, number, self._lines[number], payload[_HEAD.size :], count)
        return bool(data)

    def _take(self, kind: bytes, number: int, line: Line, content: bytes, count: int) -> None:
        if kind == DATA and line.held + len(content) <= WINDOW:
            line.held += len(content)
            line.waiting.append(content)
        elif kind == FILE and line.files == "taken":
            if line.copy is None:
                line.copy = os.memfd_create("file", os.MFD_CLOEXEC)
            os.write(line.copy, content)
            self._say(ACK, number, count=len(content))
        elif kind == LAST and line.files == "taken":
            line.waiting.append(os.memfd_create("file", os.MFD_CLOEXEC) if line.copy is None else line.copy)
            line.copy = None
        elif kind == ACK and count <= line.unread:
            line.unread -= count
        elif kind == END:
            line.waiting.append(None)
        else:
            raise Malformed(f"a frame of kind {kind!r} out of place")
        if line.sink is None:
            self._drop(number, line)

    def _write(self, number: int, line: Line) -> None:
        """Until it would block; what nobody will read any more is as good as read."""
        try:
            while line.may_write() and line.sink is not None:
                item = line.waiting[0]
                if item is None:
                    line.waiting.popleft()
                    self._shut(line, line.sink, line.source, socket.SHUT_WR)
                    line.sink = None
                elif isinstance(item, int):
                    assert line.socket is not None
                    socket.send_fds(line.socket, [b"."], [item])
                    os.close(item)
                    line.waiting.popleft()
                else:
                    sent = os.write(line.sink, item)
                    line.held -= sent
                    self._say(ACK, number, count=sent)
                    line.waiting[0] = item[sent:]
                    if not line.waiting[0]:
                        line.waiting.popleft()
        except BlockingIOError:
            pass
        except (BrokenPipeError, ConnectionResetError):
            if line.sink is not None:
                self._shut(line, line.sink, line.source, socket.SHUT_WR)
            line.sink = None
            self._drop(number, line)

    def _drop(self, number: int, line: Line) -> None:
        for item in line.waiting:
            if isinstance(item, bytes):
                line.held -= len(item)
                self._say(ACK, number, count=len(item))
            elif item is not None:
                os.close(item)
        line.waiting.clear()

    def _shut(self, line: Line, this: int | None, other: int | None, how: int) -> None:
        """One direction is over; the descriptor goes with the second one."""
        if this is not None and this == other and line.socket is not None:
            with contextlib.suppress(OSError):
                line.socket.shutdown(how)
        elif this is not None:
            if line.socket is not None:
                line.socket.close()
                line.socket = None
            os.close(this)


def _known(*descriptors: int | None) -> set[int]:
    return {descriptor for descriptor in descriptors if descriptor is not None}


def _received(line: socket.socket, room: int) -> tuple[bytes, list[int]]:
    """As socket.recv_fds, for one descriptor, closed when the program becomes another."""
    size = array.array("i").itemsize
    data, told, _, _ = line.recvmsg(room, socket.CMSG_SPACE(size), socket.MSG_CMSG_CLOEXEC)
    found = array.array("i")
    for level, kind, content in told:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            found.frombytes(content[: size * (len(content) // size)])
    return data, list(found)
