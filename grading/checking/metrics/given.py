"""Reading what a metric is given. What the author gives wrongly is a ValueError, a platform fault that costs the
student nothing; what the student's predictions get wrong is a CheckFailed, and its sentence is for the student."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import CheckFailed  # noqa: TID252 - inside the sandbox the package above is called `checking`

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Whole = NDArray[np.intp]

__all__ = ["CheckFailed", "Flags", "Floats", "Whole", "codes", "flags", "kinds_of", "numbers", "predictions", "risks"]


def numbers(values: Any, name: str, size: int | None = None) -> Floats:
    """The author's finite numbers, one a row. Raises ValueError."""
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be numbers: {error}") from None
    if found.ndim != 1:
        raise ValueError(f"{name} must be one row of numbers; its shape is {found.shape}.")
    if size is not None and len(found) != size:
        raise ValueError(f"{name} has {len(found)} entries where the outcomes have {size}.")
    if not len(found):
        raise ValueError(f"{name} is empty.")
    if not np.isfinite(found).all():
        raise ValueError(f"{name} holds {int((~np.isfinite(found)).sum())} values that are NaN or infinite.")
    return found


def flags(values: Any, name: str, size: int | None = None) -> Flags:
    """The author's outcomes, True or 1 where it happened. Raises ValueError for anything but False, True, 0 and 1."""
    found = numbers(values, name, size)
    if not np.isin(found, (0.0, 1.0)).all():
        raise ValueError(f"{name} must be False or True (0 or 1); it holds {found[~np.isin(found, (0.0, 1.0))][0]:g}.")
    return np.asarray(found, dtype=np.bool_)


def codes(values: Any, name: str, size: int | None = None) -> tuple[Whole, list[str]]:
    """The author's labels as whole numbers from 0, and their names in order. Missing labels get -1."""
    import pandas as pd

    column = pd.Series(values)
    if size is not None and len(column) != size:
        raise ValueError(f"{name} has {len(column)} entries where the outcomes have {size}.")
    found, names = pd.factorize(column, sort=not isinstance(column.dtype, pd.CategoricalDtype))
    if isinstance(column.dtype, pd.CategoricalDtype):  # an author's order of the groups is kept
        return np.asarray(column.cat.codes, dtype=np.intp), [str(each) for each in column.cat.categories]
    return np.asarray(found, dtype=np.intp), [str(each) for each in names]


def kinds_of(values: Any, truth: Any) -> Whole:
    """The student's kinds by the codes of the truth's, -1 for one that is none of them. Raises CheckFailed."""
    import pandas as pd

    column = pd.Series(truth)
    names = (
        column.cat.categories if isinstance(column.dtype, pd.CategoricalDtype) else pd.factorize(column, sort=True)[1]
    )
    given = np.asarray(values)
    if given.shape != (len(column),):
        raise CheckFailed(f"We sent {len(column):,} rows and got kinds of the shape {given.shape} back.")
    return np.asarray(pd.Index(names).get_indexer(pd.Index(given)), dtype=np.intp)


def predictions(values: Any, size: int, what: str = "predictions") -> Floats:
    """The student's numbers: finite, one for each row. Raises CheckFailed."""
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        kind = getattr(values, "type_name", type(values).__name__)
        raise CheckFailed(f"We need one number for each row as {what} and got {kind} that is not numbers.") from None
    if found.ndim == 2 and found.shape[1] == 1:
        found = found[:, 0]
    if found.ndim != 1:
        raise CheckFailed(
            f"The {what} have the shape {found.shape}. We need one number for each row: of the two columns of "
            "predict_proba take the second, [:, 1]."
        )
    if len(found) != size:
        raise CheckFailed(f"We sent {size:,} rows and got {len(found):,} {what} back.")
    strange = int((~np.isfinite(found)).sum())
    if strange:
        raise CheckFailed(f"{strange:,} of {size:,} {what} are not numbers (NaN or infinite).")
    return found


def risks(values: Any, size: int) -> Floats:
    """The student's probabilities: one for each row, from 0 to 1. Raises CheckFailed."""
    found = predictions(values, size, "risks")
    outside = int(((found < 0) | (found > 1)).sum())
    if outside:
        raise CheckFailed(f"{outside:,} of {size:,} risks lie outside 0 to 1.")
    return found
