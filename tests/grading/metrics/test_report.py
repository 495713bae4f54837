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


def test_a_rule_on_the_interval_asks_more_than_one_on_the_value():
    y, p = patients()
    found = metrics.binary(y, p, only=["auroc"], plots=[])["auroc"]
    limit = (found.low + found.value) / 2

    report = metrics.binary(y, p, only=["auroc"], plots=[], rules={"auroc": rule.at_least(limit)})
    strict = metrics.binary(y, p, only=["auroc"], plots=[], rules={"auroc": rule.at_least(limit, on="interval")})

    report.require()
    with pytest.raises(CheckFailed, match=r"The 95% interval of AUROC reaches below \.\d+\. Needed: at least"):
        strict.require()


def test_a_rule_for_groups_names_those_that_miss_it():
    y, p = patients()
    noisy = np.where(np.arange(len(y)) % 3 == 0, 0.2, p)
    sex = np.where(np.arange(len(y)) % 3 == 0, "women", "men")

    report = metrics.binary(y, noisy, groups={"sex": sex}, rules={("auroc", "sex"): rule.at_least(0.64)}, plots=[])

    (verdict,) = report.verdicts
    assert not verdict.passed
    assert verdict.sentence == "AUROC is below .64 for women. Needed: at least .64."


@pytest.mark.parametrize("metric", ["auroc", "brier"])
def test_a_model_beats_a_baseline_only_beyond_chance(metric):
    y, p = patients()
    rules = {metric: rule.beats_baseline()}

    metrics.binary(y, p, baseline=np.full(len(y), y.mean()), rules=rules, plots=[]).require()
    for baseline in (p, np.clip(p + 0.001, 0, 1)):
        same = metrics.binary(y, p, baseline=baseline, rules=rules, plots=[])
        with pytest.raises(CheckFailed, match="is not better than the baseline's, beyond what chance explains"):
            same.require()


def test_the_gain_over_a_baseline_is_the_difference_of_the_two():
    y, p = patients()
    other = np.random.default_rng(4).permutation(p)

    gain = metrics.binary(y, p, baseline=other, plots=[]).gain("auroc")

    assert gain.value == pytest.approx(metrics.auroc(y, p) - metrics.auroc(y, other))
    assert gain.low < gain.value < gain.high


def test_small_groups_are_left_out_and_named_without_figures():
    y, p = patients()
    ward = np.select([np.arange(len(y)) < 30, np.arange(len(y)) < 300], ["small", "large"], "larger")

    report = metrics.binary(y, p, groups={"ward": ward}, plots=[])

    assert list(report.by("ward")) == ["large", "larger"]
    assert report.plain()["left_out"] == [{"by": "ward", "name": "small"}]


def test_rows_of_one_patient_do_not_make_a_group_large():
    y, p = patients()
    few = np.arange(len(y)) % 15

    report = metrics.binary(y, p, groups={"all": ["x"] * len(y)}, patients=few, plots=[])

    assert report.by("all") == {}


def test_rows_without_a_label_belong_to_no_group():
    y, p = patients()
    sex = ["women" if n % 2 else None for n in range(len(y))]

    report = metrics.binary(y, p, groups={"sex": sex}, plots=[])

    assert {name: group.n for name, group in report.by("sex").items()} == {"women": len(y) // 2}


def test_the_worst_group_is_told_with_its_gap_to_everybody():
    y, p = patients()
    sex = np.where(np.arange(len(y)) % 3 == 0, "women", "men")
    worse = np.where(sex == "women", 1 - p, p)

    worst = metrics.binary(y, worse, groups={"sex": sex}, plots=[]).worst("auroc", "sex")

    women = sex == "women"
    assert worst.name == "women"
    assert worst.gap.value == pytest.approx(metrics.auroc(y, worse) - metrics.auroc(y[women], worse[women]))
    assert worst.gap.low > 0


def test_a_slope_on_the_far_side_of_1_is_worse():
    y, p = patients()
    logits = np.log(p.clip(0.01, 0.99) / (1 - p.clip(0.01, 0.99)))
    sex = np.where(np.arange(len(y)) % 2, "women", "men")
    extreme = 1 / (1 + np.exp(-np.where(sex == "women", 4 * logits, logits)))

    assert metrics.binary(y, extreme, groups={"sex": sex}, plots=[]).worst("calibration_slope", "sex").name == "women"


def test_a_rule_on_a_figure_that_is_not_defined_fails_and_says_why():
    y, _ = patients()
    report = metrics.binary(y, np.full(len(y), 0.3), rules={"calibration_slope": rule.between(0.8, 1.2)}, plots=[])

    with pytest.raises(CheckFailed, match="Calibration slope cannot be computed: all risks are the same"):
        report.require()


def test_no_step_of_a_curve_is_a_single_patient():
    y, p = patients(120)

    roc = metrics.binary(y, p).plain()["curves"]["roc"]

    assert len(roc["x"]) - 1 <= (~y).sum() / 5
