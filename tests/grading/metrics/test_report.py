"""Reports: figures with intervals, groups, rules, and what a page is given of them."""

import json

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from grading.checking import CheckFailed, metrics
from grading.checking.metrics import rule


def patients(size=600, seed=1):
    """Outcomes and risks that rank them fairly well."""
    random = np.random.default_rng(seed)
    x = random.normal(size=size)
    y = random.random(size) < 1 / (1 + np.exp(1.2 - x))
    return y, np.round(1 / (1 + np.exp(1.2 - 0.9 * x)), 2)


def test_a_figure_is_the_metric_with_an_interval_around_it():
    y, p = patients()

    found = metrics.binary(y, p)["auroc"]

    assert found.value == pytest.approx(roc_auc_score(y, p), abs=1e-12)
    assert found.low < found.value < found.high


def test_the_same_seed_gives_the_same_report():
    y, p = patients()

    assert metrics.binary(y, p, seed=3).plain() == metrics.binary(y, p, seed=3).plain()


def test_a_report_is_plain_json():
    y, p = patients()
    report = metrics.binary(y, p, groups={"sex": np.where(np.arange(len(y)) % 2, "women", "men")})

    assert json.loads(json.dumps(report.plain(), allow_nan=False)) == report.plain()


def test_a_rule_that_is_missed_fails_the_check_and_never_tells_the_figure():
    y, p = patients()
    report = metrics.binary(y, p, rules={"auroc": rule.at_least(0.95), "brier": rule.at_most(0.9)})

    report.require("brier")
    with pytest.raises(CheckFailed) as failed:
        report.require()

    assert str(failed.value) == "AUROC is below .95. Needed: at least .95."
