from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from courses.regulations import regulations
from graduation.awards.engine import Decision, Outcome, Profile, ProfileError, Turn, decide, turning_points

RULES = regulations("2026")


def profile(everywhere: int = 65, /, **changes: Any) -> Profile:
    """The same mark everywhere but where a module is named; other names are fields of the profile."""
    marks = {module: changes.pop(module, everywhere) for module in RULES.modules}
    sets = ("component_fails", "misconduct", "recognised")
    return Profile(marks, **{name: frozenset(value) if name in sets else value for name, value in changes.items()})


def decided(everywhere: int = 65, /, **changes: Any) -> Decision:
    return decide(profile(everywhere, **changes), RULES)


def told(decision: Decision, rule: str) -> list[str]:
    return [step.text for step in decision.steps if step.rule == rule]


def test_an_uplift_is_explained_with_its_own_numbers() -> None:
    found = decided(69, M4=70, M8=70, M9=70)
    assert found.uplifted
    uplift = (
        "Mean 69.5; within 1.0 of 70; 30 of 60 credits at 70 or more; M9 is 70; "
        "no resit, compensation or misconduct: uplift to Distinction."
    )
    assert [(step.rule, step.text) for step in found.steps] == [
        ("3", "Mean by credits of M1, M2, M3, M4, M5, M6, M7, M8, M9: 4170 ÷ 60 = 69.5, half up to 69.5."),
        ("4", "Every graded module is at 50 or more: nothing is failed."),
        ("7", "Mean 69.5, below 70: Merit by the mean."),
        ("7", uplift),
        ("8", "Nothing blocks Distinction; 0 of at most 10 credits resat."),
    ]
    assert [step.margin for step in found.steps] == [
        "",
        "lowest is M1, 19 above 50",
        "0.5 below 70",
        "0.5 inside the margin of 1.0",
        "10 credits to spare",
    ]


def test_a_refused_uplift_names_every_condition_that_is_missing() -> None:
    found = decided(58, M3=45, M4=65, M8=65, M9=59)  # 3565 ÷ 60 = 59.42
    assert not found.uplifted
    assert told(found, "7")[-1] == (
        "Mean 59.4; within 1.0 of 60; but only 20 of 60 credits at 60 or more, 50 % needed; M9 is 59, 60 needed; "
        "compensation on record: no uplift."
    )


def test_a_resit_and_misconduct_bar_an_uplift_together() -> None:
    found = decided(61, M1=40, misconduct=["M1"], resits={"M1": 40})  # 3575 ÷ 60 = 59.58
    assert found.outcome is Outcome.FAIL
    found = decided(61, M1=40, misconduct=["M1"], resits={"M1": 50})  # 3605 ÷ 60 = 60.08
    assert found.outcome is Outcome.MERIT
    found = decided(60, M1=40, misconduct=["M1"], resits={"M1": 50})  # 3550 ÷ 60 = 59.17
    assert told(found, "7")[-1].endswith("M9 is 60; but resit and misconduct on record: no uplift.")


def test_what_keeps_a_module_from_compensation_is_named() -> None:
    found = decided(45, M4=49, component_fails=["M1"], misconduct=["M2"], M3=39, M9=45)
    (text,) = (text for text in told(found, "4") if text.startswith("Below 50: "))
    for obstacle in (
        "M1 is a component fail",
        "M2 was failed for misconduct",
        "M3 is below 40",
        "M4 is core",
        "M9 is core",
        "60 credits are more than 15",
        "mean 45.2 is below 50",
    ):
        assert obstacle in text
    assert told(found, "4")[-1] == "60 failed credits are more than 30: Fail."


def test_a_resit_is_explained_with_its_cap_and_what_it_clears() -> None:
    found = decided(66, M8=49, component_fails=["M8"], resits={"M8": 55})
    (text,) = told(found, "5")
    assert text.startswith("M8: 49 at first, 55 in the resit, capped at 50: 50 is recorded. ")
    assert text.endswith("A resit of 50 or more clears the component fail: cleared.")
    found = decided(66, M8=45, component_fails=["M8"], resits={"M8": 48})
    assert told(found, "5")[0].endswith("48 is recorded. A resit of 50 or more clears the component fail: not cleared.")


def test_a_resit_below_the_first_mark_changes_nothing() -> None:
    assert decided(70, M6=39, resits={"M6": 12}).recorded["M6"] == 39


def test_more_than_the_referral_limit_failed_at_first_is_fail_whatever_was_resat() -> None:
    found = decided(65, M4=20, M5=20, M8=20, M9=20, resits={"M4": 60, "M5": 60, "M8": 60, "M9": 60})
    assert found.outcome is Outcome.FAIL
    assert told(found, "4") == ["35 credits failed at the first sit, more than 30: Fail, whatever was resat."]
    assert found.credits_awarded == 60


def test_the_second_board_fails_who_did_not_resit() -> None:
    referred = profile(70, M6=39)
    assert decide(referred, RULES).outcome is Outcome.REFER
    found = decide(replace(referred, resit_period_over=True), RULES)
    assert (found.outcome, found.board, found.referred) == (Outcome.FAIL, 2, ())


def test_distinction_names_all_that_blocks_it() -> None:
    found = decided(99, M3=0, M4=30, M8=30, M1=45, misconduct=["M3"], resits={"M3": 50, "M4": 50, "M8": 50})
    assert (found.outcome, found.compensated) == (Outcome.MERIT, ("M1",))
    assert found.mean == Decimal("74.1")  # 30×99 + 25×50 + 5×45 = 4445 ÷ 60
    assert told(found, "8") == [
        "Distinction is blocked by compensation, misconduct and 25 credits resat, more than 10: Merit."
    ]


def test_credits_are_those_passed_or_compensated_and_prior_learning_counts_apart() -> None:
    found = decided(60, M5=45, recognised=["M1", "M2"])
    assert (found.credits_awarded, found.credits_recognised) == (50, 10)
    assert found.credited == ("M3", "M4", "M5", "M6", "M7", "M8", "M9")
    assert told(found, "3, 11") == [
        "Recognised for prior learning: M1 and M2, 10 of at most 20 credits, left out of the mean."
    ]
    assert decided(60, M9=45).credits_awarded == 50


def test_withdrawn_is_credit_only_with_what_was_passed_and_no_compensation() -> None:
    found = decided(60, M5=45, M7=None, M8=None, M9=None, withdrawn=True)
    assert (found.outcome, found.credits_awarded, found.compensated) == (Outcome.CREDIT_ONLY, 30, ())
    assert found.mean == Decimal("57.9")  # 30×60 + 5×45 = 2025 ÷ 35 = 57.86


def test_withdrawn_before_the_first_mark_has_no_mean() -> None:
    found = decide(Profile({}, withdrawn=True), RULES)
    assert (found.outcome, found.mean, found.credits_awarded) == (Outcome.CREDIT_ONLY, None, 0)


def test_a_lapsed_registration_fails_unless_interrupted() -> None:
    assert decided(registration_lapsed=True).outcome is Outcome.FAIL
    assert decided(registration_lapsed=True, interrupted=True).outcome is Outcome.MERIT


def test_an_open_case_withholds_everything_else() -> None:
    for other in ({}, {"withdrawn": True}, {"registration_lapsed": True}, {"M9": None}):
        found = decided(open_case=True, **other)
        assert (found.outcome, found.mean, found.recorded, found.credits_awarded) == (Outcome.WITHHELD, None, {}, 0)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"M3": 101}, "M3: mark 101; expected a whole number from 0 to 100."),
        ({"M3": -1}, "M3: mark -1; expected a whole number from 0 to 100."),
        ({"M3": Decimal("NaN")}, "M3: mark NaN; expected a whole number from 0 to 100."),
        ({"M3": float("nan")}, "M3: mark nan; expected a whole number from 0 to 100."),
        ({"M3": 64.5}, "M3: mark 64.5; expected a whole number from 0 to 100."),
        ({"M3": True}, "M3: mark True; expected a whole number from 0 to 100."),
        ({"M3": None}, "M3: no mark; expected a mark (0 if nothing was handed in), or the module listed in rpl."),
        (
            {"component_fails": ["M5"]},
            "component_fail: M5 with mark 65; expected a recorded mark of at most 49 (rule 2).",
        ),
        ({"resits": {"M5": 60}}, "resit: M5, which has 65; expected resits only of modules below 50 (rule 5)."),
        (
            {"M5": 50, "resits": {"M5": 60}},
            "resit: M5, which has 50; expected resits only of modules below 50 (rule 5).",
        ),
        ({"M5": 40, "resits": {"M5": 101}}, "resit: M5=101; expected a whole number from 0 to 100."),
        (
            {"M5": 40, "resits": {"M5": 60}, "recognised": ["M5"]},
            "resit: M5, which is also in rpl; expected only modules assessed here: remove it from one of them.",
        ),
        (
            {"M5": None, "resits": {"M5": 60}, "withdrawn": True},
            "resit: M5 without a first mark; expected resits of failed modules only.",
        ),
        (
            {"M5": None, "component_fails": ["M5"], "withdrawn": True},
            "component_fail: M5 without a mark; expected modules that have one.",
        ),
        (
            {"misconduct": ["M1"], "recognised": ["M1"]},
            "misconduct: M1, which is also in rpl; expected only modules assessed here: remove it from one of them.",
        ),
        (
            {"component_fails": ["M1"], "recognised": ["M1"]},
            "component_fail: M1, which is also in rpl; expected only modules assessed here: remove it from one of them.",  # noqa: E501
        ),
        (
            {"recognised": ["M9", "M8", "M1"]},
            "rpl: M1, M8, M9 carry 25 credits; expected at most 20 credits (rule 11).",
        ),
        (
            {"misconduct": ["M10"]},
            "misconduct: module 'M10' is unknown; expected any of M1, M2, M3, M4, M5, M6, M7, M8, M9.",
        ),
    ],
)
def test_a_profile_that_cannot_be_decided_is_refused_with_a_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ProfileError) as caught:
        decided(**changes)
    assert str(caught.value) == sentence


def test_all_problems_of_a_profile_are_told_together() -> None:
    with pytest.raises(ProfileError) as caught:
        decided(M1=101, M2=None, recognised=["M7", "M8", "M9"])
    assert [problem.field for problem in caught.value.problems] == ["M1", "M2", "rpl"]


def test_an_unknown_module_among_the_marks_is_refused() -> None:
    with pytest.raises(ProfileError, match="marks: module 'M0' is unknown"):
        decide(Profile({**profile().marks, "M0": 60}), RULES)


def test_turning_points_say_how_close_it_was() -> None:
    # 69.9 by one mark of M1: any M9 below 70 loses the uplift.
    turns = turning_points(profile(70, M1=69), RULES)
    assert turns[0] == Turn("M9", 70, 69, Outcome.MERIT)
    assert Turn("M4", 70, 64, Outcome.MERIT) in turns  # 4195 − 60 = 4135, 68.92; with 65: 4145, 69.08


def test_turning_points_try_the_resit_where_there_is_one() -> None:
    turns = turning_points(profile(60, M6=39, resits={"M6": 41}), RULES)
    assert turns[0] == Turn("M6", 41, 39, Outcome.FAIL)


def test_turning_points_stop_at_what_cannot_be() -> None:
    turns = turning_points(profile(60, M8=49, component_fails=["M8"]), RULES)
    assert all(turn.module != "M8" for turn in turns)


def test_other_numbers_in_the_regulations_give_other_decisions() -> None:
    without = replace(RULES, uplift=replace(RULES.uplift, margin=Decimal("0.4")))
    assert decide(profile(69, M4=70, M8=70, M9=70), without).outcome is Outcome.MERIT
    lenient = replace(RULES, distinction_block=replace(RULES.distinction_block, by=frozenset()))
    assert decide(profile(76, M5=46), lenient).outcome is Outcome.DISTINCTION
