"""Reports as they stand on a page."""

from bs4 import BeautifulSoup
from django.template import Context, Template

from grading.checking import metrics
from tests.grading.metrics.test_report import patients


def page(report, **names):
    html = Template('{% load reports %}{% report given id="one" %}').render(Context({"given": report.plain(), **names}))
    return BeautifulSoup(html, "html.parser")


def test_a_plot_has_a_title_and_says_its_finding():
    y, p = patients()
    report = metrics.binary(y, p, specificity=0.9)

    svg = page(report).select_one("figure svg[role=img]")

    assert svg.title.string == "ROC curve on 600 patients"
    assert "Area ." in svg.desc.string and "At 90% specificity" in svg.desc.string
    assert svg["aria-labelledby"].split() == [svg.title["id"], svg.desc["id"]]


def test_no_report_brings_inline_styles():
    y, p = patients()

    assert not page(metrics.binary(y, p)).select("[style], style, script")
