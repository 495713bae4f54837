"""Hooks itself into every event and every import of the interpreter, and raises there."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from sandbox.attack import Trial

LIMITS = {"wall_s": 3, "call_s": 1}
VERDICTS = ("completed", "crashed", "timed_out")


class Hook:
    def find_spec(self, *_: object) -> NoReturn:
        raise MemoryError


def refuse(*_: object) -> NoReturn:
    raise SystemExit(0)


def attack() -> None:
    sys.meta_path.insert(0, Hook())
    sys.path_hooks.insert(0, refuse)
    sys.excepthook = sys.unraisablehook = refuse
    sys.addaudithook(refuse)


def got_through(trial: Trial) -> str:
    reply = trial.session.call("attack")
    return "it made a failure of ours" if reply.verdict == "platform_fault" else ""
