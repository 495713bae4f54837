"""Drawing questions and judging answers: no page, no database."""

import time
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.quizzes import Judged, credit, draw, judge
from courses.refusal import Refused


def option(right: bool) -> dict[str, object]:
    return {"html": "x", "right": right, "why": ""}


SINGLE = {"id": "s", "kind": "single", "options": [option(False), option(True), option(False)]}
MULTIPLE = {"id": "m", "kind": "multiple", "options": [option(True), option(False), option(True)]}
ORDERING = {"id": "o", "kind": "ordering", "items": ["a", "b", "c"]}
TEXT = {"id": "t", "kind": "text", "accept": ["Sensitivity", "naïve Bayes"]}
BANK = [{"id": f"q{number}", "kind": "text"} for number in range(7)]


def numeric(answer: float = 32.4, tolerance: float = 0.5, unit: str = "%") -> dict[str, object]:
    return {"id": "n", "kind": "numeric", "answer": answer, "tolerance": tolerance, "unit": unit}


def ids(sitting: int, seed: str = "1") -> list[str]:
    return [one["id"] for one in draw(BANK, 3, seed=seed, sitting=sitting)]


def test_the_same_student_meets_the_same_questions_in_the_same_sitting() -> None:
    assert ids(1) == ids(1)
    assert draw([SINGLE], 1, seed="1", sitting=1) == draw([SINGLE], 1, seed="1", sitting=1)


def test_sittings_go_through_the_whole_bank_before_a_question_returns() -> None:
    met = ids(1) + ids(2) + ids(3)
    assert set(met[:7]) == {question["id"] for question in BANK}
    assert all(len(set(ids(sitting))) == 3 for sitting in range(1, 9))


def test_students_meet_different_questions() -> None:
    assert len({tuple(ids(1, seed=str(number))) for number in range(20)}) > 10


def test_options_stand_in_another_order_in_another_sitting() -> None:
    orders = {tuple(draw([SINGLE], 1, seed="1", sitting=number)[0]["order"]) for number in range(1, 30)}
    assert len(orders) == 6


def test_an_ordering_is_never_shown_solved() -> None:
    for number in range(50):
        assert draw([ORDERING], 1, seed=str(number), sitting=1)[0]["order"] != [0, 1, 2]


def test_a_bank_smaller_than_asked_for_gives_each_question_once() -> None:
    assert len(draw(BANK[:2], 5, seed="1", sitting=3)) == 2


@pytest.mark.parametrize(
    ("question", "order", "values", "judged"),
    [
        (SINGLE, [2, 1, 0], ["1"], Judged([1], Fraction(1))),
        (SINGLE, [2, 1, 0], ["0"], Judged([2], Fraction(0))),
        (MULTIPLE, [2, 1, 0], ["0", "2"], Judged([0, 2], Fraction(1))),
        (MULTIPLE, [2, 1, 0], ["0"], Judged([2], Fraction(1, 2))),
        (MULTIPLE, [2, 1, 0], ["0", "1", "2"], Judged([0, 1, 2], Fraction(0))),
        # On the page: c, a, b. They are given the places 3, 1, 2.
        (ORDERING, [2, 0, 1], ["2", "0", "1"], Judged([0, 1, 2], Fraction(1))),
        (ORDERING, [2, 0, 1], ["0", "1", "2"], Judged([2, 0, 1], Fraction(0))),
    ],
)
def test_choices_are_judged_by_where_they_stood(question, order, values, judged) -> None:  # type: ignore[no-untyped-def]
    assert judge(question, order, values) == judged


@pytest.mark.parametrize(
    ("text", "is_right"),
    [
        ("32.4", True),
        (" 32,4 % ", True),
        ("32.9", True),
        ("31.9%", True),
        ("33", False),
        ("−32.4", False),
        ("3.24e1", True),
        (".324", False),
    ],
)
def test_a_number_may_be_written_in_many_ways(text: str, is_right: bool) -> None:
    assert judge(numeric(), [], [text]).is_right is is_right


def test_a_comma_between_thousands_is_no_decimal_comma() -> None:
    assert judge(numeric(1250, 0, "patients"), [], ["1,250 patients"]) == Judged(1250.0, Fraction(1))


def test_without_tolerance_a_number_is_exact() -> None:
    assert judge(numeric(97, 0), [], ["97"]).is_right
    assert not judge(numeric(97, 0), [], ["97.01"]).is_right


@pytest.mark.parametrize(
    ("text", "is_right"),
    [("sensitivity", True), (" SENSITIVITY. ", True), ("Naive  bayes", True), ("specificity", False)],
)
def test_words_are_compared_without_case_accents_and_space(text: str, is_right: bool) -> None:
    assert judge(TEXT, [], [text]).is_right is is_right


@pytest.mark.parametrize(
    ("question", "values", "sentence"),
    [
        (SINGLE, [], "Choose one of the answers."),
        (SINGLE, ["0", "1"], "Choose one of the answers."),
        (SINGLE, ["7"], "This is not one of the answers: load the page again."),
        (SINGLE, ["-1"], "This is not one of the answers: load the page again."),
        (SINGLE, ["x"], "This is not one of the answers: load the page again."),
        (MULTIPLE, [], "Choose at least one of the answers."),
        (ORDERING, ["0", "1", ""], "Give each step a place."),
        (ORDERING, ["0", "1", "1"], "Two steps have the same place: give each its own."),
        (TEXT, [" \x00 "], "Write an answer."),
        (TEXT, ["x" * 201], "Write at most 200 characters."),
        (numeric(), ["about a third"], "Write a number in %, such as 12.5."),
        (numeric(), [""], "Write a number in %, such as 12.5."),
        (numeric(unit=""), ["nan"], "Write a number, such as 12.5."),
        (numeric(), ["1e999"], "Write a number in %, such as 12.5."),
    ],
)
def test_what_is_no_answer_is_refused_with_a_sentence(question, values, sentence) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Refused, match=sentence.replace(".", r"\.")):
        judge(question, [0, 1, 2], values)


def test_a_long_text_is_refused_before_anything_is_looked_for_in_it() -> None:
    began = time.process_time()
    with pytest.raises(Refused, match="at most 200"):
        judge(TEXT, [0], ["a" + "!" * 20_000 + "a"])
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize("written", ["0,125", "0.125", "+0,125", "00,125"])
def test_a_comma_after_a_nought_is_a_decimal_comma(written: str) -> None:
    question = numeric(0.125, 0.001, "")
    assert judge(question, [], [written]).is_right


GLUCOSE = numeric(5.5, 0.1, "mmol/L") | {"units": {"mg/dL": 0.0555, "mmol per litre": 1}}


@pytest.mark.parametrize(
    ("written", "is_right"),
    [
        ("5.5", True),
        ("5,5 mmol/l", True),
        ("99.1 mg/dL", True),
        ("99.1MG/DL", True),
        ("99.1", False),
        ("5.5 mg/dL", False),
        ("5.5 MMOL per litre", True),
    ],
)
def test_a_number_may_be_given_in_another_unit_of_the_question(written: str, is_right: bool) -> None:
    assert judge(GLUCOSE, [], [written]).is_right is is_right


def test_a_unit_that_is_none_of_the_question_is_refused_with_those_that_are() -> None:
    with pytest.raises(Refused, match=r"Write a number in mmol/L, mg/dL or mmol per litre, such as 12\.5\."):
        judge(GLUCOSE, [], ["5.5 g/L"])


@pytest.mark.parametrize("unit", ["µmol/L", "μmol/L", "umol/l"])
def test_micro_is_written_in_three_ways(unit: str) -> None:
    assert judge(numeric(80, 0, "µmol/L"), [], [f"80 {unit}"]).is_right


@pytest.mark.parametrize(
    ("written", "also", "is_right"),
    [
        ("Positive predictive values", [], True),
        ("the positive predictive value", [], False),
        ("the positive predictive value", ["The positive  predictive value."], True),
    ],
)
def test_words_may_follow_a_pattern_or_have_been_accepted_since(written: str, also: list[str], is_right: bool) -> None:
    question = TEXT | {"accept": ["ppv"], "pattern": "Positive predictive value*"}
    assert judge(question, [], [written], also).is_right is is_right


OPTIONS = st.lists(st.booleans(), min_size=2, max_size=8).filter(lambda right: any(right) and not all(right))


@given(OPTIONS, st.data())
def test_a_multiple_choice_never_earns_less_than_nothing_and_all_only_for_what_is_right(
    right: list[bool], data: Any
) -> None:
    question = {"id": "m", "kind": "multiple", "options": [option(each) for each in right]}
    chosen = sorted(data.draw(st.sets(st.integers(0, len(right) - 1), min_size=1)))
    earned = credit(question, chosen)
    assert 0 <= earned <= 1
    assert (earned == 1) == (chosen == [n for n, each in enumerate(right) if each])
    assert credit(question, list(range(len(right)))) == 0
