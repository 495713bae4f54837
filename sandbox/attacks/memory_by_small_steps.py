"""Grows a list, a little at a time."""

from __future__ import annotations

LIMITS = {"memory_mb": 400, "wall_s": 20}
VERDICTS = ("out_of_memory",)


def attack() -> None:
    kept = []
    while True:
        kept.append(bytearray(100_000))
