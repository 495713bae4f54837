"""Rules 4, 6 and 16: who is compensated, referred or failed, at the first board and at the second."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from courses.marks import HIGHEST, plain
from courses.regulations import Regulations
from graduation.awards.engine.classes import classify
from graduation.awards.engine.decision import Decision, Outcome, Step, Turn
from graduation.awards.engine.profile import Profile, ProfileError, problems
from graduation.awards.engine.record import Record, apart, listed


def decide(profile: Profile, regulations: Regulations) -> Decision:
    """Raises ProfileError, with every problem found, if the profile cannot be decided."""
    found = problems(profile, regulations)
    if found:
        raise ProfileError(found)
    record = Record.of(profile, regulations)
    if profile.open_case:
        return _withheld(record)
    if profile.withdrawn:
        return _decision(record, Outcome.CREDIT_ONLY, [Step("16", "Withdrawn: a credit transcript, no award.")])
    if profile.registration_lapsed and not profile.interrupted:
        return _decision(record, Outcome.FAIL, [Step("16", "The registration lapsed without an interruption: Fail.")])
    return _at_board(record)


def turning_points(profile: Profile, regulations: Regulations) -> list[Turn]:
    """How close it was: for each module the nearest lower and higher mark with another outcome, smallest change first.

    A mark that cannot be tried, such as a first mark of 50 with a component fail, ends the search in its direction.
    """
    outcome = decide(profile, regulations).outcome
    turns = []
    for module in regulations.modules:
        mark = profile.resits.get(module, profile.marks.get(module))
        if mark is None or module in profile.recognised:
            continue
        for others in (range(mark - 1, -1, -1), range(mark + 1, HIGHEST + 1)):
            turn = _first_turn(profile, regulations, outcome, module, others)
            if turn:
                turns.append(replace(turn, mark=mark))
    return sorted(turns, key=lambda turn: abs(turn.becomes - turn.mark))


def _first_turn(
    profile: Profile, regulations: Regulations, outcome: Outcome, module: str, others: Sequence[int]
) -> Turn | None:
    for other in others:
        if module in profile.resits:
            tried = replace(profile, resits={**profile.resits, module: other})
        else:
            tried = replace(profile, marks={**profile.marks, module: other})
        if problems(tried, regulations):
            return None
        found = decide(tried, regulations).outcome
        if found is not outcome:
            return Turn(module, other, other, found)
    return None


def _at_board(record: Record) -> Decision:
    regulations, limit = record.regulations, record.regulations.referral.max_credits
    at_first = regulations.credits_of(record.failed_at_first)
    if record.board == 2 and at_first > limit:
        text = f"{at_first} credits failed at the first sit, more than {limit}: Fail, whatever was resat."
        return _decision(record, Outcome.FAIL, [Step("4", text, f"{at_first - limit} credits too many")])
    compensable, step = _compensation(record)
    if compensable:
        return _classified(record, step)
    if record.board == 2:
        text = f"Still failed at the second board: {listed(record.failed)}. Fail, with a credit transcript."
        return _decision(record, Outcome.FAIL, [step, Step("6", text)])
    credits = regulations.credits_of(record.failed)
    if credits > limit:
        text = f"{credits} failed credits are more than {limit}: Fail."
        return _decision(record, Outcome.FAIL, [step, Step("4", text, f"{credits - limit} credits too many")])
    refer = Step(
        "4",
        f"{credits} failed credits, at most {limit}: referred in {listed(record.failed)}.",
        f"{limit - credits} credits to spare",
    )
    return _decision(record, Outcome.REFER, [step, refer], referred=record.failed)


def _compensation(record: Record) -> tuple[bool, Step]:
    """Whether nothing stays failed: because everything is passed, or because the failed modules are compensated."""
    rules, pass_mark, mean = record.regulations.compensation, record.regulations.marks.pass_mark, _graded_mean(record)
    number = "4" if record.board == 1 else "4, 6"
    if not record.failed:
        lowest = min(record.marks, key=lambda module: record.marks[module])
        margin = f"lowest is {lowest}, {apart(record.marks[lowest], pass_mark)}"
        return True, Step(number, f"Every graded module is at {pass_mark} or more: nothing is failed.", margin)
    credits = record.regulations.credits_of(record.failed)
    below = f"Below {pass_mark}: {listed(f'{module} ({record.marks[module]})' for module in record.failed)}, "
    below += f"{credits} credits."
    obstacles = list(_obstacles(record, credits, mean))
    if obstacles:
        return False, Step(number, f"{below} Nothing is compensated: {'; '.join(obstacles)}.")
    lowest = min(record.failed, key=lambda module: record.marks[module])
    text = (
        f"{below} Marks of {rules.lowest_mark} to {pass_mark - 1}, none core, a component fail or a misconduct zero; "
        f"{credits} of at most {rules.max_credits} credits; mean {mean}, at least {plain(rules.min_mean)}: "
        f"{listed(record.failed)} {'is' if len(record.failed) == 1 else 'are'} compensated."
    )
    margin = (
        f"{lowest} is {apart(record.marks[lowest], rules.lowest_mark)}; "
        f"{rules.max_credits - credits} credits to spare; mean {apart(mean, rules.min_mean)}"
    )
    return True, Step(number, text, margin)


def _obstacles(record: Record, credits: int, mean: Decimal) -> Iterator[str]:
    rules = record.regulations.compensation
    for module in record.failed:
        if record.regulations.modules[module].core:
            yield f"{module} is core"
        if module in record.component_fails:
            yield f"{module} is a component fail"
        if module in record.misconduct_zeros:
            yield f"{module} was failed for misconduct"
        if record.marks[module] < rules.lowest_mark:
            yield f"{module} is below {rules.lowest_mark}"
    if credits > rules.max_credits:
        yield f"{credits} credits are more than {rules.max_credits}"
    if mean < rules.min_mean:
        yield f"mean {mean} is below {plain(rules.min_mean)}"


def _classified(record: Record, step: Step) -> Decision:
    found = classify(record, _graded_mean(record), record.failed)
    steps = [step, *found.steps]
    return _decision(record, found.outcome, steps, compensated=record.failed, uplifted=found.uplifted)


def _graded_mean(record: Record) -> Decimal:
    if record.mean is None:
        raise AssertionError("a board has graded modules: prior learning never covers them all")
    return record.mean


def _decision(
    record: Record,
    outcome: Outcome,
    steps: Sequence[Step],
    *,
    referred: tuple[str, ...] = (),
    compensated: tuple[str, ...] = (),
    uplifted: bool = False,
) -> Decision:
    credited = tuple(module for module in record.marks if module not in record.failed or module in compensated)
    return Decision(
        outcome=outcome,
        mean=record.mean,
        recorded=record.marks,
        referred=referred,
        compensated=compensated,
        credited=credited,
        credits_awarded=record.regulations.credits_of(credited),
        credits_recognised=record.regulations.credits_of(record.profile.recognised),
        uplifted=uplifted,
        board=record.board,
        steps=(*record.steps, *steps),
    )


def _withheld(record: Record) -> Decision:
    """Nothing of the result shows until the case is closed."""
    return Decision(
        outcome=Outcome.WITHHELD,
        mean=None,
        recorded={},
        referred=(),
        compensated=(),
        credited=(),
        credits_awarded=0,
        credits_recognised=0,
        uplifted=False,
        board=record.board,
        steps=(Step("16", "A misconduct case is open: the result is withheld until it is closed."),),
    )
