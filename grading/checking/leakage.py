"""Leakage detectors, one line each in a check. Each fails the check with a sentence that says what was found and where.

    from checking import leakage

    leakage.no_patient_in_both(student.value("train_ids"), student.value("test_ids"))
    leakage.no_repeated_rows(train, test, original=data.table("visible.csv"), ignore=["patient"])
    leakage.held_out_is_unseen(lambda table: folds_of(student, table), patients)
    leakage.column_is_unused(lambda table: student.call("predict", model, table), patients, "hosp", values=["y", "n"])
    leakage.score_is_plausible(died, risks, ceiling=0.80)

They are built to be silent on honest work: what chance explains is no finding. `look_at` names the function or variable
of the student's that the sentence is about, so that the page can show the cell and the line.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import AuthorError, CheckFailed
from .metrics.given import Flags, Floats, predictions
from .metrics.report import Figure
from .metrics.reports import binary
from .metrics.rule import short
from .metrics.single import auroc

if TYPE_CHECKING:
    import pandas as pd

SAME = 1e-6  # predictions that differ by less are the same
DEVIATIONS = 3.5  # from what chance gives before there is a finding: once in 4,000 honest pieces of work
FEW = 8  # pairs of rows that are alike by chance where none is expected
NEAR = 0.01  # standard deviations, in every column of numbers


# Patients and rows on both sides of a split ---------------------------------------------------------------------------


def no_patient_in_both(
    one: Any, other: Any, *, names: tuple[str, str] = ("training", "test"), look_at: str = ""
) -> None:
    """No identifier is in both parts of the student's split.

    Args:
        one, other: the identifiers of the rows of each part, as the student gave them.
        names: of the two parts, for the sentence.
    """
    first, second = _identifiers(one, names[0], look_at), _identifiers(other, names[1], look_at)
    both = set(first) & set(second)
    if both:
        rows = sum(each in both for each in second)
        raise CheckFailed(
            f"{_count(len(both), 'patient is', 'patients are')} in the {names[0]} part and in the {names[1]} part "
            f"({_examples(both)}): {_count(rows, 'row', 'rows')} of {len(second):,} in the {names[1]} part. The model "
            "has met them before. Split by patient, not by row: GroupShuffleSplit or GroupKFold, with the patient as "
            "the group.",
            look_at=look_at,
        )


def no_patient_in_two_folds(patients: Any, folds: Any, *, look_at: str = "") -> None:
    """Each identifier is in one fold only. One identifier and one fold for each row, as the student gave them."""
    of, place = _identifiers(patients, "list of", look_at), _identifiers(folds, "folds of", look_at)
    if len(of) != len(place):
        raise CheckFailed(f"There are {len(of):,} patients and {len(place):,} folds for them.", look_at=look_at)
    met: dict[Hashable, set[Hashable]] = {}
    for patient, fold in zip(of, place, strict=True):
        met.setdefault(patient, set()).add(fold)
    split = [patient for patient, found in met.items() if len(found) > 1]
    if split:
        raise CheckFailed(
            f"{len(split):,} of {len(met):,} patients are in more than one fold ({_examples(split)}), so that the "
            "model is tested on patients it was fitted on. Make folds of patients: GroupKFold or StratifiedGroupKFold.",
            look_at=look_at,
        )


def no_repeated_rows(
    one: pd.DataFrame,
    other: pd.DataFrame,
    *,
    original: pd.DataFrame | None = None,
    ignore: Sequence[str] = (),
    names: tuple[str, str] = ("training", "test"),
    look_at: str = "",
) -> None:
    """No row of one part is copied, exactly or with a little noise, into the other.

    Different patients may look alike. With `original`, the table the student began with, a row counts as copied when
    there are more of it than there were; without it, when there are more such pairs than within the first part (so that
    copies on both sides are found with `original` only, or where some number is nearly always different). Rows are near
    when every number differs by a hundredth of its usual spread and everything else is equal; it is a finding when such
    pairs are many more than smooth data have.
    """
    import pandas as pd

    for part in (one, other):
        if not isinstance(part, pd.DataFrame):
            raise CheckFailed(f"We need two tables and got {type(part).__name__}.", look_at=look_at)
    columns = [name for name in one.columns if name in set(other.columns) - set(ignore)]
    if original is not None:
        columns = [name for name in columns if name in original.columns]
    if not columns or not len(one) or not len(other):
        return
    left, right = one[columns], other[columns]
    copies = _copies(left, right, None if original is None else original[columns])
    what = "are also"
    if not copies:
        copies, what = _near(left, right), "are, but for a little noise,"
    if copies:
        raise CheckFailed(
            f"{copies:,} of {len(other):,} rows of the {names[1]} part {what} in the {names[0]} part, which is more "
            "than patients who look alike explain. If you copy or vary rows to balance the outcome, or join tables "
            "that repeat them, split first and do it inside the training part only.",
            look_at=look_at,
        )


def _copies(left: pd.DataFrame, right: pd.DataFrame, original: pd.DataFrame | None) -> int:
    """How many rows of the right are also in the left, where that is more than chance."""
    import pandas as pd

    keys = [pd.util.hash_pandas_object(part.astype(object), index=False).to_numpy() for part in (left, right)]
    shared = np.isin(keys[1], keys[0])
    if original is not None:
        begun = pd.Series(pd.util.hash_pandas_object(original.astype(object), index=False).to_numpy()).value_counts()
        now = pd.Series(np.concatenate(keys)).value_counts()
        more = now[now > begun.reindex(now.index, fill_value=0)].index.to_numpy()
        return int((shared & np.isin(keys[1], more)).sum())
    # Where almost every patient differs in some column, equal rows are copies; else as many are allowed as look alike
    # within the first part.
    distinct = left.drop_duplicates()
    alike = 0.0
    if max(distinct[name].nunique() for name in distinct.columns) < 0.9 * len(distinct):
        _, often = np.unique(keys[0], return_counts=True)
        alike = float((often * (often - 1)).sum()) / max(len(left) * (len(left) - 1), 1)
    return int(shared.sum()) if shared.sum() > 4 * alike * len(left) * len(right) + FEW else 0


def _near(left: pd.DataFrame, right: pd.DataFrame) -> int:
    """How many rows of the right have a near one, not an equal one, in the left, where smooth data have few."""
    import pandas as pd
    from scipy.spatial import cKDTree

    number = [name for name in left.columns if pd.api.types.is_numeric_dtype(left[name])]
    number = [
        name for name in number if not pd.api.types.is_bool_dtype(left[name]) and float(left[name].std() or 0) > 0
    ]
    if not number:
        return 0
    rest = [name for name in left.columns if name not in number]
    scale = np.array([_spread(left[name].to_numpy(dtype=np.float64)) for name in number])
    found = near = wide = 0
    groups, inside = (_rows_by(part, rest) for part in (right, left))
    for key, rows in groups.items():
        if key not in inside:
            continue
        points = [
            (part[number].astype(float).to_numpy() / scale)[each] for part, each in ((left, inside[key]), (right, rows))
        ]
        a, b = (each[np.isfinite(each).all(axis=1)] for each in points)
        if not len(a) or not len(b):
            continue
        tree = cKDTree(a)
        equal, close, around = (
            tree.query_ball_point(b, distance, p=np.inf, return_length=True) for distance in (1e-9, NEAR, 8 * NEAR)
        )
        found += int((close > equal).sum())
        near, wide = near + int((close - equal).sum()), wide + int((around - equal).sum())
    # In smooth data an eighth of the distance holds an eighth of the pairs, or fewer in more dimensions.
    return found if near > 3 * wide / 8 + FEW else 0


def _rows_by(table: pd.DataFrame, columns: list[str]) -> dict[Any, Any]:
    """The rows of each combination of values."""
    if not columns:
        return {(): np.arange(len(table))}
    return dict(table.groupby(columns, dropna=False, observed=True).indices)


def _spread(values: Floats) -> float:
    """The standard deviation by the middle half of the values, so that heavy tails do not count."""
    low, high = np.nanquantile(values, [0.25, 0.75])
    return float(high - low) / 1.349 or float(np.nanstd(values))


# What a fit has seen -------------------------------------------------------------------------------------------------

Predict = Callable[["pd.DataFrame"], Any]


def held_out_is_unseen(
    out_of_fold: Callable[[pd.DataFrame], pd.DataFrame],
    table: pd.DataFrame,
    *,
    columns: Sequence[str] | None = None,
    look_at: str = "cross_validate",
) -> None:
    """What predicts a fold was fitted, with all its preparation, without the rows of that fold.

    Half of a fold's rows get wild numbers; the predictions of its other rows must stay as they were. If the folds come
    out differently, because they depend on the numbers, nothing can be said and nothing is.

    Args:
        out_of_fold: from a table to one with `fold` and `risk` for each of its rows, in their order.
        table: the rows, as the student's function takes them.
        columns: of numbers that may be changed; all of them if not said.
    """
    import pandas as pd

    chosen = list(columns) if columns is not None else [n for n in table.columns if table[n].dtype.kind in "fiu"]
    if not chosen:
        raise AuthorError("There is no column of numbers to change.")
    before = out_of_fold(table)
    folds = before["fold"].to_numpy()
    first = pd.unique(folds)[0]
    inside = np.flatnonzero(folds == first)
    changed, kept = inside[::2], inside[1::2]
    wild = table.copy()
    for name in chosen:
        values = table[name].to_numpy(dtype=np.float64, copy=True)
        values[changed] = np.nanmax(values) + 50 * (np.nanstd(values) + 1)
        wild[name] = values if table[name].dtype.kind == "f" else values.round().astype(np.int64)
    after = out_of_fold(wild)
    if len(kept) == 0 or len(after) != len(before) or (after["fold"].to_numpy() != folds).any():
        return
    risks = [predictions(each["risk"], len(table), "risks") for each in (before, after)]
    moved = int((np.abs(risks[0] - risks[1])[kept] > SAME).sum())
    if moved:
        raise CheckFailed(
            f"We gave half of the rows of one fold wild values in {_listed(chosen)}, and {moved:,} of {len(kept):,} "
            "predictions for the other rows of that fold changed. Something was fitted on the fold that it is tested "
            "on: a scaler, an imputation, a selection of columns or the model. Put every step into a Pipeline and fit "
            "it on the training part of each fold only.",
            look_at=look_at,
        )


def preparation_ignores(
    prepare: Callable[[pd.DataFrame, pd.DataFrame], Any],
    training: pd.DataFrame,
    held_out: pd.DataFrame,
    *,
    look_at: str = "prepare",
) -> None:
    """What is made of the training rows does not depend on the held-out rows.

    `prepare` takes both tables and gives what it made of the training rows, as numbers: for a function of the student
    that gives both, `lambda a, b: student.call("prepare", a, b)[0]`.
    """
    wild = held_out.copy()
    for name in wild.columns:
        if wild[name].dtype.kind in "fiu":
            wild[name] = wild[name] * 3 + 100
    before, after = (_matrix(prepare(training, each), look_at) for each in (held_out, wild))
    same = before.shape == after.shape and np.allclose(before, after, rtol=1e-9, atol=SAME, equal_nan=True)
    if not same:
        raise CheckFailed(
            "We changed the held-out rows only, and what was made of the training rows changed. The preparation was "
            "fitted on both. Fit it on the training rows, and only apply it to the others.",
            look_at=look_at,
        )


def refit_agrees(
    y: Any,
    claimed: Any,
    folds: Any,
    refit: Callable[[Flags], Any],
    *,
    most: int = 5,
    allowed: float = 0.02,
    look_at: str = "cross_validate",
) -> None:
    """The AUROC of the student's out-of-fold risks is that of an honest refit without each fold.

    Args:
        y, claimed, folds: outcome (the author's), risk and fold (the student's) of each row.
        refit: from the rows of a fold (n values True or False) to the risks of those rows, by a fit on the others.
        most: folds that are tried.
        allowed: by how much the two may differ.
    """
    happened = np.asarray(y, dtype=bool)
    given = predictions(claimed, len(happened), "risks")
    names = np.asarray(folds)
    ours = np.full(len(given), np.nan)
    for name in list(dict.fromkeys(names.tolist()))[:most]:
        inside = names == name
        ours[inside] = predictions(refit(inside), int(inside.sum()), "risks")
    seen = ~np.isnan(ours)
    theirs, honest = auroc(happened[seen], given[seen]), auroc(happened[seen], ours[seen])
    if abs(theirs - honest) > allowed:
        raise CheckFailed(
            f"Your folds give AUROC {_three(theirs)}. We called your fit without each fold and predicted on it, and "
            f"got {_three(honest)}. The risks must come from the same fit, on the other folds only.",
            look_at=look_at,
        )


# Columns that tell the outcome ---------------------------------------------------------------------------------------


def no_column_tells(
    table: pd.DataFrame,
    y: Any,
    *,
    ceiling: float = 0.95,
    columns: Sequence[str] | None = None,
    look_at: str = "",
) -> None:
    """No single column of the student's features ranks the outcome better than the ceiling (an AUROC), used or not.

    Numbers are taken as they are, in either direction, and as missing or not; texts by the share of outcomes that go
    with them on the other half of the rows, so that a name for each patient tells nothing.
    """
    happened = np.asarray(y, dtype=bool)
    if len(table) != len(happened):
        raise CheckFailed(f"The table has {len(table):,} rows, and {len(happened):,} are needed.", look_at=look_at)
    telling = {}
    for name in table.columns if columns is None else columns:
        best = _telling(table[name], happened)
        # By more than chance: of few rows many columns look perfect.
        if best - 2 * _deviation(happened, ceiling) > ceiling:
            telling[str(name)] = best
    if telling:
        named = ", ".join(f"{name} (AUROC {_three(value)})" for name, value in telling.items())
        raise CheckFailed(
            f"{_count(len(telling), 'column tells', 'columns tell')} the outcome almost alone: {named}. Ask when it is "
            "written down: what is known only after the outcome, or because of it, is not there when a risk is needed. "
            "Leave it out.",
            look_at=look_at,
        )


def column_is_unused(
    predict: Predict,
    table: pd.DataFrame,
    column: str,
    *,
    values: Sequence[Any] = (),
    why: str = "",
    look_at: str = "predict",
) -> None:
    """The student's predictions do not depend on a column: not when its values are dealt out anew, and not when it is
    withheld.

    Args:
        predict: from a table to one number for each row: `lambda table: student.call("predict", model, table)`.
        values: to put in turns, where the column of the table has but one; else its own are dealt out anew.
        why: a sentence for the student, what is wrong with the column.
    """
    if column not in table.columns:
        raise AuthorError(f"The table has no column {column!r}.")
    if not values and table[column].nunique(dropna=False) < 2:
        raise AuthorError(f"{column!r} has one value only: say which `values` it may have.")
    before = predictions(predict(table), len(table), "predictions")
    dealt = (
        [values[n % len(values)] for n in range(len(table))]
        if values
        else table[column].to_numpy()[np.random.default_rng(7).permutation(len(table))]
    )
    other = table.copy()
    other[column] = dealt
    after = predictions(predict(other), len(table), "predictions")
    moved = int((np.abs(after - before) > SAME).sum())
    if moved:
        raise CheckFailed(
            f"We changed `{column}` only, and {moved:,} of {len(table):,} predictions changed. {why}".strip(),
            look_at=look_at,
        )
    try:
        without = predictions(predict(table.drop(columns=column)), len(table), "predictions")
    except CheckFailed as failed:
        raise CheckFailed(
            f"Without the column `{column}` there are no predictions: {failed} Choose the columns of the model by name "
            f"and leave it out. {why}".strip(),
            look_at=look_at,
            where=failed.where,
            raised=failed.raised,
        ) from None
    lost = int((np.abs(without - before) > SAME).sum())
    if lost:
        raise CheckFailed(
            f"Without the column `{column}`, {lost:,} of {len(table):,} predictions are different. Choose the columns "
            f"of the model by name and leave it out. {why}".strip(),
            look_at=look_at,
        )


# Scores --------------------------------------------------------------------------------------------------------------


def gap_is_chance(
    y: Any, risks: Any, hidden_y: Any, hidden_risks: Any, *, patients: Any = None, look_at: str = "cross_validate"
) -> None:
    """The AUROC of the student's own folds is not further above that on hidden rows than chance explains.

    The chance is that of drawing both sets of patients anew. The sentence tells the student's own figure only.
    """
    own, hidden = (_with_deviation(*pair) for pair in ((y, risks, patients), (hidden_y, hidden_risks, None)))
    if own[0] - hidden[0] > DEVIATIONS * float(np.hypot(own[1], hidden[1])):
        raise CheckFailed(
            f"Your own folds give AUROC {_three(own[0])}; on hidden patients it is lower by more than chance explains. "
            "Your folds flatter the model: look for patients in two folds, for a step that was fitted on all rows, and "
            "for choices that were made by looking at the same folds.",
            look_at=look_at,
        )


def score_is_plausible(y: Any, risks: Any, *, ceiling: float, tell: bool = True, look_at: str = "") -> None:
    """The 95% interval of the AUROC does not lie above what the outcome allows, as the literature has it.

    With `tell` the sentence has the figure: for the student's own folds, not for hidden rows.
    """
    found = _area(y, risks)
    assert found.value is not None
    if found.low is not None and found.low > ceiling:
        told = f"AUROC {_three(found.value)}" if tell else f"An AUROC above {short(ceiling)} on the hidden patients"
        raise CheckFailed(
            f"{told} is higher than this outcome allows. Look for a column that tells the outcome, or for patients on "
            "whom the model was both fitted and tested.",
            look_at=look_at,
        )


def _area(y: Any, risks: Any, patients: Any = None) -> Figure:
    return binary(y, risks, patients=patients, only=["auroc"], plots=[], resamples=400)["auroc"]


def _with_deviation(y: Any, risks: Any, patients: Any) -> tuple[float, float]:
    found = _area(y, risks, patients)
    assert found.value is not None
    if found.low is None or found.high is None:
        return found.value, 0.5
    return found.value, max((found.high - found.low) / 3.92, 1e-3)


def _deviation(y: Flags, area: float) -> float:
    """The standard deviation of an AUROC by Hanley and McNeil (Radiology 1982)."""
    cases, controls = int(y.sum()), int((~y).sum())
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    spread = area * (1 - area) + (cases - 1) * (q1 - area**2) + (controls - 1) * (q2 - area**2)
    return float(np.sqrt(max(spread, 0) / (cases * controls)))


def _telling(column: Any, y: Flags) -> float:
    """How well a column alone ranks the outcome, as an AUROC from .5."""
    import pandas as pd

    missing = column.isna().to_numpy()
    found = [auroc(y, missing.astype(float))] if missing.any() else [0.5]
    if pd.api.types.is_numeric_dtype(column):
        ranks = column.astype(float).rank(pct=True).fillna(0.5).to_numpy()
        found.append(auroc(y, ranks))
    else:
        half = np.random.default_rng(11).random(len(y)) < 0.5
        share = np.full(len(y), float(y.mean()))
        for one, other in ((half, ~half), (~half, half)):
            known = pd.Series(y[one].astype(float)).groupby(column.astype(str).to_numpy()[one]).mean()
            share[other] = known.reindex(column.astype(str).to_numpy()[other]).fillna(float(y.mean())).to_numpy()
        found.append(auroc(y, share))
    return max(max(value, 1 - value) for value in found)


# Words and reading ---------------------------------------------------------------------------------------------------


def _identifiers(values: Any, name: str, look_at: str) -> list[Hashable]:
    try:
        found = list(values)
        hash(tuple(found))
    except TypeError:
        kind = getattr(values, "type_name", type(values).__name__)
        raise CheckFailed(f"We need the {name} patients as a list and got {kind}.", look_at=look_at) from None
    return found


def _matrix(value: Any, look_at: str) -> Floats:
    try:
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise CheckFailed("What was made of the training rows is not numbers.", look_at=look_at) from None


def _count(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _examples(values: Any) -> str:
    found = sorted(map(str, values))
    return f"for example {', '.join(found[:3])}"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown


def _three(value: float) -> str:
    return f"{value:.3f}".removeprefix("0")
