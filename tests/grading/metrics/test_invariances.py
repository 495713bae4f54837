"""What must not change a metric, whatever the data."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.checking import metrics

RISKS = ["auroc", "auprc", "brier", "log_loss", "risk_minus_rate", "ece"]
few = settings(max_examples=40, deadline=None, derandomize=True)


@st.composite
def rows(draw, least=4, most=40):
    """Outcomes of both kinds, risks on a coarse grid so that ties are frequent, and weights that leave both kinds."""
    size = draw(st.integers(least, most))
    y = np.array(draw(st.lists(st.booleans(), min_size=size, max_size=size)))
    y[:2] = [True, False]
    p = np.array(draw(st.lists(st.integers(1, 19), min_size=size, max_size=size))) / 20
    weights = np.array(draw(st.lists(st.integers(0, 3), min_size=size, max_size=size)))
    weights[:2] += 1
    return y, p, weights


@few
@given(rows())
def test_a_monotone_transform_of_the_risks_keeps_the_auroc(data):
    y, p, _ = data

    assert metrics.auroc(y, p**3 / 2) == pytest.approx(metrics.auroc(y, p))
    assert metrics.auroc(~y, 1 - p) == pytest.approx(metrics.auroc(y, p))


@few
@given(rows(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(data, random):
    y, p, _ = data
    order = list(range(len(y)))
    random.shuffle(order)

    for name in RISKS:
        assert getattr(metrics, name)(y[order], p[order]) == pytest.approx(getattr(metrics, name)(y, p))


@few
@given(rows())
def test_a_weight_is_the_same_as_that_many_rows(data):
    y, p, weights = data
    often = np.repeat(np.arange(len(y)), weights)

    for name in RISKS:
        metric = getattr(metrics, name)
        assert metric(y, p, weights=weights) == pytest.approx(metric(y[often], p[often]))


@few
@given(rows(), st.randoms(use_true_random=False))
def test_weights_and_order_mean_the_same_for_times(data, random):
    event, score, weights = data
    time = np.array([random.randint(1, 9) for _ in event], dtype=float)
    time[:2] = [1, 5]
    often = np.repeat(np.arange(len(time)), weights)

    for method in ("harrell", "uno"):
        once = metrics.c_index(time, event, score, method=method, weights=weights)
        assert once == pytest.approx(metrics.c_index(time[often], event[often], score[often], method=method))
        assert metrics.c_index(time, event, np.exp(score), method=method, weights=weights) == pytest.approx(once)


@few
@given(rows())
def test_swapping_the_names_of_clusters_changes_nothing(data):
    truth, p, _ = data
    labels = (p * 20).astype(int) % 4

    assert metrics.ari(truth, 7 - labels) == pytest.approx(metrics.ari(truth, labels))
    assert metrics.ari(labels, truth) == pytest.approx(metrics.ari(truth, labels))


@few
@given(rows(least=30, most=60), st.sampled_from([0, 1, 2]))
def test_a_report_says_what_the_single_metrics_say(data, seed):
    y, p, _ = data
    report = metrics.binary(y, p, threshold=0.4, specificity=0.8, resamples=0, seed=seed)

    for name in RISKS:
        assert report[name].value == pytest.approx(getattr(metrics, name)(y, p))
    assert report["sensitivity"].value == pytest.approx(metrics.sensitivity(y, p, threshold=0.4))
    assert report["net_benefit"].value == pytest.approx(metrics.net_benefit(y, p, threshold=0.4))
    at = report["sensitivity_at_specificity"].value
    assert at == pytest.approx(metrics.sensitivity(y, p, specificity=0.8))
