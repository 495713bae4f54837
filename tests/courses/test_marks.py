from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.marks import AgreementBy, MarkError, ModuleMark, agreed_mark, auto_mark, component_mark, module_mark, plain
from courses.regulations import Weights, regulations

RULES = regulations("2026")
HALVES = Weights(50, 50)
marks = st.decimals(0, 100, places=2)


@pytest.mark.parametrize(
    ("auto", "rubric", "weights", "expected"),
    [
        ("49.5", "49.5", HALVES, ModuleMark(50, False)),
        ("49.49", "49.49", HALVES, ModuleMark(49, False)),
        ("64.5", "64.5", Weights(70, 30), ModuleMark(65, False)),
        ("35", "70", HALVES, ModuleMark(49, True)),
        ("38", "50", HALVES, ModuleMark(44, True)),
        ("39.99", "100", Weights(20, 80), ModuleMark(49, True)),
        ("40", "100", Weights(20, 80), ModuleMark(88, False)),
        # 39.995 is recorded as 40.00, and a component is judged as recorded.
        ("39.995", "60", HALVES, ModuleMark(50, False)),
        ("0", "0", HALVES, ModuleMark(0, True)),
        ("100", "100", HALVES, ModuleMark(100, False)),
    ],
)
def test_a_module_mark_is_weighted_and_rounded_half_up(
    auto: str, rubric: str, weights: Weights, expected: ModuleMark
) -> None:
    assert module_mark(Decimal(auto), Decimal(rubric), weights, RULES) == expected


def test_a_component_without_weight_neither_fails_a_module_nor_is_needed() -> None:
    only_auto = RULES.modules["M1"].weights
    assert module_mark(Decimal("71.5"), None, only_auto, RULES) == ModuleMark(72, False)
    assert module_mark(Decimal("71.5"), Decimal(10), only_auto, RULES) == ModuleMark(72, False)


def test_the_only_component_can_fail_although_the_mark_rounds_to_40() -> None:
    assert module_mark(Decimal("39.5"), None, RULES.modules["M1"].weights, RULES) == ModuleMark(40, True)


def test_hidden_checks_carry_seventy_per_cent_of_the_auto_part() -> None:
    assert auto_mark(100, 0, RULES) == Decimal("30.00")
    assert auto_mark(Decimal("66.67"), Decimal("81.25"), RULES) == Decimal("76.88")  # 20.001 + 56.875


def test_a_component_mark_has_two_decimals_half_up() -> None:
    assert str(component_mark(Decimal("64.345"), RULES)) == "64.35"


@pytest.mark.parametrize(
    "value", [Decimal(101), Decimal(-1), Decimal("NaN"), Decimal("Infinity"), Decimal("100.001"), 49.5, True, "50"]
)
def test_what_is_no_mark_is_refused(value: Decimal) -> None:
    with pytest.raises(MarkError, match=r"^rubric mark: .*expected .*100\.$"):
        module_mark(Decimal(50), value, HALVES, RULES)


def test_a_missing_component_says_what_to_do() -> None:
    with pytest.raises(MarkError, match=r"^rubric mark: missing; it makes 50 % .* Enter 0 if nothing was handed in\.$"):
        module_mark(Decimal(50), None, HALVES, RULES)


@given(marks, marks, st.sampled_from([module.weights for module in RULES.modules.values()]))
def test_a_component_fail_never_passes_and_a_mark_stays_between_its_components(
    auto: Decimal, rubric: Decimal, weights: Weights
) -> None:
    found = module_mark(auto, rubric, weights, RULES)
    assert 0 <= found.mark <= 100
    if found.component_fail:
        assert found.mark < RULES.marks.pass_mark
    elif weights.rubric:
        assert min(auto, rubric) - Decimal("0.5") <= found.mark <= max(auto, rubric) + Decimal("0.5")


@pytest.mark.parametrize(
    ("first", "second", "by", "mark"),
    [
        (62, 66, AgreementBy.MEAN, 64),
        (62, 67, AgreementBy.MEAN, 65),
        (49, 50, AgreementBy.DISCUSSION, None),
        (68, 75, AgreementBy.DISCUSSION, None),
        (48, 60, AgreementBy.THIRD_MARKER, None),
        (60, 70, AgreementBy.DISCUSSION, None),
        (60, 71, AgreementBy.THIRD_MARKER, None),
        (44, 49, AgreementBy.MEAN, 47),
        (50, 55, AgreementBy.MEAN, 53),
        (Decimal("60"), Decimal("65.01"), AgreementBy.DISCUSSION, None),
    ],
)
def test_two_blind_marks_become_a_mean_a_discussion_or_a_third_mark(
    first: int, second: int, by: AgreementBy, mark: int | None
) -> None:
    for pair in ((first, second), (second, first)):
        found = agreed_mark(*pair, RULES)
        assert (found.by, found.mark) == (by, mark)
        assert found.reason.startswith(f"{plain(pair[0])} and {plain(pair[1])} are ")


def test_a_second_mark_of_101_is_refused() -> None:
    with pytest.raises(MarkError, match=r"^second mark: 101 was given; expected a mark from 0 to 100\.$"):
        agreed_mark(60, 101, RULES)


def test_a_quiz_that_counts_is_a_part_like_the_others() -> None:
    weights = Weights(auto=50, rubric=30, quiz=20)
    assert module_mark(Decimal(60), Decimal(50), weights, RULES, quiz=Decimal(90)) == ModuleMark(63, False)
    assert module_mark(Decimal(60), Decimal(50), weights, RULES, quiz=Decimal(10)).component_fail
    with pytest.raises(MarkError, match="quiz mark: missing; it makes 20 % of the module"):
        module_mark(Decimal(60), Decimal(50), weights, RULES)
