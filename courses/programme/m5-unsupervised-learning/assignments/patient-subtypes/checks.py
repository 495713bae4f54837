"""What is checked about a submission, and for how many points.

The student hands in five functions:

    fit(patients, seed=0)        a model of groups, of any kind, from glufast, glutest and instest
    memberships(model, patients) patients × groups, probabilities
    bic(patients)                [of 1, of 2, …, of 6] full-covariance Gaussians, in the units of the table
    oddity(model, patients)      one number each, the larger the odder
    report(patients)             {"groups", "kmeans", "why"}

Likelihood and agreement are computed here from the memberships.
"""

from functools import cache
from itertools import combinations

import numpy as np
import pandas as pd
from checking import CheckFailed, Data, Partial, Student, check, expect, leakage, measured, metrics, numbers, partial, show
from checking.metrics import rule
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import StandardScaler

FILE = "diabetes_reaven.csv"
COLUMNS = ["glufast", "glutest", "instest"]
SAME = 1e-4
MOST = 12  # groups
# Of many starts of three kinds, in the units of the table; see author.md.
BIC = {1: 5126.1, 2: 4780.6, 3: 4734.5, 4: 4755.0, 5: 4766.0, 6: 4795.0}


# The student's answers -----------------------------------------------------------------------------------------------


def undiagnosed(table: pd.DataFrame) -> pd.DataFrame:
    return table.drop(columns="group")


def shares(student: Student, model: object, patients: pd.DataFrame) -> np.ndarray:
    """The student's memberships: one row each, not negative, adding up to 1."""
    given = student.call("memberships", model, patients)
    try:
        p = np.asarray(given, dtype=float)
    except (TypeError, ValueError, OverflowError):
        kind = getattr(given, "type_name", type(given).__name__)
        raise CheckFailed(f"memberships gave {kind} where we need a table of numbers, patients × groups.") from None
    expect(
        p.ndim == 2 and len(p) == len(patients),
        f"We sent {len(patients)} patients, and memberships gave an array of shape {p.shape}. "
        "We need one row for each patient and one column for each group.",
    )
    expect(1 <= p.shape[1] <= MOST, f"memberships gave {p.shape[1]} groups. We can judge 1 to {MOST}.")
    expect(bool(np.isfinite(p).all() and (p >= -SAME).all()), "memberships holds numbers that are no probabilities.")
    off = int((np.abs(p.sum(axis=1) - 1) > 0.01).sum())
    expect(off == 0, f"The memberships of {off} of {len(p)} patients do not add up to 1.")
    return np.clip(p, 0, 1)


def labels(p: np.ndarray) -> np.ndarray:
    return p.argmax(axis=1)


def as_number(value: object) -> float:
    """Not a number where it is none."""
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return float("nan")


@cache
def own_model(student: Student, data: Data) -> object:
    return student.call("fit", undiagnosed(data.table(FILE)))


@cache
def own_shares(student: Student, data: Data) -> np.ndarray:
    return shares(student, own_model(student, data), undiagnosed(data.table(FILE)))


@cache
def own_bic(student: Student, data: Data) -> dict[int, float]:
    given = student.call("bic", undiagnosed(data.table(FILE)))
    try:
        found = [float(value) for value in given]
    except (TypeError, ValueError, OverflowError):
        raise CheckFailed("bic did not give a list of numbers, for 1, 2, …, 6 groups.") from None
    expect(len(found) == 6, f"bic gave {len(found)} numbers. We need six, for 1, 2, …, 6 groups.")
    expect(bool(np.isfinite(found).all()), "bic holds a value that is not a number.")
    return dict(enumerate(found, 1))


# Measures ------------------------------------------------------------------------------------------------------------


def log_likelihood(rows: np.ndarray, p: np.ndarray) -> float:
    """Of the mixture of Gaussians that these memberships describe, in the units of `rows`."""
    parts = []
    for weight in p.T:
        if weight.sum() < 4:  # fewer patients than a covariance needs
            continue
        centre = weight @ rows / weight.sum()
        away = rows - centre
        covariance = (weight[:, None] * away).T @ away / weight.sum() + 1e-6 * np.eye(rows.shape[1])
        distance = np.einsum("ij,ij->i", away @ np.linalg.pinv(covariance), away)
        constant = rows.shape[1] * np.log(2 * np.pi) + np.linalg.slogdet(covariance)[1]
        parts.append(np.log(weight.sum() / len(rows)) - 0.5 * (constant + distance))
    return float(np.logaddexp.reduce(parts, axis=0).sum()) if parts else -np.inf


# Visible: 30 points --------------------------------------------------------------------------------------------------


@check("Runs twice with the same groups", points=5, visible=True, time_limit=40)
def runs_twice_with_the_same_groups(student: Student, data: Data) -> None:
    patients = undiagnosed(data.table(FILE))
    first = own_shares(student, data)
    second = shares(student.again, student.again.call("fit", patients), patients)
    expect(
        first.shape == second.shape and float(np.abs(first - second).max()) < SAME,
        "We ran your notebook twice, with other seeds, fitted on the same table and got other memberships. Hand `seed` "
        "to everything that draws.",
    )
    expect(
        len(np.unique(labels(first))) > 1,
        "All patients are in one group, so there is nothing to judge. (If you think that there is one group, say so in "
        "the text, and let fit give the best two.)",
    )
    random = np.random.default_rng(3)
    spread = {name: random.uniform(patients[name].min(), patients[name].max(), len(patients)) for name in COLUMNS}
    other = labels(shares(student, student.call("fit", patients.assign(**spread)), patients))
    expect(
        adjusted_rand_score(other, labels(first)) < 0.9,
        "We gave fit a table of numbers drawn evenly over the range of each column, and it found the same groups. It "
        "has to learn from the table that it is given.",
    )


@check("Memberships for any patients", points=5, visible=True, after="runs_twice_with_the_same_groups")
def memberships_for_any_patients(student: Student, data: Data) -> None:
    patients = undiagnosed(data.table(FILE))
    some = patients.sample(frac=0.4, random_state=5)
    again = shares(student, own_model(student, data), some[some.columns[::-1]].reset_index(drop=True))
    wrong = int((np.abs(again - own_shares(student, data)[some.index]).max(axis=1) > SAME).sum())
    expect(
        wrong == 0,
        f"We sent 58 of the patients in another order, with the columns in another order, and the memberships of "
        f"{wrong} changed. Take columns by name, and learn nothing in memberships (no scaler, no mean).",
    )


@check("BIC for one to six groups", points=10, visible=True, after="runs_twice_with_the_same_groups")
def bic_for_one_to_six_groups(student: Student, data: Data) -> Partial | None:
    found = own_bic(student, data)
    measured("BIC of three groups", found[3])
    far = [k for k in BIC if found[k] > BIC[k] + (12 if k <= 4 else 35)]
    low = [k for k in BIC if found[k] < BIC[k] - 40]
    if 1 in far or 1 in low:
        raise CheckFailed(
            f"For one group there is nothing to search, and BIC is {BIC[1]:.1f}; you have {found[1]:.1f}. Count "
            "3 means and 6 covariances for each group and the shares but one, use natural logarithms, and bring the "
            "likelihood back to the units of the table."
        )
    expect(not low, f"BIC for {', '.join(map(str, low))} groups is lower than the data allow. Count all parameters.")
    if far:
        return partial(
            0.3,
            f"For {', '.join(map(str, far))} groups there is a mixture whose BIC is clearly lower than yours. "
            "The search stopped on a lower top: use more starts, and starts of another kind.",
        )
    return None


@check("The report agrees with the groups", points=10, visible=True, after="runs_twice_with_the_same_groups")
def report_agrees(student: Student, data: Data) -> Partial | None:
    patients = undiagnosed(data.table(FILE))
    said = student.call("report", patients)
    expect(isinstance(said, dict), "report did not give a dictionary.")
    mine = labels(own_shares(student, data))
    groups = len(np.unique(mine))
    expect(
        said.get("groups") == groups,
        f'report(...)["groups"] is {said.get("groups")!r:.40}, and your memberships fill {groups} groups.',
    )
    rows = StandardScaler().fit_transform(patients[COLUMNS])
    ours = adjusted_rand_score(KMeans(groups, n_init=50, random_state=1).fit_predict(rows), mine)
    expect(
        abs(as_number(said.get("kmeans")) - ours) <= 0.1,
        f'report(...)["kmeans"] is {said.get("kmeans")!r:.40}. Between your groups and k-means on the standardised columns we find '
        f"{ours:.2f}, and allow .10 either way.",
    )
    why = said.get("why")
    words = len(why.split()) if isinstance(why, str) else 0
    if words < 25:
        return partial(0.5, f'report(...)["why"] has {words} words. Give the evidence in two or three sentences.')
    return None


# Hidden: 70 points ---------------------------------------------------------------------------------------------------


@check("Three groups, where BIC is smallest", points=10, visible=False, after="runs_twice_with_the_same_groups")
def three_groups(student: Student, data: Data) -> Partial | None:
    groups = len(np.unique(labels(own_shares(student, data))))
    found = own_bic(student, data)
    smallest = min(found, key=lambda k: found[k])
    expect(
        groups == 3,
        "The number of groups is not the one for which the evidence is strongest. Search each number of groups from "
        "many starts, and compare BIC again.",
    )
    if smallest != 3:
        return partial(0.5, "You chose a number of groups for which your own BIC is not the smallest.")
    return None


@check("Log-likelihood at least −2303.5", points=15, visible=False, after="runs_twice_with_the_same_groups")
def likelihood(student: Student, data: Data) -> Partial | None:
    p = own_shares(student, data)
    value = log_likelihood(data.table(FILE)[COLUMNS].to_numpy(dtype=float), p)
    measured("log-likelihood", value)
    if p.shape[1] <= 3 and value < -2303.5 and value >= -2325:
        return partial(
            0.3, "The groups are near the best ones and not the best: the search ended on a lower top of the likelihood."
        )
    expect(
        p.shape[1] <= 3 and value >= -2303.5,
        "As clouds, your groups are less likely than they could be with three. Groups of equal width and without tilt "
        "do not fit these people; let each have a shape of its own.",
    )
    return None


@check("Agreement with the clinicians at least .60", points=15, visible=False, after="runs_twice_with_the_same_groups")
def agreement(student: Student, data: Data) -> None:
    table = data.table(FILE)
    report = metrics.clustering(
        labels(own_shares(student, data)),
        truth=table["group"],
        data=StandardScaler().fit_transform(table[COLUMNS]),
        rules={"ari": rule.at_least(0.60)},
        of="people, against the clinicians",
        seed=2027,
    )
    show(report)
    measured("adjusted Rand index with the diagnosis", report["ari"].value)
    report.require(
        "ari",
        hint="Do not tune towards it: improve the model of the groups, and this will follow.",
        look_at="memberships",
    )


@check(
    "Other seeds find the same groups",
    points=10,
    visible=False,
    time_limit=60,
    after="runs_twice_with_the_same_groups",
)
def other_seeds(student: Student, data: Data) -> None:
    patients = undiagnosed(data.table(FILE))
    found = [labels(shares(student, student.call("fit", patients, seed=seed), patients)) for seed in range(1, 13)]
    mean = float(np.mean([adjusted_rand_score(a, b) for a, b in combinations(found, 2)]))
    expect(
        mean >= 0.9,
        "With twelve seeds the groups differ too much: the mean adjusted Rand index of pairs is below .90. One start "
        "is a lottery; let each fit take the best of many.",
    )


@check("The diagnosis is never used", points=10, visible=False, time_limit=40, after="runs_twice_with_the_same_groups")
def diagnosis_is_not_used(student: Student, data: Data) -> None:
    table = data.table(FILE)
    expected = own_shares(student, data)
    random = np.random.default_rng(4)
    for what, other in (
        ("with the column", table),
        ("with the diagnoses dealt out anew", table.assign(group=random.permutation(table["group"].to_numpy()))),
    ):
        p = shares(student, student.call("fit", other), other)
        expect(
            p.shape == expected.shape and adjusted_rand_score(labels(p), labels(expected)) > 0.999,
            f"{what.capitalize()} `group` in the table your groups are others than without it. The diagnosis may be "
            "looked at when the groups are there, and not before.",
        )
    leakage.column_is_unused(
        lambda people: labels(shares(student, own_model(student, data), people)),
        table,
        "group",
        why="It is the clinicians' diagnosis, which nobody has when the groups are asked for.",
        look_at="memberships",
    )


@check("Spoiled records are among the oddest", points=10, visible=False, after="runs_twice_with_the_same_groups")
def spoiled_records(student: Student, data: Data) -> Partial | None:
    """Six well people: two with a slipped decimal, two in mmol, two whose combination nobody has."""
    patients = undiagnosed(data.table(FILE))
    well = np.flatnonzero(data.table(FILE)["group"] == "Normal")
    chosen = np.random.default_rng(6).choice(well, 6, replace=False)
    spoiled = patients.astype({name: float for name in COLUMNS})
    spoiled.loc[chosen[:2], "instest"] *= 10
    spoiled.loc[chosen[2:4], ["glufast", "glutest"]] /= 18
    spoiled.loc[chosen[4:], "glufast"] = 240.0
    score = numbers(
        student.call("oddity", own_model(student, data), spoiled), len(spoiled), "oddity", look_at="oddity"
    )
    found = len(set(np.argsort(-score, kind="stable")[:15]) & set(chosen))
    if found < 5:
        expect(found >= 3, "Of six records that we spoiled fewer than half are among your fifteen oddest.")
        return partial(0.5, "Some of six records that we spoiled are among your fifteen oddest, and not all.")
    return None
