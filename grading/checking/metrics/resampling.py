"""The patient-level bootstrap: patients are drawn with all their rows, and a draw is a row of weights.

A resample is how often each row was drawn, so every metric here takes weights, and many resamples are one matrix.
Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapters 13 and 17; percentile intervals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .given import Floats, Whole, codes

CELLS = 1_000_000  # numbers in one block of weights: 8 MB
LEVEL = 0.95
MOST_UNDEFINED = 0.05  # of the resamples; above it there is no interval

Evaluate = Callable[[Floats], Floats]
"""From weights, resamples × rows, to one value each; NaN where it is not defined."""


def patients_of(patients: Any, rows: int) -> Whole:
    """The number of the patient of each row, from 0; without `patients` every row is one."""
    if patients is None:
        return np.arange(rows)
    found, _ = codes(patients, "patients", rows)
    if (found < 0).any():
        raise ValueError(f"{int((found < 0).sum())} rows have no patient.")
    return found


def draws(patient: Whole, resamples: int, seed: int) -> Iterator[Floats]:
    """Blocks of weights, resamples × rows. The same seed gives the same draws, whatever the size of a block."""
    random = np.random.default_rng(seed)
    count = int(patient.max()) + 1
    each_its_own = count == len(patient)
    size = max(1, CELLS // len(patient))
    for start in range(0, resamples, size):
        block = np.empty((min(size, resamples - start), count))
        for row in block:
            row[:] = np.bincount(random.integers(0, count, count, dtype=np.int32), minlength=count)
        yield block if each_its_own and (patient == np.arange(count)).all() else block[:, patient]


def interval(values: Floats) -> tuple[float, float] | None:
    """The middle 95% of the resampled values; None where too many of them are not defined."""
    defined = values[np.isfinite(values)]
    if len(defined) < 2 or len(defined) < (1 - MOST_UNDEFINED) * len(values):
        return None
    low, high = np.quantile(defined, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
