"""Reports of metrics on a page: `{% load reports %}{% report result.report id="check-3" level=3 %}`."""

from typing import Any

from django import template

from grading import plots

register = template.Library()


@register.inclusion_tag("grading/report.html")
def report(plain: dict[str, Any], id: str = "report", level: int = 3) -> dict[str, Any]:
    """All of one report; `id` must be unique on the page, and `level` is that of its heading."""
    return {
        "report": plain,
        "id": id,
        "level": level,
        "heading": plots.heading(plain),
        "origin": plots.origin(plain),
        "measures": plots.measures(plain),
        "drawings": plots.drawings(plain, id),
        "forest": plots.forest(plain, plain["figures"][0]["name"]) if plain["groups"] else None,
        "readings": plots.readings(plain),
    }
