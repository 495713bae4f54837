"""Metrics of risks between 0 and 1 for an outcome that happened or did not.

Each `..._over(y, p)` takes outcomes and risks in rising order of the risks, prepares what does not depend on weights,
and gives a function of weights (resamples × rows).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from .given import Flags, Floats, Whole
from .resampling import Evaluate

CLOSEST = 1e-6  # logits are taken of risks held this far from 0 and 1
STEPS = 50  # of Newton's method
LAST = 1e-5  # a step so short is the last one: the next would be about its square
Z = 1.959964  # of a 95% interval


class Runs:
    """Rows in rising order of risk, those of the same risk taken together: only between them is there a threshold."""

    def __init__(self, p: Floats) -> None:
        self.starts: Whole = np.flatnonzero(np.r_[True, p[1:] != p[:-1]])
        self.has_ties = len(self.starts) < len(p)

    def sums(self, weights: Floats) -> Floats:
        """resamples × runs"""
        return np.add.reduceat(weights, self.starts, axis=1) if self.has_ties else weights

    def from_above(self, weights: Floats) -> Floats:
        """resamples × runs: how many have at least this risk."""
        found: Floats = np.cumsum(self.sums(weights)[:, ::-1], axis=1)[:, ::-1]
        return found


def ratio(above: Floats, below: Floats) -> Floats:
    """above / below, NaN where below is nothing."""
    found: Floats = np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0)
    return found


def auroc_of(p: Floats, cases: Flags, controls: Flags) -> Callable[[Floats, Floats], Floats]:
    """The share of pairs, a case and a control, in the right order of risk; ties are half. Cases and controls may have
    weights of their own."""
    runs = Runs(p)

    def evaluate(of_cases: Floats, of_controls: Floats) -> Floats:
        case, control = runs.sums(of_cases * cases), runs.sums(of_controls * controls)
        up_to = np.cumsum(control, axis=1)
        return ratio(np.einsum("ij,ij->i", case, up_to - control / 2), case.sum(axis=1) * up_to[:, -1])

    return evaluate


def auroc_over(y: Flags, p: Floats) -> Evaluate:
    """Area under the ROC curve: Hanley and McNeil, Radiology 1982."""
    area = auroc_of(p, y, ~y)
    return lambda weights: area(weights, weights)


def auprc_over(y: Flags, p: Floats) -> Evaluate:
    """Average precision: the mean of the precision at each threshold, weighted by the recall that it adds."""
    runs = Runs(p)

    def evaluate(weights: Floats) -> Floats:
        everybody, found = runs.from_above(weights), runs.from_above(weights * y)
        case = runs.sums(weights * y)
        precision = np.divide(found, everybody, out=np.zeros_like(found), where=everybody > 0)
        return ratio(np.einsum("ij,ij->i", case, precision), found[:, 0])

    return evaluate


def mean_over(values: Floats) -> Evaluate:
    """The mean of something that each row has."""

    def evaluate(weights: Floats) -> Floats:
        return ratio(weights @ values, weights.sum(axis=1))

    return evaluate


def brier_over(y: Flags, p: Floats) -> Evaluate:
    return mean_over((p - y) ** 2)


def log_loss_over(y: Flags, p: Floats) -> Evaluate:
    """As scikit-learn: risks of 0 and 1 are held one rounding error away from them."""
    tiny = np.finfo(np.float64).eps
    held = np.clip(p, tiny, 1 - tiny)
    return mean_over(-np.where(y, np.log(held), np.log1p(-held)))


def excess_over(y: Flags, p: Floats) -> Evaluate:
    """Mean risk minus the share with the outcome."""
    return mean_over(p - y)


def logit(p: Floats) -> Floats:
    held = np.clip(p, CLOSEST, 1 - CLOSEST)
    return np.asarray(np.log(held / (1 - held)), dtype=np.float64)


def slope_over(y: Flags, p: Floats) -> Evaluate:
    """Calibration slope: the coefficient of logit(risk) in a logistic regression of the outcome on it (Cox, 1958)."""
    x = logit(p)
    start = _logistic(np.ones((1, len(y))), x, y, (0.0, 1.0))
    return lambda weights: _logistic(weights, x, y, (float(start[0][0]), float(start[1][0])))[1]


def _logistic(weights: Floats, x: Floats, y: Flags, start: tuple[float, float]) -> tuple[Floats, Floats]:
    """Intercept and slope of greatest likelihood, by Newton's method for all resamples at once; NaN where there is
    none, because x is the same everywhere or separates the outcomes."""
    a, b = (np.full(len(weights), each if np.isfinite(each) else 0.0) for each in start)
    seen_a, seen_b = weights @ y.astype(np.float64), weights @ (y * x)
    apart = _separated(weights, x, y)
    a[apart] = b[apart] = np.nan
    open_ = np.flatnonzero(~apart)
    for _ in range(STEPS):
        w = weights if len(open_) == len(weights) else weights[open_]
        risk = expit(a[open_, None] + b[open_, None] * x)
        expected = w * risk
        spread = expected * (1 - risk)
        gradient_a, gradient_b = seen_a[open_] - expected.sum(axis=1), seen_b[open_] - expected @ x
        aa, ab, bb = spread.sum(axis=1), spread @ x, spread @ (x * x)
        area = aa * bb - ab**2
        lost = area <= 1e-10 * np.maximum(aa * bb, 1e-300)
        area[lost] = np.nan
        step_a, step_b = (bb * gradient_a - ab * gradient_b) / area, (aa * gradient_b - ab * gradient_a) / area
        length = np.maximum(np.abs(step_a), np.abs(step_b))
        shorter = np.minimum(1.0, 5.0 / np.maximum(length, 1e-300))
        a[open_] += step_a * shorter
        b[open_] += step_b * shorter
        open_ = open_[length > LAST]  # NaN ends too
        if not len(open_):
            return a, b
    a[open_] = b[open_] = np.nan
    return a, b


def _separated(weights: Floats, x: Floats, y: Flags) -> Flags:
    """Whether all with the outcome lie on one side of all without it (x is in rising order), or a kind is missing."""
    case, control = (weights > 0) & y, (weights > 0) & ~y
    lowest, highest = (
        [x[where.argmax(axis=1)] for where in (case, control)],
        [x[::-1][where[:, ::-1].argmax(axis=1)] for where in (case, control)],
    )
    missing = ~case.any(axis=1) | ~control.any(axis=1)
    return np.asarray(missing | (lowest[0] >= highest[1]) | (lowest[1] >= highest[0]))


def intercept_over(y: Flags, p: Floats) -> Evaluate:
    """Calibration intercept, "in the large": of a logistic regression in which logit(risk) is the offset."""
    x = logit(p)

    def evaluate(weights: Floats) -> Floats:
        a, seen = np.zeros(len(weights)), weights @ y.astype(np.float64)
        one_kind = (seen <= 0) | (weights @ (~y).astype(np.float64) <= 0)
        for _ in range(STEPS):
            risk = expit(a[:, None] + x)
            expected = weights * risk
            curve = np.einsum("ij,ij->i", expected, 1 - risk)
            step = np.clip((seen - expected.sum(axis=1)) / np.maximum(curve, 1e-300), -5, 5)
            a += np.where(one_kind, 0.0, step)
            if (one_kind | (np.abs(step) < LAST)).all():
                break
        return np.where(one_kind | (np.abs(step) > LAST), np.nan, a)

    return evaluate


def ece_over(y: Flags, p: Floats, bins: int = 10) -> Evaluate:
    """Expected calibration error: |mean risk - share with the outcome| in bins of equal width, by their size."""
    place = np.minimum((p * bins).astype(np.intp), bins - 1)
    inside = np.equal.outer(place, np.arange(bins)).astype(float) * (p - y)[:, None]

    def evaluate(weights: Floats) -> Floats:
        return ratio(np.abs(weights @ inside).sum(axis=1), weights.sum(axis=1))

    return evaluate


@dataclass(frozen=True)
class Counts:
    """Of each resample: who is called positive, who has the outcome, who both, and all."""

    both: Floats
    called: Floats
    ill: Floats
    all: Floats

    def sensitivity(self) -> Floats:
        return ratio(self.both, self.ill)

    def specificity(self) -> Floats:
        return ratio(self.all - self.ill - self.called + self.both, self.all - self.ill)

    def ppv(self) -> Floats:
        return ratio(self.both, self.called)

    def npv(self) -> Floats:
        return ratio(self.all - self.ill - self.called + self.both, self.all - self.called)

    def f1(self) -> Floats:
        return ratio(2 * self.both, self.ill + self.called)

    def balanced_accuracy(self) -> Floats:
        return (self.sensitivity() + self.specificity()) / 2


Count = Callable[[Floats], Counts]


def at_threshold(y: Flags, p: Floats, threshold: float) -> Count:
    """Called positive is a risk at or above the threshold."""
    called = p >= threshold
    parts = np.c_[y & called, called, y, np.ones(len(y))].astype(np.float64)

    def count(weights: Floats) -> Counts:
        return Counts(*(weights @ parts).T)

    return count


def at_specificity(y: Flags, p: Floats, specificity: float) -> Count:
    """At the lowest threshold with at least this specificity, found anew in each resample."""
    runs = Runs(p)

    def count(weights: Floats) -> Counts:
        false, true = runs.from_above(weights * ~y), runs.from_above(weights * y)
        allowed = (1 - specificity) * false[:, :1] * (1 + 1e-12)
        lowest = (false > allowed).sum(axis=1)
        row, nobody = np.arange(len(weights)), np.zeros(len(weights))
        both = np.c_[true, nobody][row, lowest]
        return Counts(both, both + np.c_[false, nobody][row, lowest], true[:, 0], true[:, 0] + false[:, 0])

    return count


def roc_over(y: Flags, p: Floats, places: Floats) -> Evaluate:
    """Sensitivity at these values of 1 - specificity, between thresholds on a straight line."""
    runs = Runs(p[::-1])

    def evaluate(weights: Floats) -> Floats:
        high_first = weights[:, ::-1]
        false, true = (np.cumsum(runs.sums(high_first * each[::-1]), axis=1) for each in (~y, y))
        found = np.full((len(weights), len(places)), np.nan)
        for row in np.flatnonzero((false[:, -1] > 0) & (true[:, -1] > 0)):
            x, height = false[row] / false[row, -1], true[row] / true[row, -1]
            found[row] = np.interp(places, x, height)
            below = places < x[0]
            found[row, below] = places[below] / x[0] * height[0]
        return found

    return evaluate


def net_benefit_over(y: Flags, p: Floats, thresholds: Floats) -> Evaluate:
    """True positives minus false ones at the exchange rate of the threshold, per row (Vickers and Elkin, 2006)."""
    first = np.searchsorted(p, thresholds, side="left")  # who lies at or above the threshold
    inside = np.where(np.arange(len(p))[:, None] >= first, 1.0, 0.0)
    gain = inside * np.where(y[:, None], 1.0, -thresholds / (1 - thresholds))

    def evaluate(weights: Floats) -> Floats:
        return ratio(weights @ gain, np.repeat(weights.sum(axis=1, keepdims=True), len(thresholds), axis=1))

    return evaluate


def calibration_groups(y: Flags, p: Floats, patient: Whole, groups: int) -> list[dict[str, float]]:
    """Groups of about equal size by rising risk, equal risks together, with Wilson's 95% interval of the share (JASA
    1927). Its size is the number of patients, so that more rows of the same patient make it no narrower."""
    edges = np.unique(np.searchsorted(p, np.quantile(p, np.arange(1, groups) / groups), side="right"))
    found = []
    for rows in np.split(np.arange(len(p)), edges[(edges > 0) & (edges < len(p))]):
        size, seen = len(np.unique(patient[rows])), float(y[rows].mean())
        middle = (seen + Z**2 / (2 * size)) / (1 + Z**2 / size)
        half = Z / (1 + Z**2 / size) * np.sqrt(seen * (1 - seen) / size + Z**2 / (4 * size**2))
        found.append(
            {"risk": float(p[rows].mean()), "share": seen, "low": middle - half, "high": middle + half, "n": len(rows)}
        )
    return found
