"""Metrics of kinds: which of several each row is, and which it was said to be."""

from __future__ import annotations

import numpy as np

from .given import Floats, Whole
from .of_risks import mean_over, ratio
from .resampling import Evaluate


def _indicators(kinds: Whole, of: int) -> Floats:
    """rows × kinds: 1 where a row is of a kind, nothing for a kind that is none of them."""
    return np.equal.outer(kinds, np.arange(of)).astype(np.float64)


def accuracy_over(truth: Whole, given: Whole) -> Evaluate:
    """The share of rows whose kind was named right."""
    return mean_over((truth == given).astype(np.float64))


def balanced_accuracy_over(truth: Whole, given: Whole, of: int) -> Evaluate:
    """The mean, over the kinds that are there, of the share of each that was named right."""
    true = _indicators(truth, of)
    right = true * (truth == given)[:, None]

    def evaluate(weights: Floats) -> Floats:
        shares = ratio(weights @ right, weights @ true)
        return ratio(np.nansum(shares, axis=1), np.isfinite(shares).sum(axis=1).astype(np.float64))

    return evaluate


def kappa_over(truth: Whole, given: Whole, of: int) -> Evaluate:
    """Cohen's kappa: agreement beyond what the frequencies of the kinds alone would give. Not defined for one kind."""
    true, said = _indicators(truth, of), _indicators(given, of)
    agreed = (truth == given).astype(np.float64)

    def evaluate(weights: Floats) -> Floats:
        size = weights.sum(axis=1)
        seen = ratio(weights @ agreed, size)
        chance = ratio(((weights @ true) * (weights @ said)).sum(axis=1), size**2)
        return ratio(seen - chance, np.where(chance < 1 - 1e-12, 1 - chance, 0.0))

    return evaluate
