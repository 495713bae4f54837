"""Draw the figures of module 3 from the data.

From the repository: PYTHONPATH=. python PATH/draw.py var/data writes the SVG files beside this one.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from courses.drawing import Plot, short, wilson


def positivity(tests: pd.DataFrame) -> Plot:
    positive = tests["result"] == "positive"
    seen = tests.groupby("subject_id")["result"].agg(set)
    people = seen[seen != {"invalid"}]
    ever = people.map(lambda results: "positive" in results)
    rows = [
        ("all tests", positive.sum(), len(tests)),
        ("valid tests", positive.sum(), (tests["result"] != "invalid").sum()),
        ("people", ever.sum(), len(people)),
    ]
    plot = Plot(
        "Three shares, all called positivity",
        ", ".join(f"of {name} {x / n:.4f}" for name, x, n in rows) + ".",
        (0.05, 0.07),
        (0, 3),
        bottom=138.0,
        left=82.0,
    )
    plot.axes("Share positive", "Of", np.arange(0.05, 0.071, 0.005).round(3), [2.5, 1.5, 0.5],
              y_words=[name for name, _, _ in rows])  # fmt: skip
    for place, (_, x, n) in enumerate(rows):
        y = 2.5 - place
        plot.range(y, *wilson(x, n))
        plot.dots([(x / n, y)], "p1", 4.5)
        plot.label(x / n, y, f"{x:,} of {n:,}", "mid", dy=-9)
    return plot


def gaps(people: pd.DataFrame) -> Plot:
    bands = pd.cut(people["age"], [17, 30, 40, 50, 60, 70, 80, 100])
    plot = Plot(
        "Share without a BMI by age",
        "",
        (-0.4, 6.4),
        (0, 0.5),
        bottom=238.0,
    )
    plot.axes("Age", "Share without a BMI", range(7), np.arange(0, 0.51, 0.1).round(1),
              ["18–30", "–40", "–50", "–60", "–70", "–80", "81–"])  # fmt: skip
    found = {}
    for case, kind in ((False, "2"), (True, "1")):
        points = []
        for place, band in enumerate(bands.cat.categories):
            here = people[(bands == band) & (people["case"] == case)]
            missing = here["bmi"].isna()
            plot.bar(place, *wilson(missing.sum(), len(here)), "ci")
            points.append((place, missing.mean()))
        plot.line(points, f"l{kind}")
        plot.dots(points, f"p{kind}")
        found[case] = points
    plot.label(1, found[False][1][1], "without fatty liver", "t2", dx=26, dy=-6)
    plot.label(3, found[True][3][1], "with fatty liver", "t1 mid", dy=40)
    first, last = found[False][0][1], found[False][-1][1]
    plot.finding = (
        f"Among people without fatty liver the share falls from {first:.0%} to {last:.0%} with age; among those with it, "
        f"it is between {min(y for _, y in found[True]):.0%} and {max(y for _, y in found[True]):.0%}."
    )
    return plot


def when(people: pd.DataFrame, events: pd.DataFrame) -> Plot:
    hdl = events[events["test"] == "hdl"]
    year = np.floor(hdl["days"] / 365.25)
    case = hdl["id"].isin(people.loc[people["case"], "id"])
    plot = Plot(
        "When HDL cholesterol was measured",
        "",
        (-8, 8),
        (0, 120),
        bottom=238.0,
    )
    plot.axes("Years from the index day", "Measurements per 100 people and year", range(-8, 9, 2), range(0, 121, 40))
    entered = people.set_index("id")["futime"]
    rates = {}
    for is_case, kind in ((False, "l2"), (True, "l1")):
        group = people[people["case"] == is_case]
        follow = entered[group["id"]] / 365.25
        rate = []
        for start in range(-8, 8):
            # After the index day people leave the study: divide by the time that is still observed.
            observed = len(group) if start < 0 else float((follow - start).clip(0, 1).sum())
            rate.append((start, 100 * ((year == start) & (case == is_case)).sum() / observed))
        rates[is_case] = dict(rate)
        plot.steps([*rate, (8, rate[-1][1])], kind)
    plot.label(-1.3, rates[True][-1], "with fatty liver", "t1 end", dx=-4, dy=4)
    plot.label(-5.5, rates[False][-6], "without", "t2", dy=24)
    plot.finding = (
        f"With fatty liver: {rates[True][-8]:.0f} eight years before, {rates[True][-1]:.0f} in the year before and "
        f"{rates[True][4]:.0f} five years after; without: {rates[False][-8]:.0f}, {rates[False][-1]:.0f} and "
        f"{rates[False][4]:.0f}."
    )
    return plot


def teeth(events: pd.DataFrame) -> Plot:
    sbp = events.loc[events["test"] == "sbp", "value"]
    counts = sbp[sbp.between(100, 179)].astype(int).value_counts().reindex(range(100, 180), fill_value=0)
    plot = Plot(
        "Systolic pressure, one bar for each millimetre",
        f"Even numbers stand several times above odd ones; 120 has {counts[120]:,} readings, 121 has {counts[121]:,}.",
        (100, 180),
        (0, 1800),
        bottom=218.0,
    )
    plot.axes("Systolic pressure, mmHg", "Readings", range(100, 181, 20), range(0, 1801, 600),
              y_words=["0", "600", "1,200", "1,800"])  # fmt: skip
    for value, count in counts.items():
        plot.area(
            [(value, 0), (value, count), (value + 0.85, count), (value + 0.85, 0)], "p1" if value % 10 == 0 else "b1"
        )
    return plot


def axes(tests: pd.DataFrame) -> Plot:
    valid = tests[tests["result"] != "invalid"]
    drive = valid.groupby("drive_thru_ind")["result"].agg(x=lambda r: (r == "positive").sum(), n="size")
    shares = (drive["x"] / drive["n"]).tolist()
    plot = Plot(
        "The same two shares, drawn twice",
        f"{shares[0]:.2%} and {shares[1]:.2%}: as bars on a cut axis one looks four times as tall; as points from zero "
        "they are close.",
        (0, 10),
        (0, 1),
        bottom=218.0,
    )
    names = ("inside", "by car")
    cut, full = (5.0, 6.2), (0.0, 8.0)
    for tick in (5, 5.4, 5.8, 6.2):
        y = (tick - cut[0]) / (cut[1] - cut[0])
        plot.line([(0, y), (4.3, y)], "hair")
        plot.label(0, y, short(tick), "end", dx=-7, dy=4)
    for tick in range(0, 9, 2):
        y = (tick - full[0]) / (full[1] - full[0])
        plot.line([(5.8, y), (10, y)], "hair")
        plot.label(5.8, y, str(tick), "end", dx=-7, dy=4)
    for start, end in ((0, 4.3), (5.8, 10)):
        plot.line([(start, 1), (start, 0), (end, 0)], "ax")
    for place, (share, (_, row)) in enumerate(zip(shares, drive.iterrows(), strict=True)):
        left, height = 0.5 + 2 * place, (100 * share - cut[0]) / (cut[1] - cut[0])
        plot.area([(left, 0), (left, height), (left + 1.3, height), (left + 1.3, 0)])
        x = 6.8 + 2 * place
        low, high = (100 * end / full[1] for end in wilson(row["x"], row["n"]))
        plot.bar(x, low, high)
        plot.dots([(x, 100 * share / full[1])], "p1", 4.5)
        for centre in (left + 0.65, x):
            plot.label(centre, 0, names[place], "mid", dy=17)
    plot.words(4, 13, "Positive, %")
    plot.label(5.8, 1, "Positive, %", dx=-24, dy=-14)
    return plot


def weeks(tests: pd.DataFrame) -> Plot:
    valid = tests[tests["result"] != "invalid"]
    weekly = valid.groupby(valid["pan_day"] // 7)["result"].agg(x=lambda r: (r == "positive").sum(), n="size")
    weekly = weekly[weekly["n"] >= 100]
    overall = (valid["result"] == "positive").mean()
    plot = Plot(
        "Positive tests, week by week",
        f"Shares between {(weekly['x'] / weekly['n']).min():.3f} and {(weekly['x'] / weekly['n']).max():.3f}; the "
        f"interval of every week holds the overall share, {overall:.3f}.",
        (0.4, 15.6),
        (0, 0.12),
        bottom=218.0,
    )
    plot.axes("Week", "Positive among valid tests", range(1, 16, 2), (0, 0.03, 0.06, 0.09, 0.12))
    plot.line([(0.4, overall), (15.6, overall)], "ref")
    for week, row in weekly.iterrows():
        plot.bar(week, *wilson(row["x"], row["n"]))
    plot.line([(week, row["x"] / row["n"]) for week, row in weekly.iterrows()], "l1")
    plot.dots([(week, row["x"] / row["n"]) for week, row in weekly.iterrows()], "p1")
    return plot


def funnel(tests: pd.DataFrame) -> Plot:
    valid = tests[tests["result"] != "invalid"]
    clinics = valid.groupby("clinic_name")["result"].agg(x=lambda r: (r == "positive").sum(), n="size")
    overall = clinics["x"].sum() / clinics["n"].sum()
    large = clinics[clinics["n"] >= 20]
    plot = Plot(
        "Positive share by number of tests, clinic by clinic",
        "Most clinics lie between limits that narrow with the number of tests; one of 92 tests lies far above.",
        (float(np.log(18)), float(np.log(9000))),
        (0, 0.4),
        bottom=258.0,
    )
    ticks = (20, 50, 100, 200, 500, 1000, 2000, 5000)
    plot.axes("Tests (logarithmic)", "Share positive", np.log(ticks), (0, 0.1, 0.2, 0.3, 0.4),
              ["20", "50", "100", "200", "500", "1k", "2k", "5k"])  # fmt: skip
    numbers = np.geomspace(20, 8000, 60)
    half = 3.09 * np.sqrt(overall * (1 - overall) / numbers)
    plot.line([(np.log(18), overall), (np.log(9000), overall)], "ref")
    plot.line(zip(np.log(numbers), overall + half, strict=True), "l2")
    plot.line(zip(np.log(numbers), np.maximum(overall - half, 0), strict=True), "l2")
    share = large["x"] / large["n"]
    outside = (share - overall).abs() > 3.09 * np.sqrt(overall * (1 - overall) / large["n"])
    plot.dots(zip(np.log(large["n"][~outside]), share[~outside], strict=True), "p3", 3)
    plot.dots(zip(np.log(large["n"][outside]), share[outside], strict=True), "p1", 4)
    plot.label(np.log(26), 0.215, "limits of chance", "t2", dx=12)
    return plot


def main(data: Path) -> None:
    tests = pd.read_csv(data / "covid_testing.csv")
    people = pd.read_csv(data / "nafld1.csv")
    people["case"] = people["id"] == people["case.id"]
    events = pd.read_csv(data / "nafld2.csv")
    figures = {
        "positivity": positivity(tests),
        "gaps": gaps(people),
        "when": when(people, events),
        "teeth": teeth(events),
        "axes": axes(tests),
        "weeks": weeks(tests),
        "funnel": funnel(tests),
    }
    for name, plot in figures.items():
        (Path(__file__).parent / f"{name}.svg").write_text(plot.svg(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
