"""Ends the process from a cell, as if the notebook were done."""

from __future__ import annotations

import os

NOTEBOOK = True

VERDICTS = ("crashed",)


def attack() -> None:
    os._exit(0)
