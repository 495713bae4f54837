"""Answers with subclasses of plain types that say one thing and are another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.attack import Trial


class Text(str):
    def encode(self, *_: Any) -> bytes:
        return b"\xff" * 100

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = str.__hash__


class Number(float):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = float.__hash__


def answer() -> Any:
    return [Text("a"), Number(0.5)]


def attack() -> None:
    pass


def got_through(trial: Trial) -> str:
    reply = trial.session.call("answer")
    kinds = {type(value) for value in reply.value} if isinstance(reply.value, list) else set()
    return f"the platform holds {kinds}" if kinds - {str, float} else ""
