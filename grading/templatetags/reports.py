"""Reports of metrics on a page: `{% load reports %}{% report result.report id="check-3" level=3 %}`."""

from functools import cache
from typing import Any

from django import template

from grading import plots

register = template.Library()


@register.inclusion_tag("grading/report.html")
def report(plain: dict[str, Any], id: str = "report", level: int = 3) -> dict[str, Any]:
    """All of one report (`Report.plain()` of grading.checking.metrics).

    `id` must be unique on the page, and `level` is that of its heading.
    """
    first, others = plots.measures(plain)
    return {
        "report": plain,
        "id": id,
        "level": level,
        "heading": plots.heading(plain),
        "origin": plots.origin(plain),
        "first": first,
        "others": others,
        "drawings": plots.drawings(plain, id),
        "forests": plots.forests(plain),
        "readings": plots.readings(plain),
    }


@register.simple_tag
@cache
def example_report() -> dict[str, Any]:
    """An invented report with everything that one can have, for the style guide."""
    import numpy as np

    from grading.checking import metrics
    from grading.checking.metrics import rule

    random = np.random.default_rng(7)
    x = random.normal(size=1000)
    died, risks = random.random(1000) < 1 / (1 + np.exp(1.6 - 0.9 * x)), 1 / (1 + np.exp(1.7 - 1.1 * x))
    return metrics.binary(
        died,
        risks,
        groups={
            "sex": np.where(random.random(1000) < 0.35, "Women", "Men"),
            "age": np.select([random.random(1000) < 0.04, x < 0], ["Under 40", "40 to 64"], "65 and over"),
        },
        threshold=0.2,
        specificity=0.9,
        rules={"auroc": rule.between(0.71, 0.8), "brier": rule.at_most(0.12), ("auroc", "sex"): rule.at_least(0.64)},
        of="invented patients",
        outcome="died",
        resamples=200,
    ).plain()
