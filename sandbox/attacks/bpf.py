"""Loads programs into the kernel with bpf."""

from __future__ import annotations

from sandbox.attacks.tools import system_calls


def attack() -> None:
    system_calls(bpf=321)
