"""Reports of metrics (`Report.plain()` of grading.checking.metrics) as tables and drawings for the result page.

Drawings are 352 units wide with 12 px text, take every colour from the classes of figures.css, and say their finding in
words; whatever they show is in a table beside them too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

LEFT, RIGHT, TOP = 44.0, 334.0, 28.0
SQUARE = 318.0  # the bottom of a drawing that is as high as wide
Point = tuple[float, float]


def number(value: float | None) -> str:
    """.735, 1.05, 12.3, 1,204; − before what is negative; nothing for nothing."""
    if value is None:
        return ""
    size = abs(value)
    places = 3 if size < 0.9995 else 2 if size < 9.995 else 1 if size < 99.95 else 0
    text = f"{size:,.{places}f}"
    sign = "−" if value < 0 and float(text.replace(",", "")) else ""
    return sign + (text[1:] if text.startswith("0.") else text)


def tick(value: float) -> str:
    """A place on an axis: 0, .2, 1, 45."""
    return f"{value:g}".replace("0.", ".", 1).replace("-", "−") if abs(value) < 1 else f"{value:g}".replace("-", "−")


def span(low: float | None, high: float | None) -> str:
    """.702 to .767"""
    return f"{number(low)} to {number(high)}" if low is not None and high is not None else ""


@dataclass
class Plot:
    """A drawing with axes, in which points are given in the units of the data."""

    id: str
    title: str
    finding: str
    x: tuple[float, float] = (0.0, 1.0)
    y: tuple[float, float] = (0.0, 1.0)
    bottom: float = SQUARE
    parts: list[SafeString] = field(default_factory=list)

    def at(self, x: float, y: float) -> Point:
        (x0, x1), (y0, y1) = self.x, self.y
        return (
            LEFT + (x - x0) / (x1 - x0) * (RIGHT - LEFT),
            self.bottom - (y - y0) / (y1 - y0) * (self.bottom - TOP),
        )

    def path(self, kind: str, path: str) -> None:
        self.parts.append(format_html('<path class="{}" d="{}"/>', kind, path))

    def words(self, x: float, y: float, text: str, kind: str = "") -> None:
        place = (f"{x:.1f}", f"{y:.1f}", text)
        shown = format_html('<text class="{}" x="{}" y="{}">{}</text>', kind, *place)
        self.parts.append(shown if kind else format_html('<text x="{}" y="{}">{}</text>', *place))

    def axes(self, x_name: str, y_name: str, x_ticks: Iterable[float], y_ticks: Iterable[float]) -> None:
        for value in x_ticks:
            place, _ = self.at(value, 0)
            self.path("hair", f"M{place:.1f} {TOP:.0f}V{self.bottom:.0f}")
            self.words(place, self.bottom + 17, tick(value), "mid")
        for value in y_ticks:
            _, place = self.at(0, value)
            self.path("hair", f"M{LEFT:.0f} {place:.1f}H{RIGHT:.0f}")
            self.words(LEFT - 7, place + 4, tick(value), "end")
        self.path("ax", f"M{LEFT:.0f} {TOP:.0f}V{self.bottom:.0f}H{RIGHT:.0f}")
        self.words((LEFT + RIGHT) / 2, self.bottom + 37, x_name, "mid")
        self.words(4, 13, y_name)

    def label(self, x: float, y: float, text: str, kind: str = "", dx: float = 0, dy: float = 0) -> None:
        place = self.at(x, y)
        self.words(place[0] + dx, place[1] + dy, text, kind)

    def line(self, points: Iterable[Point], kind: str) -> None:
        self.path(kind, "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in (self.at(*point) for point in points)))

    def band(self, x: Sequence[float], low: Sequence[float], high: Sequence[float]) -> None:
        """Between two lines."""
        round_ = [*zip(x, high, strict=True), *reversed(list(zip(x, low, strict=True)))]
        if round_:
            self.path("b1", "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in (self.at(*point) for point in round_)) + "Z")

    def dot(self, x: float, y: float, kind: str = "p1", radius: float = 3.5) -> None:
        place = self.at(x, y)
        self.parts.append(
            format_html('<circle class="{}" cx="{}" cy="{}" r="{}"/>', kind, *(f"{n:.1f}" for n in (*place, radius)))
        )

    def svg(self) -> SafeString:
        height = f"{self.bottom + 48:.0f}"
        return format_html(
            '<svg class="g" width="352" height="{h}" viewBox="0 0 352 {h}" role="img" aria-labelledby="{id}-t {id}-d">'
            '<title id="{id}-t">{title}</title><desc id="{id}-d">{finding}</desc>{parts}</svg>',
            h=height,
            id=self.id,
            title=self.title,
            finding=self.finding,
            parts=together(self.parts),
        )


def together(parts: Iterable[SafeString]) -> SafeString:
    return mark_safe("".join(parts))  # noqa: S308 - each part was escaped when it was made


@dataclass(frozen=True)
class Table:
    """The figures of a drawing."""

    caption: str
    head: list[str]
    rows: list[list[str]]


@dataclass(frozen=True)
class Drawing:
    """One plot with its caption and its figures."""

    svg: SafeString
    caption: str
    table: Table


FIFTHS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def roc(report: dict[str, Any], id: str) -> Drawing:
    curve = report["curves"]["roc"]
    x, line = curve["x"], curve["line"]
    area = figure_of(report, "auroc")
    finding = f"Area {number(area['value'])}."
    if area["low"] is not None:
        finding = f"Area {number(area['value'])}, 95% interval {span(area['low'], area['high'])}."
    if curve["at"]:
        specificity, found = curve["at"]["specificity"], curve["at"]["sensitivity"]
        finding += f" At {specificity:.0%} specificity it finds {found:.1%} of those with the outcome."
    plot = Plot(id, f"ROC curve on {report['n']:,} {report['of']}", finding)
    plot.axes("1 − specificity", "Sensitivity", FIFTHS, FIFTHS[1:])
    plot.line([(0, 0), (1, 1)], "ref")
    if has_band(curve):
        plot.band(x, curve["low"], curve["high"])
    plot.line([(0.0, 0.0), *zip(x, line, strict=True)], "l1")
    if curve["at"]:
        place = (1 - specificity, found)
        plot.dot(*place, radius=4.5)
        (px, py), down = plot.at(*place), found > 0.35
        plot.path("ax", f"M{px + 5:.1f} {py + (5 if down else 2):.1f}L{px + 44:.1f} {py + (38 if down else 14):.1f}")
        plot.words(px + 48, py + (43 if down else 18), f"{number(found)} at {specificity:.0%} specificity", "lab")
    plot.label(0.52, 0.6, f"AUROC {number(area['value'])}", "t1")
    plot.label(0.66, 0.57, "chance", dy=24)
    rows = [
        [number(a), number(b), span(*ends)]
        for a, b, ends in zip(x, line, ends_of(curve), strict=True)
        if round(a * 20, 6).is_integer()
    ]
    head = ["1 − specificity", "Sensitivity", "95% interval"]
    return Drawing(
        plot.svg(), f"ROC curve{' with a 95% band' if has_band(curve) else ''}.", Table("ROC curve", head, rows)
    )


TOPS = ((0.2, 0.05), (0.4, 0.1), (0.6, 0.1), (0.8, 0.2), (1.0, 0.2))


def calibration(report: dict[str, Any], id: str) -> Drawing:
    groups, histogram = report["curves"]["calibration"]["groups"], report["curves"]["calibration"]["histogram"]
    # Drawn up to the largest risk or share, so that low risks are not a smudge in a corner.
    largest = max(max(group["risk"], group["high"]) for group in groups)
    top, step = next((top, step) for top, step in TOPS if largest <= top or top == 1)
    ticks = ticks_between(0, top, step)
    finding = f"{words_for(len(groups))} groups of patients by predicted risk. " + furthest(groups)
    slope = next((each["value"] for each in report["figures"] if each["name"] == "calibration_slope"), None)
    if slope is not None:
        finding += f" The slope is {number(slope)}; 1 is perfect."
    plot = Plot(id, f"Calibration on {report['n']:,} {report['of']}", finding, (0, top), (0, top))
    plot.axes("Predicted risk", f"Share who {report['outcome']}", ticks, ticks[1:])
    most = max(*histogram, 1)
    for place, count in enumerate(histogram[: math.ceil(top * len(histogram) - 1e-9)]):
        left, base = plot.at(place / len(histogram), 0)
        right, _ = plot.at(min((place + 1) / len(histogram), top), 0)
        if count:
            plot.path("bar", f"M{left + 0.5:.1f} {base:.1f}v{-44 * count / most:.1f}H{right - 0.5:.1f}V{base:.1f}z")
    plot.line([(0, 0), (top, top)], "ref")
    for group in groups:
        (x, low), (_, high) = plot.at(group["risk"], group["low"]), plot.at(group["risk"], min(group["high"], top))
        plot.path("ci1", f"M{x:.1f} {low:.1f}V{high:.1f}")
    plot.line([(group["risk"], group["share"]) for group in groups], "l1")
    for group in groups:
        plot.dot(group["risk"], group["share"])
    # Beside the diagonal, where no group is.
    spot = max((0.88, 0.7, 0.52), key=lambda share: min(abs(group["risk"] / top - share + 0.05) for group in groups))
    plot.label(spot * top, (spot + 0.06) * top, "perfect", "end")
    rows = [
        [number(g["risk"]), number(g["share"]), span(max(g["low"], 0), min(g["high"], 1)), f"{g['n']:,}"]
        for g in groups
    ]
    head = ["Mean risk", f"Share who {report['outcome']}", "95% interval", "Rows"]
    caption = "Calibration, groups of equal size with 95% intervals. Below: how many have which risk."
    return Drawing(plot.svg(), caption, Table("Calibration", head, rows))


def furthest(groups: list[dict[str, float]]) -> str:
    """Where risks and outcomes differ most, among the groups whose interval does not hold the risk."""
    off = [group for group in groups if not group["low"] <= group["risk"] <= group["high"]]
    if not off:
        return "Every interval holds its predicted risk."
    worst = max(off, key=lambda group: abs(group["risk"] - group["share"]))
    return f"Furthest from the diagonal: {number(worst['risk'])} predicted, {number(worst['share'])} seen."


def words_for(count: int) -> str:
    return {1: "One", 2: "Two", 5: "Five", 10: "Ten"}.get(count, str(count))


def decision(report: dict[str, Any], id: str) -> Drawing:
    curve = report["curves"]["decision"]
    x, line, everyone = curve["x"], curve["line"], curve["all"]
    useful = [place for place, ours, theirs in zip(x, line, everyone, strict=True) if ours > max(theirs, 0) + 1e-9]
    finding = "The model is nowhere better than treating everybody or nobody."
    if useful:
        between = sum(useful[0] <= place <= useful[-1] for place in x)
        where = "at thresholds" if len(useful) == between else "at some thresholds"
        finding = f"Better than treating everybody or nobody {where} from {useful[0]:.0%} to {useful[-1]:.0%}."
    peak = max(*line, *everyone, 0.01)
    high, step = next((n * s, s) for s in (0.01, 0.02, 0.05, 0.1, 0.2) for n in range(1, 7) if n * s >= peak)
    low = -step if min(*line, *everyone) < 0 else 0.0
    plot = Plot(id, f"Decision curve on {report['n']:,} {report['of']}", finding, (0, x[-1]), (low, high), bottom=258.0)
    x_ticks = [round(x[-1] * n / 5, 4) for n in range(6)]
    plot.axes("Threshold: the risk at which one would act", "Net benefit", x_ticks, ticks_between(low, high, step))
    if has_band(curve):
        plot.band(x, [max(each, low) for each in curve["low"]], [min(each, high) for each in curve["high"]])
    plot.line([(0, 0), (x[-1], 0)], "ref")
    above = [(place, each) for place, each in zip(x, everyone, strict=True) if each >= low]
    plot.line(above, "l2")
    plot.line([(place, max(each, low)) for place, each in zip(x, line, strict=True)], "l1")
    middle = len(x) * 11 // 20
    plot.label(x[middle], max(line[middle], 0), "model", "t1", dx=8, dy=-12)
    if len(above) > 2:
        plot.label(*above[-1], "treat everybody", "t2", dx=8, dy=-4)
    plot.label(x[-1], 0, "treat nobody", "end", dy=15)
    if curve["at"] is not None and x[0] <= curve["at"] <= x[-1]:
        nearest = min(range(len(x)), key=lambda n: abs(x[n] - curve["at"]))
        plot.dot(curve["at"], max(line[nearest], low), radius=4.5)
    rows = [
        [number(a), number(b), span(*ends), number(c)]
        for a, b, c, ends in list(zip(x, line, everyone, ends_of(curve), strict=True))[::5]
    ]
    head = ["Threshold", "Model", "95% interval", "Treat everybody"]
    return Drawing(
        plot.svg(),
        f"Decision curve{' with a 95% band' if has_band(curve) else ''}. {finding}",
        Table("Decision curve", head, rows),
    )


def ticks_between(low: float, high: float, step: float) -> list[float]:
    return [round(step * n, 4) for n in range(round(low / step), round(high / step) + 1)]


def has_band(curve: dict[str, Any]) -> bool:
    return all(value is not None for end in ("low", "high") for value in curve.get(end, [None]))


def ends_of(curve: dict[str, Any]) -> list[tuple[float | None, float | None]]:
    nothing = [None] * len(curve["line"])
    return list(zip(curve.get("low", nothing), curve.get("high", nothing), strict=True))


def figure_of(report: dict[str, Any], name: str) -> dict[str, Any]:
    return next(dict(each) for each in report["figures"] if each["name"] == name)


# The forest plot and the strips beside the figures are columns of their tables ---------------------------------------


@dataclass(frozen=True)
class Scale:
    """From the units of a metric to the places of a strip."""

    low: float
    high: float
    width: float

    def at(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return 4 + min(max(share, 0.0), 1.0) * (self.width - 8)

    def ticks(self) -> list[float]:
        step = 10 ** math.floor(math.log10((self.high - self.low) / 2))
        step = next(step * by for by in (1, 2, 5, 10) if (self.high - self.low) / (step * by) <= 4)
        first = math.ceil(self.low / step - 1e-9)
        return [n * step for n in range(first, math.floor(self.high / step + 1e-9) + 1)]


def scale_of(values: Iterable[float | None], width: float) -> Scale:
    """A little wider than what it has to show."""
    known = [value for value in values if value is not None]
    low, high = min(known), max(known)
    room = (high - low) * 0.12 or abs(high) * 0.1 or 0.1
    return Scale(low - room, high + room, width)


def strip(scale: Scale, found: dict[str, Any], rule: dict[str, Any] | None, target: float | None) -> SafeString:
    """The value and its interval on a line; outside the rule is shaded, and what is perfect dotted."""
    parts = [*zone(scale, rule, 20), format_html('<path class="hair" d="M4 10H{}"/>', f"{scale.width - 4:.0f}")]
    if target is not None:
        parts.append(format_html('<path class="ref" d="M{} 0V20"/>', f"{scale.at(target):.1f}"))
    if found["low"] is not None:
        parts.append(format_html('<path class="ci1" d="M{} 10H{}"/>', *ends(scale, found)))
    parts.append(format_html('<circle class="p1" cx="{}" cy="10" r="4"/>', f"{scale.at(found['value']):.1f}"))
    return drawn(scale.width, 20, parts, "g iv")


def zone(scale: Scale, rule: dict[str, Any] | None, height: int) -> list[SafeString]:
    parts = []
    if rule and rule["low"] is not None and scale.at(rule["low"]) > 4:
        parts.append(format_html('<path class="zone" d="M4 0H{}V{}H4z"/>', f"{scale.at(rule['low']):.1f}", height))
    if rule and rule["high"] is not None and scale.at(rule["high"]) < scale.width - 4:
        far = f"{scale.width - 4:.0f}"
        parts.append(
            format_html('<path class="zone" d="M{0} 0H{1}V{2}H{0}z"/>', f"{scale.at(rule['high']):.1f}", far, height)
        )
    return parts


def ends(scale: Scale, found: dict[str, Any]) -> tuple[str, str]:
    return f"{scale.at(found['low']):.1f}", f"{scale.at(found['high']):.1f}"


def drawn(width: float, height: int, parts: Iterable[SafeString], kind: str = "g") -> SafeString:
    return format_html(
        '<svg class="{k}" width="{w}" height="{h}" viewBox="0 0 {w} {h}" aria-hidden="true">{parts}</svg>',
        k=kind,
        w=f"{width:.0f}",
        h=height,
        parts=together(parts),
    )


@dataclass(frozen=True)
class MeasureRow:
    title: str
    value: str
    interval: str
    strip: SafeString | str
    rule: str
    passed: bool | None
    """None where there is no rule."""
    note: str


SHOWN = 5


def measures(report: dict[str, Any]) -> tuple[list[MeasureRow], list[MeasureRow]]:
    """Every figure for everybody: those with a rule and as many more as make five, and the others."""
    found = []
    for each in report["figures"]:
        rule = next((r for r in report["rules"] if r["metric"] == each["name"] and not r["by"]), None)
        limits = rule if rule and not rule["over_baseline"] else None
        drawing: SafeString | str = ""
        target = each["target"] if each["better"] == "nearer" else None
        if each["value"] is not None and (limits or target is not None):
            shown = [each["value"], each["low"], each["high"], target]
            shown += [limits["low"], limits["high"]] if limits else []
            drawing = strip(scale_of(shown, 176), each, limits, target)
        found.append(
            MeasureRow(
                title=each["title"],
                value=number(each["value"]),
                interval=span(each["low"], each["high"]),
                strip=drawing,
                rule=rule["words"] if rule else "",
                passed=rule["passed"] if rule else None,
                note=f"not known: {each['why']}" if each["value"] is None else ideal(each),
            )
        )
    first = [row for row in found if row.passed is not None]
    first += [row for row in found if row.passed is None][: max(SHOWN - len(first), 0)]
    return [row for row in found if row in first], [row for row in found if row not in first]


def ideal(figure: dict[str, Any]) -> str:
    return f"{figure['target']:g} is perfect" if figure["better"] == "nearer" else f"{figure['better']} is better"


@dataclass(frozen=True)
class ForestRow:
    name: str
    size: str
    value: str
    interval: str
    svg: SafeString | str


@dataclass(frozen=True)
class Forest:
    """One metric for everybody and for each group."""

    title: str
    everybody: ForestRow
    groupings: list[tuple[str, list[ForestRow]]]
    axis: SafeString
    rule: str
    """What the shaded zone means; empty without one."""


WIDTH, ROW = 220.0, 44


def forests(report: dict[str, Any]) -> list[Forest]:
    """The first metric by group, and those that have a rule for groups."""
    ruled = [rule["metric"] for rule in report["rules"] if rule["by"]]
    wanted = dict.fromkeys([report["figures"][0]["name"], *ruled]) if report["groups"] else {}
    return [forest(report, metric) for metric in wanted if figure_of(report, metric)["value"] is not None]


def forest(report: dict[str, Any], metric: str) -> Forest:
    whole = figure_of(report, metric)
    rules = {rule["by"]: rule for rule in report["rules"] if rule["metric"] == metric and not rule["over_baseline"]}
    shown = [whole, *(group["figures"][metric] for group in report["groups"])]
    limits = [rule[end] for by, rule in rules.items() if by for end in ("low", "high")]
    scale = scale_of([*(each[end] for each in shown for end in ("value", "low", "high")), *limits], WIDTH)
    middle = scale.at(whole["value"])

    def row(of: dict[str, Any], name: str, found: dict[str, Any], by: str) -> ForestRow:
        svg = (
            drawn(WIDTH, ROW, marks(scale, found, rules.get(by) if by else None, middle, by))
            if found["value"] is not None
            else ""
        )
        value = number(found["value"]) or "not known"
        return ForestRow(name, size(of, report["outcome"]), value, span(found["low"], found["high"]), svg)

    groupings: dict[str, list[ForestRow]] = {}
    for group in report["groups"]:
        by = group["by"]
        groupings.setdefault(by, []).append(row(group, group["name"], group["figures"][metric], by))
    ruled = [f"{rule['words']} by {by}" for by, rule in rules.items() if by]
    return Forest(
        whole["title"],
        row(report, "Everybody", whole, ""),
        list(groupings.items()),
        axis_of(scale, middle),
        f"Shaded: outside the rule, {', '.join(ruled)}." if ruled else "",
    )


def marks(
    scale: Scale, found: dict[str, Any], rule: dict[str, Any] | None, middle: float, by: str
) -> Iterable[SafeString]:
    """The rule, everybody's value, and this row's: a square for a group, a diamond for everybody."""
    yield from zone(scale, rule, ROW)
    yield format_html('<path class="ref" d="M{} 0V{}"/>', f"{middle:.1f}", ROW)
    if found["low"] is not None:
        yield format_html('<path class="ci1" d="M{0} 22H{1}M{0} 18v8M{1} 18v8"/>', *ends(scale, found))
    x = scale.at(found["value"])
    place, shape = (x - 4, "18h8v8h-8z") if by else (x, "15l7 7-7 7-7-7z")
    yield format_html('<path class="p1" d="M{} {}"/>', f"{place:.1f}", shape)


def axis_of(scale: Scale, middle: float) -> SafeString:
    parts = [format_html('<path class="ax" d="M4 1H{}"/>', f"{WIDTH - 4:.0f}")]
    for value in scale.ticks():
        place = f"{scale.at(value):.1f}"
        parts.append(format_html('<path class="ax" d="M{} 1v4"/>', place))
        parts.append(format_html('<text class="mid" x="{}" y="19">{}</text>', place, tick(round(value, 6))))
    held = min(max(middle, 30), WIDTH - 30)
    parts.append(format_html('<text class="mid" x="{}" y="36">everybody</text>', f"{held:.1f}"))
    return drawn(WIDTH, 40, parts)


def size(of: dict[str, Any], outcome: str) -> str:
    return f"{of['n']:,}" if of["events"] is None else f"{of['events']:,} of {of['n']:,} {outcome}"


def drawings(report: dict[str, Any], id: str) -> list[Drawing]:
    """The plots that this kind of report has."""
    kinds = {"roc": roc, "calibration": calibration, "decision": decision}
    return [draw(report, f"{id}-{name}") for name, draw in kinds.items() if name in report["curves"]]


def readings(report: dict[str, Any]) -> list[str]:
    """What to take from the groups, in sentences."""
    metric = report["figures"][0]
    found = []
    for each in report["worst"]:
        if each["metric"] != metric["name"] or each["value"] is None or each["value"] <= 0:
            continue
        gap = f"{number(each['value'])} worse than for everybody"
        if each["low"] is not None:
            chance = "more than chance" if each["low"] > 0 else "it may be chance"
            gap += f", with an interval of the difference from {span(each['low'], each['high'])}: {chance}"
        found.append(f"By {each['by']}, {metric['title']} is worst for {each['name']}, {gap}.")
    if report["left_out"]:
        names = ", ".join(each["name"] for each in report["left_out"])
        outcome = "" if report["events"] is None else " with or without the outcome"
        least = f"fewer than {report['smallest']} {resampled(report)}{outcome}"
        found.append(f"Groups with {least} are not shown: {names}.")
    return found


def heading(report: dict[str, Any]) -> str:
    """On 1,333 hidden patients, 276 of whom died"""
    events = "" if report["events"] is None else f", {report['events']:,} of whom {report['outcome']}"
    return f"On {report['n']:,} {report['of']}{events}"


def resampled(report: dict[str, Any]) -> str:
    """What a resample draws. Older records do not say: patients."""
    return str(report.get("drawn", "patients"))


def origin(report: dict[str, Any]) -> str:
    """Where the intervals come from, and what the rules stand on."""
    if not report["resamples"]:
        return "Without intervals."
    of = f"{report['patients']:,} {resampled(report)}" + (
        " with all their rows" if report["patients"] < report["n"] else ""
    )
    sentence = f"Intervals: {report['resamples']:,} resamples of {of}, seed {report['seed']}."
    return f"{sentence} Shaded: outside the rule." if report["rules"] else sentence
