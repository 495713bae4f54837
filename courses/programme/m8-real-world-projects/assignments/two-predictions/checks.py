"""What is checked about a submission, and for how many points.

The student hands in six functions:

    concordance(time, event, score)             Harrell's index
    fit(table, task)                            "relapse", "survival" or "readmission"
    predict(model, table)                       a score, larger for an earlier event; for readmission a probability
    within(model, table, days)                  the probability of the event within so many days
    folds(admissions)                           a fold for each row
    call(risk, cost, stay, prevented)           whether a call pays
"""

import re
from functools import cache

import numpy as np
import pandas as pd
from checking import Data, Student, check, expect, expect_close, leakage, measured, metrics, numbers, show
from checking.metrics import rule
from sksurv.nonparametric import kaplan_meier_estimator

FILE = {"relapse": "gbsg2", "survival": "flchain", "readmission": "admissions"}
OUTCOME = {"relapse": ["cens", "time"], "survival": ["death", "futime"], "readmission": ["readmitted", "risk"]}
LATER = {"survival": "chapter", "readmission": "calls_after_discharge"}
FIVE_YEARS = 1825
SAME = 1e-6


# Data, and the student's answers to it -------------------------------------------------------------------------------


def table_of(data: Data, task: str, part: str) -> pd.DataFrame:
    return data.table(f"{FILE[task]}_{part}.csv")


def asked(table: pd.DataFrame, task: str) -> pd.DataFrame:
    """As at the moment of prediction: no outcome, and nothing yet in the column that is filled in later."""
    table = table.drop(columns=[name for name in OUTCOME[task] if name in table])
    return table.assign(**{LATER[task]: np.nan}) if task in LATER else table


def followed(table: pd.DataFrame, task: str) -> tuple[np.ndarray, np.ndarray]:
    """Time and event."""
    event, time = OUTCOME[task]
    return table[time].to_numpy(dtype=float), (table[event] == 1).to_numpy()


def scores(student: Student, model: object, table: pd.DataFrame, task: str) -> np.ndarray:
    between = (0, 1) if task == "readmission" else None
    return numbers(student.call("predict", model, table), len(table), "predict", between=between, look_at="predict")


@cache
def own_model(student: Student, data: Data, task: str) -> object:
    return student.call("fit", table_of(data, task, "visible"), task)


@cache
def hidden_scores(student: Student, data: Data, task: str) -> np.ndarray:
    return scores(student, own_model(student, data, task), asked(table_of(data, task, "hidden"), task), task)


def followed_report(student: Student, data: Data, task: str, rules: dict, **options: object) -> metrics.Report:
    """On hidden people, with the chance of being censored learned on the visible ones."""
    return metrics.survival(
        *followed(table_of(data, task, "hidden"), task),
        hidden_scores(student, data, task),
        unit="days",
        train=followed(table_of(data, task, "visible"), task),
        rules=rules,
        seed=2027,
        **options,
    )


@cache
def relapse_report(student: Student, data: Data) -> metrics.Report:
    table = table_of(data, "relapse", "hidden")
    return followed_report(
        student,
        data,
        "relapse",
        {"c_index": rule.at_least(0.65), "c_index_uno": rule.at_least(0.64)},
        at=[730, 1460],
        until=FIVE_YEARS,
        groups={"menopause": table["menostat"].map({"Pre": "Before", "Post": "After"})},
        of="hidden women",
        outcome="relapsed or died",
    )


@cache
def survival_report(student: Student, data: Data) -> metrics.Report:
    table = table_of(data, "survival", "hidden")
    return followed_report(
        student,
        data,
        "survival",
        {"c_index": rule.between(0.775, 0.88)},
        at=[1825, 3650],
        groups={"sex": table["sex"].map({"F": "Women", "M": "Men"})},
        of="hidden people",
        outcome="died",
        resamples=200,
    )


@cache
def readmission_report(student: Student, data: Data) -> metrics.Report:
    table = table_of(data, "readmission", "hidden")
    return metrics.binary(
        readmitted(table),
        hidden_scores(student, data, "readmission"),
        patients=table["patient"],
        groups={"site": table["site"], "sex": table["sex"].map({"f": "Women", "m": "Men"})},
        threshold=0.10,
        rules={"risk_minus_rate": rule.between(-0.02, 0.02)},
        of="hidden admissions",
        outcome="were followed by a readmission",
        resamples=400,
        seed=2027,
    )


def readmitted(table: pd.DataFrame) -> np.ndarray:
    return (table["readmitted"] == "y").to_numpy()


# Visible: 30 points --------------------------------------------------------------------------------------------------


@check("Runs twice with the same answer", points=5, visible=True, time_limit=120)
def runs_twice_with_the_same_answer(student: Student, data: Data) -> None:
    expect(
        not re.search(r"(gbsg2|flchain|admissions)_hidden|hidden\.csv", student.source),
        "Your code looks for the patients whom we keep back. They are not in your sandbox, and asking for them costs "
        "the run.",
    )
    for task in FILE:
        table = table_of(data, task, "visible")
        people = asked(table, task)
        first = scores(student, own_model(student, data, task), people, task)
        second = scores(student.again, student.again.call("fit", table, task), people, task)
        expect(
            float(np.abs(first - second).max()) <= SAME * max(1.0, float(np.abs(first).max())),
            f"We ran your notebook twice, with other seeds, fitted {task} on the same table and got other answers. Give "
            "random_state to everything that draws.",
        )
        expect(
            len(np.unique(first)) >= 10,
            f"For {task} there are fewer than ten different answers for {len(table):,} rows: nothing to judge.",
        )


@check("concordance is right", points=10, visible=True, after="runs_twice_with_the_same_answer")
def concordance_is_right(student: Student, data: Data) -> None:
    time = np.array([5.0, 3.0, 8.0, 2.0, 9.0])
    event = np.array([True, True, False, False, True])
    score = np.array([0.4, 0.4, 0.1, 0.9, 0.6])
    # Pairs: 3 with 5, 8, 9; 5 with 8, 9. Right: 3 over 8, 5 over 8; half: 3 with 5.
    expect_close(student.call("concordance", time, event, score), 0.5, "concordance of five people", within=1e-6)
    table = table_of(data, "relapse", "visible")
    time, event = followed(table, "relapse")
    nodes = table["pnodes"].to_numpy(dtype=float)
    ours = metrics.c_index(time, event, nodes)
    expect_close(
        student.call("concordance", time, event, nodes), ours, "concordance of the number of nodes", within=0.002
    )


@check("A number for each", points=5, visible=True, time_limit=60, after="runs_twice_with_the_same_answer")
def a_number_for_each(student: Student, data: Data) -> None:
    for task in FILE:
        people, model = asked(table_of(data, task, "visible"), task), own_model(student, data, task)
        some = people.sample(200, random_state=5)
        again = scores(student, model, some[some.columns[::-1]].reset_index(drop=True), task)
        wrong = int((np.abs(again - scores(student, model, people, task)[some.index]) > 1e-5).sum())
        expect(
            wrong == 0,
            f"For {task} we sent 200 rows in another order, columns too, and {wrong} answers changed. Take columns by "
            "name and learn nothing in predict.",
        )
        if task != "readmission":
            early, late = (
                numbers(student.call("within", model, some, days), 200, "within", between=(0, 1), look_at="within")
                for days in (500, 1500)
            )
            expect(
                bool((late >= early - SAME).all() and late.mean() > early.mean()),
                f"For {task} the probability within 1,500 days is not larger than within 500.",
            )


@check("Folds are fit for readmission", points=10, visible=True, after="runs_twice_with_the_same_answer")
def folds_are_fit_for_readmission(student: Student, data: Data) -> None:
    table = table_of(data, "readmission", "visible")
    mixed = table.sample(frac=0.8, random_state=4).reset_index(drop=True)
    for rows in (table, mixed):
        fold = numbers(student.call("folds", rows), len(rows), "folds", look_at="folds")
        count = len(np.unique(fold))
        expect(3 <= count <= 10, f"folds made {count} folds. Make 3 to 10.")
        leakage.no_patient_in_two_folds(rows["patient"], fold, look_at="folds")
        smallest = pd.Series(fold).value_counts().min()
        expect(smallest >= len(rows) / count / 2, "One fold has less than half of its share of the rows.")


# Hidden: 70 points ---------------------------------------------------------------------------------------------------


@check("Relapse: concordance at least .65", points=10, visible=False, after="runs_twice_with_the_same_answer")
def relapse_concordance(student: Student, data: Data) -> None:
    report = relapse_report(student, data)
    show(report)
    measured("relapse, concordance", report["c_index"].value)
    report.require(
        "c_index",
        hint="The number of nodes alone nearly has that. Check the sign (larger for an earlier relapse), logarithms of "
        "skewed values, and the order of the grade.",
        look_at="predict",
    )


@check(
    "Survival: concordance between .775 and .88", points=10, visible=False, after="runs_twice_with_the_same_answer"
)
def survival_concordance(student: Student, data: Data) -> None:
    table = table_of(data, "survival", "hidden")
    time, event = followed(table, "survival")
    report = survival_report(student, data)
    show(report)
    measured("survival, concordance", report["c_index"].value)
    report.require(
        "c_index",
        hint="This is as at the blood sample. Age alone has nearly .775: look at columns that are empty then, and at "
        "logarithms.",
        look_at="predict",
    )
    filled = table.drop(columns=OUTCOME["survival"])
    value = metrics.c_index(time, event, scores(student, own_model(student, data, "survival"), filled, "survival"))
    expect(value <= 0.88, "With all columns filled in the concordance is higher than this outcome allows.")


@check("Relapse: Uno's concordance at least .64", points=5, visible=False, after="runs_twice_with_the_same_answer")
def relapse_uno(student: Student, data: Data) -> None:
    relapse_report(student, data).require(
        "c_index_uno", hint="It is weighted for censoring, to five years.", look_at="predict"
    )


@check(
    "The probabilities agree with Kaplan-Meier",
    points=10,
    visible=False,
    time_limit=60,
    after="runs_twice_with_the_same_answer",
)
def probabilities_agree(student: Student, data: Data) -> None:
    for task in ("relapse", "survival"):
        table = table_of(data, task, "hidden")
        times, alive = kaplan_meier_estimator(*reversed(followed(table, task)))
        for days in (FIVE_YEARS, 2200 if task == "relapse" else 4500):
            seen = 1 - alive[times <= days][-1]
            given = student.call("within", own_model(student, data, task), asked(table, task), days)
            mean = numbers(given, len(table), "within", between=(0, 1), look_at="within").mean()
            expect(
                abs(mean - seen) <= 0.05,
                f"For {task} within {days:,} days your mean probability is too {'low' if mean < seen else 'high'} by "
                "more than .05. Censored people are neither free of the event nor to be thrown out.",
            )


@check("Nothing from later", points=10, visible=False, after="runs_twice_with_the_same_answer")
def nothing_from_later(student: Student, data: Data) -> None:
    random = np.random.default_rng(9)
    for task, column in LATER.items():
        table = table_of(data, task, "hidden")
        other = asked(table, task).assign(**{column: random.permutation(table[column].to_numpy())})
        moved = np.abs(scores(student, own_model(student, data, task), other, task) - hidden_scores(student, data, task))
        expect(
            int((moved > SAME).sum()) == 0,
            f"For {task} we filled in a column that is known only after the moment of prediction, and "
            f"{int((moved > SAME).sum()):,} answers moved. Go through the columns and ask when each is final.",
        )


@check("Readmission: near the best possible", points=10, visible=False, after="runs_twice_with_the_same_answer")
def near_the_best_possible(student: Student, data: Data) -> None:
    table = table_of(data, "readmission", "hidden")
    y = readmitted(table)
    best = metrics.auroc(y, table["risk"])
    show(readmission_report(student, data))
    measured("readmission, best possible AUROC", best)
    measured("readmission, AUROC below the best", best - readmission_report(student, data)["auroc"].value)
    expect(
        metrics.auroc(y, hidden_scores(student, data, "readmission")) >= best - 0.03,
        "As at discharge, the AUROC on the hidden admissions is more than .03 below the best possible. Compare the "
        "hospitals column by column, and think about what is missing for whom.",
    )


@check("Readmission: mean risk within .02", points=5, visible=False, after="runs_twice_with_the_same_answer")
def mean_risk(student: Student, data: Data) -> None:
    readmission_report(student, data).require(
        "risk_minus_rate", hint="Weights do this, or a column that is empty at discharge.", look_at="fit"
    )


@check("call decides by the costs", points=10, visible=False, after="runs_twice_with_the_same_answer")
def call_decides_by_the_costs(student: Student, data: Data) -> None:
    risk = np.linspace(0.001, 0.999, 500)
    for cost, stay, prevented in ((60, 3000, 0.2), (15, 3000, 0.2), (200, 2500, 0.1), (500, 1000, 0.3)):
        said = numbers(
            student.call("call", risk, cost, stay, prevented), len(risk), "call", between=(0, 1), look_at="call"
        )
        wrong = int(((said == 1) != (risk * prevented * stay > cost)).sum())
        expect(
            wrong <= 1,
            "For some costs call is wrong about whom it pays to call. A call pays when what it saves on average is "
            "more than what it costs; nobody may be worth calling.",
        )
