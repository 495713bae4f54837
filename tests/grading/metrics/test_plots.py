"""Reports as they stand on a page."""

import factories
import numpy as np
from bs4 import BeautifulSoup
from django.template import Context, Template
from django.urls import reverse

from grading.checking import metrics
from grading.models import CheckResult
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


def test_every_plot_has_its_figures_in_a_table_beside_it():
    y, p = patients()

    figures = page(metrics.binary(y, p)).select("figure")

    assert [each.svg.title.string.split(" on ")[0] for each in figures] == [
        "ROC curve",
        "Calibration",
        "Decision curve",
    ]
    assert all(len(each.select("details table tbody tr")) >= 5 for each in figures)


def test_the_forest_plot_names_every_group_with_its_numbers():
    y, p = patients()
    sex = ["women" if n % 3 else "men" for n in range(len(y))]

    table = page(metrics.binary(y, p, groups={"sex": sex})).select_one("table.forest")

    names = [row.get_text(" ", strip=True) for row in table.select("tbody th")]
    assert names[0].startswith("Everybody") and names[1] == "By sex"
    assert names[2].startswith("men") and names[3].startswith("women")
    assert all(" to " in cell.get_text() for cell in table.select("td.iv-words"))


def test_names_that_an_author_gives_are_escaped():
    y, p = patients()
    report = metrics.binary(y, p, groups={"<b>sex": ["<i>all"] * len(y)}, of="<u>patients", outcome="<s>died")

    shown = page(report)

    assert not shown.select("i:not(.i), u, s")
    assert "<i>all" in shown.get_text()


def test_a_report_of_any_kind_is_drawn():
    random = np.random.default_rng(3)
    score, time = random.normal(size=200), random.exponential(size=200)
    half = (score > 0).astype(int)
    reports = [
        metrics.regression(time, time + score, resamples=0),
        metrics.survival(time, random.random(200) < 0.6, -time + score, at=[0.5], groups={"half": half}),
        metrics.clustering(half, truth=score > 0.2, data=np.c_[score, time], resamples=100),
        metrics.classes(half, score > 0.2, patients=np.arange(200) // 10, drawn="slices", groups={"half": half}),
    ]

    titles = [page(each).select_one("tbody th").get_text() for each in reports]

    assert titles == ["RMSE", "C-index (Harrell)", "Adjusted Rand index", "Accuracy"]
    assert "resamples of 20 slices with all their rows" in page(reports[-1]).get_text()


def test_a_figure_that_is_not_defined_says_why():
    y, _ = patients()
    report = metrics.binary(y, np.full(len(y), 0.2))

    assert "not known: all risks are the same" in page(report).get_text()


def test_the_result_page_shows_each_report_once_and_its_check_links_to_it(amara, released, signed_in):
    y, p = patients()
    work = released(amara)
    result = CheckResult.objects.filter(run__submission=work).first()
    report = metrics.binary(y, p, of="hidden patients", resamples=0).plain()
    factories.rewrite(CheckResult.objects.filter(pk=result.pk), reports=[report])

    response = signed_in(amara.user).get(reverse("work", args=[work.pk]))

    shown = BeautifulSoup(response.content, "html.parser")
    (heading,) = shown.select(".report h4")
    assert heading.get_text().startswith("On 600 hidden patients")
    assert shown.select_one(".checks .found a")["href"] == f"#{heading.find_parent('article')['id']}"
