"""Rules 3, 5 and 11: the marks as they stand after resits, and their mean."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from courses.marks import half_up, plain
from courses.regulations import Regulations
from graduation.awards.engine.decision import Step
from graduation.awards.engine.profile import Profile


@dataclass(frozen=True)
class Record:
    profile: Profile
    regulations: Regulations
    marks: Mapping[str, int]
    """Of graded modules, in the order of the programme."""
    failed: tuple[str, ...]
    failed_at_first: tuple[str, ...]
    component_fails: frozenset[str]
    misconduct_zeros: frozenset[str]
    """Both without those that a resit has cleared."""
    weighted: int
    graded_credits: int
    mean: Decimal | None

    @classmethod
    def of(cls, profile: Profile, regulations: Regulations) -> "Record":
        pass_mark, resits = regulations.marks.pass_mark, regulations.resits
        first = {
            module: mark
            for module in regulations.modules
            if (mark := profile.marks.get(module)) is not None and module not in profile.recognised
        }
        marks = {
            module: max(mark, min(profile.resits[module], resits.cap)) if module in profile.resits else mark
            for module, mark in first.items()
        }
        cleared = {module for module, resit in profile.resits.items() if resit >= resits.clears_at}
        weighted = sum(mark * regulations.modules[module].credits for module, mark in marks.items())
        credits = regulations.credits_of(marks)
        return cls(
            profile=profile,
            regulations=regulations,
            marks=marks,
            failed=tuple(module for module, mark in marks.items() if mark < pass_mark),
            failed_at_first=tuple(module for module, mark in first.items() if mark < pass_mark),
            component_fails=profile.component_fails - cleared,
            misconduct_zeros=profile.misconduct - cleared,
            weighted=weighted,
            graded_credits=credits,
            mean=half_up(Decimal(weighted) / credits, regulations.marks.mean_decimals) if credits else None,
        )

    @property
    def board(self) -> int:
        return 2 if self.profile.is_at_second_board else 1

    @property
    def steps(self) -> list[Step]:
        return [*_recognition(self), *_resits(self), *_mean(self)]


def apart(value: Decimal | int, limit: Decimal | int) -> str:
    """How far a number is from its limit, in words."""
    if value == limit:
        return f"exactly {plain(limit)}"
    return f"{plain(abs(Decimal(value) - limit))} {'above' if value > limit else 'below'} {plain(limit)}"


def listed(names: Iterable[str], word: str = "and") -> str:
    *most, last = list(names) or ["nothing"]
    return f"{', '.join(most)} {word} {last}" if most else last


def _recognition(record: Record) -> Iterator[Step]:
    recognised, regulations = record.profile.recognised, record.regulations
    if recognised:
        named = listed(module for module in regulations.modules if module in recognised)
        credits, limit = regulations.credits_of(recognised), regulations.prior_learning.max_credits
        text = f"Recognised for prior learning: {named}, {credits} of at most {limit} credits, left out of the mean."
        yield Step("3, 11", text, f"{limit - credits} credits to spare")


def _resits(record: Record) -> Iterator[Step]:
    profile, rules = record.profile, record.regulations.resits
    for module, mark in record.marks.items():
        if module not in profile.resits:
            continue
        first, resit = profile.marks[module], profile.resits[module]
        capped = f", capped at {rules.cap}" if resit > rules.cap else ""
        text = f"{module}: {first} at first, {resit} in the resit{capped}: {mark} is recorded."
        flags = [
            name
            for name, modules in (("component fail", profile.component_fails), ("misconduct zero", profile.misconduct))
            if module in modules
        ]
        if flags:
            text += f" A resit of {rules.clears_at} or more clears the {listed(flags)}: "
            text += "cleared." if resit >= rules.clears_at else "not cleared."
        yield Step("5", text, f"resit {apart(resit, rules.clears_at)}")


def _mean(record: Record) -> Iterator[Step]:
    if record.mean is None:
        yield Step("3", "No module is graded: there is no mean.")
        return
    quotient = plain(half_up(Decimal(record.weighted) / record.graded_credits, 4))
    yield Step(
        "3",
        f"Mean by credits of {', '.join(record.marks)}: {record.weighted} ÷ {record.graded_credits} = {quotient}, "
        f"half up to {record.mean}.",
    )
