"""Registers what shall run, and print, after its run is over."""

from __future__ import annotations

import atexit
import threading

from sandbox.attacks.tools import BREACH


def attack() -> None:
    atexit.register(print, BREACH, "an exit handler ran")
    threading.Thread(target=threading.Event().wait, daemon=True).start()
