"""Opens files until no more can be opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.attack import Trial


LIMITS = {"open_files": 64}
VERDICTS = ("crashed",)


def attack() -> None:
    kept = [open("targets.json") for _ in range(10_000)]
    del kept


def got_through(trial: Trial) -> str:
    return "" if "64 files" in trial.outcome.message else "something else stopped it"
