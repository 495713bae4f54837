"""Single metrics, one number each. Their `weights` count a row as often as they say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from . import of_clusters, of_numbers, of_risks, of_times
from .given import CheckFailed, Flags, Floats, Whole, codes, flags, numbers, predictions, risks
from .of_risks import Counts
from .resampling import Evaluate

SAME_RISKS = "all risks are the same, or they separate the outcomes completely"
NOBODY = "nobody, or everybody, lies at or above the threshold"
SAME_LABELS = "there are not two clusters"

Over = Callable[[Flags, Floats], Evaluate]


def _weights(weights: Any, order: Whole) -> Floats:
    if weights is None:
        return np.ones((1, len(order)))
    found = numbers(weights, "The weights", len(order))
    if (found < 0).any() or not found.any():
        raise ValueError("The weights must be 0 or more, and not all 0.")
    return found[None, order]


def _of_risks(over: Over, title: str, y: Any, p: Any, weights: Any, undefined: str = SAME_RISKS) -> float:
    happened, risk, order = ranked(y, p)
    value = float(over(happened, risk)(_weights(weights, order))[0])
    if not np.isfinite(value):
        if happened.all() or not happened.any():
            raise ValueError(f"{title} needs rows with and without the outcome; all {len(happened)} are alike.")
        raise CheckFailed(f"{title} cannot be computed: {undefined}.")
    return value


def ranked(y: Any, p: Any) -> tuple[Flags, Floats, Whole]:
    """Outcomes and risks in rising order of the risks, and that order."""
    happened = flags(y, "The outcomes")
    risk = risks(p, len(happened))
    order = np.argsort(risk, kind="stable")
    return happened[order], risk[order], order


def auroc(y: Any, p: Any, *, weights: Any = None) -> float:
    """Area under the ROC curve, 0 to 1: the share of pairs, with and without the outcome, in the right order."""
    return _of_risks(of_risks.auroc_over, "AUROC", y, p, weights)


def auprc(y: Any, p: Any, *, weights: Any = None) -> float:
    """Area under the precision-recall curve as average precision, 0 to 1; chance is the share with the outcome."""
    return _of_risks(of_risks.auprc_over, "AUPRC", y, p, weights)


def brier(y: Any, p: Any, *, weights: Any = None) -> float:
    """Mean squared difference of risk and outcome, 0 (perfect) to 1. Brier, 1950."""
    return _of_risks(of_risks.brier_over, "Brier score", y, p, weights)


def log_loss(y: Any, p: Any, *, weights: Any = None) -> float:
    """Mean negative logarithm of the risk given to what happened, 0 (perfect) upwards."""
    return _of_risks(of_risks.log_loss_over, "Log loss", y, p, weights)


def risk_minus_rate(y: Any, p: Any, *, weights: Any = None) -> float:
    """Mean risk minus the share with the outcome, -1 to 1."""
    return _of_risks(of_risks.excess_over, "Mean risk", y, p, weights)


def calibration_slope(y: Any, p: Any, *, weights: Any = None) -> float:
    """1 is perfect, below 1 the risks are too extreme. Risks are held 1e-6 from 0 and 1. Cox, Biometrika 1958."""
    return _of_risks(of_risks.slope_over, "Calibration slope", y, p, weights)


def calibration_intercept(y: Any, p: Any, *, weights: Any = None) -> float:
    """Calibration in the large, in logits: 0 is perfect, below 0 the risks are too high. The slope is held at 1."""
    return _of_risks(of_risks.intercept_over, "Calibration intercept", y, p, weights)


def ece(y: Any, p: Any, *, bins: int = 10, weights: Any = None) -> float:
    """Expected calibration error over bins of equal width, 0 (perfect) to 1."""
    return _of_risks(lambda y, p: of_risks.ece_over(y, p, bins), "Calibration error", y, p, weights)


def calibration_curve(y: Any, p: Any, *, groups: int = 10) -> list[dict[str, float]]:
    """Groups of equal size by rising risk: `risk` (mean), `share` with the outcome, its 95% interval, and `n`."""
    happened, risk, _ = ranked(y, p)
    return of_risks.calibration_groups(happened, risk, np.arange(len(risk)), groups)


def _at(
    metric: Callable[[Counts], Floats], title: str, y: Any, p: Any, threshold: float | None, specificity: float | None
) -> float:
    if (threshold is None) == (specificity is None):
        raise ValueError(f"{title} needs a threshold or a specificity, one of the two.")
    of: float = share(threshold if specificity is None else specificity, "The threshold or specificity")
    count = of_risks.at_threshold if specificity is None else of_risks.at_specificity

    def over(y: Flags, p: Floats) -> Evaluate:
        counted = count(y, p, of)
        return lambda weights: metric(counted(weights))

    return _of_risks(over, title, y, p, None, NOBODY)


def share(value: float | None, name: str) -> float:
    if value is None or not 0 < value < 1:
        raise ValueError(f"{name} lies between 0 and 1, not at {value}.")
    return float(value)


def sensitivity(y: Any, p: Any, *, threshold: float | None = None, specificity: float | None = None) -> float:
    """The share of those with the outcome whose risk reaches the threshold, or the lowest one of this specificity."""
    return _at(Counts.sensitivity, "Sensitivity", y, p, threshold, specificity)


def specificity(y: Any, p: Any, *, threshold: float) -> float:
    """The share of those without the outcome whose risk lies below the threshold."""
    return _at(Counts.specificity, "Specificity", y, p, threshold, None)


def ppv(y: Any, p: Any, *, threshold: float | None = None, specificity: float | None = None) -> float:
    """Positive predictive value: of those whose risk reaches the threshold, the share with the outcome."""
    return _at(Counts.ppv, "PPV", y, p, threshold, specificity)


def npv(y: Any, p: Any, *, threshold: float | None = None, specificity: float | None = None) -> float:
    """Negative predictive value: of those whose risk lies below the threshold, the share without the outcome."""
    return _at(Counts.npv, "NPV", y, p, threshold, specificity)


def f1(y: Any, p: Any, *, threshold: float = 0.5) -> float:
    """Harmonic mean of PPV and sensitivity, 0 to 1."""
    return _at(Counts.f1, "F1", y, p, threshold, None)


def balanced_accuracy(y: Any, p: Any, *, threshold: float = 0.5) -> float:
    """Mean of sensitivity and specificity, 0 to 1."""
    return _at(Counts.balanced_accuracy, "Balanced accuracy", y, p, threshold, None)


def net_benefit(y: Any, p: Any, *, threshold: float) -> float:
    """True positives minus false ones at the exchange rate of the threshold, per row. Vickers and Elkin, 2006."""
    at = np.array([share(threshold, "The threshold")])
    return _of_risks(
        lambda y, p: lambda w: of_risks.net_benefit_over(y, p, at)(w)[:, 0], "Net benefit", y, p, None, NOBODY
    )


def _of_numbers(over: Callable[[Floats, Floats], Evaluate], title: str, y: Any, predicted: Any, weights: Any) -> float:
    outcome = numbers(y, "The outcomes")
    given = predictions(predicted, len(outcome))
    value = float(over(outcome, given)(_weights(weights, np.arange(len(outcome))))[0])
    if not np.isfinite(value):
        raise ValueError(f"{title} needs outcomes that differ.")
    return value


def rmse(y: Any, predicted: Any, *, weights: Any = None) -> float:
    """Root of the mean squared error, in the units of the outcome."""
    return _of_numbers(of_numbers.rmse_over, "RMSE", y, predicted, weights)


def mae(y: Any, predicted: Any, *, weights: Any = None) -> float:
    """Mean absolute error, in the units of the outcome."""
    return _of_numbers(of_numbers.mae_over, "MAE", y, predicted, weights)


def r2(y: Any, predicted: Any, *, weights: Any = None) -> float:
    """Share of the variance explained, up to 1; below 0 is worse than always giving the mean."""
    return _of_numbers(of_numbers.r2_over, "R²", y, predicted, weights)


def followed(time: Any, event: Any, score: Any) -> tuple[Floats, Flags, Floats, Whole]:
    """Times, events and scores in rising order of time, events first, and that order."""
    happened = flags(event, "The events")
    until = numbers(time, "The times", len(happened))
    given = predictions(score, len(happened), "risk scores")
    if (until < 0).any():
        raise ValueError(f"{int((until < 0).sum())} times lie below 0.")
    if not happened.any():
        raise ValueError(f"All {len(happened)} rows are censored; nothing can be compared.")
    order = np.lexsort((~happened, until))
    return until[order], happened[order], given[order], order


def censoring_of(train: tuple[Any, Any] | None, time: Floats, event: Flags) -> Floats | of_times.Censoring:
    """The chance to be uncensored: of other rows (times, events) if given, else of these."""
    if train is None:
        return of_times.Censoring(time, event)
    happened = flags(train[1], "The events for censoring")
    until = numbers(train[0], "The times for censoring", len(happened))
    order = np.lexsort((~happened, until))
    free = of_times.Censoring(until[order], happened[order]).free(np.ones((1, len(order))), time)
    return np.asarray(free[0], dtype=np.float64)


def c_index(
    time: Any,
    event: Any,
    score: Any,
    *,
    method: Literal["harrell", "uno"] = "harrell",
    train: tuple[Any, Any] | None = None,
    until: float = np.inf,
    weights: Any = None,
) -> float:
    """Concordance of risk scores (higher is earlier) with times to an event, 0 to 1; .5 is chance.

    `uno` weighs pairs by the chance of being uncensored, estimated on `train` (times, events) or on these rows; only
    events before `until` count.
    """
    t, e, given, order = followed(time, event, score)
    censoring = censoring_of(train, t, e) if method == "uno" else None
    value = of_times.concordance_over(t, e, given, until=until, censoring=censoring)(_weights(weights, order))[0]
    if not np.isfinite(value):
        raise ValueError("No pair can be compared: nobody is followed longer than the first event.")
    return float(value)


def time_auc(
    time: Any, event: Any, score: Any, *, at: float, train: tuple[Any, Any] | None = None, weights: Any = None
) -> float:
    """AUROC of those with the event by `at` against those still free of it, weighted for censoring, 0 to 1."""
    t, e, given, order = followed(time, event, score)
    value = of_times.auc_over(t, e, given, at, censoring_of(train, t, e))(_weights(weights, order))[0]
    if not np.isfinite(value):
        raise ValueError(f"At {at:g} there are no events before, or nobody is followed after.")
    return float(value)


def labels_of(labels: Any, size: int) -> Whole:
    """The student's clusters as whole numbers. Raises CheckFailed."""
    try:
        found, _ = codes(labels, "The clusters", size)
    except ValueError:
        raise CheckFailed(f"We need one cluster for each of the {size:,} rows.") from None
    except Exception:  # what came back is the student's: pandas may refuse it with any kind of exception
        raise CheckFailed("We cannot read the clusters: give one whole number or text for each row.") from None
    if (found < 0).any():
        raise CheckFailed(f"{int((found < 0).sum()):,} of {size:,} rows have no cluster.")
    return found


def ari(truth: Any, labels: Any) -> float:
    """Adjusted Rand index of known groups and the student's clusters: 0 is chance, 1 the same grouping."""
    known, _ = codes(truth, "The known groups")
    if (known < 0).any():
        raise ValueError(f"{int((known < 0).sum())} rows have no known group.")
    found = labels_of(labels, len(known))
    return float(of_clusters.ari_over(found, known)(np.ones((1, len(known))))[0])


def silhouette(data: Any, labels: Any) -> float:
    """Mean silhouette of the student's clusters by Euclidean distance on the author's rows × columns, -1 to 1."""
    table = np.asarray(data, dtype=np.float64)
    if table.ndim != 2 or not np.isfinite(table).all():
        raise ValueError("The data for a silhouette are rows × columns of finite numbers.")
    value = of_clusters.silhouette_over(labels_of(labels, len(table)), table)(np.ones((1, len(table))))[0]
    if not np.isfinite(value):
        raise CheckFailed(f"The silhouette cannot be computed: {SAME_LABELS}.")
    return float(value)
