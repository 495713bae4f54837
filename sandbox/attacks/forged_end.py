"""Tells the platform that it is done, and goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.attacks.tools import tell
from sandbox.values import encode

if TYPE_CHECKING:
    from sandbox.attack import Trial

LIMITS = {"memory_mb": 300}
VERDICTS = ("completed",)
SILENT = True


def attack() -> None:
    tell(b"D", encode({"error": None}))
    kept = []
    while True:
        kept.append(bytearray(10_000_000))


def got_through(trial: Trial) -> str:
    reply = trial.session.call("attack")
    return "" if reply.verdict == "out_of_memory" else f"it lives on: {reply}"
