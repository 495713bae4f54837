"""Rules 7 and 8: the class, its uplift, and what blocks Distinction."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from courses.marks import plain
from courses.regulations import BARS
from graduation.awards.engine.decision import Outcome, Step
from graduation.awards.engine.record import Record, apart, listed


@dataclass(frozen=True)
class Class:
    outcome: Outcome
    uplifted: bool
    steps: tuple[Step, ...]


def classify(record: Record, mean: Decimal, compensated: tuple[str, ...]) -> Class:
    classes = record.regulations.classes
    ladder = [(Outcome.MERIT, classes.merit), (Outcome.DISTINCTION, classes.distinction)]
    outcome, reached = Outcome.PASS, record.regulations.marks.pass_mark
    for higher, boundary in ladder:
        if mean >= boundary:
            outcome, reached = higher, boundary
            continue
        steps = [Step("7", f"Mean {mean}, below {boundary}: {outcome} by the mean.", apart(mean, boundary))]
        uplifted, step = _uplift(record, mean, higher, boundary, compensated)
        steps.append(step)
        outcome = higher if uplifted else outcome
        break
    else:
        uplifted = False
        steps = [Step("7", f"Mean {mean}, at least {reached}: {outcome} by the mean.", apart(mean, reached))]
    if outcome is Outcome.DISTINCTION:
        blocks = list(_blocks(record, compensated))
        steps.append(_block_step(record, blocks))
        if blocks:
            return Class(Outcome.MERIT, False, tuple(steps))
    return Class(outcome, uplifted, tuple(steps))


def _on_record(record: Record, compensated: tuple[str, ...]) -> set[str]:
    claims = (record.profile.resits, compensated, record.profile.misconduct)
    return {bar for bar, claim in zip(BARS, claims, strict=True) if claim}


def _uplift(
    record: Record, mean: Decimal, higher: Outcome, boundary: int, compensated: tuple[str, ...]
) -> tuple[bool, Step]:
    rules = record.regulations.uplift
    short = boundary - mean
    inside = "inside" if short <= rules.margin else "outside"
    margin = f"{plain(abs(rules.margin - short))} {inside} the margin of {rules.margin}"
    if short > rules.margin:
        text = f"Mean {mean}; {short} below {boundary}, more than {rules.margin}: no uplift."
        return False, Step("7", text, margin)
    at_or_above = record.regulations.credits_of(module for module, mark in record.marks.items() if mark >= boundary)
    credits = f"{at_or_above} of {record.graded_credits} credits at {boundary} or more"
    mark = record.marks.get(rules.module)
    required = f"{rules.module} is {mark}" if mark is not None else f"{rules.module} has no mark here"
    barred = [bar for bar in BARS if bar in rules.barred_by & _on_record(record, compensated)]
    conditions = [
        (
            at_or_above * 100 >= rules.share * record.graded_credits,
            credits,
            f"only {credits}, {plain(rules.share)} % needed",
        ),
        (mark is not None and mark >= boundary, required, f"{required}, {boundary} needed"),
        (
            not barred,
            f"no {listed((bar for bar in BARS if bar in rules.barred_by), 'or')}",
            f"{listed(barred)} on record",
        ),
    ]
    told = "; ".join(
        [f"Mean {mean}", f"within {rules.margin} of {boundary}", *(yes for met, yes, _ in conditions if met)]
    )
    missing = [no for met, _, no in conditions if not met]
    if missing:
        return False, Step("7", f"{told}; but {'; '.join(missing)}: no uplift.", margin)
    return True, Step("7", f"{told}: uplift to {higher}.", margin)


def _blocks(record: Record, compensated: tuple[str, ...]) -> Iterator[str]:
    rules = record.regulations.distinction_block
    for bar in BARS:
        if bar in rules.by & _on_record(record, compensated):
            yield bar
    resat = record.regulations.credits_of(record.profile.resits)
    if resat > rules.max_resat_credits:
        yield f"{resat} credits resat, more than {rules.max_resat_credits}"


def _block_step(record: Record, blocks: list[str]) -> Step:
    limit = record.regulations.distinction_block.max_resat_credits
    resat = record.regulations.credits_of(record.profile.resits)
    if blocks:
        return Step("8", f"Distinction is blocked by {listed(blocks)}: {Outcome.MERIT}.")
    return Step(
        "8",
        f"Nothing blocks Distinction; {resat} of at most {limit} credits resat.",
        f"{limit - resat} credits to spare",
    )
