"""Draw the figures of module 1 from the data.

From the repository: PYTHONPATH=. python PATH/draw.py var/data writes the SVG files beside this one.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pydicom
from scipy.signal import find_peaks

from courses.drawing import Plot, wilson


def egfr(people: pd.DataFrame) -> pd.Series:
    """CKD-EPI 2021, as in the lessons."""
    female = people["sex"] == "F"
    ratio = people["creatinine"] / np.where(female, 0.7, 0.9)
    return (
        142
        * np.minimum(ratio, 1) ** np.where(female, -0.241, -0.302)
        * np.maximum(ratio, 1) ** -1.2
        * 0.9938 ** people["age"]
        * np.where(female, 1.012, 1)
    )


def kidneys(people: pd.DataFrame) -> Plot:
    rate = egfr(people).dropna()
    decade = (people["age"][rate.index] // 10 * 10).clip(upper=80)
    starts = (50, 60, 70, 80)
    shares = [(rate[decade == start] < 60).mean() for start in starts]
    plot = Plot(
        "Share with an estimated GFR below 60, by age",
        ", ".join(f"{share:.0%} from {start} on" for share, start in zip(shares, starts, strict=True)) + ".",
        (-0.6, 3.6),
        (0, 0.8),
        bottom=218.0,
    )
    plot.axes("Age", "Share below 60", range(4), np.arange(0, 0.9, 0.2).round(1),
              ["50 to 59", "60 to 69", "70 to 79", "80 and over"])  # fmt: skip
    for place, (start, share) in enumerate(zip(starts, shares, strict=True)):
        here = rate[decade == start]
        plot.area([(place - 0.36, 0), (place - 0.36, share), (place + 0.36, share), (place + 0.36, 0)])
        plot.bar(place, *wilson((here < 60).sum(), len(here)))
        plot.label(place, 0.02, f"{len(here):,}", "mid")
    return plot


def complete(people: pd.DataFrame) -> Plot:
    names = ["patient", "age", "sex", "creatinine", "kappa", "lambda", "mgus", "death", "chapter"]
    filled = people[names].notna().mean()
    plot = Plot(
        "How full the columns are",
        f"All columns are complete but creatinine ({filled['creatinine']:.0%}) and the cause of death, chapter "
        f"({filled['chapter']:.0%}).",
        (0, 1),
        (0, len(names)),
        bottom=258.0,
        left=82.0,
    )
    plot.axes("Share of 5,513 rows with a value", "Column", np.arange(0, 1.1, 0.25),
              [len(names) - place - 0.5 for place in range(len(names))], y_words=names)  # fmt: skip
    for place, name in enumerate(names):
        top = len(names) - place
        plot.area([(0, top - 0.82), (filled[name], top - 0.82), (filled[name], top - 0.18), (0, top - 0.18)])
        if filled[name] < 1:
            plot.label(filled[name], top - 0.5, f"{filled[name]:.0%}", "lab", dx=6, dy=4)
    return plot


def hounsfield(ct: pydicom.Dataset) -> Plot:
    units = ct.pixel_array * float(ct.RescaleSlope) + float(ct.RescaleIntercept)
    counts, edges = np.histogram(units, bins=np.arange(-1000, 1201, 50))
    plot = Plot(
        "Hounsfield units of one slice of CT",
        "A peak around −850 (air), a taller one around 0 (soft tissue) and a thin tail of bone beyond 300.",
        (-1000, 1200),
        (0, 3800),
        bottom=218.0,
    )
    plot.axes("Hounsfield units", "Points of the image", range(-1000, 1201, 500), range(0, 3501, 1000),
              ["−1,000", "−500", "0", "500", "1,000"], ["0", "1,000", "2,000", "3,000"])  # fmt: skip
    for count, left, right in zip(counts, edges, edges[1:], strict=False):
        plot.area([(left, 0), (left, count), (right - 6, count), (right - 6, 0)])
    for x, name in ((-850, "air"), (30, "soft tissue"), (650, "bone")):
        top = counts[(edges[:-1] >= x - 200) & (edges[:-1] < x + 200)].max()
        plot.label(x, top, name, "t1 mid", dy=-7)
    return plot


def ecg(file: pydicom.Dataset) -> Plot:
    second = file.waveform_array(0)[:, 1] / 1000
    beats, _ = find_peaks(second - np.median(second), prominence=0.4 * np.ptp(second), distance=300)
    shown = 5000
    plot = Plot(
        "Lead II of the electrocardiogram",
        "Five seconds with five sharp beats, each marked, about one second apart.",
        (0, 5),
        (-0.75, 1.5),
        bottom=198.0,
    )
    plot.axes("Seconds", "Millivolt", range(6), np.arange(-0.5, 1.6, 0.5), y_words=["−.5", "0", ".5", "1", "1.5"])
    drawn = sorted({*range(0, shown, 10), *(int(place) for place in beats if place < shown)})
    plot.line(((place / 1000, second[place]) for place in drawn), "l1")
    plot.dots([(place / 1000, second[place]) for place in beats if place < shown], "p2", 4)
    return plot


def creatinine(people: pd.DataFrame) -> Plot:
    # Edges between the tenths in which creatinine is given.
    bins = np.array([0.35, 0.55, 0.65, 0.75, 0.85, 0.95, 1.05, 1.15, 1.25, 1.45, 1.65, 2.05, 2.55, 3.55, 5.05, 11])
    plot = Plot(
        "Creatinine by sex",
        "Two overlapping peaks, women near 0.9 and men near 1.2 mg/dL, each with a thin tail to the right.",
        (float(np.log(bins[0])), float(np.log(11))),
        (0, 0.3),
        bottom=218.0,
    )
    ticks = (0.5, 1, 2, 5, 10)
    plot.axes("Creatinine, mg/dL (logarithmic)", "Share of each sex, per tenth", np.log(ticks), (0, 0.1, 0.2, 0.3),
              ["0.5", "1", "2", "5", "10"])  # fmt: skip
    for sex, kind in (("F", "l2"), ("M", "l1")):
        values = people.loc[people["sex"] == sex, "creatinine"].dropna()
        share = np.histogram(values, bins)[0] / len(values) / (np.diff(bins) / 0.1)
        corners = [(np.log(bins[0]), 0.0)]
        for left, height in zip(bins, [*share, 0.0], strict=True):
            corners.append((np.log(left), height))
        plot.steps(corners, kind)
    plot.label(np.log(0.72), 0.24, "women", "t2 end")
    plot.label(np.log(1.5), 0.16, "men", "t1")
    return plot


def sickle() -> Plot:
    reference, variant = "MVHLTPEEKSAV", "MVHLTPVEKSAV"
    plot = Plot(
        "The start of the beta chain of haemoglobin",
        "Twelve amino acids, MVHLTPEEKSAV in the reference and MVHLTPVEKSAV in the sickle variant: the seventh differs.",
        (0, 13),
        (0, 3),
        bottom=98.0,
        left=74.0,
    )
    for place, (one, other) in enumerate(zip(reference, variant, strict=True), 1):
        differs = one != other
        if differs:
            plot.area([(place - 0.5, 0.4), (place - 0.5, 2.9), (place + 0.5, 2.9), (place + 0.5, 0.4)])
        plot.label(place, 2.1, one, "t1 mid" if differs else "mid")
        plot.label(place, 0.9, other, "t2 mid" if differs else "mid")
        if place in (1, 7, 12):
            plot.label(place, -0.6, str(place), "mid")
    for y, text in ((2.1, "reference"), (0.9, "sickle"), (-0.6, "place")):
        plot.words(4, plot.at(0, y)[1], text)
    return plot


def main(data: Path) -> None:
    people = pd.read_csv(data / "flchain_visible.csv")
    figures = {
        "egfr": kidneys(people),
        "complete": complete(people),
        "hounsfield": hounsfield(pydicom.dcmread(data / "CT_small.dcm")),
        "ecg": ecg(pydicom.dcmread(data / "waveform_ecg.dcm")),
        "creatinine": creatinine(people),
        "sickle": sickle(),
    }
    for name, plot in figures.items():
        (Path(__file__).parent / f"{name}.svg").write_text(plot.svg(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
