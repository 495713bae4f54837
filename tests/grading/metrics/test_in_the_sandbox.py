"""Metrics and detectors as authors import them, in the scoring sandbox."""

import factories
import pytest

from grading.execution import execute

pytestmark = [pytest.mark.django_db, pytest.mark.sandbox]

CHECKS = """
import numpy as np
from checking import check, leakage, metrics, show
from checking.metrics import rule

X = np.linspace(-2, 2, 200)
Y = np.random.default_rng(1).random(200) < 1 / (1 + np.exp(-X))


@check("Ranks well", points=30, visible=True)
def ranks(student, data):
    report = metrics.binary(Y, student.call("predict", X), rules={"auroc": rule.at_least(0.6)}, only=["auroc"])
    show(report)
    report.require()


@check("No patient twice", points=70, visible=False)
def no_patient_twice(student, data):
    leakage.no_patient_in_both(student.value("train"), student.value("test"), look_at="test")
"""

WORK = """
train = [1, 2, 3]
test = [3, 4]


def predict(x):
    return 1 / (1 + 2.718 ** -x)
"""


def test_an_author_imports_metrics_and_leakage_from_checking(spring):
    made = factories.script_assignment(spring.revision.modules.get(number=4), CHECKS)

    ranks, overlap = execute(made, [factories.stored("work.py", WORK)], hidden=True).results

    assert ranks.earned == 30
    assert ranks.reports[0]["figures"][0]["title"] == "AUROC"
    assert overlap.earned == 0
    assert overlap.message.startswith("1 patient is in the training part and in the test part (for example 3)")
    assert "line 3" in overlap.details["where"]
