"""Clinical metrics with patient-level intervals, for everybody and for groups.

    from checking import metrics
    from checking.metrics import rule

    report = metrics.binary(died, risks, groups={"sex": patients["sex"]}, patients=patients["patient"],
                            specificity=0.90, rules={"auroc": rule.between(0.71, 0.80)})
    show(report)
    report.require("auroc")

Outcomes come from the author: what is wrong with them is a ValueError, and the platform's fault. Predictions come from
the student: what is wrong with them is a CheckFailed, whose sentence the student reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from . import binary as _binary
from . import rule
from .given import Flags, Floats, Whole, flags, numbers, risks
from .report import SMALLEST, Curve, Figure, Group, Key, Measure, Report, Request, Verdict
from .resampling import Evaluate
from .rule import Rule

__all__ = ["Figure", "Group", "Report", "Rule", "Verdict", "auroc", "binary", "rule"]

SAME_RISKS = "all risks are the same, or they separate the outcomes completely"
NOBODY_CALLED = "nobody, or everybody, lies above the threshold"


def _sorted(y: Any, p: Any) -> tuple[Flags, Floats, Whole]:
    happened = flags(y, "The outcomes")
    risk = risks(p, len(happened))
    if happened.all() or not happened.any():
        which = "with" if happened.all() else "without"
        raise ValueError(f"All {len(happened)} rows are {which} the outcome; both kinds are needed.")
    order = np.argsort(risk, kind="stable")
    return happened[order], risk[order], order


def _one(evaluate: Evaluate, order: Whole, weights: Any) -> float:
    if weights is None:
        row = np.ones(len(order))
    else:
        row = numbers(weights, "The weights", len(order))[order]
        if (row < 0).any() or not row.any():
            raise ValueError("The weights must be 0 or more, and not all 0.")
    return float(evaluate(row[None, :])[0])


def auroc(y: Any, p: Any, *, weights: Any = None) -> float:
    """Area under the ROC curve, 0 to 1: the share of pairs in the right order. Hanley and McNeil, Radiology 1982."""
    happened, risk, order = _sorted(y, p)
    return _one(_binary.auroc_over(happened, risk), order, weights)


def binary(
    y: Any,
    p: Any,
    *,
    groups: Mapping[str, Any] | None = None,
    patients: Any = None,
    threshold: float | None = None,
    specificity: float | None = None,
    baseline: Any = None,
    rules: Mapping[Key, Rule] | None = None,
    of: str = "patients",
    event: str = "had the outcome",
    resamples: int = 1000,
    seed: int = 0,
    smallest: int = SMALLEST,
) -> Report:
    """Risks for an outcome that happened or did not.

    Args:
        y: outcomes, n values False or True.
        p: the student's risks, n values from 0 to 1.
        groups: for each grouping its name and n labels; missing labels belong to no group.
        patients: n identifiers; rows of one patient are drawn together. Without it each row is a patient.
        threshold: a risk, 0 to 1; adds sensitivity, specificity, PPV, NPV, F1, balanced accuracy and net benefit.
        specificity: 0 to 1; adds the sensitivity at the threshold that reaches it.
        baseline: n risks to compare with, for rule.beats_baseline.
        rules: a rule for a metric ("auroc") or for each group of a grouping (("auroc", "sex")).
        of, event: words for the page: "1,333 {of}, 276 of whom {event}".
        resamples: of the bootstrap; 0 for no intervals.
        smallest: groups with fewer patients with, or without, the outcome are left out.
    """
    happened, risk, order = _sorted(y, p)
    measures = _measures(happened, risk, threshold, specificity)
    against: dict[str, Evaluate] = {}
    if baseline is not None:
        other = numbers(baseline, "The baseline", len(risk))[order]
        if other.min() < 0 or other.max() > 1:
            raise ValueError("The baseline's risks must lie from 0 to 1.")
        again = np.argsort(other, kind="stable")
        everybody = np.arange(len(risk))
        against = {
            name: partial(_reordered, each.over(everybody), again)
            for name, each in _measures(happened[again], other[again], threshold, specificity).items()
        }
    return Report(
        Request(
            kind="binary",
            measures=measures,
            rows=len(risk),
            events=happened,
            order=order,
            of=of,
            event=event,
            groups=groups,
            patients=patients,
            resamples=resamples,
            seed=seed,
            smallest=smallest,
            rules=rules,
            baseline=against,
            curves={"roc": _roc(happened, risk, specificity)},
            needs_both=True,
        )
    )


def _reordered(evaluate: Evaluate, order: Whole, weights: Floats) -> Floats:
    return evaluate(weights.take(order, axis=1))


def _measures(y: Flags, p: Floats, threshold: float | None, specificity: float | None) -> dict[str, Measure]:
    return {
        "auroc": Measure("AUROC", lambda rows: _binary.auroc_over(y[rows], p[rows])),
        "brier": Measure("Brier score", lambda rows: _binary.brier_over(y[rows], p[rows]), better="lower"),
    }


def _roc(y: Flags, p: Floats, specificity: float | None) -> Curve:
    """At fixed places, one for at least five rows without the outcome: no step of it is a patient."""
    steps = int(np.clip((~y).sum() // 5, 4, 50))
    places = np.linspace(0, 1, steps + 1)
    at = None
    if specificity is not None:
        once = np.ones((1, len(y)))
        found = _binary.sensitivity_at_over(y, p, specificity)(once)
        at = {"specificity": specificity, "sensitivity": round(float(found[0]), 4)}
    return Curve(_binary.roc_over(y, p, places), {"x": [round(float(x), 4) for x in places], "at": at})
