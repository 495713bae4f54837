"""Reads and writes the kernel's keyrings."""

from __future__ import annotations

from sandbox.attacks.tools import system_calls


def attack() -> None:
    system_calls(add_key=248, request_key=249, keyctl=250)
