"""Sends the shortest messages there are, without end."""

from __future__ import annotations

import contextlib

from sandbox.attacks.tools import tell
from sandbox.values import encode

LIMITS = {"wall_s": 20}
VERDICTS = ("too_much_output",)


def attack() -> None:
    with contextlib.suppress(OSError):
        while True:
            tell(b"O", encode({}))
