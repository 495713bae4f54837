"""Walks the frames below its own and all objects of the interpreter, for what the server was told."""

from __future__ import annotations

import gc
import sys

from sandbox.attacks.tools import BREACH, CANARY

LIMITS = {"wall_s": 25, "output_kb": 100_000}
VERDICTS = ("completed", "crashed")


def attack() -> None:
    frame = sys._getframe().f_back
    while frame:
        print(frame.f_code.co_name, {name: repr(value)[:2000] for name, value in frame.f_locals.items()})
        if frame.f_code.co_name == "_serve":
            print(BREACH, "the frame that held the request")
        frame = frame.f_back
    for held in gc.get_objects():
        if isinstance(held, dict | list | tuple) and len(held) < 1000 and "".join(CANARY) in repr(held)[:20_000]:
            print(repr(held)[:20_000])
