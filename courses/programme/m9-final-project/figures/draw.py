"""Draw the figures of module 9 from the data.

From the repository: PYTHONPATH=. python PATH/draw.py var/data writes the SVG files beside this one.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sksurv.linear_model import CoxPHSurvivalAnalysis
from sksurv.metrics import concordance_index_censored
from sksurv.nonparametric import kaplan_meier_estimator
from sksurv.util import Surv

from courses.drawing import TOP, Plot, short

HORIZON = 5.0


def outcome(years, event, horizon=HORIZON):
    return Surv.from_arrays(np.asarray(event, dtype=bool) & (years <= horizon), np.minimum(years, horizon))


def times(women):
    """Years to recurrence or death, and whether it happened, in either place."""
    if "rfstime" in women:
        return women["rfstime"] / 365.25, women["status"] == 1
    days = np.where(women["recur"] == 1, women["rtime"], women["dtime"])
    return days / 365.25, (women["recur"] == 1) | (women["death"] == 1)


def bend(x, low, middle, high):
    one, two, three = (np.clip(x - knot, 0, None) ** 3 for knot in (low, middle, high))
    width = high - middle
    return (one - two * (high - low) / width + three * (middle - low) / width) / (high - low) ** 2


def columns(women):
    size = women["size"]
    if "rfstime" in women:
        size = pd.cut(size, [0, 20, 50, 999], labels=["<=20", "20-50", ">50"]).astype(str)
    nodes = women["nodes"].clip(upper=19).astype(float)
    table = {
        "medium": size == "20-50",
        "large": size == ">50",
        "nodes": nodes,
        "bend": bend(nodes, 0, 1, 9),
        "grade": women["grade"] == 3,
    }
    return pd.DataFrame(table).astype(float)


def followed(rotterdam, german) -> Plot:
    plot = Plot(
        "Follow-up in two places",
        "At five years 93% of the women in Rotterdam without an event are still followed and 36% of the German women.",
        (0, 15),
        (0, 1),
        bottom=238.0,
    )
    plot.axes("Years since surgery", "Share still followed", range(0, 16, 5), (0, 0.2, 0.4, 0.6, 0.8, 1))
    plot.line([(5, 0), (5, 1)], "ref")
    for women, kind in ((rotterdam, "1"), (german, "2")):
        years, event = times(women)
        when, share = kaplan_meier_estimator(~np.asarray(event, dtype=bool), years)
        grid = np.arange(0, min(when.max(), 15) + 0.01, 0.25)
        at = np.searchsorted(when, grid, side="right") - 1
        plot.line([(x, 1.0 if i < 0 else round(share[i], 3)) for x, i in zip(grid, at, strict=True)], f"l{kind}")
        at_five = share[np.searchsorted(when, 5) - 1]
        plot.dots([(5, round(at_five, 3))], f"p{kind}")
    plot.label(8.2, 0.86, "Rotterdam", "t1")
    plot.label(5.4, 0.55, "German trial", "t2")
    return plot


def observed(y):
    """Share with the event by the horizon, and its 95% interval (log-log)."""
    _, free, bounds = kaplan_meier_estimator(y["event"], y["time"], conf_type="log-log")
    return 1 - free[-1], 1 - bounds[1][-1], 1 - bounds[0][-1]


def external(rotterdam, german) -> tuple[Plot, Plot]:
    model = CoxPHSurvivalAnalysis(ties="efron").fit(columns(rotterdam), outcome(*times(rotterdam)))
    y = outcome(*times(german))
    risk = 1 - np.array([curve(HORIZON - 0.001) for curve in model.predict_survival_function(columns(german))])
    fifth = pd.qcut(risk, 5, labels=False)
    plot = Plot(
        "Calibration in the German women",
        "Predicted .30, .40, .48, .59, .76; observed .38, .43, .42, .58, .77.",
        (0.2, 0.9),
        (0.2, 0.9),
        bottom=288.0,
    )
    ticks = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
    plot.axes("Predicted risk within five years", "Observed", ticks, ticks)
    plot.line([(0.2, 0.2), (0.9, 0.9)], "ref")
    ends = []
    for group in range(5):
        told = risk[fifth == group].mean()
        value, low, high = observed(y[fifth == group])
        plot.bar(told, low, high)
        plot.dots([(told, value)], "p1", 4.5)
        ends.append(value)
    return plot, hundred(round(ends[0] * 100), round(ends[-1] * 100))


def hundred(low, high) -> Plot:
    """Not a plot: two fields of ten by ten dots."""
    plot = Plot(
        "A hundred women",
        f"In the lowest fifth {low} of 100 had the event within five years, in the highest {high}.",
        (0, 1),
        (0, 1),
        bottom=160.0,
    )
    for left, count, name in ((8, low, "lowest fifth"), (190, high, "highest fifth")):
        plot.words(left - 4, 13, f"{name}: {count} of 100")
        for number in range(100):
            x, y = left + number % 10 * 15, TOP + 4 + number // 10 * 15
            kind = "p1" if number < count else "ax"
            plot.parts.append(f'<circle class="{kind}" cx="{x}" cy="{y:.0f}" r="5.5"/>')
    return plot


def seeds(rotterdam) -> Plot:
    years, event = times(rotterdam)
    y = outcome(np.asarray(years), event)
    x = pd.DataFrame(
        {
            "nodes": np.log1p(rotterdam["nodes"]),
            "grade": rotterdam["grade"].astype(float),
            "large": (rotterdam["size"] != "<=20").astype(float),
        }
    )
    found = []
    for seed in range(20):
        random = np.random.default_rng(seed)
        test = np.isin(np.arange(len(x)), random.choice(len(x), len(x) // 3, replace=False))
        model = CoxPHSurvivalAnalysis().fit(x[~test], y[~test])
        found.append(concordance_index_censored(y[test]["event"], y[test]["time"], model.predict(x[test]))[0])
    plot = Plot(
        "Twenty seeds",
        f"Concordance from {min(found):.3f} to {max(found):.3f}.",
        (-0.7, 19.7),
        (0.65, 0.71),
        bottom=218.0,
    )
    plot.axes("Seed", "C on a third of Rotterdam", range(0, 20, 5), (0.65, 0.66, 0.67, 0.68, 0.69, 0.7, 0.71))
    low, high = found[0] - 0.005, found[0] + 0.005
    plot.area([(-0.7, low), (19.7, low), (19.7, high), (-0.7, high)])
    plot.dots(list(enumerate(found)), "p1", 4)
    return plot


def alone(rotterdam) -> Plot:
    known = ["age", "year", "meno", "size", "nodes", "grade"]
    names = ["age", "and year of operation", "and menopause", "and tumour size", "and number of nodes", "and grade"]
    plot = Plot(
        "Alone with what is known",
        "Alone by age 0%, with the year 5%, menopause 7%, size 23%, nodes 62%, grade 71%.",
        (0, 1),
        (-0.5, 5.5),
        bottom=218.0,
        left=150.0,
    )
    plot.axes("Share of the women who are alone", "Known", (0, 0.2, 0.4, 0.6, 0.8, 1), range(6),
              y_words=names[::-1])  # fmt: skip
    for number in range(6):
        share = (rotterdam.groupby(known[: number + 1])["pid"].transform("size") == 1).mean()
        plot.range(5 - number, 0, share)
        plot.dots([(share, 5 - number)], "p1", 4.5)
        plot.label(share, 5 - number, short(round(float(share), 2)), "t1", dx=9, dy=4)
    return plot


def main(data: Path) -> None:
    rotterdam, german = pd.read_csv(data / "rotterdam.csv"), pd.read_csv(data / "gbsg.csv")
    calibration, fields = external(rotterdam, german)
    figures = {
        "followed": followed(rotterdam, german),
        "external": calibration,
        "hundred": fields,
        "seeds": seeds(rotterdam),
        "alone": alone(rotterdam),
    }
    for name, plot in figures.items():
        (Path(__file__).parent / f"{name}.svg").write_text(plot.svg(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
