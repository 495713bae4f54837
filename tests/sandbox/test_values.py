"""Plain values cross unchanged, and nothing that is no plain value gets in."""

from __future__ import annotations

import contextlib
import math
import random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from hypothesis.extra import numpy as some_numpy
from hypothesis.extra import pandas as some_pandas

from sandbox.values import Handle, Malformed, NotPlain, decode, encode

scalars = (
    some.none()
    | some.booleans()
    | some.integers(min_value=-(2**200), max_value=2**200)
    | some.floats()
    | some.text()
    | some.binary()
)
plain = some.recursive(
    scalars,
    lambda inner: (
        some.lists(inner, max_size=5)
        | some.lists(inner, max_size=5).map(tuple)
        | some.dictionaries(some.text(), inner, max_size=5)
    ),
    max_leaves=20,
)
numbers = (
    some_numpy.boolean_dtypes()
    | some_numpy.integer_dtypes()
    | some_numpy.unsigned_integer_dtypes()
    | some_numpy.floating_dtypes(sizes=(16, 32, 64))
)
arrays = some_numpy.arrays(
    numbers | some_numpy.unicode_string_dtypes(max_len=5), some_numpy.array_shapes(min_dims=0, min_side=0)
)


def crossed(value: Any) -> Any:
    return decode(encode(value))


def same(a: Any, b: Any) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, float):
        return a == b or (math.isnan(a) and math.isnan(b))
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    return bool(a == b)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plain)
def test_plain_python_values_cross_unchanged(value: Any) -> None:
    assert same(crossed(value), value)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(arrays)
def test_arrays_cross_with_shape_and_kind(array: Any) -> None:
    there = crossed(array)
    assert there.shape == array.shape
    assert there.dtype == array.dtype.newbyteorder("=")
    np.testing.assert_array_equal(there, array)
    assert there.flags.writeable


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=50)
@given(
    some_pandas.data_frames(
        [
            some_pandas.column("age", dtype=float),
            some_pandas.column("visits", dtype="int32"),
            some_pandas.column("survived", dtype=bool),
            some_pandas.column("ward", elements=some.text(max_size=5), dtype=object),
        ]
    )
)
def test_frames_cross_with_columns_and_index(frame: Any) -> None:
    pd.testing.assert_frame_equal(crossed(frame), frame)


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(["a", None, "c"], name="ward"),
        pd.Series(["a", None], dtype=object),
        pd.Series(["a", pd.NA], dtype="string"),
        pd.Series(["low", "high", None], dtype=pd.CategoricalDtype(["low", "high"], ordered=True)),
        pd.Series([1, None, 3], dtype="Int16"),
        pd.Series([True, None], dtype="boolean"),
        pd.Series([0.5, None], dtype="Float64"),
        pd.Series(pd.to_datetime(["2027-01-31 08:00", None])),
        pd.Series(pd.to_timedelta(["1 day", None])),
        pd.Series([1.0, math.nan, math.inf], index=["x", "y", "z"], name=7),
        pd.Series([1, 2], index=pd.Index([10, 20], name="patient")),
        pd.Series([], dtype=float),
        pd.Series([1, 2], index=pd.to_datetime(["2027-01-01", "2027-01-02"]).as_unit("ns")),
    ],
    ids=lambda column: f"{column.dtype}/{column.index.dtype}",
)
def test_series_cross_with_their_kind(column: Any) -> None:
    pd.testing.assert_series_equal(crossed(column), column, check_freq=False)
    pd.testing.assert_frame_equal(crossed(column.to_frame("a")), column.to_frame("a"), check_freq=False)


def test_a_frame_may_have_two_columns_of_one_name() -> None:
    frame = pd.DataFrame([[1, 2.0], [3, 4.0]], columns=["x", "x"])
    pd.testing.assert_frame_equal(crossed(frame), frame)


def test_a_frame_without_columns_keeps_its_index() -> None:
    frame = pd.DataFrame(index=pd.RangeIndex(5))
    pd.testing.assert_frame_equal(crossed(frame), frame, check_column_type=False)


def test_numpy_scalars_arrive_as_python_numbers() -> None:
    assert same(crossed([np.int64(3), np.float32(0.5), np.bool_(True)]), [3, 0.5, True])


def test_objects_cross_as_handles_and_come_back() -> None:
    model = object()
    kept = {}

    def keep(value: Any) -> Handle:
        kept[1] = value
        return Handle(1, type(value).__name__)

    there = decode(encode({"model": model}, opaque=keep))
    assert there == {"model": Handle(1, "object")}
    assert decode(encode(there), resolve=lambda handle: kept[handle.id])["model"] is model


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (object(), "a object is not a plain value"),
        ({1: "a"}, "keys must be text"),
        (1j, "complex"),
        (np.array([1j]), "complex128"),
        (np.array([object()], dtype=object), "holds a object"),
        (pd.Series(pd.date_range("2027", periods=2, tz="UTC")), "turn it into numbers or text"),
        (pd.DataFrame({"a": [1]}, index=pd.MultiIndex.from_tuples([(1, 2)])), "several levels"),
        (10**5000, "too large"),
        (np.zeros(9_000_000), "larger than what may cross"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_plain_is_refused_in_words(value: Any, said: str) -> None:
    with pytest.raises(NotPlain, match=said):
        encode(value)


def test_a_list_inside_itself_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(NotPlain, match="nested"):
        encode(value)


EXAMPLES = [
    encode(value)
    for value in (
        [None, True, 3, 2.5, "text", b"bytes", (1,), {"key": "value"}],
        np.arange(6.0).reshape(2, 3),
        np.array(["a", "bc"]),
        np.array(["a", None], dtype=object),
        pd.DataFrame({"x": [1, 2], "y": ["a", None], "z": pd.Series([1, None], dtype="Int8")}),
        pd.Series(["a", "b"], dtype="category", index=pd.to_datetime(["2027-01-01", "2027-01-02"])),
        Handle(3, "Model"),
    )
]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=400)
@given(some.binary(max_size=200))
def test_arbitrary_bytes_are_a_value_or_malformed(data: bytes) -> None:
    read_or_refuse(data)


@pytest.mark.parametrize("example", EXAMPLES)
def test_damaged_values_are_a_value_or_malformed(example: bytes) -> None:
    draw = random.Random(1)
    for _ in range(500):
        damaged = bytearray(example)
        for _ in range(draw.randint(1, 4)):
            damaged[draw.randrange(len(damaged))] = draw.randrange(256)
        read_or_refuse(bytes(damaged[: draw.randint(1, len(damaged))]))


def read_or_refuse(data: bytes) -> None:
    with contextlib.suppress(Malformed):
        decode(data)


@pytest.mark.parametrize(
    "promise",
    [
        b"L" + b"\xff" * 4,
        b"A" + b"f8".ljust(12) + b"\x01" + (2**40).to_bytes(8, "little") + b"\x00" * 4,
        b"A" + b"U0".ljust(12) + b"\x01" + (2**40).to_bytes(8, "little") + b"\x00" * 4,
        b"A" + b"f8".ljust(12) + b"\x02" + (0).to_bytes(8, "little") + (2**62).to_bytes(8, "little") + b"\x00" * 4,
        b"XNr" + (0).to_bytes(8, "little") + (2**60).to_bytes(8, "little") + (1).to_bytes(8, "little"),
        b"S" + b"\xff" * 4 + b"short",
        b"L\x01\x00\x00\x00" * 100_000 + b"N",
    ],
    ids=["list", "array", "empty texts", "empty axis", "range", "text", "nesting"],
)
def test_a_promise_of_more_than_arrived_is_malformed(promise: bytes) -> None:
    with pytest.raises(Malformed):
        decode(promise)
