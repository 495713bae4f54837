"""Rules that a figure has to meet. The sentence of a rule names the limit, never the figure, which may be hidden."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

On = Literal["value", "interval"]


@dataclass(frozen=True)
class Rule:
    """`low` and `high` are allowed themselves. `on="interval"` asks it of the whole 95% interval."""

    low: float | None = None
    high: float | None = None
    on: On = "value"
    over_baseline: bool = False

    def __post_init__(self) -> None:
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"A rule from {self.low} to {self.high} can never be met.")
        if self.on not in ("value", "interval"):
            raise ValueError(f'A rule stands on the "value" or on the "interval", not on {self.on!r}.')

    @property
    def words(self) -> str:
        """at least .71; .71 to .80; at most .145, with its whole interval; better than the baseline."""
        if self.over_baseline:
            by = f" by at least {short(self.low)}" if self.low else ""
            return f"better than the baseline{by}{', on the interval' if self.on == 'interval' else ''}"
        if self.low is not None and self.high is not None:
            found = f"{short(self.low)} to {short(self.high)}"
        elif self.low is not None:
            found = f"at least {short(self.low)}"
        else:
            found = f"at most {short(self.high)}"
        return f"{found}, with its whole interval" if self.on == "interval" else found

    def fails(self, value: float, low: float | None, high: float | None) -> str:
        """How a figure misses the rule: "below", "above" or "unsure" (no interval could be had); "" if it meets it."""
        first, last = (low, high) if self.on == "interval" else (value, value)
        if first is None or last is None:
            return "unsure"
        if self.low is not None and (first <= self.low if self.over_baseline and not self.low else first < self.low):
            return "below"
        return "above" if self.high is not None and last > self.high else ""


def at_least(limit: float, *, on: On = "value") -> Rule:
    return Rule(low=limit, on=on)


def at_most(limit: float, *, on: On = "value") -> Rule:
    return Rule(high=limit, on=on)


def between(low: float, high: float, *, on: On = "value") -> Rule:
    return Rule(low=low, high=high, on=on)


def beats_baseline(*, by: float = 0.0, on: On = "interval") -> Rule:
    """Better than the predictions given as `baseline`, by more than nothing or at least `by`; judged on the interval of
    the difference, drawn from the same resamples of both."""
    return Rule(low=by, on=on, over_baseline=True)


def short(value: float | None) -> str:
    """.71, .80, .145, 1.20, 0: two decimals or more, without a zero before the point."""
    if value is None:
        return "nothing"
    whole, _, rest = f"{abs(value):.6f}".rstrip("0").partition(".")
    sign = "−" if value < 0 else ""
    return f"{sign}{'' if whole == '0' else whole}.{rest.ljust(2, '0')}" if rest else f"{sign}{whole}"
