"""Recurses until the stack is full, with Python's own limit lifted."""

from __future__ import annotations

import sys

VERDICTS = ("crashed", "out_of_memory")


def attack() -> None:
    sys.setrecursionlimit(10**9)
    nested: list[object] = []
    for _ in range(10**6):
        nested = [nested]
    repr(nested)
