from django import template

from courses.quizzes import Question, in_words, units_of

register = template.Library()


@register.filter
def signed(value: float) -> str:
    """0.42, −0.10"""
    return f"{value:.2f}".replace("-", "−")


@register.filter
def units(question: Question) -> str:
    """mmol/L or mg/dL; nothing where the question has no unit."""
    known = units_of(question)
    return in_words(known) if known else ""
