"""The arithmetic of marks, rules 1, 2 and 13. It stands here, below grading, so that grading and awards share it."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from courses.regulations import Regulations, Weights

HIGHEST = 100


class MarkError(ValueError):
    """A mark that cannot be one; the sentence says which, what was there and what is expected."""


@dataclass(frozen=True)
class ModuleMark:
    mark: int
    component_fail: bool
    held_by: tuple[str, ...] = ()
    """Items of the gate without which a mark is no pass, where they kept this one from being one."""

    @property
    def gate_sentence(self) -> str:
        if not self.held_by:
            return ""
        verb = "is" if len(self.held_by) == 1 else "are"
        return f"Held at {self.mark}: {', '.join(self.held_by)} of the gate {verb} not met."


class AgreementBy(StrEnum):
    MEAN = "mean"
    DISCUSSION = "discuss"
    THIRD_MARKER = "third marker"


@dataclass(frozen=True)
class Agreement:
    by: AgreementBy
    mark: int | None
    """Only a mean gives a mark; the other two wait for people."""
    reason: str


def half_up(value: Decimal, decimals: int = 0) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def plain(value: Decimal | int) -> str:
    """A mark as people write it: 72, 67.5."""
    return f"{Decimal(value).normalize():f}"


def checked(value: Decimal | int, what: str) -> Decimal:
    # A binary float never gets in: 49.5 would survive, 64.35 would not.
    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        raise MarkError(
            f"{what}: {value!r} is a {type(value).__name__}; expected an exact decimal from 0 to {HIGHEST}."
        )
    mark = Decimal(value)
    if not mark.is_finite() or not 0 <= mark <= HIGHEST:
        raise MarkError(f"{what}: {value} was given; expected a mark from 0 to {HIGHEST}.")
    return mark


def component_mark(value: Decimal | int, regulations: Regulations, what: str = "component mark") -> Decimal:
    """Rule 1: the mark of one component at the decimals in which it is recorded."""
    return half_up(checked(value, what), regulations.marks.component_decimals)


def auto_mark(visible: Decimal | int, hidden: Decimal | int, regulations: Regulations) -> Decimal:
    """The auto component from its visible and its hidden checks, 0-100 each."""
    weights = regulations.auto
    parts = checked(visible, "visible checks") * weights.visible + checked(hidden, "hidden checks") * weights.hidden
    return component_mark(parts / 100, regulations)


def module_mark(
    auto: Decimal | int | None,
    rubric: Decimal | int | None,
    weights: Weights,
    regulations: Regulations,
    unmet: tuple[str, ...] = (),
    quiz: Decimal | int | None = None,
) -> ModuleMark:
    """Rule 2. A component that weighs nothing is none: its mark is neither needed nor looked at.

    `unmet` are the items of a project's gate that are not met: with any of them the module is not passed.
    """
    rules = regulations.marks
    weighted = Decimal(0)
    component_fail = False
    parts = (
        ("auto mark", auto, weights.auto),
        ("rubric mark", rubric, weights.rubric),
        ("quiz mark", quiz, weights.quiz),
    )
    for what, value, weight in parts:
        if not weight:
            continue
        if value is None:
            raise MarkError(f"{what}: missing; it makes {weight} % of the module. Enter 0 if nothing was handed in.")
        component = component_mark(value, regulations, what)
        weighted += component * weight
        component_fail |= component < rules.component_minimum
    mark = int(half_up(weighted / 100))
    mark = min(mark, rules.component_fail_cap) if component_fail else mark
    if unmet and mark >= rules.pass_mark:
        return ModuleMark(rules.pass_mark - 1, component_fail, unmet)
    return ModuleMark(mark, component_fail)


def agreed_mark(first: Decimal | int, second: Decimal | int, regulations: Regulations) -> Agreement:
    """Rule 13: what becomes of two blind marks. Far apart goes to a third marker even across the pass mark (48/60)."""
    rules, pass_mark = regulations.double_marking, regulations.marks.pass_mark
    one, two = checked(first, "first mark"), checked(second, "second mark")
    apart = abs(one - two)
    told = f"{plain(one)} and {plain(two)} are {plain(apart)} apart"
    if apart > rules.discuss_up_to:
        reason = f"{told}, more than {rules.discuss_up_to}: a third marker decides."
        return Agreement(AgreementBy.THIRD_MARKER, None, reason)
    if min(one, two) < pass_mark <= max(one, two):
        reason = f"{told}, on two sides of {pass_mark}: the markers discuss them."
        return Agreement(AgreementBy.DISCUSSION, None, reason)
    if apart > rules.mean_up_to:
        reason = f"{told}, more than {rules.mean_up_to}: the markers discuss them."
        return Agreement(AgreementBy.DISCUSSION, None, reason)
    mark = int(half_up((one + two) / 2))
    return Agreement(AgreementBy.MEAN, mark, f"{told}, at most {rules.mean_up_to}: the mean, {mark}, is agreed.")
