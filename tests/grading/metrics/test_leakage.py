"""Leakage detectors: planted cases are found and explained, honest work is left in peace over many seeds."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from grading.checking import CheckFailed, leakage

SEEDS = range(30)
NUMBERS = ["age", "bmi"]


def patients(seed, size=400):
    """Patients with an age in years, a rounded BMI, sex, and a history that is often the same."""
    random = np.random.default_rng(seed)
    age = random.normal(60, 10, size).round()
    bmi = random.lognormal(3.2, 0.2, size).round(1)
    died = random.random(size) < 1 / (1 + np.exp(3 - 0.04 * age + 0.02 * bmi))
    return pd.DataFrame(
        {
            "patient": np.arange(size),
            "age": age,
            "bmi": bmi,
            "sex": random.choice(["f", "m"], size),
            "history": random.choice(["n", "y", "nk"], size, p=[0.7, 0.2, 0.1]),
            "died": died,
        }
    )


def halves(table, seed):
    order = np.random.default_rng(seed).permutation(len(table))
    return table.iloc[order[: len(table) // 2]], table.iloc[order[len(table) // 2 :]]


# Patients on both sides


def test_patients_on_both_sides_are_counted_and_named():
    with pytest.raises(CheckFailed) as failed:
        leakage.no_patient_in_both(["p1", "p2", "p3"], ["p3", "p3", "p4"], look_at="test_ids")

    assert "1 patient is in the training part and in the test part (for example p3): 2 rows of 3" in str(failed.value)
    assert failed.value.look_at == "test_ids"


def test_a_patient_in_two_folds_is_found():
    with pytest.raises(CheckFailed, match="1 of 2 patients are in more than one fold"):
        leakage.no_patient_in_two_folds(["a", "a", "b"], [0, 1, 1])


@pytest.mark.parametrize("values", [None, 3, [[]], [{}]])
def test_identifiers_that_cannot_be_read_fail_the_check(values):
    with pytest.raises(CheckFailed):
        leakage.no_patient_in_both(values, ["p1"])


def test_patients_on_one_side_each_are_left_in_peace():
    for seed in SEEDS:
        one, other = halves(patients(seed), seed)
        leakage.no_patient_in_both(one["patient"], other["patient"])
        leakage.no_patient_in_two_folds(one["patient"], one["patient"] % 5)


# Repeated rows


@pytest.mark.parametrize("columns", [["age", "bmi", "sex", "history"], ["age", "sex", "history"], ["sex", "history"]])
def test_patients_who_look_alike_are_no_copies(columns):
    for seed in SEEDS:
        table = patients(seed)
        one, other = halves(table, seed)
        leakage.no_repeated_rows(one[columns], other[columns])
        leakage.no_repeated_rows(one, other, original=table, ignore=["patient"])


def test_smooth_measurements_are_no_copies():
    for seed in SEEDS:
        random = np.random.default_rng(seed)
        table = pd.DataFrame({"creatinine": random.lognormal(size=800), "cost": random.pareto(1.5, 800)})
        leakage.no_repeated_rows(*halves(table, seed))
        leakage.no_repeated_rows(*halves(table[["cost"]], seed))


@pytest.mark.parametrize("seed", SEEDS)
def test_cases_copied_before_the_split_are_found(seed):
    table = patients(seed)
    cases = table[table["died"]].sample(100, replace=True, random_state=seed)
    one, other = halves(pd.concat([table, cases], ignore_index=True), seed)

    with pytest.raises(CheckFailed, match="rows of the test part are also in the training part"):
        leakage.no_repeated_rows(one, other, original=table, ignore=["patient"], look_at="split")


@pytest.mark.parametrize("seed", SEEDS)
def test_a_test_part_that_was_also_trained_on_is_found_without_the_original(seed):
    one, other = halves(patients(seed), seed)
    both = pd.concat([one, other.head(40)])

    with pytest.raises(CheckFailed, match="are also in the training part"):
        leakage.no_repeated_rows(both, other, ignore=["patient"])


@pytest.mark.parametrize("seed", SEEDS)
def test_cases_varied_with_a_little_noise_before_the_split_are_found(seed):
    random = np.random.default_rng(seed)
    table = patients(seed)
    cases = table[table["died"]].sample(100, replace=True, random_state=seed)
    cases = cases.assign(
        age=cases["age"] + random.normal(0, 0.01, 100), bmi=cases["bmi"] + random.normal(0, 0.005, 100)
    )
    one, other = halves(pd.concat([table, cases], ignore_index=True), seed)

    with pytest.raises(CheckFailed, match="but for a little noise"):
        leakage.no_repeated_rows(one, other, original=table, ignore=["patient"])


# What a fit has seen


def folds_by(scales_everything, folds=None):
    """A student's cross-validation; risks of each fold from a fit on the others."""

    def out_of_fold(table):
        x, y = table[NUMBERS].to_numpy(), table["died"].to_numpy()
        x = StandardScaler().fit_transform(x) if scales_everything else x
        fold, risk = np.zeros(len(y), dtype=int), np.zeros(len(y))
        for number, (train, test) in enumerate((folds or KFold(5, shuffle=True, random_state=1)).split(x, y)):
            model = Ridge(100) if scales_everything else make_pipeline(StandardScaler(), Ridge(100))
            fold[test], risk[test] = number, model.fit(x[train], y[train]).predict(x[test]).clip(0, 1)
        return pd.DataFrame({"fold": fold, "risk": risk})

    return out_of_fold


def test_a_scaler_fitted_on_all_rows_is_found():
    for seed in range(5):
        with pytest.raises(CheckFailed) as failed:
            leakage.held_out_is_unseen(folds_by(True), patients(seed), columns=NUMBERS)

        assert "wild values in `age`, `bmi`" in str(failed.value)
        assert failed.value.look_at == "cross_validate"


def test_a_pipeline_within_the_folds_is_left_in_peace():
    for seed in range(10):
        stratified = StratifiedKFold(5, shuffle=True, random_state=seed)
        leakage.held_out_is_unseen(folds_by(False), patients(seed), columns=NUMBERS)
        leakage.held_out_is_unseen(folds_by(False, stratified), patients(seed), columns=NUMBERS)


def test_a_preparation_that_looks_at_the_held_out_rows_is_found():
    def of_both(training, held_out):
        return (training - pd.concat([training, held_out]).mean()).to_numpy()

    for seed in range(10):
        one, other = (part[NUMBERS] for part in halves(patients(seed), seed))
        leakage.preparation_ignores(lambda training, _: (training - training.mean()).to_numpy(), one, other)
        with pytest.raises(CheckFailed, match="The preparation was fitted on both"):
            leakage.preparation_ignores(of_both, one, other)


def test_risks_that_an_honest_refit_does_not_give_are_found():
    table = patients(1)
    y, found = table["died"].to_numpy(), folds_by(False)(table)

    def refit(inside):
        model = make_pipeline(StandardScaler(), Ridge(100)).fit(table.loc[~inside, NUMBERS], y[~inside])
        return model.predict(table.loc[inside, NUMBERS]).clip(0, 1)

    leakage.refit_agrees(y, found["risk"], found["fold"], refit)
    with pytest.raises(CheckFailed, match="We called your fit without each fold"):
        leakage.refit_agrees(y, found["risk"] * 0.8 + y * 0.1, found["fold"], refit)


# Columns that tell the outcome


def test_columns_that_tell_the_outcome_are_named():
    table = patients(2)
    died = table["died"].to_numpy()
    planted = table.drop(columns="died").assign(
        discharge=np.where(died, "mortuary", table["sex"] + " ward"), stay=np.where(died, np.nan, table["age"])
    )

    with pytest.raises(CheckFailed) as failed:
        leakage.no_column_tells(planted, died)

    assert "2 columns tell the outcome almost alone: discharge (AUROC 1.000), stay (AUROC 1.000)" in str(failed.value)


def test_honest_columns_and_names_of_patients_tell_nothing():
    for seed in SEEDS:
        table = patients(seed)
        names = [f"P{number}" for number in table["patient"]]
        leakage.no_column_tells(table.drop(columns="died").assign(name=names), table["died"])
        few = patients(seed, 24)
        leakage.no_column_tells(few.drop(columns="died"), np.arange(24) % 3 == 0)


def risk_from(*columns):
    return lambda table: (
        sum(pd.Categorical(table[name], ["f", "m"]).codes * 0.2 for name in columns) + table["age"] / 200
    )


def test_a_column_that_is_used_is_found_by_dealing_it_out_anew():
    with pytest.raises(CheckFailed, match=r"We changed `sex` only, and \d+ of 400 predictions changed. At the desk"):
        leakage.column_is_unused(risk_from("sex"), patients(3), "sex", why="At the desk it is not known.")


def test_a_column_that_is_asked_for_but_makes_no_difference_is_found_by_withholding_it():
    def asks(table):
        return table["age"] / 200 if "sex" in table else table["age"] / 100

    with pytest.raises(CheckFailed, match="Without the column `sex`, 400 of 400 predictions are different"):
        leakage.column_is_unused(asks, patients(3), "sex")


def test_a_column_that_is_not_used_is_left_in_peace():
    for seed in SEEDS:
        leakage.column_is_unused(risk_from("sex"), patients(seed), "history")
        leakage.column_is_unused(risk_from("sex"), patients(seed).assign(hosp="y"), "hosp", values=["n", "y"])


# Scores


def scored(seed, size, strength=1.0):
    random = np.random.default_rng(seed)
    x = random.normal(size=size)
    y = random.random(size) < 1 / (1 + np.exp(1.5 - strength * x))
    y[:2] = [True, False]
    return y, 1 / (1 + np.exp(1.5 - x))


def test_a_gap_that_chance_explains_is_left_in_peace():
    for seed in range(100):
        leakage.gap_is_chance(*scored(seed, 300), *scored(1000 + seed, 150))


def test_a_gap_beyond_chance_is_found_and_tells_no_hidden_figure():
    for seed in range(10):
        y, p = scored(seed, 600)
        flattered = p * 0.7 + y * 0.3
        with pytest.raises(CheckFailed) as failed:
            leakage.gap_is_chance(y, flattered, *scored(1000 + seed, 600))

        assert "Your own folds give AUROC" in str(failed.value)
        assert str(failed.value).count("AUROC") == 1


def test_scores_as_good_as_the_outcome_allows_are_left_in_peace():
    alarms = 0
    for seed in range(100):
        try:
            leakage.score_is_plausible(*scored(seed, 300), ceiling=0.80)
        except CheckFailed:
            alarms += 1

    assert alarms == 0


def test_a_score_above_the_plausible_ceiling_is_found():
    y, p = scored(1, 600, strength=4.0)

    with pytest.raises(CheckFailed, match=r"AUROC \.9\d\d is higher than this outcome allows"):
        leakage.score_is_plausible(y, p, ceiling=0.80)
    with pytest.raises(CheckFailed, match=r"An AUROC above \.80 on the hidden patients is higher"):
        leakage.score_is_plausible(y, p, ceiling=0.80, tell=False)
