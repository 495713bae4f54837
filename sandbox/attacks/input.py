"""Waits for somebody at the keyboard."""

from __future__ import annotations

VERDICTS = ("crashed",)


def attack() -> None:
    input("password: ")
