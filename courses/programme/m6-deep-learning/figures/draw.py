"""Draw the figures of module 6 from the data.

From the repository: PYTHONPATH=. python PATH/draw.py var/data writes the SVG files beside this one. Accuracies are
rounded to the hundredth before they are drawn, because the last digits of a trained network differ between machines.
"""

import sys
import warnings
from pathlib import Path

import numpy as np
import pydicom
from numpy.lib.stride_tricks import sliding_window_view
from scipy.signal import find_peaks
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from courses.drawing import TOP, Plot

KINDS = (1, 2, 3)


def patches(brain, lowest, highest, each, seed, before=4, after=5):
    """Patches around voxels of each tissue in these slices, as the lessons cut them."""
    random = np.random.default_rng(seed)
    pictures, tissues = [], []
    for number, height in enumerate(brain["slice"]):
        if not lowest <= height < highest:
            continue
        truth = brain["tissue"][number].copy()
        truth[:before] = truth[-before:] = 0
        truth[:, :before] = truth[:, -before:] = 0
        for kind in KINDS:
            for i, j in random.permutation(np.argwhere(truth == kind))[:each]:
                pictures.append(brain["image"][number, i - before : i + after, j - before : j + after].ravel())
                tissues.append(kind)
    return np.array(pictures, dtype=float), np.array(tissues)


def hill(brain) -> Plot:
    image, tissue, height = brain["image"], brain["tissue"], brain["slice"]
    random = np.random.default_rng(2027)

    def voxels(slices):
        bright, grey = [], []
        for kind, number in ((1, 2000), (2, 1000), (3, 1000)):
            bright.append(random.choice(image[slices][tissue[slices] == kind], number, replace=False))
            grey.append(np.full(number, kind == 1))
        return np.concatenate(bright)[:, None] / 255, np.concatenate(grey)

    (x, grey), (x_new, grey_new) = voxels(height < 40), voxels(height >= 40)
    mean, spread = x.mean(), x.std()
    one = LogisticRegression(C=np.inf).fit(x, grey)
    two = MLPClassifier((2,), activation="logistic", solver="lbfgs", alpha=1e-4, max_iter=5000, tol=1e-12,
                        max_fun=50000, random_state=0)  # fmt: skip
    two.fit((x - mean) / spread, grey)
    plot = Plot(
        "Grey matter by brightness",
        "The share rises steeply near a brightness of 140 and falls steeply near 194; one neuron says about one half "
        "everywhere, two hidden neurons follow the hill.",
        (50, 250),
        (0, 1),
        bottom=238.0,
    )
    plot.axes("Brightness of the voxel", "Share that is grey matter", range(50, 251, 50), (0, 0.2, 0.4, 0.6, 0.8, 1))
    curve = np.linspace(50, 250, 41)[:, None] / 255
    for model, scaled, kind in ((one, curve, "l2"), (two, (curve - mean) / spread, "l1")):
        plot.line(zip(curve[:, 0] * 255, model.predict_proba(scaled)[:, 1].round(2), strict=True), kind)
    for start in range(60, 240, 12):
        here = (x_new[:, 0] * 255 >= start) & (x_new[:, 0] * 255 < start + 12)
        if here.sum() >= 20:
            plot.dots([(start + 6, grey_new[here].mean())], "p3")
    plot.label(55, 0.62, "one neuron", "t2")
    plot.label(250, 0.86, "two hidden", "t1 end")
    plot.label(250, 0.79, "neurons", "t1 end")
    return plot


def curves(brain) -> Plot:
    seen, kind = patches(brain, 12, 40, 40, seed=1)
    new, kind_new = patches(brain, 40, 54, 40, seed=2)
    seen, new = seen / 255, new / 255
    mean, spread = seen.mean(0), seen.std(0)
    few = np.random.default_rng(3).permutation(len(seen))[:600]
    plot = Plot(
        "Learning curves",
        "On 600 patches accuracy reaches .96 on the seen and .88 on the new; on all 2,640 it reaches .97 and .91. The "
        "middle voxel alone has .93.",
        (0, 60),
        (0.5, 1),
        bottom=258.0,
    )
    plot.axes("Epochs", "Accuracy", range(0, 61, 10), (0.5, 0.6, 0.7, 0.8, 0.9, 1))
    plot.line([(0, 0.93), (60, 0.93)], "ref")
    for rows, kind_of_line in ((few, "2"), (np.arange(len(seen)), "1")):
        model = MLPClassifier((64, 32), alpha=0, random_state=0)
        found = []
        for epoch in range(1, 61):
            model.partial_fit((seen[rows] - mean) / spread, kind[rows], classes=KINDS)
            if epoch % 6 == 0 or epoch == 3:
                scores = [model.score((x - mean) / spread, y) for x, y in ((seen[rows], kind[rows]), (new, kind_new))]
                found.append((epoch, *np.round(scores, 2)))
        for column in (1, 2):
            plot.line([(row[0], row[column]) for row in found if row[column] >= 0.5], f"l{kind_of_line} solid")
        plot.dots([(row[0], row[2]) for row in found], f"p{kind_of_line}")
    plot.label(30, 0.66, "all 2,640 patches", "t1")
    plot.label(30, 0.61, "600 patches", "t2")
    plot.label(1, 0.93, "middle voxel alone", dy=-6)
    return plot


def edges(brain) -> Plot:
    """Not a plot: two pictures side by side, drawn voxel by voxel as runs of the same shade."""
    picture = brain["image"][brain["slice"] == 45][0].astype(float)
    rows, columns = np.flatnonzero((picture > 0).any(1)), np.flatnonzero((picture > 0).any(0))
    picture = picture[rows[0] - 2 : rows[-1] + 3, columns[0] - 2 : columns[-1] + 3]
    windows = sliding_window_view(picture, (3, 3))
    across = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    strength = np.hypot(*(np.einsum("ijuv,uv->ij", windows, filter_) for filter_ in (across, across.T)))
    strongest = strength >= np.quantile(strength, 0.8)
    plot = Plot(
        "A slice of the brain and its edges",
        "Left the slice in three shades. Right the fifth of the voxels where edge filters answer most: the outline of "
        "the brain, the ventricles, the folds.",
        (0, 1),
        (0, 1),
        bottom=206.0,
    )
    plot.words(4, 13, "The slice")
    plot.words(190, 13, "Where it has edges")
    shades = ((1, 130, "ink"), (130, 191, "p3"), (191, 256, "zone"))
    for low, high, kind in shades:
        plot.parts.append(f'<path class="{kind}" d="{runs((picture >= low) & (picture < high), 4)}"/>')
    plot.parts.append(f'<path class="p1" d="{runs(strongest, 190)}"/>')
    plot.words(4, 244, "strongest shade fluid, faintest white matter")
    return plot


def runs(mask, left, voxel=2.1) -> str:
    """The voxels of a mask as a path of boxes, front of the head upwards."""
    boxes = []
    for row, line in enumerate(mask[::-1]):
        ends = np.flatnonzero(np.diff(np.concatenate([[0], line.astype(int), [0]])))
        for start, end in ends.reshape(-1, 2):
            x, y = left + start * voxel, TOP - 6 + row * voxel
            boxes.append(f"M{x:.1f} {y:.1f}h{(end - start) * voxel:.1f}v{voxel}h-{(end - start) * voxel:.1f}z")
    return "".join(boxes)


def since_the_beat(data: Path) -> Plot:
    lead = pydicom.dcmread(data / "waveform_ecg.dcm").waveform_array(0)[:, 1]
    x = lead.reshape(-1, 20).mean(axis=1)
    learn = 350
    x = (x - x[:learn].mean()) / x[:learn].std()
    beats, _ = find_peaks(x, height=1.8, distance=25)
    time = np.arange(len(x))
    ago = (time - beats[np.searchsorted(beats, time, side="right") - 1]) / 50
    past = np.array([x[t - 4 : t + 1] for t in range(60, len(x))])
    window = np.zeros(len(x))
    window[60:] = Ridge(1.0).fit(past[: learn - 60], ago[60:learn]).predict(past)
    said = recurrent(x, ago, beats[0], learn)
    plot = Plot(
        "Seconds since the last beat",
        "The truth is a saw-tooth between 0 and 1. The recurrent network follows it, least well after "
        "the last beat; the window of a tenth of a second stays near one half.",
        (7, 10),
        (0, 1.2),
        bottom=238.0,
    )
    plot.axes("Seconds of the recording", "Seconds since the last beat", (7, 8, 9, 10), (0, 0.2, 0.4, 0.6, 0.8, 1, 1.2))
    for values, kind in ((window, "l2"), (ago, "ref"), (said, "l1")):
        shown = np.clip(values[learn:], 0, 1.2).round(2)
        plot.line(zip(time[learn:] / 50, shown, strict=True), kind)
    plot.label(7.05, 1.1, "recurrent network", "t1")
    plot.label(9.95, 1.1, "window of .1 s", "t2 end")
    return plot


def recurrent(x, ago, first, learn, neurons=32, rounds=300, steps=100, deaf=30):
    """What the network of lesson 4 says at every moment, trained as there."""
    random = np.random.default_rng(0)
    turn = np.linalg.qr(random.normal(size=(neurons, neurons)))[0]
    net = {
        "w": random.normal(0, 0.5, neurons),
        "U": 0.9 * turn,
        "b": np.zeros(neurons),
        "v": random.normal(0, 0.1, neurons),
        "c": np.array([0.4]),
    }
    slow = {name: 0 * w for name, w in net.items()}
    size = {name: 0 * w for name, w in net.items()}
    for round_ in range(1, rounds + 1):
        starts = random.integers(first, learn - steps, 32)
        heard, truth = x[starts[:, None] + np.arange(steps)], ago[starts[:, None] + np.arange(steps)]
        states = [np.zeros((32, neurons))]
        for t in range(steps):
            states.append(np.tanh(heard[:, t, None] * net["w"] + states[t] @ net["U"] + net["b"]))
        slopes = {name: 0 * w for name, w in net.items()}
        back = np.zeros((32, neurons))
        for t in reversed(range(steps)):
            after = states[t + 1]
            if t >= deaf:
                wrong = 2 * (after @ net["v"] + net["c"] - truth[:, t]) / 32 / (steps - deaf)
                slopes["v"] += after.T @ wrong
                slopes["c"] += wrong.sum()
                back = back + wrong[:, None] * net["v"]
            back = back * (1 - after**2)
            slopes["w"] += heard[:, t] @ back
            slopes["U"] += states[t].T @ back
            slopes["b"] += back.sum(0)
            back = back @ net["U"].T
        for name, slope in slopes.items():
            slow[name] = 0.9 * slow[name] + 0.1 * slope
            size[name] = 0.999 * size[name] + 0.001 * slope**2
            typical = np.sqrt(size[name] / (1 - 0.999**round_))
            net[name] = net[name] - 0.01 * (slow[name] / (1 - 0.9**round_)) / (typical + 1e-8)
    state, said = np.zeros(neurons), []
    for value in x:
        state = np.tanh(value * net["w"] + state @ net["U"] + net["b"])
        said.append(state @ net["v"] + net["c"][0])
    return np.array(said)


def eyes(brain) -> Plot:
    def pattern(x, floor):
        x = x - x.mean(axis=1, keepdims=True)
        return x / (x.std(axis=1, keepdims=True) + floor)

    def tissue(*where):
        x, y = patches(brain, *where, before=4, after=4)
        return pattern(x, 5), y

    below, few, top = tissue(12, 30, 100, 0), tissue(36, 54, 40, 1), tissue(60, 80, 150, 2)
    digits = load_digits()

    def layer(x, y):
        net = MLPClassifier((48,), alpha=0.01, max_iter=50, random_state=0).fit(x, y)
        return lambda z: np.maximum(0, z @ net.coefs_[0] + net.intercepts_[0])

    blank = np.random.default_rng(0).normal(0, 1 / 8, (64, 48))
    sources = {
        "brain": layer(*below),
        "digits": layer(pattern(digits.data, 0.1), digits.target),
        "random": lambda z: np.maximum(0, z @ blank),
        "none": lambda z: z,
    }
    labels = (10, 30, 100, 300)
    plot = Plot(
        "Accuracy by number of labels",
        "With layers from another part of the brain accuracy rises from .54 to .68; with digits or random layers from "
        "about .48 to .60; with no layer from .49 to .54.",
        (-0.2, 3.6),
        (0.45, 0.7),
        bottom=258.0,
    )
    plot.axes("Labels of each tissue", "Accuracy at the top of the brain", range(4), (0.45, 0.5, 0.55, 0.6, 0.65, 0.7),
              [str(number) for number in labels])  # fmt: skip
    styles = {"brain": ("l1", "p1", "t1"), "digits": ("l2", "p2", "t2"), "random": ("ref", "p3", ""),
              "none": ("ref", "p3", "")}  # fmt: skip
    for name, see in sources.items():
        points = []
        for at, number in enumerate(labels):
            found = []
            for seed in range(8):
                random = np.random.default_rng(seed)
                rows = [random.permutation(np.flatnonzero(few[1] == kind))[:number] for kind in KINDS]
                rows = np.concatenate(rows)
                model = make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=500))
                model.fit(see(few[0][rows]), few[1][rows])
                found.append(model.score(see(top[0]), top[1]))
            points.append((at, round(float(np.mean(found)), 2)))
        line, dot, text = styles[name]
        plot.line(points, line)
        plot.dots(points, dot)
        plot.label(*points[-1], name, text, dx=7, dy=12 if name == "random" else 0)
    return plot


def main(data: Path) -> None:
    warnings.simplefilter("ignore", ConvergenceWarning)
    brain = np.load(data / "mni152_visible.npz")
    figures = {
        "hill": hill(brain),
        "curves": curves(brain),
        "edges": edges(brain),
        "since-the-beat": since_the_beat(data),
        "eyes": eyes(brain),
    }
    for name, plot in figures.items():
        (Path(__file__).parent / f"{name}.svg").write_text(plot.svg(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
