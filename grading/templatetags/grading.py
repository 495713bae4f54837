"""What the pages of work and marking say."""

from django import template

from grading import quizzes, words

register = template.Library()
register.filter("to_the_second", words.to_the_second)
register.filter("used", words.used)
register.filter("counted", words.counted)
register.filter("took", words.took)
register.filter("lasted", words.lasted)
register.filter("fingerprint", quizzes.fingerprint)


@register.filter
def lines_shown(text: str) -> int:
    """How tall a text area is at first."""
    return min(max(text.count("\n") + 1, 2), 30)
