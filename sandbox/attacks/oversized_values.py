"""Answers with more than anyone can take: size, number of parts, depth, one enormous number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.attack import Trial

LIMITS = {"memory_mb": 1000}
answers: list[Any] = []


def answer(number: int) -> Any:
    return answers[number]


def attack() -> None:
    global answers
    nested: Any = []
    for _ in range(1000):
        nested = [nested]
    answers = [nested, bytes(70 << 20), 1 << 100_000, ["x"] * 4_100_000, {1: 2}]


def got_through(trial: Trial) -> str:
    replies = [trial.session.call("answer", number) for number in range(5)]
    passed = [number for number, reply in enumerate(replies) if reply.verdict == "completed"]
    return f"numbers {passed} passed" if passed else ""
