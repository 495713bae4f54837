"""Facility, discrimination and reliability, against values that others have computed."""

from typing import Any

import numpy as np
import pytest

from courses.statistics import FEWEST, Answered, correlation, cronbach_alpha, statistics_of

# Ten students, five questions, right or wrong.
TABLE = np.array(
    [
        [1, 1, 1, 1, 1],
        [1, 1, 1, 1, 0],
        [1, 1, 1, 0, 0],
        [1, 1, 0, 1, 0],
        [1, 0, 1, 0, 0],
        [1, 1, 0, 0, 0],
        [1, 0, 0, 0, 0],
        [0, 1, 0, 0, 0],
        [1, 0, 0, 0, 1],
        [0, 0, 0, 0, 0],
    ],
    float,
)


def options(*right: bool) -> list[dict[str, Any]]:
    return [{"html": f"Option {number}", "right": each, "why": ""} for number, each in enumerate(right)]


def bank(count: int) -> list[dict[str, Any]]:
    return [{"id": f"q{n}", "kind": "single", "options": options(True, False, False)} for n in range(count)]


def answers(table: Any) -> list[Answered]:
    return [
        Answered(student, f"q{question}", [0] if credit else [1], credit)
        for student, row in enumerate(table)
        for question, credit in enumerate(row)
        if not np.isnan(credit)
    ]


def test_alpha_of_right_and_wrong_is_kr_20() -> None:
    """A worked example: ten students, ten questions; the sum of pq is 2.18, the variance of the totals 5.84."""
    rows = (
        "1111110110 1011011101 1111011001 0010001000 0000010010 1110111111 1101110111 1111111101 0101111101 1101101110"
    )
    table = np.array([[int(digit) for digit in row] for row in rows.split()], float)
    assert table.sum(axis=1).var() == pytest.approx(5.84)
    assert cronbach_alpha(table, 10) == pytest.approx(10 / 9 * (1 - 2.18 / 5.84))


def test_alpha_of_answers_from_one_to_three() -> None:
    """Three questions put to ten people: a table for which pingouin gives .7734375."""
    table = np.array([[1, 2, 2, 3, 2, 2, 3, 3, 2, 3], [1, 1, 1, 2, 3, 3, 2, 3, 3, 3], [1, 1, 2, 1, 2, 3, 3, 3, 2, 3]])
    assert cronbach_alpha(table.T.astype(float), 3) == pytest.approx(0.7734375)


def test_the_same_question_twice_is_perfectly_reliable_and_unrelated_ones_are_not_at_all() -> None:
    same = np.array([[1, 1], [0, 0], [1, 1], [0, 0]], float)
    unrelated = np.array([[1, 1], [0, 1], [1, 0], [0, 0]], float)
    assert cronbach_alpha(same, 2) == pytest.approx(1)
    assert cronbach_alpha(unrelated, 2) == pytest.approx(0)


def test_where_students_have_drawn_some_questions_alpha_is_estimated_from_those_they_share() -> None:
    random = np.random.default_rng(1)
    skill = random.normal(size=3000)
    whole = (random.normal(size=(3000, 6)) < skill[:, None]).astype(float)
    drawn = whole.copy()
    for row in drawn:
        row[random.choice(6, 3, replace=False)] = np.nan
    expected = cronbach_alpha(whole[:, :3], 3)
    assert cronbach_alpha(drawn, 3) == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize("table", [np.ones((12, 3)), np.full((12, 3), np.nan), np.ones((12, 1)), np.empty((0, 0))])
def test_without_variance_there_is_no_alpha(table: Any) -> None:
    assert cronbach_alpha(table, table.shape[1]) is None


def test_discrimination_is_the_point_biserial_with_the_rest() -> None:
    found = statistics_of(bank(5), 5, answers(TABLE))
    here, rest = TABLE[:, 2], np.delete(TABLE, 2, axis=1).sum(axis=1)
    share = here.mean()
    biserial = (rest[here == 1].mean() - rest[here == 0].mean()) / rest.std() * np.sqrt(share * (1 - share))
    item = found.items[2]
    assert (item.facility, item.answers) == (pytest.approx(0.4), 10)
    assert item.discrimination == pytest.approx(biserial)


def test_with_few_students_nothing_is_said_but_how_many() -> None:
    found = statistics_of(bank(5), 5, answers(TABLE[: FEWEST - 1]))
    assert found.reliability is None
    assert found.plot == ""
    for item in found.items:
        assert (item.answers, item.facility, item.discrimination, item.given, item.complaints) == (
            9,
            None,
            None,
            [],
            [],
        )


def test_poor_questions_are_named_in_words() -> None:
    strong = [1.0] * 8 + [0.0] * 8
    made = []
    for student, knows in enumerate(strong):
        made.append(Answered(student, "q0", [0], 1.0))  # nobody fails
        made.append(Answered(student, "q1", [1] if knows else [0], 1.0 - knows))  # the better are misled
        made.append(Answered(student, "q2", [0] if knows else [2], knows))
        made.append(Answered(student, "q3", [0] if knows else [2], knows))
        made.append(Answered(student, "q4", [2], 0.0))  # nobody succeeds
    easy, misleading, good, _, hard = statistics_of(bank(5), 5, made).items
    assert easy.complaints == ["too easy: nearly everybody gets it right"]
    assert hard.complaints == ["too hard: hardly anybody gets it right"]
    assert misleading.complaints == [
        "the better get it wrong: it is unclear, or its key is wrong",
        "a wrong option is chosen more by the better",
    ]
    assert not good.complaints


def test_the_plot_says_which_questions_need_a_look() -> None:
    assert "5 questions; 0 of them need a look." in statistics_of(bank(5), 5, answers(TABLE)).plot


def test_what_is_all_alike_goes_with_nothing() -> None:
    assert correlation([1.0] * 12, [float(number) for number in range(12)]) is None
    assert correlation([1.0, 0.0], [1.0, 0.0]) is None
