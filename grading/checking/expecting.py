"""Expectations that say what came. What they show of a hidden check tells nothing about hidden data.

None of them raises anything but CheckFailed for what a student's code has given. In a hidden check neither the expected
values nor the student's are shown, and no length or count that student code could have chosen to tell what it saw: only
types, and what was asked for. `reveal=True` shows everything where nothing hidden is in it, as in
`expect_close(student.call("add", 2, 3), 5, "add(2, 3)", reveal=True)`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from .declaring import CheckFailed, present

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

SHOWN = 5  # differences
LONGEST = 60  # characters of a value


def expect(condition: Any, message: str, *, expected: str = "", got: Any = None, look_at: str = "") -> None:
    """Fail the check with this message unless the condition holds. `got` is described, `expected` is in words."""
    if not bool(condition):
        raise CheckFailed(message, expected=expected, got="" if got is None else described(got), look_at=look_at)


def numbers(
    value: Any,
    count: int | None,
    what: str,
    *,
    between: tuple[float, float] | None = None,
    reveal: bool | None = None,
    look_at: str = "",
) -> np.ndarray:
    """What a student's code gave as a one-dimensional array of `count` finite numbers; anything else fails the check.

    Args:
        value: a list, array, series or one-column table.
        count: how many there must be; None for any number of them.
        what: names it in the messages, as in "predict" or "Your risks".
        between: the least and the greatest that a number may be.
    """
    reveal = present.is_visible if reveal is None else reveal
    wanted = "numbers" if count is None else f"{count:,} numbers"
    if between:
        wanted += f" from {between[0]:g} to {between[1]:g}"

    def wrong(message: str) -> CheckFailed:
        return CheckFailed(message, expected=wanted, got=described(value, reveal=reveal), look_at=look_at)

    def some(found: np.ndarray) -> str:
        return f"{int(found.sum()):,} of {len(found):,} numbers" if reveal else "Some numbers"

    array: np.ndarray | None = _floats(value)
    if array is None:
        raise wrong(f"{what} gave something that is not numbers.")
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        shape = f"an array of shape {array.shape}" if reveal else "not a flat list"
        raise wrong(f"{what} gave {shape}, and a flat list of numbers is needed.")
    if count is not None and len(array) != count:
        given = (
            f"{len(array):,} numbers" if reveal else f"{'fewer' if len(array) < count else 'more'} numbers than that"
        )
        raise wrong(f"{count:,} numbers are needed, and {what} gave {given}.")
    strange = ~_np().isfinite(array)
    if strange.any():
        raise wrong(f"{some(strange)} from {what} are missing or infinite.")
    if between:
        outside = (array < between[0]) | (array > between[1])
        if outside.any():
            raise wrong(f"{some(outside)} from {what} lie outside {between[0]:g} to {between[1]:g}.")
    return array


def expect_close(
    got: Any,
    expected: Any,
    what: str,
    *,
    within: float = 1e-6,
    relative: float = 0.0,
    reveal: bool | None = None,
    look_at: str = "",
) -> None:
    """Fail the check unless a number, or an array of them, is as expected.

    Args:
        what: names it in the message, as in "mean_age(patients)".
        within: how far it may be off; `relative`: and how far beyond that, as a part of what is expected.
        reveal: show the values; if not said, in a visible check only.
    """
    np = _np()
    reveal = present.is_visible if reveal is None else reveal
    wanted = np.asarray(expected, dtype=float)
    words = _number(float(wanted)) if wanted.ndim == 0 else f"an array of {_shape(wanted.shape)} numbers"
    words = words if reveal or wanted.ndim else "one number"
    given = _floats(got)
    if given is None or given.shape != wanted.shape:
        raise CheckFailed(
            f"{what} is not {'one number' if wanted.ndim == 0 else f'{_shape(wanted.shape)} numbers'}.",
            expected=words,
            got=described(got, reveal=reveal),
            look_at=look_at,
        )
    wrong = ~np.isclose(given, wanted, rtol=relative, atol=within, equal_nan=True)
    count = int(wrong.sum())
    if not count:
        return
    if wanted.ndim == 0:
        said = f"{what} is {_number(float(given))}, and {_number(float(wanted))} was expected." if reveal else ""
        raise CheckFailed(
            said or f"{what} is not the number that was expected.",
            expected=words,
            got=_number(float(given)) if reveal else "another number",
            look_at=look_at,
        )
    rows = [
        [_place(place), _number(given[place]), _number(wanted[place]), _number(given[place] - wanted[place])]
        for place in zip(*np.nonzero(wrong), strict=True)
    ]
    raise CheckFailed(
        f"{f'{count:,} of {wanted.size:,}' if reveal else 'Some'} numbers of {what} are not as expected.",
        differences=_differences(["Place", "Yours", "Expected", "Difference"], rows, count) if reveal else None,
        look_at=look_at,
    )


def expect_equal(got: Any, expected: Any, what: str, *, reveal: bool | None = None, look_at: str = "") -> None:
    """Fail the check unless a plain value (text, number, list, dict) is exactly the expected one."""
    reveal = present.is_visible if reveal is None else reveal
    if _same(got, expected):
        return
    rows: list[list[str]] = []
    if isinstance(expected, dict) and isinstance(got, dict):
        keys = [*expected, *(key for key in got if key not in expected)]
        pairs = [(key, got.get(key, _NOTHING), expected.get(key, _NOTHING)) for key in keys]
        rows = [[_brief(k), _brief(ours), _brief(theirs)] for k, ours, theirs in pairs if not _same(ours, theirs)]
    elif isinstance(expected, list | tuple) and isinstance(got, list | tuple):
        length = max(len(expected), len(got))
        ours, theirs = ([*side, *[_NOTHING] * (length - len(side))] for side in (got, expected))
        rows = [
            [str(place), _brief(one), _brief(other)]
            for place, (one, other) in enumerate(zip(ours, theirs, strict=True))
            if not _same(one, other)
        ]
    raise CheckFailed(
        f"{what} is not what was expected.",
        expected=_brief(expected) if reveal and not rows else "",
        got=described(got, reveal=reveal),
        differences=_differences(["Place", "Yours", "Expected"], rows, len(rows)) if reveal and rows else None,
        look_at=look_at,
    )


def expect_table(
    got: Any,
    expected: pd.DataFrame,
    what: str,
    *,
    within: float = 1e-6,
    reveal: bool | None = None,
    look_at: str = "",
) -> None:
    """Fail the check unless a table has the expected columns, in any order, and rows, in this order.

    Numbers may be off by `within`; the index is not compared.
    """
    import pandas as pd

    reveal = present.is_visible if reveal is None else reveal
    words = f"a table of {len(expected):,} rows with the columns {', '.join(map(str, expected.columns))}"

    def wrong(message: str, differences: dict[str, Any] | None = None) -> CheckFailed:
        shown = {"expected": words, "got": described(got, reveal=reveal)} if differences is None else {}
        return CheckFailed(message, differences=differences, look_at=look_at, **shown)

    if not isinstance(got, pd.DataFrame):
        raise wrong(f"{what} is not a table.")
    if got.columns.duplicated().any():
        raise wrong(f"{what} has a column more than once.")
    if missing := [str(name) for name in expected.columns if name not in got.columns]:
        raise wrong(f"{what} lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}.")
    if any(name not in expected.columns for name in got.columns):
        raise wrong(f"{what} has columns that were not asked for.")
    if len(got) != len(expected):
        given = f"{len(got):,} rows" if reveal else f"{'fewer' if len(got) < len(expected) else 'more'} rows than that"
        raise wrong(f"{len(expected):,} rows are expected, and {what} has {given}.")
    rows = []
    for name in expected.columns:
        pairs = zip(got[name].tolist(), expected[name].tolist(), strict=True)
        rows += [
            [str(row), str(name), _brief(one), _brief(other)]
            for row, (one, other) in enumerate(pairs)
            if not _same(one, other, within)
        ]
    if rows:
        cells = f"{len(rows):,} of {expected.size:,} cells" if reveal else "Some cells"
        message = f"{cells} of {what} are not as expected."
        table = _differences(["Row", "Column", "Yours", "Expected"], rows, len(rows))
        raise wrong(message, table if reveal else {})


def described(value: Any, *, reveal: bool | None = None) -> str:
    """What a value is, in words: its type, and in a visible check its size and how it begins."""
    reveal = present.is_visible if reveal is None else reveal
    if hasattr(value, "type_name"):
        return f"an object of type {value.type_name}"
    if value is None:
        return "nothing (None)"
    kind = type(value).__name__
    name = NAMES.get(kind, f"a {kind}")
    if not reveal:
        return name
    if isinstance(value, bool | int | float):
        return f"{_brief(value)}, {name}"
    if isinstance(value, str | bytes):
        return f"{_brief(value)}, {name} of length {len(value):,}"
    if isinstance(value, list | tuple | dict):
        return f"{name} of {len(value):,} item{'' if len(value) == 1 else 's'}{_beginning(list(value), len(value))}"
    if kind == "DataFrame":
        rows, columns = value.shape
        return f"{name} of {rows:,} rows and {columns:,} columns{_beginning(list(value.columns), columns, 8)}"
    if hasattr(value, "shape"):
        begins = _np().asarray(value).ravel()[:3].tolist()
        return f"{name} of {_shape(value.shape)} ({value.dtype}){_beginning(begins, value.size)}"
    return name


NAMES = {
    "bool": "a truth value",
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bytes": "bytes",
    "DataFrame": "a table",
    "ndarray": "an array",
    "Series": "a series",
}


def _beginning(values: list[Any], count: int, most: int = 3) -> str:
    """: 1, 2, 3, …; nothing of nothing."""
    shown = ", ".join(map(_brief, values[:most]))
    return f": {shown}{', …' if count > most else ''}" if shown else ""


class _Nothing:
    def __repr__(self) -> str:
        return "nothing"


_NOTHING = _Nothing()


def _np() -> Any:
    import numpy

    return numpy


def _floats(value: Any) -> Any:
    """As an array of floats; None for text, objects and whatever numpy refuses in whatever way."""
    np = _np()
    try:
        array = np.asarray(value)
        if array.dtype.kind == "O":
            array = np.array([math.nan if one is None else float(one) for one in array.ravel()]).reshape(array.shape)
        if array.dtype.kind not in "biuf":
            return None
        return array.astype(float)
    except Exception:
        return None


def _same(one: Any, other: Any, within: float = 0.0) -> bool:
    """Equal, to `within` for numbers; two that are both missing are equal. Arrays are compared whole."""
    if type(one).__module__.startswith(("numpy", "pandas")) or type(other).__module__.startswith(("numpy", "pandas")):
        np = _np()
        try:
            ours, theirs = np.asarray(one), np.asarray(other)
            if ours.shape or theirs.shape:
                return ours.shape == theirs.shape and bool((ours == theirs).all())
            one, other = ours.item(), theirs.item()
        except Exception:
            return False
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        try:
            return one == other or (one != one and other != other) or abs(one - other) <= within
        except OverflowError:
            return False
    if type(one) is type(other) and isinstance(one, list | tuple):
        return len(one) == len(other) and all(_same(a, b, within) for a, b in zip(one, other, strict=True))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key], within) for key in one)
    return type(one) is type(other) and bool(one == other)


def _differences(head: list[str], rows: list[list[str]], count: int) -> dict[str, Any]:
    return {"head": head, "rows": rows[:SHOWN], "of": count}


def _shape(shape: tuple[int, ...]) -> str:
    return " × ".join(f"{side:,}" for side in shape) or "1"


def _place(place: tuple[int, ...]) -> str:
    return ", ".join(str(int(axis)) for axis in place)


def _number(value: float) -> str:
    return f"{value:.6g}".replace("-", "−")


def _brief(value: Any) -> str:
    """A short sample of a value, whatever it is."""
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if value.bit_length() < 64 else "a very large number"
    if isinstance(value, str | bytes):
        value = value[: LONGEST + 1]
    elif isinstance(value, list | tuple | dict) and len(value) > 8:
        return f"a {type(value).__name__} of {len(value):,} items"
    try:
        text = repr(value)
    except Exception:
        return f"a {type(value).__name__}"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
