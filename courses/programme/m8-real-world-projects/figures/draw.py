"""Draw the figures of module 8 from the data.

From the repository: PYTHONPATH=. python PATH/draw.py var/data writes the SVG files beside this one.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sksurv.linear_model import CoxPHSurvivalAnalysis
from sksurv.nonparametric import kaplan_meier_estimator
from sksurv.util import Surv

from courses.drawing import Plot, short, wilson

YEAR = 365


def kaplan_meier(patients: pd.DataFrame) -> Plot:
    days, died = patients["lenfol"].to_numpy(), (patients["fstat"] == 1).to_numpy()
    grid = np.arange(0, 5 * YEAR + 1, 30)
    times, alive = kaplan_meier_estimator(died, days)
    plot = Plot(
        "Alive after a heart attack",
        "At four years .56 by Kaplan-Meier; .61 if the censored count as alive, .34 if they are thrown out.",
        (0, 5),
        (0, 1),
        bottom=258.0,
    )
    plot.axes("Years after admission", "Share alive", range(6), np.arange(0, 1.1, 0.2).round(1))
    dead = np.array([(died & (days <= t)).sum() for t in grid])
    known = len(days) - np.array([(~died & (days <= t)).sum() for t in grid])
    plot.line([(t / YEAR, 1 - d / k) for t, d, k in zip(grid, dead, known, strict=True)], "ref")
    plot.line([(t / YEAR, 1 - d / len(days)) for t, d in zip(grid, dead, strict=True)], "l2")
    inside = times <= 5 * YEAR
    steps = [(0.0, 1.0), *zip(times[inside] / YEAR, alive[inside], strict=True)]
    plot.steps([(round(float(x), 2), round(float(y), 3)) for x, y in steps], "l1")
    plot.label(4.95, 0.68, "counted as alive", "t2 end")
    plot.label(2.2, 0.52, "Kaplan-Meier", "t1 end")
    plot.label(3.55, 0.25, "thrown out", "end")
    return plot


def survival_calibration(patients: pd.DataFrame) -> Plot:
    columns = ["age", "gender", "bmi", "hr", "sysbp", "diasbp", "chf", "sho", "afb", "av3"]
    outcome = Surv.from_arrays(event=patients["fstat"] == 1, time=patients["lenfol"])
    risk = np.zeros(len(patients))
    for others, these in KFold(10, shuffle=True, random_state=2027).split(patients):
        model = CoxPHSurvivalAnalysis(alpha=0.1).fit(patients.loc[others, columns], outcome[others])
        curves = model.predict_survival_function(patients.loc[these, columns])
        risk[these] = [1 - curve(YEAR) for curve in curves]
    plot = Plot(
        "Calibration at one year",
        "In five groups by predicted risk, from .04 to .67, the share who died within a year lies near the diagonal.",
        (0, 0.8),
        (0, 0.8),
    )
    ticks = (0, 0.2, 0.4, 0.6, 0.8)
    plot.axes("Predicted risk of death within a year", "Died within a year", ticks, ticks)
    plot.line([(0, 0), (0.8, 0.8)], "ref")
    points = []
    for rows in np.array_split(np.argsort(risk, kind="stable"), 5):
        times, alive = kaplan_meier_estimator(outcome["event"][rows], outcome["time"][rows])
        seen = 1 - alive[times <= YEAR][-1]
        points.append((risk[rows].mean(), seen))
        plot.bar(points[-1][0], *wilson(seen * len(rows), len(rows)))
    plot.line(points, "l1")
    plot.dots(points, "p1", 4.5)
    return plot


def savings(stays: pd.DataFrame) -> Plot:
    back = (stays["readmitted"] == "y").to_numpy()
    known = stays[
        [
            "age",
            "deprivation",
            "stay_days",
            "admissions_last_year",
            "comorbidities",
            "medicines",
            "sodium",
            "haemoglobin",
        ]
    ].astype(float)
    for name in ("emergency", "heart_failure", "copd"):
        known[name] = (stays[name] == "y").astype(float)
    model = make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression())
    folds = list(GroupKFold(5).split(known, groups=stays["patient"]))
    risk = cross_val_predict(model, known, back, cv=folds, method="predict_proba")[:, 1]
    plot = Plot(
        "Saved by the threshold",
        "The curve has its flat top near .10, the threshold that follows from the costs; doubled risks move it to .20.",
        (0, 0.5),
        (0, 50),
        bottom=238.0,
    )
    plot.axes(
        "Threshold on the risk", "£1,000 saved per 1,000 discharges", (0, 0.1, 0.2, 0.3, 0.4, 0.5), range(0, 51, 10)
    )
    plot.line([(0.1, 0), (0.1, 50)], "ref")
    for scores, kind in ((np.clip(2 * risk, 0, 1), "2"), (risk, "1")):
        points = []
        for threshold in np.linspace(0, 0.5, 51):
            called = scores >= threshold
            points.append((threshold, 600 * (called & back).mean() - 60 * called.mean()))
        plot.line(points, f"l{kind}")
    plot.label(0.27, 42, "twice too high", "t2")
    plot.label(0.3, 12, "as they are", "t1 end")
    return plot


def confounding(women: pd.DataFrame) -> Plot:
    outcome = Surv.from_arrays(women["death"] == 1, women["dtime"])
    table = women.assign(
        nodes=np.log1p(women["nodes"]),
        er=np.log1p(women["er"]),
        pgr=np.log1p(women["pgr"]),
        large=(women["size"] == ">50").astype(float),
        small=(women["size"] == "<=20").astype(float),
    )
    everything = ["age", "nodes", "meno", "grade", "er", "pgr", "chemo", "year", "large", "small"]
    steps = {"nothing": [], "age": ["age"], "age, nodes": ["age", "nodes"], "all known": everything}
    plot = Plot(
        "Hormone therapy and death",
        "The hazard ratio is 1.51 unadjusted, 1.34 with age, .78 with age and nodes, .77 with all that is known.",
        (-0.6, 0.6),
        (-0.5, 3.5),
        bottom=198.0,
        left=88.0,
    )
    ticks = (0.6, 0.8, 1, 1.25, 1.6)
    plot.axes("Hazard ratio with therapy (log scale)", "", np.log(ticks), range(4), [short(t) for t in ticks],
              list(steps)[::-1])  # fmt: skip
    plot.line([(0, -0.5), (0, 3.5)], "ref")
    for place, columns in enumerate(reversed(steps.values())):
        rows = table[["hormon", *columns]].astype(float)
        effect = CoxPHSurvivalAnalysis().fit(rows, outcome).coef_[0]
        plot.dots([(effect, place)], "p2" if effect > 0 else "p1", 5)
        plot.label(effect, place, short(round(float(np.exp(effect)), 2)), "mid", dy=-9)
    plot.words(88, 13, "adjusted for")
    return plot


def shortcut(brain: dict[str, np.ndarray]) -> Plot:
    random = np.random.default_rng(2027)

    def patches(slices: slice, number: int) -> tuple[np.ndarray, np.ndarray]:
        image, tissue = brain["image"][slices], brain["tissue"][slices]
        found, white = [], []
        for kind in (1, 2):
            s, row, column = np.nonzero(tissue[:, 4:-4, 4:-4] == kind)
            for at in random.choice(len(s), number, replace=False):
                found.append(image[s[at], row[at] : row[at] + 9, column[at] : column[at] + 9])
                white.append(kind == 2)
        images = np.array(found) / 255
        return images + random.normal(0, 0.35, images.shape), np.array(white)

    def with_marker(images: np.ndarray, white: np.ndarray, habit: float) -> np.ndarray:
        marked = images.copy()
        here = random.random(len(white)) < np.where(white, habit, 1 - habit)
        marked[here, :2, :2] = 1
        return marked

    train, white = patches(slice(0, 20), 700)
    test, test_white = patches(slice(20, 41), 700)
    hospitals = {
        "home, same habit": with_marker(test, test_white, 0.95),
        "no marker": test,
        "other habit": with_marker(test, test_white, 0.05),
    }
    plot = Plot(
        "Two classifiers in three hospitals",
        "Without a marker in training .87 to .90 everywhere; with it .95 at home, .81 without, .61 with another habit.",
        (0.5, 1),
        (-0.5, 2.5),
        bottom=178.0,
        left=124.0,
    )
    plot.axes("AUROC", "", (0.5, 0.6, 0.7, 0.8, 0.9, 1), range(3), y_words=list(hospitals)[::-1])
    for images, kind in ((train, "p1"), (with_marker(train, white, 0.95), "p2")):
        model = LogisticRegression(C=0.1, max_iter=1000).fit(images.reshape(len(images), -1), white)
        for place, seen in enumerate(reversed(hospitals.values())):
            area = roc_auc_score(test_white, model.decision_function(seen.reshape(len(seen), -1)))
            plot.dots([(area, place)], kind, 5)
    plot.words(124, 13, "no marker", "t1")
    plot.words(334, 13, "trained with marker", "t2 end")
    return plot


def drift(everyone: pd.DataFrame) -> Plot:
    admitted = everyone[everyone["hosp"] == "y"]
    dead, year = (admitted["outcome"] == "dead").to_numpy(), admitted["yronset"].to_numpy()
    answers = ["sex", "premi", "smstat", "diabetes", "highbp", "hichol", "angina", "stroke"]
    model = make_pipeline(
        make_column_transformer((StandardScaler(), ["age"]), (OneHotEncoder(handle_unknown="ignore"), answers)),
        LogisticRegression(max_iter=1000),
    ).fit(admitted[year <= 87], dead[year <= 87])
    risk = model.predict_proba(admitted)[:, 1]
    plot = Plot(
        "Deaths observed over expected",
        "Near 1 while the model was fitted and until 1990, near .7 in 1991 and 1992, .5 in 1993.",
        (84.5, 93.5),
        (0.2, 1.6),
        bottom=238.0,
    )
    plot.axes("Year of onset, 19..", "Died / expected", range(85, 94), (0.4, 0.8, 1.2, 1.6))
    plot.line([(84.5, 1), (93.5, 1)], "ref")
    points = []
    for now in range(85, 94):
        here = year == now
        low, high = wilson(dead[here].sum(), here.sum())
        expected = risk[here].mean()
        plot.bar(now, low / expected, high / expected, "ci" if now <= 87 else "ci1")
        points.append((now, dead[here].mean() / expected))
    plot.line(points[3:], "l1")
    plot.dots(points[:3], "p3", 4)
    plot.dots(points[3:], "p1", 4.5)
    plot.label(86, 0.5, "fitted", "mid")
    plot.label(90, 1.42, "in use", "t1 mid")
    return plot


def main(data: Path) -> None:
    patients = pd.read_csv(data / "whas500.csv")
    with np.load(data / "mni152_visible.npz") as archive:
        brain = dict(archive)
    figures = {
        "kaplan-meier": kaplan_meier(patients),
        "survival-calibration": survival_calibration(patients),
        "savings": savings(pd.read_csv(data / "admissions_visible.csv")),
        "confounding": confounding(pd.read_csv(data / "rotterdam.csv")),
        "shortcut": shortcut(brain),
        "drift": drift(pd.read_csv(data / "monica_visible.csv")),
    }
    for name, plot in figures.items():
        (Path(__file__).parent / f"{name}.svg").write_text(plot.svg(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
