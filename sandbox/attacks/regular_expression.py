"""Matches a regular expression that takes exponential time."""

from __future__ import annotations

import re

LIMITS = {"wall_s": 0.5}
VERDICTS = ("timed_out",)


def attack() -> None:
    re.match(r"(a+)+$", "a" * 60 + "b")
