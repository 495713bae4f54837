"""Draw the figures of module 4 from the data: python draw.py FOLDER_OF_DATA writes the SVG files beside this one.

Each figure is 352 units wide with 12 px text, so that it needs no scaling on a phone; colours come from the classes of
the stylesheet (l1, p1: first series; l2, p2: second; p3: third; ref: the reference line; ci: intervals).
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
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

HISTORY = ["premi", "smstat", "diabetes", "highbp", "hichol", "angina", "stroke"]
FOLDS = StratifiedKFold(10, shuffle=True, random_state=2027)
LEFT, RIGHT, TOP = 44.0, 334.0, 28.0
Point = tuple[float, float]


def short(value: float) -> str:
    """A label: 0, .2, 1, 45."""
    return f"{value:g}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:g}"


@dataclass
class Plot:
    """A drawing area with axes, in which points are given in the units of the data."""

    title: str
    finding: str
    x: tuple[float, float]
    y: tuple[float, float]
    bottom: float = 318.0
    parts: list[str] = field(default_factory=list)

    def at(self, x: float, y: float) -> Point:
        (x0, x1), (y0, y1) = self.x, self.y
        return (
            LEFT + (x - x0) / (x1 - x0) * (RIGHT - LEFT),
            self.bottom - (y - y0) / (y1 - y0) * (self.bottom - TOP),
        )

    def axes(
        self, x_name: str, y_name: str, x_ticks: Iterable[float], y_ticks: Iterable[float], x_words: Sequence[str] = ()
    ) -> None:
        for number, tick in enumerate(x_ticks):
            place, _ = self.at(tick, 0)
            self.parts.append(f'<path class="hair" d="M{place:.1f} {TOP:.0f}V{self.bottom:.0f}"/>')
            self.words(place, self.bottom + 17, x_words[number] if x_words else short(tick), "mid")
        for tick in y_ticks:
            _, place = self.at(0, tick)
            self.parts.append(f'<path class="hair" d="M{LEFT:.0f} {place:.1f}H{RIGHT:.0f}"/>')
            self.words(LEFT - 7, place + 4, short(tick), "end")
        self.parts.append(f'<path class="ax" d="M{LEFT:.0f} {TOP:.0f}V{self.bottom:.0f}H{RIGHT:.0f}"/>')
        self.words((LEFT + RIGHT) / 2, self.bottom + 37, x_name, "mid")
        self.words(4, 13, y_name)

    def words(self, x: float, y: float, text: str, kind: str = "") -> None:
        class_ = f' class="{kind}"' if kind else ""
        self.parts.append(f'<text{class_} x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>')

    def label(self, x: float, y: float, text: str, kind: str = "", dx: float = 0, dy: float = 0) -> None:
        place = self.at(x, y)
        self.words(place[0] + dx, place[1] + dy, text, kind)

    def line(self, points: Iterable[Point], kind: str) -> None:
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in (self.at(*point) for point in points))
        self.parts.append(f'<path class="{kind}" d="M{path}"/>')

    def dots(self, points: Iterable[Point], kind: str, radius: float = 3.5) -> None:
        for x, y in (self.at(*point) for point in points):
            self.parts.append(f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}"/>')

    def bar(self, x: float, low: float, high: float, kind: str = "ci1") -> None:
        (place, bottom), (_, top) = self.at(x, low), self.at(x, high)
        self.parts.append(f'<path class="{kind}" d="M{place:.1f} {bottom:.1f}V{top:.1f}"/>')

    def svg(self) -> str:
        height = self.bottom + 48
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="g" width="352" height="{height:.0f}" '
            f'viewBox="0 0 352 {height:.0f}">\n'
            f"<title>{escape(self.title)}</title>\n<desc>{escape(self.finding)}</desc>\n"
            + "\n".join(self.parts)
            + "\n</svg>\n"
        )


def wilson(events: float, patients: float) -> tuple[float, float]:
    """The 95% interval of a share."""
    z, share = 1.96, events / patients
    middle = (share + z * z / (2 * patients)) / (1 + z * z / patients)
    half = z / (1 + z * z / patients) * np.sqrt(share * (1 - share) / patients + z * z / (4 * patients * patients))
    return middle - half, middle + half


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
