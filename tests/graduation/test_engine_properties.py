"""What holds for every profile, tried on profiles that lie close to the limits of the rules."""

import random
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.regulations import regulations
from graduation.awards.engine import Outcome, Profile, decide

RULES = regulations("2026")
MODULES = tuple(RULES.modules)
CREDITS = {name: module.credits for name, module in RULES.modules.items()}
FROM_WORST = (Outcome.FAIL, Outcome.REFER, Outcome.PASS, Outcome.MERIT, Outcome.DISTINCTION)

edges = st.sampled_from([0, 39, 40, 45, 49, 50, 57, 58, 59, 60, 61, 68, 69, 70, 71, 78, 100])
marks = edges | st.integers(0, 100)


@st.composite
def profiles(draw: Callable[[st.SearchStrategy], object]) -> Profile:
    usual = draw(st.sampled_from([50, 59, 60, 65, 69, 70, 75]))
    first = {name: draw(st.just(usual) | st.integers(usual - 2, usual + 2) | marks) for name in MODULES}
    recognised = draw(st.sets(st.sampled_from(MODULES), max_size=2))
    misconduct = draw(st.sets(st.sampled_from(MODULES), max_size=1)) - recognised
    first |= dict.fromkeys(draw(st.sampled_from([misconduct, set()])), 0)
    failed = [name for name in MODULES if first[name] < 50 and name not in recognised]
    some_failed = st.sets(st.sampled_from(failed)) if failed else st.just(set())
    component_fails = draw(st.just(set()) | some_failed)
    resat = draw(st.sampled_from([set(failed), set()]) | some_failed)
    return Profile(
        marks=first,
        component_fails=frozenset(component_fails),
        misconduct=frozenset(misconduct),
        resits={name: draw(marks) for name in MODULES if name in resat},
        recognised=frozenset(recognised),
    )


def by_the_letter(profile: Profile) -> tuple[str, Decimal, set[str], set[str]]:
    """RULES 3 to 8 once more, in the plainest words and with numbers of its own, to check the engine against."""
    now, clean = {}, set()
    for name in MODULES:
        if name not in profile.recognised:
            now[name] = profile.marks[name]
            if name in profile.resits:
                now[name] = max(now[name], min(profile.resits[name], 50))
                clean |= {name} if profile.resits[name] >= 50 else set()
    total = sum(CREDITS[name] for name in now)
    tenths = floor(Fraction(sum(now[name] * CREDITS[name] for name in now), total) * 10 + Fraction(1, 2))
    mean = Decimal(tenths) / 10
    failed = {name for name in now if now[name] < 50}
    barred = {"M4", "M9"} | (profile.component_fails - clean) | (profile.misconduct - clean)
    carry = sum(CREDITS[name] for name in failed)
    first_carry = sum(CREDITS[name] for name in now if profile.marks[name] < 50)
    if first_carry > 30:
        return "Fail", mean, set(), set()
    if failed and not (
        all(now[name] >= 40 for name in failed) and not failed & barred and carry <= 15 and tenths >= 500
    ):
        return ("Fail", mean, set(), set()) if profile.resits else ("Refer", mean, failed, set())
    spotless = not (profile.resits or failed or profile.misconduct)
    grade = 700 if tenths >= 700 else 600 if tenths >= 600 else 500
    for boundary in (700, 600):
        at = sum(CREDITS[name] for name in now if now[name] * 10 >= boundary)
        near = boundary - 10 <= tenths < boundary
        if near and spotless and 2 * at >= total and now.get("M9", 0) * 10 >= boundary:
            grade = boundary
    resat = sum(CREDITS[name] for name in profile.resits)
    if grade == 700 and (failed or profile.misconduct or resat > 10):
        grade = 600
    return {700: "Distinction", 600: "Merit", 500: "Pass"}[grade], mean, set(), failed


@given(profiles())
def test_a_plain_reading_of_the_rules_agrees(profile: Profile) -> None:
    found = decide(profile, RULES)
    assert (found.outcome, found.mean, set(found.referred), set(found.compensated)) == by_the_letter(profile)


@given(profiles(), st.randoms())
def test_the_order_of_modules_is_irrelevant(profile: Profile, shuffled: random.Random) -> None:
    names = list(MODULES)
    shuffled.shuffle(names)
    other = replace(
        profile,
        marks={name: profile.marks[name] for name in names},
        resits={name: profile.resits[name] for name in names if name in profile.resits},
    )
    assert decide(other, RULES) == decide(profile, RULES)
    rules = replace(RULES, modules={name: RULES.modules[name] for name in names})
    found, expected = decide(other, rules), decide(profile, RULES)
    assert (found.outcome, found.mean, set(found.referred)) == (
        expected.outcome,
        expected.mean,
        set(expected.referred),
    )


@given(profiles(), st.sampled_from(MODULES), marks, st.booleans())
def test_raising_one_mark_never_worsens_the_outcome(profile: Profile, module: str, mark: int, resit: bool) -> None:
    if resit and module in profile.resits:
        raised = replace(profile, resits={**profile.resits, module: max(mark, profile.resits[module])})
    else:
        # What was resat had failed, and so has a component fail.
        highest = 49 if module in profile.component_fails or module in profile.resits else 100
        mark = max(profile.marks[module], min(mark, highest))
        raised = replace(profile, marks={**profile.marks, module: mark})
    before, after = decide(profile, RULES), decide(raised, RULES)
    assert FROM_WORST.index(after.outcome) >= FROM_WORST.index(before.outcome)
    assert after.mean >= before.mean
    assert after.credits_awarded >= before.credits_awarded


def test_rule_8_alone_lets_a_higher_mark_end_lower_over_both_boards() -> None:
    """At one board no mark is too high. Over two, 39 is referred and may end with Distinction; 40 is compensated."""
    marks = dict.fromkeys(MODULES, 76) | {"M5": 39}
    assert decide(Profile(marks), RULES).outcome is Outcome.REFER
    assert decide(Profile(marks, resits={"M5": 50}), RULES).outcome is Outcome.DISTINCTION
    compensated = decide(Profile(marks | {"M5": 40}), RULES)
    assert compensated.outcome is Outcome.MERIT
    assert [step.rule for step in compensated.steps][-1] == "8"


@given(profiles())
def test_a_decision_hangs_together(profile: Profile) -> None:
    found = decide(profile, RULES)
    failed = {name for name, mark in found.recorded.items() if mark < 50}
    assert set(found.compensated) | set(found.referred) <= failed
    assert not set(found.compensated) & set(found.referred)
    assert bool(found.referred) == (found.outcome is Outcome.REFER)
    assert set(found.compensated) in (set(), failed)
    assert sum(CREDITS[name] for name in found.compensated) <= 15
    assert not {"M4", "M9"} & set(found.compensated)
    if found.outcome.is_award:
        assert found.mean is not None and found.mean >= 50
        assert found.credits_awarded + found.credits_recognised == 60
    if found.outcome is Outcome.DISTINCTION:
        assert not found.compensated and not profile.misconduct
    if found.uplifted:
        assert not found.compensated and not profile.misconduct and not profile.resits
    assert min(found.recorded.values()) <= found.mean <= max(found.recorded.values())
    assert str(found.mean)[-2] == "."


@given(profiles())
def test_the_steps_name_the_outcome(profile: Profile) -> None:
    found = decide(profile, RULES)
    texts = [step.text for step in found.steps]
    assert all(text.endswith(".") for text in texts)
    named = "referred" if found.outcome is Outcome.REFER else str(found.outcome)
    assert any(named in text for text in texts)


@given(profiles())
def test_a_decision_is_the_same_every_time_and_leaves_the_profile_alone(profile: Profile) -> None:
    before = repr(profile)
    assert decide(profile, RULES) == decide(profile, RULES)
    assert repr(profile) == before


@given(profiles(), marks)
def test_the_marks_of_recognised_modules_change_nothing(profile: Profile, mark: int) -> None:
    other = replace(profile, marks={**profile.marks, **dict.fromkeys(profile.recognised, mark)})
    assert decide(other, RULES) == decide(profile, RULES)


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_can_be_reached(outcome: Outcome) -> None:
    everywhere = {Outcome.DISTINCTION: 70, Outcome.MERIT: 60, Outcome.PASS: 50, Outcome.FAIL: 49}.get(outcome, 65)
    marks = dict.fromkeys(MODULES, everywhere) | ({"M9": 45} if outcome is Outcome.REFER else {})
    profile = Profile(marks, withdrawn=outcome is Outcome.CREDIT_ONLY, open_case=outcome is Outcome.WITHHELD)
    assert decide(profile, RULES).outcome is outcome
