"""What is checked about a submission, and for how many points.

The student hands in

    fit(pictures, tissues)                  the network, from patches (n, 9, 9) of brightness 0 to 255 and 1, 2 or 3 each
    fit_baseline(pictures, tissues)         a simple model from the same
    predict(model, pictures)                one tissue for each patch
    size(model)                             number of weights and biases of the network
    evaluate(pictures, tissues, slices)     learn, test, network, baseline, shuffled, curve

Patches are cut here; every accuracy is computed here from predictions, and what the student says is only compared.
"""

import re
from functools import cache

import numpy as np
import pandas as pd
from checking import Data, Partial, Student, check, expect, measured, metrics, numbers, partial, show
from checking.metrics import rule
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

EDGE = 4  # voxels on each side of the middle
KINDS = (1, 2, 3)
EACH = 30  # patches of a tissue from a slice
ALLOWED = 0.03  # between an accuracy as reported and as refitted


# Patches, and the student's answers to them --------------------------------------------------------------------------


def cut(arrays, each: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Patches (n, 9, 9), the tissue in the middle of each, and the height of its slice."""
    random = np.random.default_rng(seed)
    pictures, tissues, heights = [], [], []
    for image, tissue, height in zip(arrays["image"], arrays["tissue"], arrays["slice"], strict=True):
        inner = np.zeros_like(tissue)
        inner[EDGE:-EDGE, EDGE:-EDGE] = tissue[EDGE:-EDGE, EDGE:-EDGE]
        for kind in KINDS:
            for row, column in random.permutation(np.argwhere(inner == kind))[:each]:
                pictures.append(image[row - EDGE : row + EDGE + 1, column - EDGE : column + EDGE + 1])
                tissues.append(kind)
                heights.append(int(height))
    return np.array(pictures), np.array(tissues), np.array(heights)


@cache
def visible(data: Data) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return cut(np.load(data.path("mni152_visible.npz")), EACH, seed=1)


@cache
def hidden(data: Data) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return cut(np.load(data.path("mni152_hidden.npz")), EACH, seed=2)


def predicted(student: Student, model: object, pictures: np.ndarray) -> np.ndarray:
    """The student's tissues for these patches: 1, 2 or 3, one each."""
    given = numbers(student.call("predict", model, pictures), len(pictures), "predict", look_at="predict")
    strange = int((~np.isin(given, KINDS)).sum())
    expect(strange == 0, f"{strange:,} of {len(given):,} answers of predict are not 1, 2 or 3.", look_at="predict")
    return given


def accuracy(student: Student, model: object, pictures: np.ndarray, tissues: np.ndarray) -> float:
    return float(np.mean(predicted(student, model, pictures) == tissues))


@cache
def network(student: Student, data: Data) -> object:
    pictures, tissues, _ = visible(data)
    return student.call("fit", pictures, tissues)


@cache
def own_figures(student: Student, data: Data) -> dict:
    return evaluated(student, *visible(data))


def evaluated(student: Student, pictures: np.ndarray, tissues: np.ndarray, heights: np.ndarray) -> dict:
    figures = student.call("evaluate", pictures, tissues, heights)
    expect(
        isinstance(figures, dict),
        "evaluate has to give a dictionary with learn, test, network, baseline, shuffled and curve.",
        got=figures,
        look_at="evaluate",
    )
    return figures


def share(figures: dict, key: str) -> float:
    """An accuracy out of the student's figures."""
    value = figures.get(key)
    expect(value is not None, f'evaluate gives nothing under "{key}".', look_at="evaluate")
    return float(numbers([value], 1, f'"{key}" of evaluate', between=(0, 1), look_at="evaluate")[0])


def sides(figures: dict, heights: np.ndarray) -> tuple[set[int], set[int]]:
    """The slices that the student learns from and reports on: apart, and with a slice between them."""
    both = []
    for key in ("learn", "test"):
        given = figures.get(key)
        expect(given is not None, f'evaluate gives no slices under "{key}".', look_at="evaluate")
        both.append({int(height) for height in numbers(given, None, f'"{key}" of evaluate', look_at="evaluate")})
    learn, test = both
    known = set(heights.tolist())
    expect(len(learn) >= 5 and len(test) >= 5, "Use at least five slices on each side.", look_at="evaluate")
    expect(learn <= known and test <= known, "evaluate names slices that are not in the data.", look_at="evaluate")
    shared = learn & test
    expect(
        not shared,
        f"{len(shared)} slices are both learned from and reported on. Patches of one slice overlap: the network may "
        "remember them. Split by slice.",
        look_at="evaluate",
    )
    near = [height for height in test if height - 1 in learn or height + 1 in learn]
    expect(
        not near,
        f"{len(near)} slices that you report on lie next to one that you learn from. Neighbours are nearly the same "
        "picture: leave at least one slice between the two sides.",
        look_at="evaluate",
    )
    return learn, test


@cache
def refitted(student: Student, data: Data) -> float:
    """The accuracy on the student's test slices of the student's own fit on the student's other slices."""
    pictures, tissues, heights = visible(data)
    return refit(student, own_figures(student, data), pictures, tissues, heights, "fit")


def refit(student, figures, pictures, tissues, heights, function: str) -> float:
    learn, test = sides(figures, heights)
    seen, new = np.isin(heights, list(learn)), np.isin(heights, list(test))
    return accuracy(student, student.call(function, pictures[seen], tissues[seen]), pictures[new], tissues[new])


def logistic(pictures: np.ndarray, tissues: np.ndarray) -> object:
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    return model.fit(pictures.reshape(len(pictures), -1), tissues)


@cache
def our_logistic(data: Data) -> object:
    pictures, tissues, _ = visible(data)
    return logistic(pictures, tissues)


@cache
def hidden_report(student: Student, data: Data) -> metrics.Report:
    """On unseen slices, beside our logistic regression. A resample draws slices: patches of one are not independent."""
    pictures, tissues, heights = hidden(data)
    return metrics.classes(
        tissues,
        predicted(student, network(student, data), pictures),
        baseline=our_logistic(data).predict(pictures.reshape(len(pictures), -1)),
        patients=heights,
        drawn="slices",
        groups={
            "tissue": pd.Series(tissues).map({1: "Grey matter", 2: "White matter", 3: "Other"}),
            "height": pd.cut(heights, 3, labels=["Lower slices", "Middle slices", "Upper slices"]),
        },
        smallest=4,
        rules={"accuracy": rule.at_least(0.90)},
        of="patches of unseen slices",
        seed=2027,
    )


def short(value: float) -> str:
    return f"{value:.3f}".removeprefix("0")


# Visible: 30 points --------------------------------------------------------------------------------------------------


@check("Runs from a clean start, twice, with the same answer", points=5, visible=True, time_limit=300)
def runs_twice_with_the_same_answer(student: Student, data: Data) -> None:
    expect(
        not re.search(r"mni152_hidden|hidden\.npz", student.source),
        "Your code looks for the slices that we keep back. They are not in your sandbox, and asking for them costs the "
        "run. Estimate how you would do on them from slices of your own.",
    )
    pictures, tissues, _ = visible(data)
    some = np.random.default_rng(3).permutation(len(pictures))[:600]
    first = predicted(student, student.call("fit", pictures[some], tissues[some]), pictures)
    second = predicted(student.again, student.again.call("fit", pictures[some], tissues[some]), pictures)
    moved = int((first != second).sum())
    expect(
        moved == 0,
        f"We ran your notebook twice, with other seeds, and fitted on the same patches: {moved:,} of "
        f"{len(pictures):,} answers changed. "
        "Set the seed of everything that draws random numbers, inside fit.",
        look_at="fit",
    )
    expect(
        len(np.unique(first)) == 3,
        f"Your network gives {len(np.unique(first))} of the three tissues, whatever the patch. There is nothing to judge.",
        look_at="fit",
    )
    turned = np.array([0, 2, 3, 1])[tissues[some]]
    other = predicted(student, student.call("fit", pictures[some], turned), pictures)
    expect(
        np.mean(other == first) < 0.5,
        "We gave every tissue another name, and fit went on using the old ones. It does not learn from `tissues`: use "
        "what fit is given, not what was read elsewhere.",
        look_at="fit",
    )


@check("One tissue for each patch", points=5, visible=True, time_limit=200, after="runs_twice_with_the_same_answer")
def one_tissue_for_each_patch(student: Student, data: Data) -> None:
    pictures, tissues, _ = visible(data)
    model = network(student, data)
    expected = predicted(student, model, pictures)
    some = np.random.default_rng(5).permutation(len(pictures))[:500]
    wrong = int((predicted(student, model, pictures[some]) != expected[some]).sum())
    expect(
        wrong == 0,
        f"We sent 500 of the patches in another order, and {wrong} answers changed. Learn nothing in predict, scaling "
        "included, and keep the order.",
        look_at="predict",
    )


@check(
    "Slices are kept apart, and the accuracy is what your functions give",
    points=10,
    visible=True,
    time_limit=400,
    after="runs_twice_with_the_same_answer",
)
def slices_are_kept_apart(student: Student, data: Data) -> None:
    figures = own_figures(student, data)
    sides(figures, visible(data)[2])
    said, ours = share(figures, "network"), refitted(student, data)
    expect(
        abs(said - ours) <= ALLOWED,
        f"evaluate says {short(said)} for your network. We called your fit on the slices under learn and your predict on "
        f"those under test, and got {short(ours)}; we allow .03 either way.",
        look_at="evaluate",
    )


@check(
    "A learning curve of at least five epochs, on both sides",
    points=10,
    visible=True,
    time_limit=400,
    after="slices_are_kept_apart",
)
def a_learning_curve(student: Student, data: Data) -> Partial | None:
    curve = own_figures(student, data).get("curve")
    rows = []
    for row in curve if isinstance(curve, list | tuple | np.ndarray) else []:
        rows.append(numbers(row, 3, "A row of the curve (epoch, learned, test)", look_at="evaluate"))
    expect(len(rows) >= 5, f"The curve has {len(rows)} epochs; at least five are needed.", look_at="evaluate")
    epoch, seen, new = np.array(rows).T
    expect(
        bool((np.diff(epoch) > 0).all() and (np.concatenate([seen, new]) >= 0).all() and max(seen.max(), new.max()) <= 1),
        "A row of the curve is the epoch, the accuracy on learned patches and that on test patches, epochs rising.",
        look_at="evaluate",
    )
    ours = refitted(student, data)
    expect(
        bool((np.abs(new - ours) <= ALLOWED).any()),
        f"The curve never comes near the accuracy of your network on its test slices ({short(ours)}). "
        "Draw it for the network that fit gives.",
        look_at="evaluate",
    )
    if seen[-1] <= seen[0]:
        return partial(0.5, "On the learned patches the curve does not rise from the first to the last epoch.")
    return None


# Hidden: 70 points ---------------------------------------------------------------------------------------------------


@check("Accuracy at least .90 on unseen slices", points=20, visible=False, time_limit=200,
       after="runs_twice_with_the_same_answer")  # fmt: skip
def accuracy_on_unseen_slices(student: Student, data: Data) -> Partial | None:
    report = hidden_report(student, data)
    show(report)
    found = report["accuracy"].value
    measured("accuracy of the network on unseen slices", found)
    measured("accuracy of our logistic regression", found - report.gain("accuracy").value)
    expect(
        found >= 0.87,
        "On slices that you have not seen, fewer than 87 of 100 patches are named right. Always guessing gives 33; two "
        "cuts on the middle voxel give more than 90. Scale the inputs, train for longer, look at both curves.",
        look_at="fit",
    )
    if found < 0.90:
        return partial(0.5, "On slices that you have not seen, between 87 and 90 of 100 patches are named right.")
    return None


@check("At least our logistic regression, less .01", points=15, visible=False, time_limit=200,
       after="runs_twice_with_the_same_answer")  # fmt: skip
def as_good_as_logistic(student: Student, data: Data) -> None:
    expect(
        hidden_report(student, data).gain("accuracy").value >= -0.01,
        "On unseen slices your network is worse than a logistic regression on the same patches. Either it has not "
        "learned enough, or it has learned its slices by heart.",
        look_at="fit",
    )


@check("At chance after shuffled tissues", points=10, visible=False, time_limit=500,
       after="runs_twice_with_the_same_answer")  # fmt: skip
def chance_after_shuffling(student: Student, data: Data) -> None:
    pictures, tissues, _ = visible(data)
    new, truth, _ = hidden(data)
    found = []
    for seed in range(6):
        random = np.random.default_rng(seed)
        some = random.permutation(len(pictures))[:600]
        model = student.call("fit", pictures[some], random.permutation(tissues[some]))
        found.append(accuracy(student, model, new, truth))
    measured("accuracy after shuffled tissues, mean of six", float(np.mean(found)))
    expect(
        float(np.mean(found)) <= 0.45,
        "Fitted on shuffled tissues, your network still names more than 45 of 100 patches of unseen slices right. Then "
        "it does not take its answers from what it was given.",
        look_at="fit",
    )


@check("The baseline is fair, and reported right", points=10, visible=False, time_limit=400,
       after="runs_twice_with_the_same_answer")  # fmt: skip
def the_baseline_is_fair(student: Student, data: Data) -> None:
    pictures, tissues, heights = visible(data)
    figures = own_figures(student, data)
    learn, test = sides(figures, heights)
    seen, new = np.isin(heights, list(learn)), np.isin(heights, list(test))
    ours = float(logistic(pictures[seen], tissues[seen]).score(pictures[new].reshape(new.sum(), -1), tissues[new]))
    theirs = refit(student, figures, pictures, tissues, heights, "fit_baseline")
    expect(
        theirs >= ours - 0.02,
        f"Your baseline has {short(theirs)} on your test slices, a plain logistic regression {short(ours)}. A baseline "
        "that was not given a chance makes any network look good.",
        look_at="fit_baseline",
    )
    said = share(figures, "baseline")
    expect(
        abs(said - theirs) <= ALLOWED,
        f"evaluate says {short(said)} for the baseline; your fit_baseline and predict give {short(theirs)}.",
        look_at="evaluate",
    )
    expect(
        share(figures, "shuffled") <= 0.5,
        "Your control with shuffled tissues is far above chance. Shuffle before fitting, and test on true tissues.",
        look_at="evaluate",
    )


@check("Asked again with other slices, the figures are right again", points=10, visible=False, time_limit=500,
       after="runs_twice_with_the_same_answer")  # fmt: skip
def figures_are_computed(student: Student, data: Data) -> None:
    pictures, tissues, heights = visible(data)
    kept = np.flatnonzero(heights >= 18)
    kept = np.random.default_rng(8).permutation(kept)[: round(0.6 * len(kept))]
    part = pictures[kept], tissues[kept], heights[kept]
    figures = evaluated(student, *part)
    said, ours = share(figures, "network"), refit(student, figures, *part, "fit")
    expect(
        abs(said - ours) <= ALLOWED,
        f"Asked again without the lowest slices, evaluate says {short(said)} for your network, and your functions give "
        f"{short(ours)}. Compute the figures from what evaluate is given.",
        look_at="evaluate",
    )
    before = own_figures(student, data)
    same = [key for key in ("network", "baseline", "shuffled") if share(figures, key) == share(before, key)]
    expect(
        len(same) < 3,
        "evaluate gives the same figures whatever slices it is given. Compute them.",
        look_at="evaluate",
    )


@check("At most 60,000 weights", points=5, visible=False, time_limit=120, after="runs_twice_with_the_same_answer")
def at_most_60000_weights(student: Student, data: Data) -> None:
    count = numbers([student.call("size", network(student, data))], 1, "size", look_at="size")[0]
    expect(count >= 100, "size gives fewer than 100 weights: count all weights and biases.", look_at="size")
    expect(
        count <= 60_000,
        "Your network has more than 60,000 weights. On a few thousand patches that is memory, not learning.",
        look_at="size",
    )
