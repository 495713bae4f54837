"""The five kinds of report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypedDict, TypeVar, Unpack

import numpy as np

from . import of_classes, of_clusters, of_numbers, of_risks, of_times
from .given import Flags, Floats, Whole, codes, kinds_of, numbers, predictions
from .of_risks import Count, Counts
from .report import SMALLEST, Curve, Key, Measure, Report, Request
from .resampling import Evaluate, patients_of
from .rule import Rule
from .single import NOBODY, SAME_LABELS, SAME_RISKS, censoring_of, followed, labels_of, ranked, share

Array = TypeVar("Array", bound=np.ndarray[Any, Any])
Answer = TypeVar("Answer")


class Options(TypedDict, total=False):
    """What every report takes beside outcomes and predictions.

    groups: for each grouping its name and n labels; rows without a label belong to no group.
    patients: n identifiers; the rows of a patient are drawn together. Without it each row is a patient.
    drawn: what they are identifiers of, for the page, if not "patients".
    rules: a rule for a metric ("auroc"), or for each group of a grouping (("auroc", "sex")).
    only: the metrics wanted, in order; without it all of them.
    plots: of "roc", "calibration" and "decision" those wanted; without it all.
    of, outcome: words for the page: "1,333 {of}, 276 of whom {outcome}".
    resamples: of the bootstrap, 100 to 10,000; 0 for no intervals. 1,000 if not said.
    seed: of the bootstrap.
    smallest: groups with fewer patients (with, or without, the outcome where there is one) are left out; 20.
    """

    groups: Mapping[str, Any] | None
    patients: Any
    drawn: str
    rules: Mapping[Key, Rule] | None
    only: Sequence[str]
    plots: Sequence[str]
    of: str
    outcome: str
    resamples: int
    seed: int
    smallest: int


def _report(
    kind: str,
    measures: Mapping[str, Measure],
    order: Whole,
    options: Options,
    *,
    events: Flags | None = None,
    baseline: Mapping[str, Measure] | None = None,
    curves: Mapping[str, Curve] | None = None,
    extras: Mapping[str, dict[str, Any]] | None = None,
    needs_both: bool = False,
) -> Report:
    only = options.get("only") or list(measures)
    if unknown := set(only) - set(measures):
        raise ValueError(f"This report has no {', '.join(sorted(unknown))}. It has {', '.join(measures)}.")
    everybody = np.arange(len(order))
    plots = options.get("plots", ["roc", "calibration", "decision"])
    return Report(
        Request(
            kind=kind,
            measures={name: measures[name] for name in only},
            rows=len(order),
            events=events,
            order=order,
            of=options.get("of", "patients"),
            outcome=options.get("outcome", "had the outcome"),
            groups=options.get("groups"),
            patients=options.get("patients"),
            drawn=options.get("drawn", "patients"),
            resamples=options.get("resamples", 1000),
            seed=options.get("seed", 0),
            smallest=options.get("smallest", SMALLEST),
            rules=options.get("rules"),
            baseline={name: baseline[name].over(everybody) for name in only} if baseline else {},
            curves={name: curve for name, curve in (curves or {}).items() if name in plots},
            extras={name: extra for name, extra in (extras or {}).items() if name in plots},
            needs_both=needs_both,
        )
    )


def binary(
    y: Any,
    p: Any,
    *,
    threshold: float | None = None,
    specificity: float | None = None,
    baseline: Any = None,
    decision: tuple[float, float] = (0.01, 0.50),
    **options: Unpack[Options],
) -> Report:
    """Risks for an outcome that happened or did not.

    Args:
        y: outcomes, n values False or True (the author's).
        p: risks, n values from 0 to 1 (the student's).
        threshold: a risk; adds sensitivity, specificity, PPV, NPV, F1, balanced accuracy and net benefit at it.
        specificity: adds sensitivity, PPV and NPV at the lowest threshold with at least this specificity.
        baseline: n risks to compare with, for rule.beats_baseline.
        decision: the thresholds between which the decision curve is drawn.
        options: see Options.
    """
    happened, risk, order = ranked(y, p)
    if happened.all() or not happened.any():
        which = "with" if happened.all() else "without"
        raise ValueError(f"All {len(happened)} rows are {which} the outcome; both kinds are needed.")
    against = None
    if baseline is not None:
        other = numbers(baseline, "The baseline", len(risk))[order]
        if other.min() < 0 or other.max() > 1:
            raise ValueError("The baseline's risks lie from 0 to 1.")
        again = np.argsort(other, kind="stable")
        against = {
            name: _of_reordered(each, again)
            for name, each in _measures_of_risks(happened[again], other[again], threshold, specificity).items()
        }
    patient = patients_of(options.get("patients"), len(order))[order]
    return _report(
        "binary",
        _measures_of_risks(happened, risk, threshold, specificity),
        order,
        options,
        events=happened,
        baseline=against,
        curves={"roc": _roc(happened, risk, specificity), "decision": _decision(happened, risk, decision, threshold)},
        extras={"calibration": _calibration(happened, risk, patient)},
        needs_both=True,
    )


def _of_reordered(measure: Measure, order: Whole) -> Measure:
    """The same measure, of weights that are in another order."""

    def over(rows: Whole) -> Evaluate:
        evaluate = measure.over(rows)
        return lambda weights: evaluate(weights.take(order, axis=1))

    return Measure(measure.title, over, measure.better, measure.target, measure.undefined)


def _kept(function: Callable[[Array], Answer]) -> Callable[[Array], Answer]:
    """The same function, which does not work twice when it is asked again about the very array that it had last."""
    last: list[tuple[Array, Answer]] = []

    def answer(array: Array) -> Answer:
        if not last or last[0][0] is not array:
            last[:] = [(array, function(array))]
        return last[0][1]

    return answer


def _measures_of_risks(y: Flags, p: Floats, threshold: float | None, specificity: float | None) -> dict[str, Measure]:
    def over(build: Callable[[Flags, Floats], Evaluate]) -> Callable[[Whole], Evaluate]:
        return lambda rows: build(y[rows], p[rows])

    found = {
        "auroc": Measure("AUROC", over(of_risks.auroc_over)),
        "auprc": Measure("AUPRC", over(of_risks.auprc_over)),
        "brier": Measure("Brier score", over(of_risks.brier_over), "lower"),
        "log_loss": Measure("Log loss", over(of_risks.log_loss_over), "lower"),
        "risk_minus_rate": Measure("Mean risk − share with the outcome", over(of_risks.excess_over), "nearer", 0),
        "calibration_slope": Measure("Calibration slope", over(of_risks.slope_over), "nearer", 1, SAME_RISKS),
        "calibration_intercept": Measure(
            "Calibration intercept", over(of_risks.intercept_over), "nearer", 0, SAME_RISKS
        ),
        "ece": Measure("Expected calibration error", over(of_risks.ece_over), "lower"),
    }

    def counting(count: Callable[[Flags, Floats], Count]) -> Callable[[Whole], Count]:
        return _kept(lambda rows: _kept(count(y[rows], p[rows])))

    def counted(title: str, metric: Callable[[Counts], Floats], count: Callable[[Whole], Count]) -> Measure:
        def build(rows: Whole) -> Evaluate:
            counts = count(rows)
            return lambda weights: metric(counts(weights))

        return Measure(title, build, undefined=NOBODY)

    if threshold is not None:
        at = share(threshold, "The threshold")
        count = counting(partial(of_risks.at_threshold, threshold=at))
        for name, title, metric in (
            ("sensitivity", "Sensitivity", Counts.sensitivity),
            ("specificity", "Specificity", Counts.specificity),
            ("ppv", "PPV", Counts.ppv),
            ("npv", "NPV", Counts.npv),
            ("f1", "F1", Counts.f1),
            ("balanced_accuracy", "Balanced accuracy", Counts.balanced_accuracy),
        ):
            found[name] = counted(f"{title} at a risk of {at:.0%}", metric, count)

        def benefit(y: Flags, p: Floats) -> Evaluate:
            line = of_risks.net_benefit_over(y, p, np.array([at]))
            return lambda weights: line(weights)[:, 0]

        found["net_benefit"] = Measure(f"Net benefit at a risk of {at:.0%}", over(benefit))
    if specificity is not None:
        at_this = share(specificity, "The specificity")
        count = counting(partial(of_risks.at_specificity, specificity=at_this))
        for name, title, metric in (
            ("sensitivity_at_specificity", "Sensitivity", Counts.sensitivity),
            ("ppv_at_specificity", "PPV", Counts.ppv),
            ("npv_at_specificity", "NPV", Counts.npv),
        ):
            found[name] = counted(f"{title} at {at_this:.0%} specificity", metric, count)
    return found


def _roc(y: Flags, p: Floats, specificity: float | None) -> Curve:
    """At fixed places, one for at least five rows without the outcome: no step of the line is a patient."""
    places = np.linspace(0, 1, int(np.clip((~y).sum() // 5, 4, 50)) + 1)
    at = None
    if specificity is not None:
        found = of_risks.at_specificity(y, p, specificity)(np.ones((1, len(y)))).sensitivity()
        at = {"specificity": specificity, "sensitivity": round(float(found[0]), 4)}
    return Curve(of_risks.roc_over(y, p, places), {"x": [round(float(x), 4) for x in places], "at": at})


def _decision(y: Flags, p: Floats, between: tuple[float, float], threshold: float | None) -> Curve:
    low, high = share(between[0], "The first threshold"), share(between[1], "The last threshold")
    if low >= high:
        raise ValueError("The decision curve goes from a lower to a higher threshold.")
    places = np.linspace(low, high, 50)
    rate = float(y.mean())
    treat_all = rate - (1 - rate) * places / (1 - places)
    return Curve(
        of_risks.net_benefit_over(y, p, places),
        {
            "x": [round(float(x), 4) for x in places],
            "all": [round(float(each), 4) for each in treat_all],
            "at": threshold,
        },
    )


def _calibration(y: Flags, p: Floats, patient: Whole) -> dict[str, Any]:
    """Tenths of risk, fewer where a tenth would have less than 20 rows; and how many have which risk."""
    groups = of_risks.calibration_groups(y, p, patient, int(np.clip(len(p) // 20, 1, 10)))
    histogram, _ = np.histogram(p, bins=25, range=(0, 1))
    return {
        "groups": [{key: round(value, 4) for key, value in group.items()} for group in groups],
        "histogram": [int(count) for count in histogram],
    }


def regression(y: Any, predicted: Any, *, baseline: Any = None, **options: Unpack[Options]) -> Report:
    """Predicted numbers: RMSE, MAE, mean error and R². `baseline` is n numbers to compare with; see Options."""
    outcome = numbers(y, "The outcomes")
    given = predictions(predicted, len(outcome))
    if outcome.min() == outcome.max():
        raise ValueError(f"All {len(outcome)} outcomes are the same; there is nothing to explain.")
    other = None if baseline is None else numbers(baseline, "The baseline", len(outcome))
    return _report(
        "regression",
        _measures_of_numbers(outcome, given),
        np.arange(len(outcome)),
        options,
        baseline=None if other is None else _measures_of_numbers(outcome, other),
    )


def _measures_of_numbers(y: Floats, predicted: Floats) -> dict[str, Measure]:
    def over(build: Callable[[Floats, Floats], Evaluate]) -> Callable[[Whole], Evaluate]:
        return lambda rows: build(y[rows], predicted[rows])

    return {
        "rmse": Measure("RMSE", over(of_numbers.rmse_over), "lower"),
        "mae": Measure("MAE", over(of_numbers.mae_over), "lower"),
        "bias": Measure("Mean error", over(of_numbers.bias_over), "nearer", 0),
        "r2": Measure("R²", over(of_numbers.r2_over), undefined="the outcomes are all the same"),
    }


def classes(truth: Any, given: Any, *, baseline: Any = None, **options: Unpack[Options]) -> Report:
    """Which of several kinds each row is: accuracy, balanced accuracy and Cohen's kappa.

    Args:
        truth: n kinds (the author's).
        given: n kinds (the student's); one that is none of the truth's is wrong.
        baseline: n kinds to compare with.
        options: see Options.
    """
    known, names = codes(truth, "The truth")
    if (known < 0).any() or len(names) < 2:
        raise ValueError("The truth needs a kind for each row, and two kinds or more.")

    def measures(said: Whole) -> dict[str, Measure]:
        of = len(names)
        return {
            "accuracy": Measure("Accuracy", lambda rows: of_classes.accuracy_over(known[rows], said[rows])),
            "balanced_accuracy": Measure(
                "Balanced accuracy", lambda rows: of_classes.balanced_accuracy_over(known[rows], said[rows], of)
            ),
            "kappa": Measure(
                "Cohen’s kappa",
                lambda rows: of_classes.kappa_over(known[rows], said[rows], of),
                undefined="all rows are of one kind",
            ),
        }

    return _report(
        "classes",
        measures(kinds_of(given, truth)),
        np.arange(len(known)),
        options,
        baseline=None if baseline is None else measures(kinds_of(baseline, truth)),
    )


def survival(
    time: Any,
    event: Any,
    score: Any,
    *,
    at: Sequence[float] = (),
    unit: str = "",
    until: float = np.inf,
    train: tuple[Any, Any] | None = None,
    baseline: Any = None,
    **options: Unpack[Options],
) -> Report:
    """Risk scores, higher for an earlier event, for times that may be censored.

    Args:
        time, event: n times from 0, and whether the event came then (True) or the row was censored (the author's).
        score: n numbers (the student's).
        at: times for the time-dependent AUROC; its names are "auc_1", "auc_2", ... in this order.
        unit: of the times, for the page: "days".
        until: Uno's C-index looks at events before this time.
        train: times and events of other rows, from which the chance of being censored is estimated; else these.
        baseline: n scores to compare with.
        options: see Options.
    """
    t, e, given, order = followed(time, event, score)
    for each in at:
        if not (e & (t <= each)).any() or not (t > each).any():
            raise ValueError(f"At {each:g} there are no events before, or nobody is followed after.")
    other = None if baseline is None else numbers(baseline, "The baseline", len(t))[order]
    fixed = None if train is None else censoring_of(train, t, e)
    assert not isinstance(fixed, of_times.Censoring)
    build = partial(_measures_of_times, t, e, at=at, unit=unit, until=until, fixed=fixed)
    return _report(
        "survival",
        build(given),
        order,
        options,
        events=e,
        baseline=None if other is None else build(other),
    )


def _measures_of_times(
    time: Floats,
    event: Flags,
    score: Floats,
    *,
    at: Sequence[float],
    unit: str,
    until: float,
    fixed: Floats | None,
) -> dict[str, Measure]:
    def censoring(rows: Whole) -> Floats | of_times.Censoring:
        return of_times.Censoring(time[rows], event[rows]) if fixed is None else fixed[rows]

    def harrell(rows: Whole) -> Evaluate:
        return of_times.concordance_over(time[rows], event[rows], score[rows])

    def uno(rows: Whole) -> Evaluate:
        weighing = censoring(rows)
        return of_times.concordance_over(time[rows], event[rows], score[rows], until=until, censoring=weighing)

    def auc(when: float, rows: Whole) -> Evaluate:
        return of_times.auc_over(time[rows], event[rows], score[rows], when, censoring(rows))

    none = "no two rows can be compared"
    found = {
        "c_index": Measure("C-index (Harrell)", harrell, undefined=none),
        "c_index_uno": Measure("C-index (Uno)", uno, undefined=none),
    }
    for number, when in enumerate(at, 1):
        title = f"AUROC at {when:g} {unit}".strip()
        found[f"auc_{number}"] = Measure(title, partial(auc, when), undefined=none)
    return found


def clustering(labels: Any, *, truth: Any = None, data: Any = None, **options: Unpack[Options]) -> Report:
    """Clusters that an algorithm has found.

    Args:
        labels: n clusters (the student's).
        truth: n known groups, for the adjusted Rand index.
        data: n × columns of finite numbers, on one scale, for the silhouette.
        options: see Options. In a resample a patient drawn twice is its own neighbour, so intervals lie a little high.
    """
    if truth is None and data is None:
        raise ValueError("Clusters are judged by the truth, by data, or by both.")
    measures: dict[str, Measure] = {}
    size = len(truth if truth is not None else data)
    found = labels_of(labels, size)
    if truth is not None:
        known, _ = codes(truth, "The known groups", size)
        if (known < 0).any():
            raise ValueError(f"{int((known < 0).sum())} rows have no known group.")
        measures["ari"] = Measure("Adjusted Rand index", lambda rows: of_clusters.ari_over(found[rows], known[rows]))
    if data is not None:
        table = np.asarray(data, dtype=np.float64)
        if table.ndim != 2 or len(table) != size or not np.isfinite(table).all():
            raise ValueError("The data for a silhouette are rows × columns of finite numbers, a row for each label.")
        measures["silhouette"] = Measure(
            "Silhouette",
            lambda rows: of_clusters.silhouette_over(found[rows], table[rows]),
            undefined=SAME_LABELS,
        )
    return _report("clustering", measures, np.arange(size), options)
