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
from checking import (
    CheckFailed,
    Data,
    Partial,
    Student,
    check,
    described,
    expect,
    leakage,
    measured,
    metrics,
    numbers,
    partial,
    show,
)
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
    """One risk each. What a hidden check says tells no count: student code could choose it by what it saw."""
    expect(
        getattr(value, "ndim", 1) != 2 or value.shape[1] != 2,
        f"{function} gave two columns, and one risk for each patient is needed: of the columns of predict_proba take "
        "the second, [:, 1].",
        expected=f"{patients:,} numbers from 0 to 1",
        look_at=function,
    )
    return numbers(value, patients, function, between=(0, 1), look_at=function)


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


def out_of_fold(student: Student, table: pd.DataFrame, *, tell: bool = True) -> pd.DataFrame:
    """The hospitalised patients of this table with the student's `fold` and out-of-fold `risk` beside them.

    `tell` how many are wrong: no count is told once student code has seen hidden patients.
    """
    folds = as_folds(student.call("cross_validate", table))
    wanted = hospitalised(table)
    of_all = f" of {len(wanted):,}" if tell else ""

    def some(count: int) -> str:
        return f"{count:,}" if tell else "some"

    def expect_none(wrong: pd.Series | np.ndarray, message: str) -> None:
        expect(
            not wrong.any(),
            message,
            expected=f"one row for each of {len(wanted):,} hospitalised patients",
            got=folds,
            look_at="cross_validate",
        )

    repeated = folds["patient"].duplicated()
    expect_none(
        repeated,
        f"In what cross_validate gave, {some(repeated.sum())} rows are of patients who have a row already. A patient "
        "belongs to one fold: if you copy patients to balance the outcome, copy only inside the training part of each "
        "fold.",
    )
    outside = ~folds["patient"].isin(wanted["patient"])
    expect_none(
        outside,
        f"In what cross_validate gave, {some(outside.sum())} rows are of patients who did not reach hospital or are "
        f"not in the table{too_good(folds, table) if tell and outside.any() else ''}. Nobody will ask for their risk: "
        "keep only those with hosp equal to y.",
    )
    left_out = ~wanted["patient"].isin(folds["patient"])
    expect_none(left_out, f"cross_validate left out {some(left_out.sum())}{of_all} hospitalised patients.")
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
            "What cross_validate gave cannot be read as a table with the columns patient, fold and risk.",
            expected="a table with the columns patient, fold and risk, one row for each hospitalised patient",
            got=described(answer),
            look_at="cross_validate",
        ) from None


def too_good(folds: pd.DataFrame, table: pd.DataFrame) -> str:
    """A clause when scoring the patients who were dead on arrival made the AUROC impossible."""
    known = table.merge(folds, on="patient")
    y = died(known)
    if y.all() or not y.any():
        return ""
    value = metrics.auroc(y, as_risks(known["risk"], len(known), "cross_validate"))
    return f", and AUROC {short(value)} over them is higher than this outcome allows" if value > PLAUSIBLE else ""


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
    wanted = {"expected": f'"{group}": {{"auroc": …, "low": …, "high": …}}', "look_at": "report"}
    entry = figures.get(group) if isinstance(figures, dict) else None
    if not isinstance(entry, dict):
        raise CheckFailed(f'report has nothing under "{group}".', got=described(figures), **wanted)
    try:
        value, low, high = (float(entry[key]) for key in ("auroc", "low", "high"))
    except (KeyError, TypeError, ValueError, OverflowError):
        value = low = high = float("nan")
    if not np.isfinite([value, low, high]).all():
        missing = f'report does not give three numbers, auroc, low and high, under "{group}".'
        raise CheckFailed(missing, got=described(entry), **wanted)
    return value, low, high


# Visible: 30 points --------------------------------------------------------------------------------------------------


@check("Runs from a clean start, twice, with the same answer", points=5, visible=True, time_limit=40)
def runs_twice_with_the_same_answer(student: Student, data: Data) -> None:
    expect(
        not re.search(r"monica_hidden|hidden\.csv", student.source),
        "Your code looks for the patients whom we keep back. They are not in your sandbox, and asking for them costs "
        "the run. Estimate how you would do on them from your own folds.",
        expected="code that reads data/monica_visible.csv alone",
    )
    table = data.table("monica_visible.csv")
    patients = features(hospitalised(table))
    first = risks(student, model_of(student, data), patients)
    second = risks(student.again, student.again.call("fit", table), patients)
    moved = int((np.abs(first - second) > SAME).sum())
    expect(
        moved == 0,
        f"We ran your notebook twice with different seeds and fitted on the same data, and {moved:,} of "
        f"{len(patients):,} risks moved. Give random_state to everything that draws random numbers, and take columns "
        "by name: in the second run they stood in another order.",
        expected=f"the same {len(patients):,} risks",
        look_at="fit",
    )
    different = len(np.unique(first.round(6)))
    expect(
        different >= 10,
        f"We sent {len(patients):,} patients and got {different} different risk{'s' if different > 1 else ''} back. "
        "The answer does not depend on the patient, so there is nothing to judge.",
        expected="10 different risks or more",
        look_at="predict",
    )
    other = risks(student, student.call("fit", with_shuffled_outcomes(table)), patients)
    expect(
        float(np.abs(other - first).mean()) > 0.01,
        "We shuffled the outcomes among the hospitalised patients, and fit gave the same risks. It does not learn from "
        "`patients`: fit has to use the table that it is given, not one that was read elsewhere.",
        expected="other risks from other outcomes",
        look_at="fit",
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
        expected="the same risk for the same patient",
        look_at="predict",
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
    expect(
        3 <= len(names) <= 20,
        f"cross_validate made {len(names):,} fold{'s' if len(names) > 1 else ''}, and between 3 and 20 are needed.",
        expected="3 to 20 folds",
        look_at="cross_validate",
    )
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
        f"Your report says AUROC {short(value)} for all patients, and from your folds we get {short(claimed.value)}. "
        "Compute it once over all out-of-fold risks together; a mean over folds, or the AUROC of the rows that were "
        "fitted on, is another number.",
        expected=f"{short(claimed.value)}, .01 either way",
        got=value,
        look_at="report",
    )
    if not (low < value < high and 0.6 <= (high - low) / (claimed.high - claimed.low) <= 1.7):
        return partial(
            0.5,
            f"The AUROC is right and its interval is not: you give {short(low)} to {short(high)}, and resampling the "
            f"patients of your folds gives about {short(claimed.low)} to {short(claimed.high)}.",
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
        expected=f"{seen / 2:.0%} or more between the mean risks of the two, or a reason of 20 words",
        look_at="fit",
    )


# Hidden: 70 points ---------------------------------------------------------------------------------------------------


@check("AUROC between .71 and .80", points=15, visible=False, after="runs_twice_with_the_same_answer")
def hidden_auroc(student: Student, data: Data) -> None:
    report = hidden_report(student, data)
    show(report)
    for name in ("auroc", "brier", "risk_minus_rate", "sensitivity_at_specificity"):
        measured(name, report[name].value)
    for sex, group in report.by("sex").items():
        measured(f"auroc, {sex.lower()}", group.figures["auroc"].value)
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
        student.call("report", fewer), out_of_fold(student, fewer, tell=False), "In your report on 70% of the patients"
    )
    expect(
        said != again,
        "report gives the same figures for all patients and for 70% of them. Compute them from `patients`.",
        expected="other figures for other patients",
        look_at="report",
    )


def by_sex_as_reported(figures: object, folds: pd.DataFrame, where: str = "In your report") -> list[float]:
    """What the report says. No figure of it is told: student code has seen hidden patients by now."""
    y, p = died(folds), folds["risk"].to_numpy(dtype=float)
    said, wrong = [], []
    for group, sex in (("women", "f"), ("men", "m")):
        value, low, high = reported(figures, group)
        rows = (folds["sex"] == sex).to_numpy()
        said.append(value)
        if abs(value - metrics.auroc(y[rows], p[rows])) > ALLOWED:
            wrong.append(f"the AUROC for {group} is not the one that we get from your folds")
        elif not low < value < high:
            wrong.append(f"the interval for {group} does not contain its AUROC")
    expect(
        not wrong,
        f"{where} {' and '.join(wrong)}. Take the out-of-fold risks of cross_validate, those of one sex at a time.",
        expected="the AUROC of each sex, .01 either way, inside its interval",
        look_at="report",
    )
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
