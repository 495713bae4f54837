"""Metrics of risks between 0 and 1 for an outcome that happened or did not.

Each `..._over(y, p)` takes outcomes and risks in rising order of the risks, prepares what does not depend on weights,
and gives a function of weights (resamples × rows).
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from .given import Flags, Floats, Whole
from .resampling import Evaluate

CLOSEST = 1e-6  # logits are taken of risks held this far from 0 and 1


def ends_of_ties(p: Floats) -> tuple[Whole, Whole]:
    """Of risks in rising order: the first row of each run of equal risks, and the row after its last."""
    starts = np.flatnonzero(np.r_[True, p[1:] != p[:-1]])
    return starts, np.r_[starts[1:], len(p)]


def _ratio(above: Floats, below: Floats) -> Floats:
    """above / below, NaN where below is nothing."""
    found: Floats = np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0)
    return found


def _before(weights: Floats) -> Floats:
    """What lies before each row: resamples × (rows + 1), from 0 to the sum."""
    found = np.empty((len(weights), weights.shape[1] + 1))
    found[:, 0] = 0.0
    np.cumsum(weights, axis=1, out=found[:, 1:])
    return found


def auroc_over(y: Flags, p: Floats) -> Evaluate:
    """The share of pairs, one with and one without the outcome, in the right order of risk; ties are half."""
    starts, ends = ends_of_ties(p)
    run = np.cumsum(np.r_[True, p[1:] != p[:-1]])[y] - 1
    # The rows without the outcome before the run of each row with it, and those up to its end.
    without = np.r_[0, np.cumsum(~y)]
    first, last = without[starts][run], without[ends][run]
    has_ties = bool((first != last).any())

    def evaluate(weights: Floats) -> Floats:
        with_it = weights[:, y]
        before = _before(weights[:, ~y])
        below = (before[:, first] + before[:, last]) / 2 if has_ties else before[:, first]
        return _ratio(np.einsum("ij,ij->i", with_it, below), with_it.sum(axis=1) * before[:, -1])

    return evaluate


def auprc_over(y: Flags, p: Floats) -> Evaluate:
    """Average precision: the mean of the precision at each threshold, weighted by the recall that it adds."""
    starts, _ = ends_of_ties(p)

    def evaluate(weights: Floats) -> Floats:
        everybody = _at_least(weights, starts)
        with_it = _at_least(weights * y, starts)
        found = np.diff(with_it[:, ::-1], axis=1, prepend=0.0)[:, ::-1]
        precision = np.divide(with_it, everybody, out=np.zeros_like(with_it), where=everybody > 0)
        return _ratio((found * precision).sum(axis=1), with_it[:, 0])

    return evaluate


def _at_least(weights: Floats, starts: Whole) -> Floats:
    """How many have at least the risk of each run."""
    before = _before(weights)
    return before[:, -1:] - before[:, starts]


def mean_over(values: Floats) -> Evaluate:
    """The mean of something that each row has."""

    def evaluate(weights: Floats) -> Floats:
        return _ratio(weights @ values, weights.sum(axis=1))

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

    def evaluate(weights: Floats) -> Floats:
        return _logistic(weights, x, y, np.zeros_like(x), with_slope=True)[1]

    return evaluate


def intercept_over(y: Flags, p: Floats) -> Evaluate:
    """Calibration intercept, "in the large": of a logistic regression in which logit(risk) is the offset."""
    x = logit(p)

    def evaluate(weights: Floats) -> Floats:
        return _logistic(weights, np.zeros_like(x), y, x, with_slope=False)[0]

    return evaluate


def _logistic(weights: Floats, x: Floats, y: Flags, offset: Floats, *, with_slope: bool) -> tuple[Floats, Floats]:
    """Maximum likelihood by Newton's method for all resamples at once; NaN where there is no maximum."""
    a = np.zeros(len(weights))
    b = np.full(len(weights), float(with_slope))
    open_ = np.ones(len(weights), dtype=bool)
    of_outcome, of_product = weights @ y.astype(float), weights @ (y * x)
    for _ in range(40):
        at = np.flatnonzero(open_)
        if not len(at):
            break
        w = weights[at]
        risk = expit(a[at, None] + b[at, None] * x + offset)
        spread = w * risk * (1 - risk)
        gradient_a = of_outcome[at] - np.einsum("ij,ij->i", w, risk)
        curve_aa = spread.sum(axis=1)
        if with_slope:
            gradient_b = of_product[at] - np.einsum("ij,ij,j->i", w, risk, x)
            curve_ab, curve_bb = spread @ x, spread @ (x * x)
            area = curve_aa * curve_bb - curve_ab**2
            with np.errstate(all="ignore"):
                step_a = (curve_bb * gradient_a - curve_ab * gradient_b) / area
                step_b = (curve_aa * gradient_b - curve_ab * gradient_a) / area
            lost = area <= 1e-10 * np.maximum(curve_aa * curve_bb, 1e-300)
        else:
            with np.errstate(all="ignore"):
                step_a = gradient_a / curve_aa
            step_b = np.zeros(len(at))
            lost = curve_aa <= 1e-10
        longest = np.maximum(np.abs(step_a), np.abs(step_b))
        with np.errstate(all="ignore"):
            shorter = np.minimum(1.0, 5.0 / longest)
            a[at] += step_a * shorter
            b[at] += step_b * shorter
        lost |= ~np.isfinite(longest) | (np.abs(b[at]) > 1e4) | (np.abs(a[at]) > 1e4)
        a[at[lost]] = b[at[lost]] = np.nan
        open_[at[lost | (longest < 1e-9)]] = False
    a[open_] = b[open_] = np.nan
    return a, b


def ece_over(y: Flags, p: Floats, bins: int = 10) -> Evaluate:
    """Expected calibration error: |mean risk - share with the outcome| in bins of equal width, by their size."""
    place = np.minimum((p * bins).astype(np.intp), bins - 1)
    inside = np.equal.outer(place, np.arange(bins)).astype(float) * (p - y)[:, None]

    def evaluate(weights: Floats) -> Floats:
        return _ratio(np.abs(weights @ inside).sum(axis=1), weights.sum(axis=1))

    return evaluate


class Counts:
    """Of each resample, who is called positive at a threshold (risk at or above it) and who has the outcome."""

    def __init__(self, weights: Floats, y: Flags, positive: Flags) -> None:
        self.both, self.called, self.ill, self.all = (
            weights @ each.astype(float) for each in (y & positive, positive, y, np.ones(len(y), dtype=bool))
        )

    def sensitivity(self) -> Floats:
        return _ratio(self.both, self.ill)

    def specificity(self) -> Floats:
        return _ratio(self.all - self.ill - self.called + self.both, self.all - self.ill)

    def ppv(self) -> Floats:
        return _ratio(self.both, self.called)

    def npv(self) -> Floats:
        return _ratio(self.all - self.ill - self.called + self.both, self.all - self.called)

    def f1(self) -> Floats:
        return _ratio(2 * self.both, self.ill + self.called)

    def balanced_accuracy(self) -> Floats:
        return (self.sensitivity() + self.specificity()) / 2

    def net_benefit(self, threshold: float) -> Floats:
        """True positives minus false ones at the exchange rate of the threshold, per row (Vickers and Elkin, 2006)."""
        return _ratio(self.both - (self.called - self.both) * threshold / (1 - threshold), self.all)


def sensitivity_at_over(y: Flags, p: Floats, specificity: float) -> Evaluate:
    """The largest sensitivity of any threshold with at least this specificity, found anew in each resample."""
    starts, _ = ends_of_ties(p)

    def evaluate(weights: Floats) -> Floats:
        false = _at_least(weights * ~y, starts)
        true = _at_least(weights * y, starts)
        allowed = (1 - specificity) * false[:, :1] * (1 + 1e-12)
        first = (false > allowed).sum(axis=1)  # false positives fall with the threshold
        true = np.c_[true, np.zeros(len(true))]
        return _ratio(true[np.arange(len(true)), first], true[:, 0])

    return evaluate


def roc_over(y: Flags, p: Floats, places: Floats) -> Evaluate:
    """Sensitivity at these values of 1 - specificity, between thresholds on a straight line."""
    starts, _ = ends_of_ties(p)

    def evaluate(weights: Floats) -> Floats:
        false, true = _at_least(weights * ~y, starts), _at_least(weights * y, starts)
        found = np.full((len(weights), len(places)), np.nan)
        for row, (x, height) in enumerate(zip(false, true, strict=True)):
            if x[0] > 0 and height[0] > 0:
                found[row] = np.interp(places, np.r_[0, x[::-1]] / x[0], np.r_[0, height[::-1]] / height[0])
        return found

    return evaluate
