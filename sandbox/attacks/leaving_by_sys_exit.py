"""Leaves with sys.exit before its work is done, and says that all is well."""

from __future__ import annotations

import sys

VERDICTS = ("crashed",)


def attack() -> None:
    sys.exit("all is well")
