"""What is checked about a submission, and for how many points.

The student hands in four functions:

    fit(patients)             a model, of any kind, from a table with `outcome`
    predict(model, patients)  one risk of death per row, in the order of the rows, from a table without `outcome`
    cross_validate(patients)  one row per hospitalised patient: patient, fold, risk (from folds that were not fitted on)
    report(patients)          {"all": {"auroc", "low", "high"}, "women": {...}, "men": {...}, "not_known": "..."}

Every metric is computed here from risks; what the student says about them is only ever compared.
"""

import re
from functools import cache

import numpy as np
import pandas as pd
from checking import CheckFailed, Data, Partial, Student, check, expect, leakage, metrics, partial, show
from checking.metrics import rule

HISTORY = ["premi", "smstat", "diabetes", "highbp", "hichol", "angina", "stroke"]
SAME = 1e-6  # two risks that differ by less are the same
PLAUSIBLE = 0.80  # the highest AUROC that this outcome allows from what is known at admission
ALLOWED = 0.01  # between a reported AUROC and ours from the same risks


# Data, and the student's answers to it -------------------------------------------------------------------------------


def hospitalised(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["hosp"] == "y"].reset_index(drop=True)


def features(table: pd.DataFrame) -> pd.DataFrame:
    return table.drop(columns="outcome")


def died(table: pd.DataFrame) -> np.ndarray:
    return (table["outcome"] == "dead").to_numpy()


def with_shuffled_outcomes(table: pd.DataFrame) -> pd.DataFrame:
    """The same table with the outcomes of the hospitalised dealt out anew: as many deaths, nothing to learn."""
    inside = np.flatnonzero(table["hosp"] == "y")
    outcome = table["outcome"].to_numpy(dtype=object).copy()
    outcome[inside] = outcome[np.random.default_rng(3).permutation(inside)]
    return table.assign(outcome=outcome)


def any_not_known(table: pd.DataFrame) -> np.ndarray:
    return (table[HISTORY] == "nk").any(axis=1).to_numpy()


def risks(student: Student, model: object, patients: pd.DataFrame) -> np.ndarray:
    """The student's risks for these patients: finite, between 0 and 1, one each."""
    return as_risks(student.call("predict", model, patients), len(patients), "predict")


def as_risks(value: object, patients: int, function: str) -> np.ndarray:
    try:
        p = np.asarray(value, dtype=float)
    except (TypeError, ValueError, OverflowError):
        kind = getattr(value, "type_name", type(value).__name__)
        raise CheckFailed(f"{function} gave {kind} where we need one number for each patient.") from None
    if p.ndim == 2 and p.shape[1] == 1:
        p = p[:, 0]
    expect(
        p.ndim == 1,
        f"{function} gave an array of shape {p.shape}. We need one number for each patient: "
        "of the two columns of predict_proba take the second, [:, 1].",
    )
    expect(len(p) == patients, f"We sent {patients:,} patients and got {len(p):,} probabilities back.")
    strange = int((~np.isfinite(p)).sum())
    expect(strange == 0, f"{strange:,} of {patients:,} risks from {function} are not numbers (NaN or infinite).")
    outside = int(((p < 0) | (p > 1)).sum())
    expect(outside == 0, f"{outside:,} of {patients:,} risks from {function} lie outside 0 to 1.")
    return p


@cache
def model_of(student: Student, data: Data) -> object:
    return student.call("fit", data.table("monica_visible.csv"))


@cache
def hidden_risks(student: Student, data: Data) -> tuple[pd.DataFrame, np.ndarray]:
    hidden = data.table("monica_hidden.csv")
    return hidden, risks(student, model_of(student, data), features(hidden))


@cache
def own_folds(student: Student, data: Data) -> pd.DataFrame:
    return out_of_fold(student, data.table("monica_visible.csv"))


def out_of_fold(student: Student, table: pd.DataFrame) -> pd.DataFrame:
    """The hospitalised patients of this table with the student's `fold` and out-of-fold `risk` beside them."""
    folds = as_folds(student.call("cross_validate", table))
    repeated = int(folds["patient"].duplicated().sum())
    expect(
        repeated == 0,
        f"{repeated:,} rows of cross_validate are patients who appear more than once. A patient belongs to one fold: "
        "if you copy patients to balance the outcome, copy only inside the training part of each fold.",
    )
    wanted = hospitalised(table)
    outside = ~folds["patient"].isin(wanted["patient"])
    if outside.any():
        raise CheckFailed(
            f"cross_validate gave risks for {len(folds):,} patients, {int(outside.sum()):,} of them did not reach "
            f"hospital or are not in the table{too_good(folds, table)}. Nobody will ask for their risk: keep only "
            "those with hosp equal to y."
        )
    lost = len(wanted) - len(folds)
    expect(lost == 0, f"cross_validate left out {lost:,} of {len(wanted):,} hospitalised patients.")
    merged = wanted.merge(folds, on="patient", how="left")
    as_risks(merged["risk"], len(merged), "cross_validate")
    return merged


def as_folds(answer: object) -> pd.DataFrame:
    try:
        given = pd.DataFrame(answer)
        return pd.DataFrame(
            {
                "patient": given["patient"].astype(str).to_numpy(),
                "fold": given["fold"].astype(str).to_numpy(),
                "risk": given["risk"].to_numpy(),
            }
        )
    except Exception:
        # What came back is the student's: pandas may refuse it with any kind of exception.
        raise CheckFailed(
            "We cannot read what cross_validate gave. We need a table with the columns patient, fold and risk, "
            "one row for each hospitalised patient."
        ) from None


def too_good(folds: pd.DataFrame, table: pd.DataFrame) -> str:
    """A sentence when scoring the patients who were dead on arrival made the AUROC impossible."""
    known = table.merge(folds, on="patient")
    y = died(known)
    if y.all() or not y.any():
        return ""
    value = metrics.auroc(y, as_risks(known["risk"], len(known), "cross_validate"))
    return f". AUROC {short(value)} over them is higher than this outcome allows" if value > PLAUSIBLE else ""


@cache
def own_report(student: Student, data: Data) -> object:
    return student.call("report", data.table("monica_visible.csv"))


# Measures ------------------------------------------------------------------------------------------------------------


@cache
def hidden_report(student: Student, data: Data) -> metrics.Report:
    hidden, p = hidden_risks(student, data)
    return metrics.binary(
        died(hidden),
        p,
        groups={
            "sex": hidden["sex"].map({"f": "Women", "m": "Men"}),
            "age": pd.cut(hidden["age"], [0, 55, 65, 120], right=False, labels=["Under 55", "55 to 64", "65 and over"]),
            "history": np.where(any_not_known(hidden), "Some of it “nk”", "Complete"),
        },
        specificity=0.90,
        of="hidden patients",
        outcome="died",
        seed=2027,
        rules={
            "auroc": rule.between(0.71, PLAUSIBLE),
            "brier": rule.at_most(0.145),
            "risk_minus_rate": rule.between(-0.02, 0.02),
            "sensitivity_at_specificity": rule.at_least(0.33),
            ("auroc", "sex"): rule.at_least(0.64),
        },
    )


def short(value: float) -> str:
    """A proportion as we print it: .735, 1.000."""
    return f"{value:.3f}".removeprefix("0")


def reported(figures: object, group: str) -> tuple[float, float, float]:
    """AUROC and its interval for a group, out of the student's report."""
    entry = figures.get(group) if isinstance(figures, dict) else None
    expect(isinstance(entry, dict), f'report gave nothing under "{group}". We need auroc, low and high there.')
    try:
        value, low, high = (float(entry[key]) for key in ("auroc", "low", "high"))
    except (KeyError, TypeError, ValueError, OverflowError):
        value = low = high = float("nan")
    expect(np.isfinite([value, low, high]).all(), f'report needs three numbers under "{group}": auroc, low and high.')
    return value, low, high


# Visible: 30 points --------------------------------------------------------------------------------------------------


@check("Runs from a clean start, twice, with the same answer", points=5, visible=True, time_limit=40)
def runs_twice_with_the_same_answer(student: Student, data: Data) -> None:
    expect(
        not re.search(r"monica_hidden|hidden\.csv", student.source),
        "Your code looks for the patients whom we keep back. They are not in your sandbox, and asking for them costs "
        "the run. Estimate how you would do on them from your own folds.",
    )
    table = data.table("monica_visible.csv")
    patients = features(hospitalised(table))
    first = risks(student, model_of(student, data), patients)
    second = risks(student.again, student.again.call("fit", table), patients)
    moved = int((np.abs(first - second) > SAME).sum())
    expect(
        moved == 0,
        f"We ran your notebook twice with different seeds and fitted on the same data. {moved:,} of {len(patients):,} "
        "risks moved. "
        "Give random_state to everything that draws random numbers.",
    )
    different = len(np.unique(first.round(6)))
    expect(
        different >= 10,
        f"We sent {len(patients):,} patients and got {different} different risk{'s' if different > 1 else ''} back. "
        "The answer does not depend on the patient, so there is nothing to judge.",
    )
    other = risks(student, student.call("fit", with_shuffled_outcomes(table)), patients)
    expect(
        float(np.abs(other - first).mean()) > 0.01,
        "We shuffled the outcomes among the hospitalised patients, and fit gave the same risks. It does not learn from "
        "`patients`: fit has to use the table that it is given, not one that was read elsewhere.",
    )


@check("One probability for each patient", points=5, visible=True, after="runs_twice_with_the_same_answer")
def one_probability_for_each_patient(student: Student, data: Data) -> None:
    patients = features(hospitalised(data.table("monica_visible.csv")))
    model = model_of(student, data)
    expected = risks(student, model, patients)
    some = patients.sample(frac=0.5, random_state=11)
    again = risks(student, model, some[some.columns[::-1]].reset_index(drop=True))
    wrong = int((np.abs(again - expected[some.index]) > SAME).sum())
    expect(
        wrong == 0,
        f"We sent half of the patients in another order, with the columns in another order too, and {wrong:,} of "
        f"{len(some):,} risks changed. Take columns by name, keep the order of the rows, and learn nothing in predict.",
    )


@check(
    "AUROC on your own folds, with interval",
    points=10,
    visible=True,
    time_limit=60,
    after="runs_twice_with_the_same_answer",
)
def auroc_on_own_folds(student: Student, data: Data) -> Partial | None:
    table = data.table("monica_visible.csv")
    folds = own_folds(student, data)
    names = list(folds["fold"].unique())
    expect(3 <= len(names) <= 20, f"cross_validate made {len(names)} folds. Use between 3 and 20.")
    y, p = died(folds), folds["risk"].to_numpy(dtype=float)
    report = metrics.binary(
        y,
        p,
        only=["auroc", "brier", "calibration_slope"],
        plots=["roc", "calibration"],
        of="patients in your folds",
        outcome="died",
        seed=2027,
    )
    show(report)
    leakage.score_is_plausible(y, p, ceiling=PLAUSIBLE, look_at="cross_validate")

    # The same folds again, with the student's own fit: does an honest refit give what was claimed?
    def refit(inside: np.ndarray) -> np.ndarray:
        model = student.call("fit", table[~table["patient"].isin(folds["patient"][inside])])
        return risks(student, model, features(folds[inside].drop(columns=["fold", "risk"])))

    leakage.refit_agrees(y, p, folds["fold"], refit)

    claimed = report["auroc"]
    value, low, high = reported(own_report(student, data), "all")
    expect(
        abs(value - claimed.value) <= ALLOWED,
        f"Your report says {short(value)} for all patients. From your folds we get {short(claimed.value)}, "
        "and allow .01 either way.",
    )
    if not (low < value < high and 0.6 <= (high - low) / (claimed.high - claimed.low) <= 1.7):
        return partial(
            0.5,
            f"The AUROC is right, its interval is not: {short(low)} to {short(high)}, where resampling the patients of "
            f"your folds gives about {short(claimed.low)} to {short(claimed.high)}.",
        )
    return None


@check(
    "“Not known” is kept, or its loss explained",
    points=10,
    visible=True,
    time_limit=40,
    after="runs_twice_with_the_same_answer",
)
def not_known_is_kept(student: Student, data: Data) -> None:
    table = data.table("monica_visible.csv")
    patients = hospitalised(table)
    p = np.empty(len(patients))
    place = np.random.default_rng(5).permutation(len(patients)) % 3
    for third in range(3):
        inside = place == third
        model = student.call("fit", table[~table["patient"].isin(patients["patient"][inside])])
        p[inside] = risks(student, model, features(patients[inside]))
    unknown, y = any_not_known(patients), died(patients)
    seen = y[unknown].mean() - y[~unknown].mean()
    kept = p[unknown].mean() - p[~unknown].mean()
    if kept >= seen / 2:
        return
    try:
        figures = own_report(student, data)
    except CheckFailed:
        figures = None
    reason = figures.get("not_known") if isinstance(figures, dict) else None
    words = len(reason.split()) if isinstance(reason, str) else 0
    expect(
        words >= 20,
        f'{unknown.sum():,} of your {len(patients):,} patients have at least one "nk"; {y[unknown].mean():.0%} of them '
        f"died, against {y[~unknown].mean():.0%} of the others. Your model tells them {p[unknown].mean():.0%} and the "
        f'others {p[~unknown].mean():.0%}, so it has lost what "nk" says. Give "nk" a level of its own, or say why not '
        'in report(...)["not_known"], in 20 words or more.',
    )


# Hidden: 70 points ---------------------------------------------------------------------------------------------------


@check("AUROC between .71 and .80", points=15, visible=False, after="runs_twice_with_the_same_answer")
def hidden_auroc(student: Student, data: Data) -> None:
    report = hidden_report(student, data)
    show(report)
    report.require(
        "auroc",
        hint="If it is below, compare the AUROC of your own folds: where that is below too, the model misses something "
        'in the history (look at "nk"), and where it is above, the folds flatter the model. If it is above, find the '
        "column or the table that tells your model the outcome.",
        look_at="predict",
    )


@check("Brier score at most .145", points=10, visible=False, after="runs_twice_with_the_same_answer")
def hidden_brier(student: Student, data: Data) -> None:
    hidden_report(student, data).require(
        "brier",
        hint="Always saying the death rate gives .164, so the risks are badly ranked or badly scaled: draw a "
        "calibration plot from your folds.",
        look_at="predict",
    )


@check(
    "Mean risk within .02 of the death rate",
    points=10,
    visible=False,
    after="runs_twice_with_the_same_answer",
)
def hidden_mean_risk(student: Student, data: Data) -> None:
    hidden_report(student, data).require(
        "risk_minus_rate",
        hint="Three things do this: class weights or copied patients without recalibration, patients who never reached "
        'hospital in the fit, or patients with "nk" left out of it.',
        look_at="fit",
    )


@check(
    "Sensitivity at 90% specificity at least .33",
    points=10,
    visible=False,
    after="runs_twice_with_the_same_answer",
)
def hidden_sensitivity(student: Student, data: Data) -> None:
    hidden_report(student, data).require(
        "sensitivity_at_specificity",
        hint="Compute the same from your folds; it depends on the top of the ranking.",
        look_at="predict",
    )


@check(
    "AUROC at least .64 for women and for men",
    points=10,
    visible=False,
    after="runs_twice_with_the_same_answer",
)
def hidden_auroc_by_sex(student: Student, data: Data) -> None:
    hidden_report(student, data).require(
        ("auroc", "sex"),
        hint="Compute it for each sex from your folds before you change the model.",
        look_at="predict",
    )


@check(
    "Figures by sex reported right",
    points=10,
    visible=False,
    time_limit=60,
    after="runs_twice_with_the_same_answer",
)
def figures_by_sex(student: Student, data: Data) -> None:
    table = data.table("monica_visible.csv")
    said = by_sex_as_reported(own_report(student, data), own_folds(student, data))

    # A report that was typed in by hand is right once: ask again with seven tenths of the patients.
    fewer = table.sample(frac=0.7, random_state=7).reset_index(drop=True)
    again = by_sex_as_reported(
        student.call("report", fewer), out_of_fold(student, fewer), "Asked again with 70% of the patients: "
    )
    expect(
        said != again,
        "report gives the same figures for all patients and for 70% of them. Compute them from `patients`.",
    )


def by_sex_as_reported(figures: object, folds: pd.DataFrame, when: str = "") -> list[float]:
    y, p = died(folds), folds["risk"].to_numpy(dtype=float)
    said, wrong = [], []
    for group, sex in (("women", "f"), ("men", "m")):
        value, low, high = reported(figures, group)
        rows = (folds["sex"] == sex).to_numpy()
        ours = metrics.auroc(y[rows], p[rows])
        said.append(value)
        if abs(value - ours) > ALLOWED:
            wrong.append(f"Your report says {short(value)} for {group}. From your folds we get {short(ours)}.")
        elif not low < value < high:
            wrong.append(f"The interval for {group} does not contain your {short(value)}.")
    expect(not wrong, f"{when}{' '.join(wrong)} We allow .01 either way.")
    return said


@check("The column hosp is not used", points=5, visible=False, after="runs_twice_with_the_same_answer")
def hosp_is_not_used(student: Student, data: Data) -> None:
    hidden, _ = hidden_risks(student, data)
    model = model_of(student, data)
    leakage.column_is_unused(
        lambda patients: risks(student, model, patients),
        features(hidden),
        "hosp",
        values=["n", "y"],
        why="Almost nobody with hosp equal to n survived, so the column is the outcome by another name, and at the "
        "bedside it is always y.",
    )
