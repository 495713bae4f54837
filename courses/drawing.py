"""Plots as SVG, for the programs that draw the figures of lessons (figures/draw.py of each module).

A figure is 352 units wide with 12 px text, so that it needs no scaling on a phone; colours come from the classes of
the stylesheet (l1, p1: first series; l2, p2: second; p3: third; ref: the reference line; ci: intervals).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from math import sqrt

LEFT, RIGHT, TOP = 44.0, 334.0, 28.0
Point = tuple[float, float]


def short(value: float) -> str:
    """A label: 0, .2, 1, 45."""
    return f"{value:g}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:g}"


def wilson(events: float, patients: float) -> tuple[float, float]:
    """The 95% interval of a share (Wilson 1927)."""
    z, share = 1.96, events / patients
    middle = (share + z * z / (2 * patients)) / (1 + z * z / patients)
    half = z / (1 + z * z / patients) * sqrt(share * (1 - share) / patients + z * z / (4 * patients * patients))
    return middle - half, middle + half


@dataclass
class Plot:
    """A drawing area with axes, in which points are given in the units of the data."""

    title: str
    finding: str
    x: tuple[float, float]
    y: tuple[float, float]
    bottom: float = 318.0
    left: float = LEFT
    parts: list[str] = field(default_factory=list)

    def at(self, x: float, y: float) -> Point:
        (x0, x1), (y0, y1) = self.x, self.y
        return (
            self.left + (x - x0) / (x1 - x0) * (RIGHT - self.left),
            self.bottom - (y - y0) / (y1 - y0) * (self.bottom - TOP),
        )

    def axes(
        self,
        x_name: str,
        y_name: str,
        x_ticks: Iterable[float],
        y_ticks: Iterable[float],
        x_words: Sequence[str] = (),
        y_words: Sequence[str] = (),
    ) -> None:
        for number, tick in enumerate(x_ticks):
            place, _ = self.at(tick, self.y[0])
            self.parts.append(f'<path class="hair" d="M{place:.1f} {TOP:.0f}V{self.bottom:.0f}"/>')
            self.words(place, self.bottom + 17, x_words[number] if x_words else short(tick), "mid")
        for number, tick in enumerate(y_ticks):
            _, place = self.at(self.x[0], tick)
            self.parts.append(f'<path class="hair" d="M{self.left:.0f} {place:.1f}H{RIGHT:.0f}"/>')
            self.words(self.left - 7, place + 4, y_words[number] if y_words else short(tick), "end")
        self.parts.append(f'<path class="ax" d="M{self.left:.0f} {TOP:.0f}V{self.bottom:.0f}H{RIGHT:.0f}"/>')
        self.words((self.left + RIGHT) / 2, self.bottom + 37, x_name, "mid")
        self.words(4, 13, y_name)

    def words(self, x: float, y: float, text: str, kind: str = "") -> None:
        class_ = f' class="{kind}"' if kind else ""
        self.parts.append(f'<text{class_} x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>')

    def label(self, x: float, y: float, text: str, kind: str = "", dx: float = 0, dy: float = 0) -> None:
        place = self.at(x, y)
        self.words(place[0] + dx, place[1] + dy, text, kind)

    def line(self, points: Iterable[Point], kind: str) -> None:
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in (self.at(*point) for point in points))
        self.parts.append(f'<path class="{kind}" d="M{path}"/>')

    def steps(self, points: Sequence[Point], kind: str) -> None:
        """A staircase: each value holds until the next point."""
        x, y = self.at(*points[0])
        path = f"M{x:.1f} {y:.1f}" + "".join(f"H{x:.1f}V{y:.1f}" for x, y in (self.at(*point) for point in points[1:]))
        self.parts.append(f'<path class="{kind}" d="{path}"/>')

    def area(self, points: Iterable[Point], kind: str = "b1") -> None:
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in (self.at(*point) for point in points))
        self.parts.append(f'<path class="{kind}" d="M{path}Z"/>')

    def dots(self, points: Iterable[Point], kind: str, radius: float = 3.5) -> None:
        for x, y in (self.at(*point) for point in points):
            self.parts.append(f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}"/>')

    def bar(self, x: float, low: float, high: float, kind: str = "ci1") -> None:
        """An upright interval."""
        (place, bottom), (_, top) = self.at(x, low), self.at(x, high)
        self.parts.append(f'<path class="{kind}" d="M{place:.1f} {bottom:.1f}V{top:.1f}"/>')

    def range(self, y: float, low: float, high: float, kind: str = "ci1") -> None:
        """A level interval."""
        (start, place), (end, _) = self.at(low, y), self.at(high, y)
        self.parts.append(f'<path class="{kind}" d="M{start:.1f} {place:.1f}H{end:.1f}"/>')

    def svg(self) -> str:
        height = self.bottom + 48
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="g" width="352" height="{height:.0f}" '
            f'viewBox="0 0 352 {height:.0f}">\n'
            f"<title>{escape(self.title)}</title>\n<desc>{escape(self.finding)}</desc>\n"
            + "\n".join(self.parts)
            + "\n</svg>\n"
        )
