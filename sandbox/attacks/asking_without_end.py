"""Asks the platform questions that nobody answers in this session."""

from __future__ import annotations

from sandbox.attacks.tools import BREACH

VERDICTS = ("completed", "timed_out", "too_much_output")


def attack() -> None:
    from sandbox_host import ask

    for _ in range(20_000):
        try:
            ask("labels")
        except RuntimeError:
            continue
        print(BREACH, "somebody answered")
