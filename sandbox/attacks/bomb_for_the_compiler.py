"""Compiles what is short to write and huge to compile."""

from __future__ import annotations

VERDICTS = ("completed", "crashed", "out_of_memory", "timed_out")


def attack() -> None:
    for source in (
        "(" * 150_000 + ")" * 150_000,
        "-" * 500_000 + "1",
        "x=" * 100_000 + "1",
        "((" * 90 + "1" + ",) * 10)" * 90,
    ):
        try:
            compile(source, "bomb", "exec")
        except (SyntaxError, MemoryError, RecursionError):
            print("too large")
