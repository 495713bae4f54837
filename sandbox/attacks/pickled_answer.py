"""Answers with an object that runs a program when it is unpickled, and with bytes of one."""

from __future__ import annotations

import os
import pickle
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.attack import Trial


class Bomb:
    def __reduce__(self) -> Any:
        return os.open, ("/tmp/pathway-attack-pickled", os.O_CREAT)


answers: list[Any] = []


def answer(number: int) -> Any:
    return answers[number]


def attack() -> None:
    global answers
    answers = [Bomb(), pickle.dumps(Bomb()), b"cos\nsystem\n(S'true'\ntR."]


def got_through(trial: Trial) -> str:
    replies = [trial.session.call("answer", number) for number in range(3)]
    kinds = [type(reply.value).__name__ for reply in replies]
    if os.path.exists("/tmp/pathway-attack-pickled"):
        os.remove("/tmp/pathway-attack-pickled")
        return "the platform unpickled it"
    return "" if kinds == ["Handle", "bytes", "bytes"] else f"it got {kinds}"
