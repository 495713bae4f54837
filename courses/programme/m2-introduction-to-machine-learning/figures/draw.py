"""Draw the figures of module 2 from the data.

From the repository: PYTHONPATH=. python PATH/draw.py var/data writes the SVG files beside this one.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_predict, train_test_split
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from courses.drawing import Plot


def groups() -> Plot:
    data = load_breast_cancer()
    scaled = StandardScaler().fit_transform(data.data)
    points = PCA(2, svd_solver="full").fit_transform(scaled)
    # The sign of a component is arbitrary: let the malignant lie to the right.
    malignant = data.target == 0
    points *= np.sign(points[malignant].mean(axis=0))
    found = KMeans(2, n_init=10, random_state=0).fit_predict(scaled)
    large = found == np.argmax([points[found == number, 0].mean() for number in (0, 1)])
    differs = large != malignant
    plot = Plot(
        "Groups found without labels, and the diagnosis",
        f"Two clouds that touch. Group and diagnosis differ for {differs.sum()} of 569 lumps, most of them between the "
        "clouds.",
        (-7, 17),
        (-14, 13),
        bottom=278.0,
    )
    plot.axes("First component (mostly size)", "Second component", range(-5, 16, 5), range(-10, 11, 5))
    plot.dots(points[~malignant & ~differs], "p3", 1.6)
    plot.dots(points[malignant & ~differs], "p1", 1.9)
    plot.dots(points[differs], "p2", 2.6)
    plot.label(9, 10.8, "malignant", "t1 mid")
    plot.label(-3.6, -8.6, "benign", "mid")
    plot.label(16.6, -7, "group and diagnosis differ", "t2 end")
    return plot


def predicted() -> Plot:
    data = load_diabetes(as_frame=True, scaled=False)
    seen, new, y_seen, y_new = train_test_split(data.data, data.target, test_size=0.25, random_state=0)
    guess = LinearRegression().fit(seen, y_seen).predict(new)
    width = float(np.quantile(abs(y_new - guess), 0.9))
    plot = Plot(
        "Observed against predicted progression",
        f"111 people lie loosely along the diagonal; nine in ten are within {width:.0f} of it.",
        (0, 350),
        (0, 350),
    )
    ends = (30.0, 290.0)
    plot.area([(ends[0], max(ends[0] - width, 0)), (ends[0] + 0, ends[0] + width), (350 - width, 350),
               (ends[1], 350), (ends[1], ends[1] - width), (width, 0)])  # fmt: skip
    plot.axes("Predicted progression", "Observed progression", range(0, 351, 50), range(0, 351, 50))
    plot.line([(0, 0), (350, 350)], "ref")
    plot.dots(zip(guess, y_new, strict=True), "p1", 2.2)
    plot.label(345, 330, "right", "end")
    plot.label(348, 168, "nine in ten", "t1 end")
    return plot


def thresholds() -> Plot:
    data = load_breast_cancer()
    malignant = data.target == 0
    seen, new, y_seen, y_new = train_test_split(data.data, malignant, test_size=0.3, random_state=0, stratify=malignant)
    risk = make_pipeline(StandardScaler(), LogisticRegression()).fit(seen, y_seen).predict_proba(new)[:, 1]
    steps = np.geomspace(0.01, 0.9, 160)
    missed = [(np.log10(t), float((y_new & (risk < t)).sum())) for t in steps]
    needless = [(np.log10(t), float((~y_new & (risk >= t)).sum())) for t in steps]
    plot = Plot(
        "Missed cancers and needless operations by threshold",
        f"From a threshold of .01 to .9 needless operations fall from {needless[0][1]:.0f} to {needless[-1][1]:.0f} and "
        f"missed cancers rise from {missed[0][1]:.0f} to {missed[-1][1]:.0f}.",
        (-2, float(np.log10(0.9))),
        (0, 45),
        bottom=238.0,
    )
    ticks = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.9)
    plot.axes("Threshold on the risk", "People, of 171", np.log10(ticks), range(0, 41, 10),
              [".01", ".02", ".05", ".1", ".2", ".5", ".9"])  # fmt: skip
    plot.steps(needless, "l2")
    plot.steps(missed, "l1")
    plot.label(np.log10(0.03), 31, "operated on needlessly", "t2")
    plot.label(np.log10(0.033), 4.4, "cancers missed", "t1")
    return plot


def neighbours() -> Plot:
    data = load_diabetes()
    ten = KFold(10, shuffle=True, random_state=1)
    sizes = (1, 2, 3, 5, 10, 20, 40, 80, 160, 300)
    seen, new = [], []
    for size in sizes:
        model = make_pipeline(StandardScaler(), KNeighborsRegressor(size))
        guess = cross_val_predict(model, data.data, data.target, cv=ten)
        new.append((np.log(size), root_mean_squared_error(data.target, guess)))
        guess = model.fit(data.data, data.target).predict(data.data)
        seen.append((np.log(size), root_mean_squared_error(data.target, guess)))
    plot = Plot(
        "Error by number of neighbours",
        "On seen patients the error rises from 0 to 68. On new ones it falls from 78 to 57 near twenty neighbours and "
        "rises to 70.",
        (-0.2, float(np.log(360))),
        (0, 90),
        bottom=238.0,
    )
    plot.axes(
        "Neighbours (fewer: more freedom)", "RMSE", np.log(sizes), range(0, 91, 15), [str(size) for size in sizes]
    )
    plot.line([(-0.2, float(data.target.std())), (np.log(360), float(data.target.std()))], "ref")
    plot.line(seen, "l2")
    plot.dots(seen, "p2")
    plot.line(new, "l1")
    plot.dots(new, "p1")
    plot.label(np.log(360), float(data.target.std()), "always the mean", "end", dy=-6)
    plot.label(np.log(2), 25, "patients of the fit", "t2", dx=14)
    plot.label(np.log(12), 63, "new patients", "t1 mid", dy=-4)
    return plot


def splits() -> Plot:
    data = load_diabetes()
    errors = []
    for seed in range(100):
        seen, new, y_seen, y_new = train_test_split(data.data, data.target, test_size=0.25, random_state=seed)
        errors.append(root_mean_squared_error(y_new, LinearRegression().fit(seen, y_seen).predict(new)))
    counts, edges = np.histogram(errors, bins=np.arange(44, 66, 2))
    plot = Plot(
        "Error over one hundred splits",
        f"The error runs from {min(errors):.1f} to {max(errors):.1f}; most splits give 52 to 58.",
        (44, 66),
        (0, 35),
        bottom=218.0,
    )
    plot.axes("RMSE on the quarter put away", "Splits, of 100", range(44, 67, 4), range(0, 31, 10))
    for count, left, right in zip(counts, edges, edges[1:], strict=False):
        plot.area([(left + 0.1, 0), (left + 0.1, count), (right - 0.1, count), (right - 0.1, 0)])
    plot.line([(errors[0], 0), (errors[0], 32)], "l1")
    plot.label(errors[0], 32, "random_state=0", "t1", dx=6, dy=4)
    return plot


def alarms(icu: pd.DataFrame) -> Plot:
    died = (icu["died"] == "Yes").to_numpy()
    signs = pd.DataFrame({
        "age": icu["age"], "systolic": icu["systolic"], "pulse": icu["hrtrate"], "unconscious": icu["uncons"] == "Yes",
        "emergency": icu["admit"] == "Emergency", "cancer": icu["cancer"] == "Yes",
    }).astype(float)  # fmt: skip
    model = make_pipeline(StandardScaler(), LogisticRegression())
    folds = StratifiedKFold(10, shuffle=True, random_state=1)
    risk = cross_val_predict(model, signs, died, cv=folds, method="predict_proba")[:, 1]
    order = np.argsort(-risk, kind="stable")
    found = np.cumsum(died[order]) / died.sum()
    rule = ((icu["systolic"] <= 90) | (icu["uncons"] == "Yes")).to_numpy()
    plot = Plot(
        "Deaths found by number of alarms",
        "The curve rises steeply to half of the deaths at 15 alarms per 100 patients and slowly to nine in ten at 57; "
        "the rule of pressure or coma finds half with 13.5.",
        (0, 100),
        (0, 1),
        bottom=258.0,
    )
    plot.axes("Alarms per 100 patients", "Deaths found", range(0, 101, 20), np.arange(0, 1.1, 0.2).round(1))
    plot.line([(0, 0), (100, 1)], "ref")
    plot.line([(0, 0), *(((place + 1) / 2, found[place]) for place in range(0, 200, 2))], "l1")
    plot.dots([(rule.mean() * 100, (rule & died).sum() / died.sum())], "p2", 4.5)
    plot.label(38, 0.87, "model", "t1 end")
    plot.label(18, 0.45, "pressure or coma", "t2")
    plot.label(72, 0.64, "ringing at random", "mid")
    return plot


def main(data: Path) -> None:
    figures = {
        "groups": groups(),
        "predicted": predicted(),
        "thresholds": thresholds(),
        "neighbours": neighbours(),
        "splits": splits(),
        "alarms": alarms(pd.read_csv(data / "icu.csv")),
    }
    for name, plot in figures.items():
        (Path(__file__).parent / f"{name}.svg").write_text(plot.svg(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
