"""Draw the figures of module 4 from the data.

From the repository: PYTHONPATH=. python PATH/draw.py var/data writes the SVG files beside this one.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import roc_auc_score, roc_curve
from sklearn.model_selection import StratifiedKFold, cross_val_predict, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from courses.drawing import Plot, short, wilson

HISTORY = ["premi", "smstat", "diabetes", "highbp", "hichol", "angina", "stroke"]
FOLDS = StratifiedKFold(10, shuffle=True, random_state=2027)


def logistic(**options: object) -> object:
    prepare = make_column_transformer((StandardScaler(), ["age"]), (OneHotEncoder(), ["sex", *HISTORY]))
    return make_pipeline(prepare, LogisticRegression(max_iter=1000, **options))


def not_known(admitted: pd.DataFrame, dead: np.ndarray) -> Plot:
    gaps = (admitted[HISTORY] == "nk").sum(axis=1).clip(upper=4).to_numpy()
    plot = Plot(
        "Deaths by answers not known",
        "Of patients with a complete history 15% died; the share rises with every gap to 86% at four or more.",
        (-0.5, 4.5),
        (0, 1),
        bottom=238.0,
    )
    plot.axes("Answers not known, of seven", "Share who died", range(5), np.arange(0, 1.1, 0.2).round(1),
              ["0", "1", "2", "3", "4 to 7"])  # fmt: skip
    for number in range(5):
        here = dead[gaps == number]
        low, high = wilson(here.sum(), len(here))
        plot.bar(number, low, high)
        plot.dots([(number, here.mean())], "p1", 4.5)
        plot.label(number, low, f"{len(here):,}", "mid", dy=18)
    return plot


def bmi_line() -> Plot:
    data = load_diabetes(as_frame=True, scaled=False)
    bmi, progression = data.data["bmi"], data.target
    # The line of the lesson, from three quarters of the people.
    seen, _, y_seen, _ = train_test_split(data.data, progression, test_size=0.25, random_state=0)
    model = LinearRegression().fit(seen[["bmi"]], y_seen)
    plot = Plot(
        "Progression of diabetes against BMI",
        "A wide cloud of 442 people and a rising line of least squares, about 11 units of progression for one of BMI.",
        (15, 45),
        (0, 350),
        bottom=258.0,
    )
    plot.axes("Body mass index", "Progression in a year", range(15, 46, 5), range(0, 351, 50))
    plot.dots(zip(bmi, progression, strict=True), "p3", 1.6)
    ends = (bmi.min(), bmi.max())
    plot.line([(x, model.intercept_ + model.coef_[0] * x) for x in ends], "l1")
    plot.label(44.5, 100, f"+{model.coef_[0]:.0f} for each unit", "t1 end")
    return plot


def age_risk(admitted: pd.DataFrame, dead: np.ndarray) -> Plot:
    age = admitted["age"].to_numpy()
    model = LogisticRegression(C=np.inf).fit(age.reshape(-1, 1), dead)
    plot = Plot(
        "Risk of death by age",
        "The logistic curve rises from .05 at 35 years to .32 at 69. The shares seen in seven age groups follow it; "
        "the youngest group lies above.",
        (33, 71),
        (0, 0.4),
        bottom=238.0,
    )
    plot.axes("Age at onset", "Risk of death in hospital", range(35, 71, 5), (0, 0.1, 0.2, 0.3, 0.4))
    for start in range(35, 70, 5):
        here = (age >= start) & (age < start + 5)
        low, high = wilson(dead[here].sum(), here.sum())
        plot.bar(age[here].mean(), low, high, "ci")
        plot.dots([(age[here].mean(), dead[here].mean())], "p3", 3.5)
    curve = np.linspace(35, 69, 60)
    plot.line(zip(curve, model.predict_proba(curve.reshape(-1, 1))[:, 1], strict=True), "l1")
    plot.label(59, 0.235, "logistic curve", "t1 end")
    return plot


def tree_leaves(admitted: pd.DataFrame, dead: np.ndarray) -> Plot:
    sizes = (1, 2, 5, 10, 25, 50, 100, 200, 400)
    seen, new = [], []
    for number, size in enumerate(sizes):
        prepare = make_column_transformer(("passthrough", ["age"]), (OneHotEncoder(), ["sex", *HISTORY]))
        model = make_pipeline(prepare, DecisionTreeClassifier(min_samples_leaf=size, random_state=0))
        risk = cross_val_predict(model, admitted, dead, cv=FOLDS, method="predict_proba")[:, 1]
        new.append((number, roc_auc_score(dead, risk)))
        seen.append((number, roc_auc_score(dead, model.fit(admitted, dead).predict_proba(admitted)[:, 1])))
    plot = Plot(
        "AUROC of a tree by its smallest leaf",
        "On seen patients AUROC falls from .98 to .73 as leaves grow; on new patients it rises from .62 to .72 near "
        "100 patients a leaf.",
        (-0.3, len(sizes) - 0.7),
        (0.5, 1),
        bottom=238.0,
    )
    plot.axes("Smallest leaf allowed, patients", "AUROC", range(len(sizes)), (0.5, 0.6, 0.7, 0.8, 0.9, 1),
              [str(size) for size in sizes])  # fmt: skip
    plot.line(seen, "l2")
    plot.dots(seen, "p2")
    plot.line(new, "l1")
    plot.dots(new, "p1")
    plot.label(*seen[2], "patients it was grown from", "t2", dx=10, dy=-8)
    plot.label(*new[4], "new patients", "t1 mid", dy=24)
    return plot


def features() -> Plot:
    data = load_breast_cancer()
    malignant = data.target == 0
    counts = (1, 2, 3, 5, 7, 10, 15, 20, 25, 30)

    def auroc(step: object) -> float:
        model = make_pipeline(StandardScaler(), step, LogisticRegression(max_iter=1000))
        return float(cross_val_score(model, data.data, malignant, cv=FOLDS, scoring="roc_auc").mean())

    best = [(k, auroc(SelectKBest(f_classif, k=k))) for k in counts]
    components = [(k, auroc(PCA(k))) for k in counts]
    plot = Plot(
        "AUROC by number of columns",
        "Principal components reach .99 with two columns; the best single measurements start at .97 and need about 15.",
        (0, 31),
        (0.96, 1),
        bottom=238.0,
    )
    plot.axes("Columns given to the model", "AUROC", (1, 5, 10, 15, 20, 25, 30), (0.96, 0.97, 0.98, 0.99, 1))
    plot.line(components, "l2")
    plot.dots(components, "p2")
    plot.line(best, "l1")
    plot.dots(best, "p1")
    plot.label(*components[4], "components", "t2 mid", dy=-20)
    plot.label(*best[5], "best single measurements", "t1 mid", dx=22, dy=26)
    return plot


def roc(dead: np.ndarray, risk: np.ndarray) -> Plot:
    wrong, found, _ = roc_curve(dead, risk)
    used = found[wrong <= 0.1].max()
    plot = Plot(
        "ROC curve on MONICA",
        f"The curve lies above chance everywhere, area {roc_auc_score(dead, risk):.2f}. At 90% specificity it finds "
        f"{used:.0%} of those who died.",
        (0, 1),
        (0, 1),
    )
    fifths = np.arange(0, 1.1, 0.2).round(1)
    plot.axes("1 − specificity", "Sensitivity", fifths, fifths)
    plot.line([(0, 0), (1, 1)], "ref")
    # The false positive rates at equal steps: a curve of some hundred corners instead of three thousand.
    steps = np.linspace(0, 1, 121)
    plot.line(zip(steps, np.interp(steps, wrong, found), strict=True), "l1")
    plot.dots([(0.1, used)], "p1", 4.5)
    plot.label(0.1, used, f"{short(round(float(used), 2))} at 90% specificity", "lab", dx=12, dy=16)
    plot.label(0.42, 0.8, f"AUROC {short(round(float(roc_auc_score(dead, risk)), 3))}", "t1 end", dx=-8)
    plot.label(0.66, 0.6, "chance")
    return plot


def precision() -> Plot:
    sensitivity, specificity = 0.41, 0.90
    plot = Plot(
        "Precision by death rate",
        "With sensitivity .41 and specificity .90, precision is .51 at a death rate of .20, .18 at .05 and .04 at .01.",
        (0, 0.3),
        (0, 0.8),
        bottom=238.0,
    )
    plot.axes("Death rate where the model is used", "Precision", (0, 0.1, 0.2, 0.3), (0, 0.2, 0.4, 0.6, 0.8))
    rates = np.linspace(0, 0.3, 61)
    values = sensitivity * rates / (sensitivity * rates + (1 - specificity) * (1 - rates))
    plot.line(zip(rates, values, strict=True), "l1")
    for rate in (0.01, 0.05, 0.2):
        value = sensitivity * rate / (sensitivity * rate + (1 - specificity) * (1 - rate))
        plot.dots([(rate, value)], "p1", 4.5)
        plot.label(rate, value, f"{short(round(value, 2))} at {short(rate)}", "lab", dx=10, dy=6)
    return plot


def calibration(dead: np.ndarray, plain: np.ndarray, weighted: np.ndarray) -> Plot:
    plot = Plot(
        "Calibration of two models",
        "The plain model lies on the diagonal in all ten groups; with class weights every group lies below it.",
        (0, 1),
        (0, 1),
    )
    fifths = np.arange(0, 1.1, 0.2).round(1)
    plot.axes("Predicted risk of death", "Share who died", fifths, fifths)
    plot.line([(0, 0), (1, 1)], "ref")
    for risk, kind in ((weighted, "2"), (plain, "1")):
        tenth = np.array_split(np.argsort(risk, kind="stable"), 10)
        points = [(risk[rows].mean(), dead[rows].mean()) for rows in tenth]
        if kind == "1":
            for rows, (x, _) in zip(tenth, points, strict=True):
                plot.bar(x, *wilson(dead[rows].sum(), len(rows)))
        plot.line(points, f"l{kind}")
        plot.dots(points, f"p{kind}")
    plot.label(0.6, 0.72, f"plain: mean {short(round(float(plain.mean()), 3))}", "t1 end", dx=-6)
    plot.label(0.98, 0.06, f"class weights: mean {short(round(float(weighted.mean()), 3))}", "t2 end")
    plot.label(0.88, 0.96, "perfect", "end")
    return plot


def main(data: Path) -> None:
    everyone = pd.read_csv(data / "monica_visible.csv")
    admitted = everyone[everyone["hosp"] == "y"].reset_index(drop=True)
    dead = (admitted["outcome"] == "dead").to_numpy()
    plain, weighted = (
        cross_val_predict(model, admitted, dead, cv=FOLDS, method="predict_proba")[:, 1]
        for model in (logistic(), logistic(class_weight="balanced"))
    )
    figures = {
        "not-known": not_known(admitted, dead),
        "bmi-line": bmi_line(),
        "age-risk": age_risk(admitted, dead),
        "tree-leaves": tree_leaves(admitted, dead),
        "features": features(),
        "roc": roc(dead, plain),
        "precision": precision(),
        "calibration": calibration(dead, plain, weighted),
    }
    for name, plot in figures.items():
        (Path(__file__).parent / f"{name}.svg").write_text(plot.svg(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
