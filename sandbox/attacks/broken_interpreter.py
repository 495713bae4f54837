"""Sets trace functions that raise, and gives the objects around it other classes."""

from __future__ import annotations

import gc
import sys
import threading

LIMITS = {"wall_s": 3, "call_s": 1}
VERDICTS = ("completed", "crashed", "timed_out")


def attack() -> None:
    for held in gc.get_objects():
        if type(held).__name__ in ("Session", "_Watch"):
            held.__class__ = type("Fake", (), {})
    threading.setprofile(lambda *_: 1 / 0)
    sys.settrace(lambda *_: 1 / 0)  # type: ignore[arg-type]
