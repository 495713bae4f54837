"""Replaces the builtins that the code around it needs."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.attack import Trial

LIMITS = {"wall_s": 3, "call_s": 1}
VERDICTS = ("completed", "crashed", "timed_out")


def attack() -> None:
    builtins.len = builtins.isinstance = lambda *_: 7  # type: ignore[assignment]
    builtins.open = builtins.print  # type: ignore[assignment]


def got_through(trial: Trial) -> str:
    reply = trial.session.call("attack")
    return "it made a failure of ours" if reply.verdict == "platform_fault" else ""
