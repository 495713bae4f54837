"""Makes itself unreadable first, so that nobody can see how much it has."""

from __future__ import annotations

from sandbox.attacks.tools import libc

LIMITS = {"memory_mb": 400, "wall_s": 20}
VERDICTS = ("out_of_memory",)


def attack() -> None:
    libc.prctl(4, 0, 0, 0, 0)
    kept = bytearray(1_000_000_000)
    kept[-1] = 1
