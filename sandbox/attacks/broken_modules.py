"""Breaks json, struct, numpy and the modules of the sandbox itself, in its own process."""

from __future__ import annotations

import json
import struct
import sys
from typing import TYPE_CHECKING

import numpy

if TYPE_CHECKING:
    from sandbox.attack import Trial

LIMITS = {"wall_s": 3, "call_s": 1}
VERDICTS = ("completed", "crashed", "timed_out")


def attack() -> None:
    json.dumps = struct.pack = numpy.asarray = None  # type: ignore[assignment]
    for name in list(sys.modules):
        if "sandbox" in name:
            vars(sys.modules[name]).clear()
    sys.modules.clear()


def got_through(trial: Trial) -> str:
    reply = trial.session.call("attack")
    return "it made a failure of ours" if reply.verdict == "platform_fault" else ""
