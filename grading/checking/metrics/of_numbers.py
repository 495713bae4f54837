"""Metrics of predicted numbers."""

from __future__ import annotations

import numpy as np

from .given import Floats
from .of_risks import mean_over, ratio
from .resampling import Evaluate


def rmse_over(y: Floats, predicted: Floats) -> Evaluate:
    """Root of the mean squared error, in the units of the outcome."""
    squared = mean_over((predicted - y) ** 2)
    return lambda weights: np.sqrt(squared(weights))


def mae_over(y: Floats, predicted: Floats) -> Evaluate:
    """Mean absolute error, in the units of the outcome."""
    return mean_over(np.abs(predicted - y))


def bias_over(y: Floats, predicted: Floats) -> Evaluate:
    """Mean of prediction minus outcome, in the units of the outcome."""
    return mean_over(predicted - y)


def r2_over(y: Floats, predicted: Floats) -> Evaluate:
    """1 minus the share of the outcome's variance that is left unexplained; below 0 is worse than the mean."""
    shifted = y - y.mean()  # so that the sums of squares do not cancel
    squared = (predicted - y) ** 2

    def evaluate(weights: Floats) -> Floats:
        size = weights.sum(axis=1)
        spread = weights @ shifted**2 - (weights @ shifted) ** 2 / np.maximum(size, 1e-300)
        some = np.where(spread > 1e-12 * np.maximum(weights @ shifted**2, 1e-300), spread, 0.0)
        return 1 - ratio(weights @ squared, some)

    return evaluate
