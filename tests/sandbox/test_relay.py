"""The relay, with both of its ends in this process."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.frames import frame
from sandbox.relay import ACK, DATA, END, FILE, LAST, WINDOW, Line, Relay
from sandbox.values import Malformed


class Ends:
    """What two relays carry between: `here` and `there` of a talk both ways with files, and of a pipe."""

    def __init__(self) -> None:
        self.here, near = socket.socketpair()
        self.there, far = socket.socketpair()
        self.out, near_out = os.pipe()
        far_out, self.printed = os.pipe()
        near_pipe, far_pipe = Line(None, near_out), Line(far_out, None)
        talk = near.detach()
        answer = far.detach()
        near_lines = [Line(talk, talk, files="sent", after=[near_pipe]), near_pipe]
        far_lines = [Line(answer, answer, files="taken", after=[far_pipe]), far_pipe]
        first, second = os.pipe(), os.pipe()
        self.streams = [*first, *second]
        relays = [Relay(first[0], second[1], near_lines), Relay(second[0], first[1], far_lines)]
        self.threads = [threading.Thread(target=relay.run) for relay in relays]
        for thread in self.threads:
            thread.start()
        for line in (self.here, self.there):
            line.settimeout(20)

    def close(self) -> None:
        self.here.close()
        self.there.close()
        for descriptor in (self.out, self.printed):
            os.close(descriptor)
        for thread in self.threads:
            thread.join(20)
            assert not thread.is_alive()
        for descriptor in self.streams:
            os.close(descriptor)


@pytest.fixture
def ends() -> Iterator[Ends]:
    before = len(list(Path("/proc/self/fd").iterdir()))
    ends = Ends()
    yield ends
    ends.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def exactly(line: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = line.recv(min(count - len(data), 1 << 20))
        assert part, "it hung up"
        data += part
    return data


def test_what_is_said_arrives_on_either_side(ends: Any) -> None:
    ends.here.sendall(b"question")
    assert exactly(ends.there, 8) == b"question"
    ends.there.sendall(b"answer")
    assert exactly(ends.here, 6) == b"answer"


def test_much_is_carried_both_ways_at_once(ends: Any) -> None:
    much = os.urandom(3 << 20)
    senders = [threading.Thread(target=line.sendall, args=[much]) for line in (ends.here, ends.there)]
    for sender in senders:
        sender.start()
    got: dict[str, bytes] = {}
    other = threading.Thread(target=lambda: got.update(there=exactly(ends.there, len(much))))
    other.start()
    assert exactly(ends.here, len(much)) == much
    other.join()
    assert got["there"] == much
    for sender in senders:
        sender.join()


@pytest.mark.parametrize("size", [0, 1, 100_000, 3 << 20])
def test_a_file_arrives_as_a_file_between_what_was_said_before_and_after(ends: Any, tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    (tmp_path / "data.csv").write_bytes(content)
    ends.here.sendall(b"before")
    with (tmp_path / "data.csv").open("rb") as file:
        socket.send_fds(ends.here, [b"."], [file.fileno()])
        socket.send_fds(ends.here, [b"."], [file.fileno()])
    ends.here.sendall(b"after")
    assert exactly(ends.there, 6) == b"before"
    for _ in range(2):
        byte, (copy,), _, _ = socket.recv_fds(ends.there, 1, 1)
        assert byte == b"."
        assert os.pread(copy, size + 1, 0) == content
        os.close(copy)
    assert exactly(ends.there, 5) == b"after"


def test_a_line_that_nobody_reads_holds_up_no_other(ends: Any) -> None:
    os.set_blocking(ends.printed, False)
    written = 0
    try:
        while written < 100 * WINDOW:
            written += os.write(ends.printed, bytes(1 << 16))
    except BlockingIOError:
        pass
    assert written < 100 * WINDOW, "somebody has to stop it"
    ends.here.sendall(b"order")
    assert exactly(ends.there, 5) == b"order"


def test_what_was_printed_arrives_before_what_was_said_afterwards(ends: Any) -> None:
    os.write(ends.printed, b"x" * 1000)
    while os.read(ends.out, 1) != b"x":
        pass
    os.write(ends.printed, b"printed")
    ends.there.sendall(b"said")
    exactly(ends.here, 4)
    os.set_blocking(ends.out, False)
    assert os.read(ends.out, 5000).endswith(b"xprinted")


def test_more_than_a_window_is_printed_and_arrives_before_what_was_said_afterwards(ends: Any) -> None:
    size = 3 * WINDOW
    taken = bytearray()

    def take() -> None:
        while len(taken) < size:
            taken.extend(os.read(ends.out, 1 << 16))

    def give() -> None:
        for _ in range(size >> 12):
            os.write(ends.printed, bytes(1 << 12))
        ends.there.sendall(b"said")

    threads = [threading.Thread(target=each) for each in (take, give)]
    for thread in threads:
        thread.start()
    assert exactly(ends.here, 4) == b"said"
    assert len(taken) >= size - 2 * (1 << 16), "the rest is in our pipe, or in the hands of the one who reads it"
    for thread in threads:
        thread.join(20)
    assert len(taken) == size


def test_hanging_up_is_carried_too_in_one_direction_at_a_time(ends: Any) -> None:
    ends.here.sendall(b"last words")
    ends.here.shutdown(socket.SHUT_WR)
    assert exactly(ends.there, 10) == b"last words"
    assert ends.there.recv(1) == b""
    ends.there.sendall(b"understood")
    assert exactly(ends.here, 10) == b"understood"
    ends.there.shutdown(socket.SHUT_WR)
    assert ends.here.recv(1) == b""


def test_descriptors_that_hostile_code_sends_are_lost(ends: Any, tmp_path: Path) -> None:
    with (tmp_path / "large").open("w+b") as file:
        socket.send_fds(ends.there, [b"hello"], [file.fileno()] * 3)
    assert exactly(ends.here, 5) == b"hello"


@pytest.mark.parametrize(
    "said",
    [
        frame(DATA, b""),
        frame(DATA, bytes([7, 0, 0, 0, 0])),
        frame(DATA, bytes([0, 0, 0, 0, 0]) + bytes(1 << 16)) * 5,
        frame(FILE, bytes([0, 0, 0, 0, 0]) + b"onto your disk"),
        frame(LAST, bytes([0, 0, 0, 0, 0])),
        frame(ACK, bytes([0, 0, 0, 0, 9])),
        frame(b"?", bytes(5)),
        b"d\xff\xff\xff\xff",
        b"rubbish that goes on for a while",
    ],
)
def test_the_other_side_is_believed_nothing(said: bytes) -> None:
    ours, theirs = socket.socketpair()
    # Nobody reads what arrives, so all of it would have to be held.
    here, mine = socket.socketpair()
    mine.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    line = mine.detach()
    stream = os.dup(ours.fileno())
    relay = Relay(stream, ours.fileno(), [Line(line, line, files="sent")])
    with ours, theirs, here:
        sender = threading.Thread(target=theirs.sendall, args=[said])
        sender.start()
        with pytest.raises(Malformed):
            relay.run()
        sender.join()
    os.close(stream)


def test_the_end_of_the_stream_is_the_end_of_every_line() -> None:
    ours, theirs = socket.socketpair()
    here, mine = socket.socketpair()
    line = mine.detach()
    theirs.sendall(frame(DATA, bytes(5) + b"only this") + frame(END, bytes(5)))
    relay = Relay(ours.fileno(), ours.fileno(), [Line(line, line)])
    thread = threading.Thread(target=relay.run)
    thread.start()
    assert exactly(here, 9) == b"only this"
    theirs.close()
    thread.join(20)
    assert here.recv(1) == b""
    here.close()
    ours.close()
