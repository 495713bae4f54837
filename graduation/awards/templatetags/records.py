from django import template

from grading.models import Mark

register = template.Library()


@register.filter
def as_recorded(mark: Mark) -> str:
    """A component with two decimals, a whole module without: 84.00, 78."""
    is_whole = mark.component in (Mark.Component.MODULE, Mark.Component.RESIT)
    return f"{mark.value:.0f}" if is_whole else f"{mark.value:.2f}"
