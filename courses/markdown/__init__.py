"""Markdown to safe HTML: pages of the programme (`render`) and what people write (`render_comment`)."""

from courses.markdown.comment import render_comment
from courses.markdown.flaw import Flaw
from courses.markdown.page import Page, render
from courses.markdown.svg import Figure, read_svg

__all__ = ["Figure", "Flaw", "Page", "read_svg", "render", "render_comment"]
