"""Who is told what when something is wrong: students a sentence, authors a ValueError."""

import numpy as np
import pytest

from grading.checking import CheckFailed, metrics

Y = np.arange(40) % 3 == 0
P = (np.arange(40) * 7 % 40) / 40


@pytest.mark.parametrize(
    ("p", "sentence"),
    [
        (P[:30], "We sent 40 rows and got 30 risks back."),
        (np.c_[1 - P, P], "The risks have the shape (40, 2). We need one number for each row"),
        (np.where(Y, np.nan, P), "14 of 40 risks are not numbers (NaN or infinite)."),
        (np.where(Y, np.inf, P), "14 of 40 risks are not numbers (NaN or infinite)."),
        (P + 0.5, "of 40 risks lie outside 0 to 1."),
        (-P, "39 of 40 risks lie outside 0 to 1."),
        (["low"] * 40, "We need one number for each row as risks and got list that is not numbers."),
        (None, "The risks have the shape ()"),
        (object(), "got object that is not numbers"),
        ([10**400] * 40, "not numbers"),
        ([[1, 2], [3]], "not numbers"),
        ({}, "not numbers"),
    ],
)
def test_predictions_that_cannot_be_judged_are_the_students_fault(p, sentence):
    with pytest.raises(CheckFailed) as failed:
        metrics.auroc(Y, p)

    assert sentence in str(failed.value)
    with pytest.raises(CheckFailed):
        metrics.binary(Y, p)


@pytest.mark.parametrize(
    ("y", "sentence"),
    [
        ([], "is empty"),
        (["dead"] * 40, "must be numbers"),
        (np.full(40, np.nan), "NaN"),
        (np.arange(40), "must be False or True"),
        (np.ones(40), "needs rows with and without the outcome"),
        (np.zeros((40, 2)), "one row of numbers"),
    ],
)
def test_outcomes_that_make_no_sense_are_the_authors_fault(y, sentence):
    with pytest.raises(ValueError, match=sentence):
        metrics.auroc(y, P)


def test_a_report_needs_both_outcomes():
    with pytest.raises(ValueError, match="All 40 rows are without the outcome"):
        metrics.binary(np.zeros(40), P)


def test_equal_risks_have_an_auroc_of_a_half_and_no_calibration_slope():
    same = np.full(40, 0.3)

    assert metrics.auroc(Y, same) == 0.5
    with pytest.raises(CheckFailed, match="Calibration slope cannot be computed: all risks are the same"):
        metrics.calibration_slope(Y, same)


def test_risks_that_separate_the_outcomes_have_no_calibration_slope():
    with pytest.raises(CheckFailed, match="or they separate the outcomes completely"):
        metrics.calibration_slope(Y, np.where(Y, 0.8, 0.2) + P / 100)


def test_nobody_above_the_threshold_leaves_the_ppv_without_a_value():
    with pytest.raises(CheckFailed, match="PPV cannot be computed: nobody, or everybody"):
        metrics.ppv(Y, P / 2, threshold=0.9)


def test_nobody_has_an_event_when_all_are_censored():
    with pytest.raises(ValueError, match="All 40 rows are censored"):
        metrics.survival(np.arange(40), np.zeros(40), P)


@pytest.mark.parametrize("labels", [None, [0] * 39, [{}] * 40, [np.nan] * 40, 3.0])
def test_clusters_that_cannot_be_read_are_the_students_fault(labels):
    with pytest.raises(CheckFailed):
        metrics.ari(Y, labels)


def test_one_cluster_has_no_silhouette():
    with pytest.raises(CheckFailed, match="there are not two clusters"):
        metrics.silhouette(P[:, None], [0] * 40)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"groups": {"sex": ["f"] * 39}}, "'sex' has 39 entries"),
        ({"patients": [1] * 39}, "patients has 39 entries"),
        ({"patients": [None] * 40}, "40 rows have no patient"),
        ({"rules": {"auc": metrics.rule.at_least(0.7)}}, "has no 'auc'"),
        ({"rules": {("auroc", "sex"): metrics.rule.at_least(0.7)}}, "no grouping 'sex'"),
        ({"rules": {"auroc": metrics.rule.beats_baseline()}}, "There is no baseline"),
        ({"only": ["auc"]}, "has no auc"),
        ({"resamples": 5}, "resamples"),
        ({"threshold": 1.0}, "The threshold lies between 0 and 1"),
        ({"baseline": np.full(40, 2.0)}, "baseline"),
    ],
)
def test_what_an_author_asks_wrongly_is_said(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        metrics.binary(Y, P, **options)


def test_a_rule_that_nobody_could_meet_is_refused():
    with pytest.raises(ValueError, match="can never be met"):
        metrics.rule.between(0.8, 0.7)
