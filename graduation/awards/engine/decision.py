"""What the rules say about a profile, and how they got there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum


class Outcome(StrEnum):
    DISTINCTION = "Distinction"
    MERIT = "Merit"
    PASS = "Pass"  # noqa: S105
    REFER = "Refer"
    FAIL = "Fail"
    CREDIT_ONLY = "credit only"
    WITHHELD = "withheld"

    @property
    def is_award(self) -> bool:
        return self in (Outcome.PASS, Outcome.MERIT, Outcome.DISTINCTION)


@dataclass(frozen=True)
class Step:
    rule: str
    """Numbers of the rules, such as "7" or "4, 6"."""
    text: str
    margin: str = ""
    """How close it was; empty where nothing was compared with a limit."""


@dataclass(frozen=True)
class Decision:
    outcome: Outcome
    mean: Decimal | None
    """None when nothing is graded, or the result is withheld."""
    recorded: Mapping[str, int] = field(hash=False)
    """Marks of graded modules after rule 5."""
    referred: tuple[str, ...]
    compensated: tuple[str, ...]
    credited: tuple[str, ...]
    """Modules passed or compensated here; those recognised for prior learning are not among them."""
    credits_awarded: int
    credits_recognised: int
    uplifted: bool
    board: int
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Turn:
    """The smallest change of one mark (of the resit, where there is one) that changes the outcome."""

    module: str
    mark: int
    becomes: int
    outcome: Outcome
