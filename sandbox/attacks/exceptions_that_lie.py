"""Raises what cannot be printed, has a hostile name, or pretends to be the platform's."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.attack import Trial


class Refused(BaseException):
    def __str__(self) -> str:
        return "x" * 10_000_000

    def __repr__(self) -> str:
        raise SystemExit


Refused.__name__ = "PLATFORM_FAULT" * 1000

LIMITS = {"output_kb": 100_000}
VERDICTS = ("crashed", "too_much_output")


def attack() -> None:
    raise Refused("the platform has failed")


def got_through(trial: Trial) -> str:
    error = trial.outcome.error
    return "a message without end" if error and len(error.type) + len(error.message) > 5000 else ""
