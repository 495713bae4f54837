"""Answers with bytes that are no value: wrong counts, shapes, depths."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.attacks.tools import tell

if TYPE_CHECKING:
    from sandbox.attack import Trial

HOSTILE = [
    b"L" + b"\xff" * 4,
    b"A" + b"f8".ljust(12) + b"\x01" + (2**40).to_bytes(8, "little") + bytes(4),
    b"L\x01\x00\x00\x00" * 1_000_000,
    b"I" + (2000).to_bytes(4, "little") + bytes(2000),
    b"O" + b"\xff" + b"\xff" * 100,
]

LIMITS = {"wall_s": 5, "call_s": 5}


def answer() -> None:
    tell(b"V", HOSTILE.pop())


def attack() -> None:
    pass


def got_through(trial: Trial) -> str:
    for _ in HOSTILE:
        reply = trial.session.call("answer")
        if reply.verdict == "completed":
            return f"it passed as {reply.value!r:.80}"
        break
    return "" if "not a plain value" in reply.message else reply.message
