"""Metrics of groups that an algorithm has found."""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import cdist

from .given import Floats, Whole
from .of_risks import ratio
from .resampling import Evaluate

ROWS = 256


def _indicators(labels: Whole) -> Floats:
    """rows × clusters: 1 where a row is in a cluster."""
    return np.equal.outer(labels, np.unique(labels)).astype(np.float64)


def ari_over(labels: Whole, truth: Whole) -> Evaluate:
    """Adjusted Rand index: agreement of two groupings beyond chance; 1 is the same. Hubert and Arabie, 1985."""
    found, true = _indicators(labels), _indicators(truth)
    both = (found[:, :, None] * true[:, None, :]).reshape(len(labels), -1)

    def pairs(counts: Floats) -> Floats:
        return np.asarray((counts * (counts - 1) / 2).sum(axis=1))

    def evaluate(weights: Floats) -> Floats:
        together, of_found, of_true = (pairs(weights @ each) for each in (both, found, true))
        size = weights.sum(axis=1)
        everything = size * (size - 1) / 2
        chance = ratio(of_found * of_true, everything)
        most = (of_found + of_true) / 2
        # One cluster each, or each row its own: the two agree.
        return np.where(
            np.isclose(most, chance, rtol=1e-12), 1.0, (together - chance) / np.where(most > chance, most - chance, 1)
        )

    return evaluate


def silhouette_over(labels: Whole, data: Floats) -> Evaluate:
    """How much nearer rows are to their own cluster than to the next, by Euclidean distance. Rousseeuw, 1987."""
    of = np.unique(labels, return_inverse=True)[1]
    inside = _indicators(labels)
    clusters = inside.shape[1]
    members = [np.flatnonzero(of == cluster) for cluster in range(clusters)]

    def evaluate(weights: Floats) -> Floats:
        sizes = weights @ inside
        if clusters < 2:
            return np.full(len(weights), np.nan)
        total = np.zeros(len(weights))
        for start in range(0, len(of), ROWS):
            rows = np.arange(start, min(start + ROWS, len(of)))
            distance = cdist(data, data[rows])
            own = np.zeros((len(weights), len(rows)))
            other = np.full((len(weights), len(rows)), np.inf)
            for cluster, rows_of in enumerate(members):
                summed = weights[:, rows_of] @ distance[rows_of]
                mine = of[rows] == cluster
                alone = np.maximum(sizes[:, cluster, None] - 1, 1e-300)
                own[:, mine] = (summed / alone)[:, mine]
                mean = np.divide(
                    summed, sizes[:, cluster, None], out=np.full_like(summed, np.inf), where=sizes[:, cluster, None] > 0
                )
                other[:, ~mine] = np.minimum(other, mean)[:, ~mine]
            size = sizes[:, of[rows]]
            width = np.maximum(own, other)
            value = np.divide(
                other - own, width, out=np.zeros_like(own), where=(size > 1) & (width > 0) & np.isfinite(width)
            )
            total += (weights[:, rows] * value).sum(axis=1)
        found = ratio(total, weights.sum(axis=1))
        return np.where((sizes > 0).sum(axis=1) > 1, found, np.nan)

    return evaluate
