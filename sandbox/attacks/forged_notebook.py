"""Sends cells, outputs and counts of its own making, of the wrong types and out of order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.attacks.tools import tell
from sandbox.values import encode

if TYPE_CHECKING:
    from sandbox.attack import Trial

NOTEBOOK = True


def attack() -> None:
    tell(b"N", encode("{}"))
    for cell in (-1, 0, 2, 10**30):
        tell(b"E", encode({"cell": cell, "cells": 10**9, "state": "started"}))
        tell(b"E", encode({"cell": cell, "state": "finished", "count": "x"}))
    tell(b"O", encode({"type": "display", "data": {"text/html": 5, "../x": "y"}, "metadata": [], "id": {}}))
    tell(b"O", encode({"type": "error", "ename": [], "evalue": None, "traceback": {"a": 1}}))


def got_through(trial: Trial) -> str:
    import nbformat

    nbformat.validate(nbformat.reads((trial.outcome.notebook or b"").decode(), as_version=4))
    return ""
