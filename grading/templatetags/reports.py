"""Reports of metrics on a page: `{% load reports %}{% report result.report id="check-3" level=3 %}`."""

from typing import Any

from django import template

from grading import plots

register = template.Library()


@register.inclusion_tag("grading/report.html")
def report(plain: dict[str, Any], id: str = "report", level: int = 3) -> dict[str, Any]:
    """All of one report; `id` must be unique on the page, and `level` is that of its heading."""
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
