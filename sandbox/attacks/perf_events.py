"""Watches the machine with perf events."""

from __future__ import annotations

from sandbox.attacks.tools import system_calls


def attack() -> None:
    system_calls(perf_event_open=298)
