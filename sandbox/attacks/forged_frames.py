"""Sends the supervisor's own messages and all others that it should not."""

from __future__ import annotations

from sandbox.attacks.tools import tell
from sandbox.values import encode

VERDICTS = ("completed", "crashed", "timed_out")
SILENT = True


def attack() -> None:
    for kind in b"HWFfYKZPRrCVXAanNEOD":
        tell(
            bytes([kind]), encode({"status": 0, "reason": "", "cpu": -1.0, "peak": -1, "name": "../x", "content": b"x"})
        )
