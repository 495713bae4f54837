"""Draw the figures of module 7 from the data.

From the repository: PYTHONPATH=. python PATH/draw.py var/data writes the SVG files beside this one.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from courses.drawing import Plot, short, wilson


def logistic() -> object:
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))


def winner(icu: pd.DataFrame) -> Plot:
    died = (icu["died"] == "Yes").to_numpy()
    counts = (1, 3, 10, 30, 100, 300)
    plot = Plot(
        "The luck of the winner",
        "The best of 300 worthless models reaches an AUROC of about .65 with 200 patients and .55 with 2,000.",
        (-0.05, 2.6),
        (0.48, 0.68),
        bottom=238.0,
    )
    plot.axes(
        "Models tried (log scale)", "Best AUROC", np.log10(counts), (0.5, 0.55, 0.6, 0.65), [str(n) for n in counts]
    )
    plot.line([(-0.05, 0.5), (2.6, 0.5)], "ref")
    random = np.random.default_rng(2027)
    for outcome, kind in ((np.tile(died, 10), "2"), (died, "1")):
        areas = np.array([[auroc(outcome, random.random(len(outcome))) for _ in range(300)] for _ in range(12)])
        best = [(np.log10(tried), areas[:, :tried].max(axis=1).mean()) for tried in counts]
        plot.line(best, f"l{kind}")
        plot.dots(best, f"p{kind}")
    plot.label(1.05, 0.622, "200 patients", "t1 end")
    plot.label(1.2, 0.553, "2,000 patients", "t2")
    return plot


def auroc(y: np.ndarray, p: np.ndarray) -> float:
    ranks, events = p.argsort().argsort() + 1, y.sum()
    return float((ranks[y].sum() - events * (events + 1) / 2) / (events * (len(y) - events)))


def survey(people: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    answers = pd.get_dummies(people.drop(columns="health"), drop_first=True).astype(float)
    return answers, (people["health"] == "no").to_numpy()


def forest(people: pd.DataFrame) -> Plot:
    answers, poor = survey(people)
    seen, new, poor_seen, poor_new = train_test_split(answers, poor, test_size=0.4, random_state=0, stratify=poor)
    counts = (1, 2, 3, 5, 10, 20, 30, 50, 100)
    plot = Plot(
        "AUROC by number of trees",
        "Averages of trees improve until about thirty; trees with leaves of twenty stay .05 above full-grown ones.",
        (-0.05, 2.05),
        (0.5, 0.74),
        bottom=238.0,
    )
    ticks = (1, 3, 10, 30, 100)
    plot.axes("Trees in the mean (log scale)", "AUROC", np.log10(ticks), (0.5, 0.6, 0.7), [str(n) for n in ticks])
    straight = roc_auc_score(poor_new, logistic().fit(seen, poor_seen).predict_proba(new)[:, 1])
    plot.line([(-0.05, straight), (2.05, straight)], "ref")
    plot.label(-0.02, straight, "logistic regression", dy=-6)
    for smallest, kind in ((1, "2"), (20, "1")):
        model = RandomForestClassifier(100, min_samples_leaf=smallest, random_state=0).fit(seen, poor_seen)
        each = np.array([tree.predict_proba(new.to_numpy())[:, 1] for tree in model.estimators_])
        line = [(np.log10(trees), roc_auc_score(poor_new, each[:trees].mean(axis=0))) for trees in counts]
        plot.line(line, f"l{kind}")
        plot.dots(line, f"p{kind}")
    plot.label(0.68, 0.645, "leaves of 20", "t1")
    plot.label(1, 0.59, "full-grown", "t2")
    return plot


def boosting(monica: pd.DataFrame) -> Plot:
    admitted = monica[monica["hosp"] == "y"]
    dead = (admitted["outcome"] == "dead").to_numpy()
    history = pd.get_dummies(admitted.drop(columns=["patient", "hosp", "outcome"])).astype(float)
    seen, new, dead_seen, dead_new = train_test_split(history, dead, test_size=0.4, random_state=0, stratify=dead)
    plot = Plot(
        "Log loss while trees are added",
        "The eager booster is best after five trees and then climbs above the rate; the careful one stays near .42.",
        (0, 160),
        (0.4, 0.7),
        bottom=238.0,
    )
    plot.axes("Trees", "Log loss on new patients", range(0, 161, 40), (0.4, 0.5, 0.6, 0.7))
    rate = log_loss(dead_new, np.full(len(dead_new), dead_seen.mean()))
    plot.line([(0, rate), (160, rate)], "ref")
    plot.label(158, rate, "always the rate", "end", dy=-6)
    for rate_of_learning, leaves, trees, kind in ((0.3, 31, 100, "2"), (0.1, 4, 160, "1")):
        model = HistGradientBoostingClassifier(
            learning_rate=rate_of_learning, max_leaf_nodes=leaves, max_iter=trees, early_stopping=False, random_state=0
        ).fit(seen, dead_seen)
        losses = [log_loss(dead_new, risk[:, 1]) for risk in model.staged_predict_proba(new)]
        plot.line(list(enumerate(losses, 1))[:: 1 if trees == 100 else 2], f"l{kind}")
    plot.label(58, 0.63, "eager", "t2 end")
    plot.label(110, 0.44, "careful", "t1 mid")
    return plot


def audit(people: pd.DataFrame) -> Plot:
    answers, poor = survey(people)
    hidden = [name for name in answers if name.startswith(("gender", "ethnicity"))]
    groups = {
        "men": people["gender"] == "male",
        "women": people["gender"] == "female",
        "white": people["ethnicity"] == "cauc",
        "Black": people["ethnicity"] == "afam",
        "other": people["ethnicity"] == "other",
    }
    plot = Plot(
        "Who is found, by group",
        "Without the columns the gap between men and women closes, and Black and other people are found less often.",
        (0.2, 0.9),
        (-0.5, 4.5),
        bottom=258.0,
        left=64.0,
    )
    plot.axes(
        "TPR: share of those in poor health invited", "", (0.2, 0.4, 0.6, 0.8), range(5), y_words=list(groups)[::-1]
    )
    folds = StratifiedKFold(10, shuffle=True, random_state=0)
    for columns, kind, above in ((answers, "1", 0.13), (answers.drop(columns=hidden), "2", -0.13)):
        risk = cross_val_predict(logistic(), columns, poor, cv=folds, method="predict_proba")[:, 1]
        invited = risk >= np.quantile(risk, 0.8)
        for place, group in enumerate(reversed(groups.values())):
            hits = invited[group.to_numpy() & poor]
            plot.range(place + above, *wilson(hits.sum(), len(hits)), "ci1" if kind == "1" else "ci")
            plot.dots([(hits.mean(), place + above)], f"p{kind}", 4.5)
    plot.words(64, 13, "all columns", "t1")
    plot.words(334, 13, "without sex and ethnicity", "t2 end")
    return plot


def gaps(people: pd.DataFrame) -> Plot:
    answers, poor = survey(people)
    man = (people["gender"] == "male").to_numpy()
    plot = Plot(
        "TPR gap over twenty resamples",
        "With one threshold the gap lies near .10 in nearly every resample; with two it scatters about zero.",
        (-0.2, 0.3),
        (-0.5, 1.5),
        bottom=158.0,
        left=104.0,
    )
    plot.axes(
        "Women's TPR less men's", "", (-0.2, -0.1, 0, 0.1, 0.2, 0.3), (0, 1), y_words=["one for each", "one threshold"]
    )
    plot.line([(0, -0.5), (0, 1.5)], "ref")
    for seed in range(20):
        learn, judge = train_test_split(np.arange(len(poor)), test_size=0.5, random_state=seed, stratify=poor)
        risk = logistic().fit(answers.iloc[learn], poor[learn]).predict_proba(answers)[:, 1]
        wanted = np.quantile(risk[learn], 0.8)
        both = equal_tpr(risk[learn], poor[learn], man[learn])
        up = (seed % 5 - 2) * 0.11
        for thresholds, place, kind in (((wanted, wanted), 1, "p1"), (both, 0, "p2")):
            invited = risk[judge] >= np.where(man[judge], *thresholds)
            ill, sex = poor[judge], man[judge]
            plot.dots([(invited[ill & ~sex].mean() - invited[ill & sex].mean(), place + up)], kind)
    return plot


def equal_tpr(risk: np.ndarray, poor: np.ndarray, man: np.ndarray) -> list[float]:
    options = []
    for wanted in np.linspace(0.2, 0.8, 121):
        t = [float(np.quantile(risk[poor & sex], 1 - wanted)) for sex in (man, ~man)]
        options.append((abs((risk >= np.where(man, *t)).mean() - 0.2), t))
    return min(options)[1]


def policies(women: pd.DataFrame) -> Plot:
    ended = women["Preg.ended...37.wk"].str.strip()
    women = women[ended != ""].reset_index(drop=True)
    reward = (ended[ended != ""] == "No").to_numpy().astype(float)
    treated = (women["Group"] == "T").to_numpy()
    known = pd.DataFrame(
        {
            "age": women["Age"],
            "black": women["Black"].str.strip() == "Yes",
            "tobacco": women["Use.Tob"].str.strip() == "Yes",
            "pregnancies": women["N.prev.preg"].fillna(0),
            "preterm before": women["Live.PTB"].str.strip() == "Yes",
            "bleeding": women["BL..BOP"],
            "pockets": women["BL.PD.avg"],
        }
    ).astype(float)

    def learned(rows: np.ndarray, patients: pd.DataFrame) -> np.ndarray:
        chances = []
        for arm in (True, False):
            here = rows[treated[rows] == arm]
            model = RandomForestClassifier(30, min_samples_leaf=10, random_state=0)
            chances.append(model.fit(known.iloc[here], reward[here]).predict_proba(patients)[:, 1])
        return np.asarray(chances[0] > chances[1])

    unseen = np.zeros(len(women), dtype=bool)
    for others, these in StratifiedKFold(5, shuffle=True, random_state=0).split(known, treated):
        unseen[these] = learned(others, known.iloc[these])
    rules = {
        "treat none": np.zeros(len(women), dtype=bool),
        "treat all": np.ones(len(women), dtype=bool),
        "learned, others": unseen,
        "learned, same": learned(np.arange(len(women)), known),
    }
    plot = Plot(
        "Births at term under four policies",
        "The learned policy reaches .96 on the women it was learned from and .86 on others, no better than the rest.",
        (0.8, 1),
        (-0.5, 3.5),
        bottom=198.0,
        left=110.0,
    )
    plot.axes("Share of births at term", "", (0.8, 0.85, 0.9, 0.95, 1), range(4), y_words=list(rules)[::-1])
    for place, rule in enumerate(reversed(rules.values())):
        weight = (rule == treated).astype(float)
        estimate = (weight * reward).sum() / weight.sum()
        half = 1.96 * np.sqrt(((weight * (reward - estimate)) ** 2).sum()) / weight.sum()
        kind = "2" if place == 0 else "1"
        plot.range(place, estimate - half, estimate + half, "ci" if kind == "2" else "ci1")
        plot.dots([(estimate, place)], f"p{kind}", 4.5)
        plot.label(estimate, place, short(round(float(estimate), 2)), "mid", dy=-9)
    return plot


def main(data: Path) -> None:
    people = pd.read_csv(data / "health_insurance.csv")
    figures = {
        "winner": winner(pd.read_csv(data / "icu.csv")),
        "forest": forest(people),
        "boosting": boosting(pd.read_csv(data / "monica_visible.csv")),
        "audit": audit(people),
        "gaps": gaps(people),
        "policies": policies(pd.read_csv(data / "opt.csv")),
    }
    for name, plot in figures.items():
        (Path(__file__).parent / f"{name}.svg").write_text(plot.svg(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
