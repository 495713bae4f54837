"""Metrics of risk scores for a time to an event that may be censored. A higher score means an earlier event.

Everything is in rising order of time, events before censored rows of the same time.
"""

from __future__ import annotations

import numpy as np

from .given import Flags, Floats
from .of_risks import auroc_of, ratio
from .resampling import Evaluate

ROWS = 256  # of the pairs that are looked at together


def totals_before(weights: Floats) -> Floats:
    """resamples × (rows + 1): what lies before each row, and at last their sum."""
    return np.asarray(np.c_[np.zeros(len(weights)), np.cumsum(weights, axis=1)])


class Censoring:
    """The Kaplan-Meier estimate of the chance to be free of censoring, from rows in rising order of time."""

    def __init__(self, time: Floats, event: Flags) -> None:
        self.times, self.starts = np.unique(time, return_index=True)
        self.ends = np.r_[self.starts[1:], len(time)]
        self.censored = ~event

    def free(self, weights: Floats, time: Floats) -> Floats:
        """resamples × times: the chance not to be censored up to each of these times."""
        everybody, lost = totals_before(weights), totals_before(weights * self.censored)
        gone = lost[:, self.ends] - lost[:, self.starts]
        # Who has the event at a time is no longer exposed to censoring at it.
        exposed = everybody[:, -1:] - everybody[:, self.ends] + gone
        stays = np.divide(exposed - gone, exposed, out=np.ones_like(exposed), where=exposed > 0)
        free = np.c_[np.ones(len(weights)), np.cumprod(stays, axis=1)]
        return np.asarray(free[:, np.searchsorted(self.times, time, side="right")])


def inverse(weights: Floats, chance: Floats) -> Floats:
    """weights / chance; nothing where the chance is nothing."""
    found: Floats = np.divide(weights, chance, out=np.zeros_like(weights), where=chance > 0)
    return found


def concordance_over(
    time: Floats,
    event: Flags,
    score: Floats,
    *,
    until: float = np.inf,
    censoring: Floats | Censoring | None = None,
) -> Evaluate:
    """The share of pairs, one known to have the event first, in which that one has the higher score; ties are half.

    Harrell and others, JAMA 1982, without `censoring`. With it each pair counts by the inverse squared chance that its
    first was uncensored: Uno and others, Statistics in Medicine 2011. It is fixed, a chance for each row, or is
    estimated anew in each resample.
    """
    first = np.flatnonzero(event & (time < until))

    def evaluate(weights: Floats) -> Floats:
        counts = weights[:, first]
        if isinstance(censoring, Censoring):
            counts = inverse(counts, censoring.free(weights, time[first]) ** 2)
        elif censoring is not None:
            counts = inverse(counts, np.broadcast_to(censoring[first] ** 2, counts.shape))
        light = weights.astype(np.float32)
        right, all_ = np.zeros(len(weights)), np.zeros(len(weights))
        for start in range(0, len(first), ROWS):
            rows = first[start : start + ROWS]
            later = (time[:, None] > time[rows]) | ((time[:, None] == time[rows]) & ~event[:, None])
            lower = (score[:, None] < score[rows]) + np.float32(0.5) * (score[:, None] == score[rows])
            of_first = counts[:, start : start + ROWS]
            right += np.einsum("ij,ij->i", of_first, light @ (lower * later))
            all_ += np.einsum("ij,ij->i", of_first, light @ later.astype(np.float32))
        return ratio(right, all_)

    return evaluate


def auc_over(time: Floats, event: Flags, score: Floats, at: float, censoring: Floats | Censoring) -> Evaluate:
    """Time-dependent AUROC: those with the event by then against those still free of it.

    Cumulative cases and dynamic controls; a case counts by the inverse chance of being uncensored until its event (Uno
    and others, JASA 2007; Hung and Chiang, Canadian Journal of Statistics 2010).
    """
    order = np.argsort(score, kind="stable")
    area = auroc_of(score[order], (event & (time <= at))[order], (time > at)[order])

    def evaluate(weights: Floats) -> Floats:
        chance = censoring.free(weights, time) if isinstance(censoring, Censoring) else censoring
        cases = inverse(weights, np.broadcast_to(chance, weights.shape))
        return area(cases.take(order, axis=1), weights.take(order, axis=1))

    return evaluate
