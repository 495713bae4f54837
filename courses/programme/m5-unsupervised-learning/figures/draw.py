"""Draw the figures of module 5 from the data.

From the repository: PYTHONPATH=. python PATH/draw.py var/data writes the SVG files beside this one.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.cluster import DBSCAN, KMeans
from sklearn.covariance import EllipticEnvelope
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.metrics import silhouette_score
from sklearn.preprocessing import StandardScaler

from courses.drawing import Plot

SERUM = {"s1": "cholesterol", "s2": "LDL", "s3": "HDL", "s4": "chol./HDL", "s5": "triglycerides", "s6": "glucose"}


def scaling() -> Plot:
    measured = load_diabetes(as_frame=True, scaled=False).data.drop(columns="sex")
    names = [SERUM.get(name, name) for name in measured]
    plot = Plot(
        "What makes three groups",
        "As they come, cholesterol and LDL explain the groups and little else does; standardised, most columns do.",
        (0, 1),
        (-0.5, len(names) - 0.5),
        bottom=288.0,
        left=100.0,
    )
    plot.axes(
        "Share of variance between groups", "", (0, 0.2, 0.4, 0.6, 0.8, 1), range(len(names)), y_words=names[::-1]
    )
    for table, kind, radius in (
        (measured.to_numpy(), "p2", 4.0),
        (StandardScaler().fit_transform(measured), "p1", 4.5),
    ):
        groups = KMeans(3, n_init=20, random_state=0).fit_predict(table)
        within = measured - measured.groupby(groups).transform("mean")
        share = 1 - (within**2).sum() / ((measured - measured.mean()) ** 2).sum()
        plot.dots([(value, len(names) - 1 - place) for place, value in enumerate(share)], kind, radius)
    plot.words(100, 13, "as they come", "t2")
    plot.words(334, 13, "standardised", "t1 end")
    return plot


def silhouette() -> Plot:
    people, lumps = load_diabetes(as_frame=True, scaled=False), load_breast_cancer()
    plot = Plot(
        "Silhouette by number of groups",
        "Lumps lie far above clouds without groups at two and three groups; people with diabetes hardly anywhere.",
        (1.8, 5.2),
        (0.1, 0.4),
        bottom=258.0,
    )
    plot.axes("Number of groups", "Mean silhouette", (2, 3, 4, 5), (0.1, 0.2, 0.3, 0.4))
    for table, kind, beside in ((lumps.data, "1", -0.04), (people.data.drop(columns="sex"), "2", 0.04)):
        rows = StandardScaler().fit_transform(table)
        found = [(k + beside, separation(rows, k)) for k in (2, 3, 4, 5)]
        random = np.random.default_rng(2027)
        for k, _ in found:
            none = [
                separation(random.multivariate_normal(np.zeros(rows.shape[1]), np.cov(rows.T), len(rows)), round(k))
                for _ in range(6)
            ]
            plot.bar(k, min(none), max(none), "ci1" if kind == "1" else "ci")
        plot.line(found, f"l{kind}")
        plot.dots(found, f"p{kind}", 4)
    plot.label(2.2, 0.345, "lumps", "t1", dx=4, dy=-6)
    plot.label(2.15, 0.19, "diabetes", "t2")
    plot.label(5.15, 0.115, "bars: clouds without groups", "end")
    return plot


def separation(rows: np.ndarray, k: int) -> float:
    return float(silhouette_score(rows, KMeans(k, n_init=3, random_state=0).fit_predict(rows)))


def density(people: pd.DataFrame) -> Plot:
    chains = np.log(people[["kappa", "lambda"]])
    alone = DBSCAN(eps=0.3, min_samples=20).fit_predict(StandardScaler().fit_transform(chains)) == -1
    ticks = (0.03, 0.1, 0.3, 1, 3, 10, 30)
    plot = Plot(
        "One crowd and its outskirts",
        "A dense crowd lies along the diagonal of kappa and lambda; the people in no group surround it.",
        (np.log(0.03), np.log(30)),
        (np.log(0.03), np.log(30)),
    )
    words = [f"{tick:g}" for tick in ticks]
    plot.axes("kappa, mg/dL (log scale)", "lambda, mg/dL", np.log(ticks), np.log(ticks), words, words)
    points = chains.to_numpy().round(2)
    plot.dots(points[~alone][::8], "p3", 1.4)
    plot.dots(points[alone], "p2", 2.2)
    return plot


def scree(people: pd.DataFrame) -> Plot:
    scaled = StandardScaler().fit_transform(people.drop(columns=["Class", "Genotype", "male", "age"]))
    random = np.random.default_rng(2027)
    shuffled = np.column_stack([random.permutation(column) for column in scaled.T])
    plot = Plot(
        "Variance by component",
        "The first component of 127 proteins carries 28%, the second 11%; after the seventh they are like noise.",
        (0.5, 15.5),
        (0, 30),
        bottom=238.0,
    )
    plot.axes("Component", "Share of variance, %", (1, 3, 5, 7, 9, 11, 13, 15), (0, 10, 20, 30))
    for table, kind in ((shuffled, "2"), (scaled, "1")):
        shares = 100 * PCA().fit(table).explained_variance_ratio_[:15]
        plot.line(list(enumerate(shares, 1)), f"l{kind}")
        plot.dots(list(enumerate(shares, 1)), f"p{kind}")
    plot.label(2.4, 12.5, "127 proteins", "t1")
    plot.label(15.2, 4.4, "every column shuffled", "t2 end")
    return plot


def top_hundred(people: pd.DataFrame) -> Plot:
    people = people.dropna(subset=["creatinine"])
    measured = np.log(people[["kappa", "lambda", "creatinine"]])
    log_ratio = measured["kappa"] - measured["lambda"]
    scores = {
        "worst column": abs((measured - measured.mean()) / measured.std()).max(axis=1),
        "isolation forest": -IsolationForest(random_state=0).fit(measured).score_samples(measured),
        "Mahalanobis": EllipticEnvelope(random_state=0).fit(measured).mahalanobis(measured),
        "ratio": abs(log_ratio - log_ratio.median()),
    }
    plot = Plot(
        "Who is odd",
        "Among the 100 oddest people the forest finds 9 clones and 40 failing kidneys, the ratio 48 and none.",
        (-2, 52),
        (-0.5, 3.5),
        bottom=198.0,
        left=112.0,
    )
    plot.axes("People among the 100 oddest", "", range(0, 51, 10), range(4), y_words=list(scores)[::-1])
    kidney, clone = (people["creatinine"] > 2).to_numpy(), (people["mgus"] == "yes").to_numpy()
    for place, score in enumerate(reversed(scores.values())):
        top = np.argsort(-np.asarray(score), kind="stable")[:100]
        plot.line([(clone[top].sum(), place), (kidney[top].sum(), place)], "ax")
        plot.dots([(kidney[top].sum(), place)], "p2", 4.5)
        plot.dots([(clone[top].sum(), place)], "p1", 5)
    plot.words(112, 13, "with a clone", "t1")
    plot.words(334, 13, "creatinine above 2", "t2 end")
    return plot


def main(data: Path) -> None:
    flchain, ad_data = pd.read_csv(data / "flchain_visible.csv"), pd.read_csv(data / "ad_data.csv")
    figures = {
        "scaling": scaling(),
        "silhouette": silhouette(),
        "density": density(flchain),
        "scree": scree(ad_data),
        "top-hundred": top_hundred(flchain),
    }
    for name, plot in figures.items():
        (Path(__file__).parent / f"{name}.svg").write_text(plot.svg(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
