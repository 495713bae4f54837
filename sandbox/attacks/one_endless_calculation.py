"""Starts one calculation in C that lasts longer than the universe."""

from __future__ import annotations

LIMITS = {"wall_s": 0.5}
VERDICTS = ("timed_out",)


def attack() -> None:
    return_nothing = 9 ** (9**9)
    del return_nothing
