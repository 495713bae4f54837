from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from sandbox.frames import Inbox, frame
from sandbox.values import Malformed


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(some.lists(some.tuples(some.binary(min_size=1, max_size=1), some.binary(max_size=50))), some.integers(1, 20))
def test_frames_arrive_whole_however_the_bytes_are_cut(frames: list[tuple[bytes, bytes]], step: int) -> None:
    stream = b"".join(frame(kind, payload) for kind, payload in frames)
    inbox = Inbox()
    arrived = [got for at in range(0, len(stream), step) for got in inbox.feed(stream[at : at + step])]
    assert arrived == frames


def test_a_header_that_promises_too_much_is_malformed() -> None:
    with pytest.raises(Malformed):
        list(Inbox(max_frame=100).feed(frame(b"V", b"x" * 101)[:5]))
