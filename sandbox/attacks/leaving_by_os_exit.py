"""Ends the process with exit status 0."""

from __future__ import annotations

import os

VERDICTS = ("crashed",)


def attack() -> None:
    os._exit(0)
