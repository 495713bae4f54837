"""Makes empty files and folders without end."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.attack import Trial

VERDICTS = ("crashed",)


def attack() -> None:
    for number in range(200_000):
        if number % 2:
            os.mkdir(f"/tmp/{number}")
        else:
            os.close(os.open(f"/tmp/{number}", os.O_CREAT))


def got_through(trial: Trial) -> str:
    return "" if "room for" in trial.outcome.message else "something else stopped it"
