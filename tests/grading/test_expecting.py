"""What expectations say of what came, and that nothing a student's code gives breaks them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

from grading.checking import CheckFailed, described, expect_close, expect_equal, expect_table, numbers
from grading.checking.declaring import present
from sandbox import Handle

TABLE = pd.DataFrame({"age": [71, 68, 90], "ward": ["a", "b", "c"]})
NONSENSE = [
    None,
    0.5,
    True,
    "risk",
    b"risk",
    [],
    {},
    [None],
    [[1, 2], [3]],
    10**400,
    [10**400],
    float("nan"),
    object(),
    1j,
    "x" * 10**5,
    {"age": [1]},
    np.zeros((2, 0)),
    np.array(["a"]),
    np.array([1 + 2j]),
    np.array([object(), 2], dtype=object),
    np.zeros((2, 2, 2)),
    pd.Series([], dtype=float),
    pd.Series(["a", None]),
    pd.DataFrame(),
    pd.Timestamp("2027-05-27"),
    pd.DataFrame(np.zeros((3, 2)), columns=["age", "age"]),
    TABLE.assign(age=["x", None, [1]]),
    Handle(3, "Model"),
    TABLE.assign(age=pd.Categorical(["a", "b", "a"])),
    pd.Series(pd.to_datetime(["2027-05-27"])),
    TABLE.iloc[:0],
]


@pytest.fixture(autouse=True)
def _visible() -> Iterator[None]:
    present.is_visible = True
    yield
    present.is_visible = True


def failure(call: Callable[[], Any]) -> CheckFailed:
    with pytest.raises(CheckFailed) as failed:
        call()
    return failed.value


@pytest.mark.parametrize("is_visible", [True, False])
@pytest.mark.parametrize("value", NONSENSE, ids=lambda value: repr(value)[:20])
def test_nothing_that_comes_breaks_an_expectation(value: Any, is_visible: bool) -> None:
    present.is_visible = is_visible
    calls: list[Callable[[], Any]] = [
        lambda: numbers(value, 3, "f", between=(0, 1)),
        lambda: expect_close(value, [1.0, 2.0, 3.0], "f"),
        lambda: expect_close(value, 7.25, "f"),
        lambda: expect_equal(value, {"a": [1, 2]}, "f"),
        lambda: expect_equal(value, [1, 2], "f"),
        lambda: expect_table(value, TABLE, "f"),
    ]
    for call in calls:
        assert str(failure(call))
    assert 0 < len(described(value)) < 500


@pytest.mark.parametrize(
    ("value", "visible", "hidden"),
    [
        ([1, 2, 3, 4], "a list of 4 items: 1, 2, 3, …", "a list"),
        ("a\nb", "'a\\nb', text of length 3", "text"),
        (7, "7, a whole number", "a whole number"),
        (np.array([[0.25, 1.0]]), "an array of 1 × 2 (float64): 0.25, 1", "an array"),
        (TABLE, "a table of 3 rows and 2 columns: 'age', 'ward'", "a table"),
        (Handle(1, "Pipeline"), "an object of type Pipeline", "an object of type Pipeline"),
        (None, "nothing (None)", "nothing (None)"),
        ({}, "a dict of 0 items", "a dict"),
    ],
)
def test_a_value_is_described_with_a_sample_only_where_everything_is_visible(
    value: Any, visible: str, hidden: str
) -> None:
    assert described(value) == visible
    present.is_visible = False
    assert described(value) == hidden


def test_what_is_right_passes() -> None:
    assert numbers([0, 0.5, 1], 3, "f", between=(0, 1)).tolist() == [0, 0.5, 1]
    assert numbers(pd.DataFrame({"p": [0.5]}), None, "f").tolist() == [0.5]
    expect_close([1, None], [1.0, float("nan")], "f")
    expect_close(1.001, 1.0, "f", within=0.01)
    expect_close(1010.0, 1000.0, "f", relative=0.02)
    expect_equal({"a": [1, (2, None)]}, {"a": [1, (2, None)]}, "f")
    expect_equal(np.array([1, 2]), np.array([1, 2]), "f")
    expect_table(TABLE[["ward", "age"]].set_index("age", drop=False), TABLE, "f")


def test_a_truth_is_no_number_and_a_number_no_truth() -> None:
    assert failure(lambda: expect_equal(1, True, "f")).got == "1, a whole number"
    assert failure(lambda: expect_equal({"a": 0}, {"a": False}, "f"))


def test_differences_name_their_place() -> None:
    of_dict = failure(lambda: expect_equal({"a": 1, "b": 2}, {"a": 1, "c": 3}, "f")).differences
    assert of_dict and of_dict["rows"] == [["'c'", "nothing", "3"], ["'b'", "2", "nothing"]]
    of_list = failure(lambda: expect_equal([1, 2], [1, 3, 4], "f")).differences
    assert of_list and of_list["rows"] == [["1", "2", "3"], ["2", "nothing", "4"]]
    of_table = failure(lambda: expect_table(TABLE.assign(age=[71, 68.5, 90]), TABLE, "f"))
    assert str(of_table) == "1 of 6 cells of f are not as expected."
    assert of_table.differences == {
        "head": ["Row", "Column", "Yours", "Expected"],
        "rows": [["1", "age", "68.5", "68"]],
        "of": 1,
    }
    of_array = failure(lambda: expect_close(np.arange(40).reshape(4, 10), np.zeros((4, 10)), "f")).differences
    assert of_array and (len(of_array["rows"]), of_array["of"]) == (5, 39)
    assert of_array["rows"][0] == ["0, 1", "1", "0", "1"]


@pytest.mark.parametrize(
    "call",
    [
        lambda: expect_close([1.0, 2.5], [1.0, 777.0], "f"),
        lambda: expect_close(2.5, 777.0, "f"),
        lambda: expect_equal([1, 2], [1, 777], "f"),
        lambda: expect_equal("no", "777", "f"),
        lambda: expect_table(TABLE, TABLE.assign(age=777), "f"),
        lambda: numbers([777, 777, 2], 2, "f", between=(0, 1)),
        lambda: numbers([777, 777], 2, "f", between=(0, 1)),
        lambda: numbers("x" * 777, 2, "f"),
        lambda: numbers(np.zeros((777, 7)), 2, "f"),
    ],
)
def test_a_hidden_check_tells_neither_what_was_expected_nor_what_was_chosen(call: Callable[[], Any]) -> None:
    present.is_visible = False
    failed = failure(call)
    assert not any("777" in text for text in (str(failed), failed.expected, failed.got))
    assert not failed.differences


def test_what_an_author_reveals_is_told_in_a_hidden_check() -> None:
    present.is_visible = False
    failed = failure(lambda: expect_close(4, 5, "add(2, 3)", reveal=True))
    assert str(failed) == "add(2, 3) is 4, and 5 was expected."
