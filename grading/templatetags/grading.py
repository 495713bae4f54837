"""What the pages of work and marking say."""

from django import template

from grading import words

register = template.Library()
register.filter("to_the_second", words.to_the_second)
register.filter("used", words.used)
