"""Forks and lets both processes go on, to answer for each other."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.attack import Trial


def attack() -> None:
    os.fork()


def got_through(trial: Trial) -> str:
    replies = [trial.session.call("os.getpid").value for _ in range(3)]
    return "" if replies == [1, 1, 1] else f"processes {replies} answered"
