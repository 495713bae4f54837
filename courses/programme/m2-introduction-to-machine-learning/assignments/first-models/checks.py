"""What is checked about a submission, and for how many points.

The student hands in one_column, fit_progression, predict_progression, fit_malignant, predict_malignant and
cross_validated_auroc. Every metric is computed here from predictions.
"""

import re
from functools import cache

import numpy as np
import pandas as pd
from checking import CheckFailed, Data, Student, check, expect, expect_close, measured, metrics, numbers
from sklearn.datasets import load_diabetes

SAME = 1e-6
PEOPLE = ["age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"]


def without(table: pd.DataFrame, column: str) -> pd.DataFrame:
    return table.drop(columns=column)


def is_malignant(lumps: pd.DataFrame) -> np.ndarray:
    return (lumps["diagnosis"] == "malignant").to_numpy()


@cache
def models_of(student: Student, data: Data) -> tuple[object, object]:
    return (
        student.call("fit_progression", data.table("diabetes_visible.csv")),
        student.call("fit_malignant", data.table("breast_cancer_visible.csv")),
    )


def progression(student: Student, model: object, people: pd.DataFrame) -> np.ndarray:
    guess = student.call("predict_progression", model, people)
    return numbers(guess, len(people), "predict_progression", look_at="predict_progression")


def risks(student: Student, model: object, lumps: pd.DataFrame) -> np.ndarray:
    guess = student.call("predict_malignant", model, lumps)
    return numbers(guess, len(lumps), "predict_malignant", between=(0, 1), look_at="predict_malignant")


def claimed_auroc(student: Student, table: pd.DataFrame, outcome: np.ndarray) -> float:
    given = student.call("cross_validated_auroc", table, outcome)
    return float(numbers([given], 1, "cross_validated_auroc", between=(0, 1), look_at="cross_validated_auroc")[0])


# Visible: 30 points --------------------------------------------------------------------------------------------------


@check("The example of scikit-learn's documentation", points=10, visible=True)
def documentation_example(student: Student, data: Data) -> None:
    known = load_diabetes(as_frame=True, scaled=False)
    table = known.data.assign(progression=known.target)[[*PEOPLE, "progression"]]
    given = student.call("one_column", table.iloc[:-20].reset_index(drop=True), table.iloc[-20:].reset_index(drop=True))
    expect(
        isinstance(given, dict) and {"mse", "r2"} <= given.keys(),
        "one_column has to give a dictionary with mse and r2.",
        got=given,
        look_at="one_column",
    )
    expect_close(given["mse"], 2548.07, "mse of the example", within=0.5, look_at="one_column")
    expect_close(given["r2"], 0.4726, "r2 of the example", within=0.005, look_at="one_column")
    measured("mean squared error of the example", given["mse"])
    measured("R² of the example", given["r2"])


@check("One answer for each patient, whatever the order of the columns", points=10, visible=True)
def one_answer_each(student: Student, data: Data) -> None:
    expect(
        not re.search(r"_hidden|hidden\.csv", student.source),
        "Your code looks for the patients whom we keep back. They are not in your sandbox, and asking for them costs the "
        "points of all predictions. Estimate how you would do on them by cross-validation.",
    )
    number, risk = models_of(student, data)
    for table, target, ask, model in (
        (data.table("diabetes_visible.csv"), "progression", progression, number),
        (data.table("breast_cancer_visible.csv"), "diagnosis", risks, risk),
    ):
        patients = without(table, target)
        first = ask(student, model, patients)
        some = patients.sample(frac=0.5, random_state=3)
        again = ask(student, model, some[some.columns[::-1]].reset_index(drop=True))
        moved = int((np.abs(again - first[some.index]) > SAME * (1 + np.abs(again))).sum())
        expect(
            moved == 0,
            f"We sent half of the rows in another order, with the columns in another order too, and {moved:,} of "
            f"{len(some):,} predictions of {target} changed. Take columns by name, keep the order of the rows, and learn "
            "nothing in predict.",
            look_at=f"predict_{'progression' if target == 'progression' else 'malignant'}",
        )


@check("Cross-validated AUROC on the visible lumps", points=10, visible=True)
def cross_validated_on_lumps(student: Student, data: Data) -> None:
    lumps = data.table("breast_cancer_visible.csv")
    columns = lumps.drop(columns=["patient", "diagnosis"])
    value = claimed_auroc(student, columns, is_malignant(lumps).astype(int))
    expect(
        value >= 0.97,
        f"You report {value:.3f} on the visible lumps; a logistic regression on 20 of their columns reaches about .99. "
        "Below .5, the classes are turned round.",
        look_at="cross_validated_auroc",
    )


# Hidden: 70 points ---------------------------------------------------------------------------------------------------


@check("RMSE on hidden people at most 58", points=15, visible=False, after="one_answer_each")
def hidden_rmse(student: Student, data: Data) -> None:
    people = data.table("diabetes_hidden.csv")
    guess = progression(student, models_of(student, data)[0], without(people, "progression"))
    value = metrics.rmse(people["progression"], guess)
    measured("RMSE on hidden people", value)
    expect(
        value <= 58,
        "On the hidden people the RMSE is above 58. Always saying the mean gives about 76, and BMI alone about 63: use all "
        "ten columns, and not too free a model.",
        look_at="fit_progression",
    )


@check("AUROC on hidden lumps at least .985", points=15, visible=False, after="one_answer_each")
def hidden_auroc(student: Student, data: Data) -> None:
    lumps = data.table("breast_cancer_hidden.csv")
    p = risks(student, models_of(student, data)[1], without(lumps, "diagnosis"))
    value = metrics.auroc(is_malignant(lumps), p)
    measured("AUROC on hidden lumps", value)
    expect(
        value >= 0.5,
        "On the hidden lumps the benign get the higher probabilities. We need the probability of malignant: look at the "
        "order of the classes, and at which column of predict_proba you take.",
        look_at="predict_malignant",
    )
    expect(
        value >= 0.985,
        "On the hidden lumps the AUROC is below .985. Give probabilities and not words, use all thirty measurements, and "
        "bring them to one scale inside fit.",
        look_at="fit_malignant",
    )


@check("Brier score on hidden lumps at most .04", points=10, visible=False, after="one_answer_each")
def hidden_brier(student: Student, data: Data) -> None:
    lumps = data.table("breast_cancer_hidden.csv")
    p = risks(student, models_of(student, data)[1], without(lumps, "diagnosis"))
    value = metrics.brier(is_malignant(lumps), p)
    expect(
        value <= 0.04,
        "On the hidden lumps the Brier score is above .04. Always saying the share of malignant gives .23. Probabilities "
        "of the wrong class, or only 0 and 1, cost most.",
        look_at="predict_malignant",
    )


@check("Where nothing can be predicted, nothing is reported", points=20, visible=False)
def noise_trap(student: Student, data: Data) -> None:
    """Outcomes dealt like cards, a thousand columns of noise: columns chosen before the split give about .93."""
    claims = []
    for seed in (11, 12):
        random = np.random.default_rng(seed)
        table = pd.DataFrame(random.normal(size=(120, 1000))).add_prefix("marker_")
        outcome = random.permutation(np.repeat([0, 1], 60))
        claims.append(claimed_auroc(student, table, outcome))
    measured("noise trap, the higher of two claims", max(claims))
    expect(
        max(claims) <= 0.70,
        "We sent a table of noise, with outcomes that were dealt like cards, and cross_validated_auroc reported more than "
        ".70. Something had seen the test rows: choose the columns, and scale, inside each fold, on its training rows "
        "only. A pipeline does it.",
        look_at="cross_validated_auroc",
    )
    expect(
        len(set(claims)) == 2,
        "We sent two different tables and cross_validated_auroc reported the same number for both. Compute it from the "
        "table that is given.",
        look_at="cross_validated_auroc",
    )
    answers = np.repeat([0, 1], 60)
    plain = pd.DataFrame(np.random.default_rng(13).normal(size=(120, 40))).add_prefix("marker_")
    plain["marker_7"] += 5 * answers
    found = claimed_auroc(student, plain, answers)
    expect(
        found >= 0.9,
        "One of forty columns tells the outcome apart almost perfectly, and cross_validated_auroc reported less than .90. "
        "Choose the columns that differ most between the outcomes.",
        look_at="cross_validated_auroc",
    )


@check(
    "A prediction depends on its own patient, and on what was fitted",
    points=10,
    visible=False,
    after="one_answer_each",
    time_limit=60,
)
def own_patient_only(student: Student, data: Data) -> None:
    number, risk = models_of(student, data)
    for file, target, ask, fit, model in (
        ("diabetes_hidden.csv", "progression", progression, "fit_progression", number),
        ("breast_cancer_hidden.csv", "diagnosis", risks, "fit_malignant", risk),
    ):
        patients = without(data.table(file), target)
        together = ask(student, model, patients)
        alone = np.array([ask(student, model, patients.iloc[[row]].reset_index(drop=True))[0] for row in range(5)])
        expect(
            float(np.abs(alone - together[:5]).max()) <= SAME * (1 + float(np.abs(together).max())),
            f"A patient who is sent alone gets another prediction of {target} than among others. Something is learned in "
            "predict, such as the mean of the patients who come. Learn it in fit, and keep it.",
            look_at=f"predict_{fit.removeprefix('fit_')}",
        )
        seen = data.table(file.replace("hidden", "visible"))
        dealt = seen[target].sample(frac=1, random_state=5).to_numpy()
        other = ask(student, student.call(fit, seen.assign(**{target: dealt})), patients)
        expect(
            float(np.abs(other - together).mean()) > 0.01 * (float(together.std()) + SAME),
            f"We shuffled `{target}` before {fit}, and the predictions stayed as they were. Learn from the table that is "
            "given, not from one that was read elsewhere.",
            look_at=fit,
        )
        again = ask(student, student.call(fit, seen), patients)
        if float(np.abs(again - together).max()) > SAME * (1 + float(np.abs(together).max())):
            raise CheckFailed(
                f"{fit} twice on the same table gives different predictions. Give random_state.", look_at=fit
            )
