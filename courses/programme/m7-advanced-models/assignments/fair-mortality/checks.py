"""What is checked about a submission, and for how many points.

The student hands in five functions:

    fit(people)                        a model with its thresholds, from a table with `death`
    predict(model, people)             one risk of death each
    flag(model, people, fair=False)    who is invited, about 30%
    audit(died, flagged, group)        per group: n, deaths, tpr and fpr with their intervals
    report(people)                     {"auroc", "auroc_age", "tried", "harm"}
"""

import re
from functools import cache

import numpy as np
import pandas as pd
from checking import Data, Partial, Student, check, expect, leakage, measured, metrics, numbers, partial, show
from checking.metrics import rule

VISIBLE, HIDDEN = "nhefs_visible.csv", "nhefs_hidden.csv"
DEATH_DATE = ["yrdth", "modth", "dadth"]
LATER = [
    *DEATH_DATE,
    "wt82",
    "wt82_71",
    "smkintensity82_71",
    "price82",
    "tax82",
    "hightax82",
    "price71_82",
    "tax71_82",
    "censored",
]
SAME = 1e-6
PLAUSIBLE = 0.90  # the highest AUROC that this outcome allows from what was known in 1971


# The student's answers -----------------------------------------------------------------------------------------------


def asked(table: pd.DataFrame) -> pd.DataFrame:
    """As at the first interview: without the outcome, and with nothing in the columns of the date of death."""
    return table.drop(columns="death").assign(**dict.fromkeys(DEATH_DATE, np.nan))


def died(table: pd.DataFrame) -> np.ndarray:
    return (table["death"] == 1).to_numpy()


def risks(student: Student, model: object, people: pd.DataFrame) -> np.ndarray:
    return numbers(student.call("predict", model, people), len(people), "predict", between=(0, 1), look_at="predict")


def flags(student: Student, model: object, people: pd.DataFrame, *, fair: bool) -> np.ndarray:
    values = numbers(
        student.call("flag", model, people, fair=fair), len(people), "flag", between=(0, 1), look_at="flag"
    )
    expect(bool(np.isin(values, (0, 1)).all()), "flag gave numbers other than True and False.")
    return values == 1


def as_number(value: object) -> float:
    """Not a number where it is none."""
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return float("nan")


@cache
def own_model(student: Student, data: Data) -> object:
    return student.call("fit", data.table(VISIBLE))


@cache
def hidden_risks(student: Student, data: Data) -> np.ndarray:
    return risks(student, own_model(student, data), asked(data.table(HIDDEN)))


@cache
def our_folds(student: Student, data: Data) -> tuple[np.ndarray, np.ndarray]:
    """Who died, and the risks of the student's fit from five folds of ours."""
    table = data.table(VISIBLE)
    found = np.empty(len(table))
    place = np.random.default_rng(8).permutation(len(table)) % 5
    for fold in range(5):
        model = student.call("fit", table[place != fold])
        found[place == fold] = risks(student, model, asked(table[place == fold]))
    return died(table), found


@cache
def hidden_report(student: Student, data: Data) -> metrics.Report:
    table = data.table(HIDDEN)
    return metrics.binary(
        died(table),
        hidden_risks(student, data),
        groups={
            "sex": table["sex"].map({0: "Men", 1: "Women"}),
            "race": table["race"].map({0: "White", 1: "Black or other"}),
            "age": pd.cut(table["age"], [0, 45, 60, 120], right=False, labels=["Under 45", "45 to 59", "60 and over"]),
        },
        rules={"auroc": rule.between(0.80, PLAUSIBLE), "brier": rule.at_most(0.125)},
        of="hidden people",
        outcome="died",
        seed=2027,
    )


def figures(answer: object, group: str) -> dict[str, float]:
    """What audit said about one group, as numbers."""
    expect(isinstance(answer, dict), "audit did not give a dictionary.")
    line = answer.get(group)
    expect(
        isinstance(line, dict),
        f'audit has nothing for the group "{group}". One entry for each value of `group`, its name as text.',
    )
    names = ("n", "deaths", "tpr", "tpr_low", "tpr_high", "fpr", "fpr_low", "fpr_high")
    missing = [name for name in names if not np.isfinite(as_number(line.get(name)))]
    expect(not missing, f'audit gives no number for {", ".join(missing)} of the group "{group}".')
    return {name: as_number(line[name]) for name in names}


def compared(answer: object, y: np.ndarray, flagged: np.ndarray, group: np.ndarray) -> list[str]:
    """What is wrong with an audit."""
    wrong = []
    for value in sorted(set(group)):
        here = group == value
        said = figures(answer, str(value))
        if (said["n"], said["deaths"]) != (here.sum(), y[here].sum()):
            wrong.append(f"the numbers of people and deaths of group {value}")
        for rate, among in (("tpr", here & y), ("fpr", here & ~y)):
            share = flagged[among].mean()
            if abs(said[rate] - share) > 0.01:
                wrong.append(f"{rate.upper()} of group {value}")
                continue
            width = said[f"{rate}_high"] - said[f"{rate}_low"]
            fair = 3.92 * np.sqrt((share * (1 - share) + 1 / len(flagged[among])) / among.sum())
            inside = said[f"{rate}_low"] - 1e-9 <= share <= said[f"{rate}_high"] + 1e-9
            if not inside or not 0.5 * fair <= width <= 2 * fair:
                wrong.append(f"the interval of the {rate.upper()} of group {value}")
    return wrong


# Visible: 30 points --------------------------------------------------------------------------------------------------


@check("Runs twice with the same answer", points=5, visible=True, time_limit=60)
def runs_twice_with_the_same_answer(student: Student, data: Data) -> None:
    expect(
        not re.search(r"nhefs_hidden|hidden\.csv", student.source),
        "Your code looks for the people whom we keep back. They are not in your sandbox, and asking for them costs "
        "the run.",
    )
    table = data.table(VISIBLE)
    first = risks(student, own_model(student, data), asked(table))
    second = risks(student.again, student.again.call("fit", table), asked(table))
    expect(
        float(np.abs(first - second).max()) <= SAME,
        "We ran your notebook twice, with other seeds, fitted on the same table and got other risks. Give random_state "
        "to everything that draws.",
    )
    expect(
        len(np.unique(first.round(5))) >= 10,
        "As at the interview of 1971, when nobody had a date of death, there are fewer than ten different risks for "
        "1,140 people, so there is nothing to judge.",
    )
    dealt = table.assign(death=np.random.default_rng(3).permutation(table["death"].to_numpy()))
    other = risks(student, student.call("fit", dealt), asked(table))
    expect(
        float(np.abs(other - first).mean()) > 0.01,
        "We dealt the deaths out anew and fit gave the same risks. It has to learn from the table that it is given.",
    )


@check("A risk and a flag for each", points=5, visible=True, after="runs_twice_with_the_same_answer")
def a_risk_and_a_flag_for_each(student: Student, data: Data) -> None:
    people, model = asked(data.table(VISIBLE)), own_model(student, data)
    some = people.sample(frac=0.5, random_state=5)
    again = risks(student, model, some[some.columns[::-1]].reset_index(drop=True))
    wrong = int((np.abs(again - risks(student, model, people)[some.index]) > SAME).sum())
    expect(
        wrong == 0,
        f"We sent half of the people in another order, columns too, and {wrong} risks changed. Take columns by name.",
    )
    for fair in (False, True):
        share = flags(student, model, people, fair=fair).mean()
        expect(
            0.22 <= share <= 0.38,
            f"flag(fair={fair}) invites {share:.0%} of the people in your table. There is room for about 30%.",
        )


@check("audit is right on a small example", points=10, visible=True, after="runs_twice_with_the_same_answer")
def audit_on_a_small_example(student: Student, data: Data) -> None:
    y = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0, 0] * 4, dtype=bool)
    flagged = np.array([1, 1, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0] * 2, dtype=bool)
    group = np.array((["a"] * 10 + ["b"] * 10) * 2)
    answer = student.call("audit", y, flagged, group)
    wrong = compared(answer, y, flagged, group)
    expect(
        not wrong,
        f"For 40 people in two groups (TPR .75 and .25, FPR .17 and .33) we disagree about {', '.join(wrong)}.",
    )


@check(
    "Your report holds", points=10, visible=True, time_limit=60, after="runs_twice_with_the_same_answer"
)
def report_holds(student: Student, data: Data) -> Partial | None:
    table = data.table(VISIBLE)
    said = student.call("report", table)
    expect(isinstance(said, dict), "report did not give a dictionary.")
    y, ours = our_folds(student, data)
    show(
        metrics.binary(
            y,
            ours,
            only=["auroc", "brier", "calibration_slope"],
            plots=["roc", "calibration"],
            of="people, in five folds of ours",
            outcome="died",
            seed=2027,
        )
    )
    leakage.score_is_plausible(y, ours, ceiling=PLAUSIBLE, look_at="fit")
    value, age = metrics.auroc(y, ours), metrics.auroc(y, table["age"] / 100)
    claimed, claimed_age = as_number(said.get("auroc")), as_number(said.get("auroc_age"))
    expect(bool(np.isfinite([claimed, claimed_age]).all()), 'report has no number under "auroc" or "auroc_age".')
    expect(
        claimed <= PLAUSIBLE,
        f"AUROC {claimed:.3f} is higher than this outcome allows. Look for columns from after 1971.",
    )
    expect(
        abs(claimed - value) <= 0.025,
        f"Your report says AUROC {claimed:.3f}. With your fit and five folds of ours we get {value:.3f}.",
    )
    expect(abs(claimed_age - age) <= 0.005, f"For age alone you report {claimed_age:.3f}; it is {age:.3f}.")
    tried = as_number(said.get("tried"))
    words = len(said["harm"].split()) if isinstance(said.get("harm"), str) else 0
    if not tried >= 8 or words < 30:
        return partial(0.5, '"tried" should be at least 8 settings, and "harm" two or three sentences (30 words).')
    return None


# Hidden: 70 points ---------------------------------------------------------------------------------------------------


@check(
    "AUROC between .80 and .90", points=15, visible=False, time_limit=60, after="runs_twice_with_the_same_answer"
)
def hidden_auroc(student: Student, data: Data) -> None:
    table = data.table(HIDDEN)
    report = hidden_report(student, data)
    show(report)
    measured("AUROC on hidden people", report["auroc"].value)
    measured("Brier score on hidden people", report["brier"].value)
    measured("AUROC of age alone on hidden people", metrics.auroc(died(table), table["age"] / 100))
    value = metrics.auroc(died(table), risks(student, own_model(student, data), table.drop(columns="death")))
    expect(
        value <= PLAUSIBLE,
        "With all columns filled in, the AUROC on the hidden people is above .90: the model reads the date of death.",
    )
    report.require(
        "auroc",
        hint="This is as at the first interview. Age alone exceeds .80: either the model leans on columns from later, or "
        "it has learned the noise of 1,140 people.",
        look_at="predict",
    )
    leakage.gap_is_chance(*our_folds(student, data), died(table), hidden_risks(student, data), look_at="fit")


@check("Brier score at most .125", points=10, visible=False, after="runs_twice_with_the_same_answer")
def hidden_brier(student: Student, data: Data) -> None:
    hidden_report(student, data).require(
        "brier",
        hint="Always saying the rate gives .158. Draw a calibration plot; boosting without a brake and class weights are "
        "the usual reasons.",
        look_at="fit",
    )


@check("Nothing from after 1971", points=10, visible=False, after="runs_twice_with_the_same_answer")
def nothing_from_later(student: Student, data: Data) -> None:
    table = data.table(HIDDEN)
    model, expected = own_model(student, data), hidden_risks(student, data)
    random = np.random.default_rng(9)
    other = asked(table).assign(**{name: random.permutation(table[name].to_numpy()) for name in LATER})
    changed = int((np.abs(risks(student, model, other) - expected) > SAME).sum())
    expect(
        changed == 0,
        "We changed the columns that were not known in 1971 (dates of death, weights, habits and prices of 1982, who "
        f"was lost) and {changed} risks moved. Choose the columns of the model by when they were known.",
    )


@check("Audit of unseen people", points=10, visible=False, after="runs_twice_with_the_same_answer")
def audit_of_unseen_people(student: Student, data: Data) -> Partial | None:
    table = data.table(HIDDEN)
    y, flagged = died(table), flags(student, own_model(student, data), asked(table), fair=False)
    for column in ("sex", "race"):
        group = table[column].astype(str).to_numpy()
        wrong = compared(student.call("audit", y, flagged, group), y, flagged, group)
        expect(not wrong, f"In the audit by {column} we disagree about {len(wrong)} of the figures or intervals.")
    return None


@cache
def resampled(student: Student, data: Data) -> np.ndarray:
    """20 × (plain, fair) × (TPR men, TPR women, FPR, share invited)."""
    table = data.table(VISIBLE)
    runs = []
    for seed in range(20):
        rows = np.random.default_rng(seed).permutation(len(table))
        model = student.call("fit", table.iloc[rows[:684]].reset_index(drop=True))
        test = table.iloc[rows[684:]].reset_index(drop=True)
        y, woman = died(test), (test["sex"] == 1).to_numpy()
        run = []
        for fair in (False, True):
            chosen = flags(student, model, asked(test), fair=fair)
            run.append(
                (chosen[y & ~woman].mean(), chosen[y & woman].mean(), chosen[~y].mean(), chosen.mean())
            )
        runs.append(run)
    return np.array(runs)


@check(
    "Over 20 resamples the gap falls",
    points=15,
    visible=False,
    time_limit=170,
    after="runs_twice_with_the_same_answer",
)
def the_gap_falls(student: Student, data: Data) -> Partial | None:
    men, women = resampled(student, data)[:, 0, :2].mean(axis=0)
    measured("TPR of men, mean of 20 resamples", men)
    measured("TPR of women, mean of 20 resamples", women)
    plain, fair = (float(runs.mean()) for runs in (resampled(student, data)[:, :, 0] - resampled(student, data)[:, :, 1]).T)
    expect(
        abs(fair) <= abs(plain) - 0.03,
        "Over twenty resamples the mean gap in TPR between men and women does not fall. Deleting sex does not close "
        "it, and thresholds learned on the people of the fit do not hold on others.",
    )
    if abs(fair) > max(abs(plain) / 2, 0.03):
        return partial(0.6, "The mean gap falls, by less than half.")
    return None


@check("At a fair price", points=10, visible=False, time_limit=170, after="the_gap_falls")
def a_fair_price(student: Student, data: Data) -> None:
    plain, fair = resampled(student, data).mean(axis=0)
    expect(
        abs(fair[2] - plain[2]) <= 0.03,
        "Over twenty resamples the mitigation moves the FPR by more than .03: it repairs by inviting other numbers.",
    )
    expect(
        bool(0.22 <= fair[3] <= 0.38 and 0.22 <= plain[3] <= 0.38),
        "On other people your thresholds invite far more or fewer than 30%. Learn them from risks that the model gave "
        "to people who were not in its fit.",
    )
