"""Crashes the interpreter itself."""

from __future__ import annotations

import ctypes

VERDICTS = ("crashed",)


def attack() -> None:
    ctypes.string_at(0)
