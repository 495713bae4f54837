from dataclasses import dataclass


@dataclass(frozen=True)
class Flaw:
    """What is wrong in a text, and what to do. Lines count from 1."""

    line: int
    text: str
