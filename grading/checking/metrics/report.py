"""A report: figures for everybody and for groups of patients, their intervals, and whether they meet the rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from .given import CheckFailed, Flags, Floats, Whole, codes
from .resampling import Evaluate, draws, interval, patients_of
from .rule import Rule, short

SMALLEST = 20
Key = str | tuple[str, str]
"""A metric, for everybody; or a metric and a grouping, for each group of it."""


@dataclass(frozen=True)
class Measure:
    """One metric of a report."""

    title: str
    over: Callable[[Whole], Evaluate]
    """From the rows of a group, in order, to a function of their weights."""
    better: Literal["higher", "lower", "nearer"] = "higher"
    target: float = 0.0
    """Of what is better nearer."""
    undefined: str = "it is not defined on these rows"

    def worse_by(self, value: Floats, other: Floats) -> Floats:
        """By how much the first is worse than the second."""
        if self.better == "nearer":
            return np.abs(value - self.target) - np.abs(other - self.target)
        return other - value if self.better == "higher" else value - other


@dataclass(frozen=True)
class Figure:
    """A metric's value with its 95% interval. None where it is not defined; `why` says so."""

    value: float | None
    low: float | None
    high: float | None
    why: str = ""

    def plain(self) -> dict[str, Any]:
        return {"value": rounded(self.value), "low": rounded(self.low), "high": rounded(self.high), "why": self.why}


@dataclass(frozen=True)
class Group:
    """Everybody (`by` and `name` are empty), or one group of patients."""

    by: str
    name: str
    n: int
    events: int | None
    figures: dict[str, Figure]


@dataclass(frozen=True)
class Worst:
    """The group whose figure is worst, and by how much it is worse than everybody's, with its 95% interval."""

    by: str
    name: str
    gap: Figure


@dataclass(frozen=True)
class Verdict:
    """Whether a rule is met. The sentence is for the student and never tells the figure."""

    metric: str
    by: str
    rule: Rule
    passed: bool
    sentence: str


@dataclass(frozen=True)
class Curve:
    """A line for the plots: fixed places, and a function of weights that gives resamples × places."""

    evaluate: Evaluate
    places: dict[str, Any]
    """What the plot needs beside the line, as plain values."""


@dataclass
class Request:
    """What every report asks for beside its rows."""

    kind: str
    measures: Mapping[str, Measure]
    rows: int
    events: Flags | None
    order: Whole
    """The rows as the measures count them, by their place in what the author gave."""
    of: str
    outcome: str
    groups: Mapping[str, Any] | None
    patients: Any
    drawn: str
    resamples: int
    seed: int
    smallest: int
    rules: Mapping[Key, Rule] | None
    baseline: Mapping[str, Evaluate] = field(default_factory=dict)
    curves: Mapping[str, Curve] = field(default_factory=dict)
    extras: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    """What plots need that has no line."""
    needs_both: bool = False
    """Is a group without the outcome as useless as one with nothing else?"""


class Report:
    """Figures of one set of predictions. `report["auroc"]` is one of them, `report.plain()` is what a page shows."""

    def __init__(self, request: Request) -> None:
        self._request = request
        patient = patients_of(request.patients, request.rows)[request.order]
        if (request.resamples < 100 and request.resamples) or request.resamples > 10_000:
            raise ValueError(f"resamples is 0 or from 100 to 10,000, not {request.resamples}.")
        self.patients = len(np.unique(patient))
        chosen, self.left_out = self._choose(patient)
        subsets = [("", "", np.arange(request.rows)), *chosen]
        prepared = [{name: each.over(rows) for name, each in request.measures.items()} for _, _, rows in subsets]
        self._values: list[dict[str, Floats]] = []
        for (_, _, rows), evaluate in zip(subsets, prepared, strict=True):
            once = np.ones((1, len(rows)))
            self._values.append({name: over(once) for name, over in evaluate.items()})
        once = np.ones((1, request.rows))
        self._baseline = {name: over(once) for name, over in request.baseline.items()}
        self._lines = {name: curve.evaluate(once) for name, curve in request.curves.items()}
        self._draw(subsets, prepared, patient)
        self.groups = [
            Group(
                by,
                name,
                len(rows),
                None if request.events is None else int(request.events[rows].sum()),
                {metric: self._figure(number, metric) for metric in request.measures},
            )
            for number, (by, name, rows) in enumerate(subsets)
        ]
        self.everybody, *self.groups = self.groups
        self.verdicts = [self._judge(key, rule) for key, rule in (request.rules or {}).items()]

    def _choose(self, patient: Whole) -> tuple[list[tuple[str, str, Whole]], list[tuple[str, str]]]:
        """The groups that are large enough, and the names of those that are not."""
        request = self._request
        chosen, left_out = [], []
        for by, values in (request.groups or {}).items():
            of, names = codes(values, f"The grouping {by!r}", request.rows)
            of = of[request.order]
            for number, name in enumerate(names):
                rows = np.flatnonzero(of == number)
                parts = [rows]
                if request.events is not None:
                    parts = [rows[request.events[rows]]]
                    parts += [rows[~request.events[rows]]] if request.needs_both else []
                if min(len(np.unique(patient[part])) for part in parts) < request.smallest:
                    left_out.append((by, name))
                else:
                    chosen.append((by, name, rows))
        return chosen, left_out

    def _draw(
        self, subsets: Sequence[tuple[str, str, Whole]], prepared: list[dict[str, Evaluate]], patient: Whole
    ) -> None:
        request = self._request
        drawn: list[dict[str, list[Floats]]] = [{name: [] for name in request.measures} for _ in subsets]
        of_baseline: dict[str, list[Floats]] = {name: [] for name in request.baseline}
        of_lines: dict[str, list[Floats]] = {name: [] for name in request.curves}
        for weights in draws(patient, request.resamples, request.seed) if request.resamples else ():
            for number, (by, _, rows) in enumerate(subsets):
                inside = weights.take(rows, axis=1) if by else weights
                for name, evaluate in prepared[number].items():
                    drawn[number][name].append(evaluate(inside))
            for name, evaluate in request.baseline.items():
                of_baseline[name].append(evaluate(weights))
            for name, curve in request.curves.items():
                of_lines[name].append(curve.evaluate(weights))
        empty = [np.empty(0)]
        self._drawn = [{name: np.concatenate(found or empty) for name, found in each.items()} for each in drawn]
        self._drawn_baseline = {name: np.concatenate(found or empty) for name, found in of_baseline.items()}
        self._drawn_lines = {name: np.concatenate(found) if found else None for name, found in of_lines.items()}

    def _figure(self, number: int, metric: str) -> Figure:
        return figure(self._values[number][metric], self._drawn[number][metric], self._request.measures[metric])

    def __getitem__(self, metric: str) -> Figure:
        return self.everybody.figures[self._known(metric)]

    def _known(self, metric: str) -> str:
        if metric not in self._request.measures:
            raise ValueError(f"This report has no {metric!r}. It has {', '.join(self._request.measures)}.")
        return metric

    def by(self, grouping: str) -> dict[str, Group]:
        """The groups of one grouping that are large enough to be shown."""
        if grouping not in (self._request.groups or {}):
            raise ValueError(f"This report has no grouping {grouping!r}.")
        return {group.name: group for group in self.groups if group.by == grouping}

    def worst(self, metric: str, by: str) -> Worst | None:
        """The worst group, and its gap to everybody; None if no group is large enough."""
        measure = self._request.measures[self._known(metric)]
        names = list(self.by(by))
        at = [number for number, group in enumerate(self.groups, 1) if group.by == by]
        gaps = [float(measure.worse_by(self._values[n][metric], self._values[0][metric])[0]) for n in at]
        if not any(np.isfinite(gaps)):
            return None
        number = int(np.nanargmax(gaps))
        drawn = measure.worse_by(self._drawn[at[number]][metric], self._drawn[0][metric])
        return Worst(by, names[number], figure(np.array([gaps[number]]), drawn, measure))

    def _judge(self, key: Key, rule: Rule) -> Verdict:
        metric, by = (key, "") if isinstance(key, str) else key
        measure = self._request.measures[self._known(metric)]
        if rule.over_baseline:
            return self._against_baseline(metric, by, rule)
        judged = [self.everybody] if not by else list(self.by(by).values())
        if not judged:
            raise ValueError(f"No group of {by!r} is large enough to be judged.")
        for group in judged:
            found = group.figures[metric]
            if found.value is None:
                who = f" for {group.name}" if by else ""
                return Verdict(metric, by, rule, False, f"{measure.title} cannot be computed{who}: {found.why}.")
        missed: dict[str, list[str]] = {}
        for group in judged:
            found = group.figures[metric]
            assert found.value is not None
            if how := rule.fails(found.value, found.low, found.high):
                missed.setdefault(how, []).append(group.name)
        if not missed:
            each = f" in every group of {by}" if by else ""
            return Verdict(metric, by, rule, True, f"{measure.title}{each}: {rule.words}.")
        limits = {"below": rule.low, "above": rule.high}
        parts = []
        for how, names in missed.items():
            who = " for " + " and for ".join(names) if by else ""
            if how == "unsure":
                parts.append(f"the interval of {measure.title} cannot be computed{who}")
            elif rule.on == "interval":
                parts.append(f"the 95% interval of {measure.title} reaches {how} {short(limits[how])}{who}")
            else:
                parts.append(f"{measure.title} is {how} {short(limits[how])}{who}")
        sentence = "; ".join(parts)
        return Verdict(metric, by, rule, False, f"{sentence[0].upper()}{sentence[1:]}. Needed: {rule.words}.")

    def _against_baseline(self, metric: str, by: str, rule: Rule) -> Verdict:
        if by:
            raise ValueError("A baseline is beaten for everybody, not for each group.")
        if metric not in self._baseline:
            raise ValueError(f"There is no baseline for {metric!r}: give the report `baseline`.")
        measure = self._request.measures[metric]
        gain = self.gain(metric)
        if gain.value is None:
            return Verdict(metric, by, rule, False, f"{measure.title} cannot be compared: {gain.why}.")
        how = rule.fails(gain.value, gain.low, gain.high)
        by_how_much = f" by at least {short(rule.low)}" if rule.low else ""
        if not how:
            return Verdict(metric, by, rule, True, f"{measure.title} is better than the baseline's{by_how_much}.")
        doubt = ", beyond what chance explains" if rule.on == "interval" else ""
        return Verdict(
            metric, by, rule, False, f"{measure.title} is not better than the baseline's{by_how_much}{doubt}."
        )

    def gain(self, metric: str) -> Figure:
        """By how much the metric is better than the baseline's, with the interval of the difference."""
        measure = self._request.measures[self._known(metric)]
        value = measure.worse_by(self._baseline[metric], self._values[0][metric])
        return figure(value, measure.worse_by(self._drawn_baseline[metric], self._drawn[0][metric]), measure)

    def require(self, *keys: Key, hint: str = "", look_at: str = "") -> None:
        """Fail the check unless these rules are met; all of them, if none is named. The hint follows the sentence."""
        wanted = {(key, "") if isinstance(key, str) else key for key in keys}
        verdicts = [each for each in self.verdicts if not wanted or (each.metric, each.by) in wanted]
        if unknown := wanted - {(each.metric, each.by) for each in verdicts}:
            raise ValueError(
                f"There is no rule for {', '.join(sorted(' by '.join(filter(None, k)) for k in unknown))}."
            )
        if failed := [each.sentence for each in verdicts if not each.passed]:
            raise CheckFailed(" ".join([*failed, hint]).strip(), look_at=look_at)

    def plain(self) -> dict[str, Any]:
        """All of it as JSON, for the result page. Lines are thinned and figures rounded, so that no patient shows."""
        request = self._request
        return {
            "kind": request.kind,
            "of": request.of,
            "outcome": request.outcome,
            "n": request.rows,
            "patients": self.patients,
            "drawn": request.drawn,
            "events": self.everybody.events,
            "resamples": request.resamples,
            "seed": request.seed,
            "smallest": request.smallest,
            "figures": [
                {"name": name, "title": measure.title, "better": measure.better, "target": measure.target}
                | self.everybody.figures[name].plain()
                for name, measure in request.measures.items()
            ],
            "rules": [
                {"metric": each.metric, "by": each.by, "passed": each.passed, "sentence": each.sentence}
                | {"words": each.rule.words, "low": each.rule.low, "high": each.rule.high, "on": each.rule.on}
                | {"over_baseline": each.rule.over_baseline}
                for each in self.verdicts
            ],
            "groups": [
                {"by": group.by, "name": group.name, "n": group.n, "events": group.events}
                | {"figures": {name: found.plain() for name, found in group.figures.items()}}
                for group in self.groups
            ],
            "left_out": [{"by": by, "name": name} for by, name in self.left_out],
            "worst": [
                {"metric": name, "by": by, "name": found.name} | found.gap.plain()
                for by in request.groups or {}
                for name in request.measures
                if (found := self.worst(name, by))
            ],
            "curves": {name: curve.places | self._band(name) for name, curve in request.curves.items()}
            | dict(request.extras),
        }

    def _band(self, name: str) -> dict[str, list[float | None]]:
        line, drawn = self._lines[name][0], self._drawn_lines[name]
        found = {"line": [rounded(value) for value in line]}
        if drawn is not None:
            ends = [interval(drawn[:, place]) for place in range(drawn.shape[1])]
            found["low"] = [rounded(each[0]) if each else None for each in ends]
            found["high"] = [rounded(each[1]) if each else None for each in ends]
        return found


def figure(value: Floats, drawn: Floats, measure: Measure) -> Figure:
    if not np.isfinite(value[0]):
        return Figure(None, None, None, measure.undefined)
    low, high = interval(drawn) or (None, None)
    return Figure(float(value[0]), low, high)


def rounded(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else round(float(value), 4)
