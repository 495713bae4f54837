"""Asks for 4 GB at once and writes to all of it."""

from __future__ import annotations

LIMITS = {"memory_mb": 400, "wall_s": 20}
VERDICTS = ("out_of_memory",)


def attack() -> None:
    kept = bytearray(4_000_000_000)
    kept[-1] = 1
