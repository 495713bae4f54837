"""Asks numpy for 80 terabytes."""

from __future__ import annotations

import numpy

VERDICTS = ("out_of_memory",)


def attack() -> None:
    numpy.ones(10**13)
