"""The checks of hospital-death on answers that are nearly right, too good, or make no sense.

Student code runs in this process here, because it is ours; test_solutions tries the author's through the sandbox.
"""

import ast
import json
import runpy
import sys

import matplotlib
import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from grading import checking
from tests.programme.conftest import PROGRAMME

FOLDER = PROGRAMME / "m4-supervised-learning" / "assignments" / "hospital-death"


@pytest.fixture(autouse=True)
def _one_thread():
    """The models are small: threads that wait for each other would take ten times as long."""
    with threadpool_limits(1):
        yield


def checks():
    """name: (points, after, whether it is visible), in the order of the file."""
    found = {}
    for node in ast.parse((FOLDER / "checks.py").read_text()).body:
        for call in getattr(node, "decorator_list", []):
            if isinstance(call, ast.Call) and call.func.id == "check":
                said = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}
                found[node.name] = (said["points"], said.get("after", ""), said["visible"])
    return found


@pytest.fixture(scope="module")
def run(frozen, tmp_path_factory):
    """Runs a notebook in a folder like a student's; gives its code and its names."""
    matplotlib.use("Agg")
    home = tmp_path_factory.mktemp("student")
    (home / "data").mkdir()
    (home / "data" / "monica_visible.csv").write_bytes((frozen / "monica_visible.csv").read_bytes())
    patch = pytest.MonkeyPatch()
    patch.chdir(home)

    def run(path):
        cells = [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]
        source, names = "\n\n".join("".join(cell["source"]) for cell in cells), {}
        exec(compile(source, path.name, "exec"), names)  # noqa: S102 - our own notebooks
        return source, names

    yield run
    patch.undo()


@pytest.fixture(scope="module")
def grade(frozen):
    """Grades functions: the points of each check and its message."""
    patch = pytest.MonkeyPatch()
    patch.setitem(sys.modules, "checking", checking)

    def grade(functions, source="", only=None):
        def ask(question):
            try:
                return {"ok": True, "value": functions[question["call"]](*question["args"], **question["kwargs"])}
            except Exception as error:
                return {"ok": False, "reason": f"{type(error).__name__}: {error}"}

        again = checking.Student("analysis.ipynb", source, "", ask)
        student = checking.Student("analysis.ipynb", source, "", ask, again=again)
        checking.registered.clear()
        runpy.run_path(str(FOLDER / "checks.py"), run_name="checks")
        earned = {}
        for name, (points, after, _) in checks().items():
            if only and name not in only:
                continue
            if after and not only and earned[after][0] < checks()[after][0]:
                earned[name] = (0, "not run")
                continue
            try:
                result = checking.registered[name](student, checking.Data(frozen))
            except checking.CheckFailed as failed:
                earned[name] = (0, str(failed))
            else:
                earned[name] = (points, "") if result is None else (points * result.fraction, result.message)
        return earned

    yield grade
    patch.undo()


@pytest.fixture(scope="module")
def reference(run):
    return run(FOLDER / "reference" / "analysis.ipynb")[1]


def failed(earned):
    return {name for name, (points, _) in earned.items() if points < checks()[name][0]}


def test_thirty_points_are_visible_and_seventy_hidden():
    assert sum(points for points, _, visible in checks().values() if visible) == 30
    assert sum(points for points, _, visible in checks().values() if not visible) == 70


def test_the_starter_runs_and_earns_little(run, grade):
    source, names = run(FOLDER / "starter" / "analysis.ipynb")

    assert sum(points for points, _ in grade(names, source).values()) <= 20


@pytest.mark.parametrize("name", ["hidden-path.ipynb", "constants.ipynb"])
def test_cheating_earns_nothing_at_all(name, run, grade):
    source, names = run(FOLDER / "wrong" / name)

    assert sum(points for points, _ in grade(names, source).values()) == 0


def test_dropping_the_not_known_with_a_reason_is_accepted(run, grade):
    source, names = run(FOLDER / "wrong" / "mode-in-silence.ipynb")
    names["NOT_KNOWN"] = "Histories may have been taken after the outcome was known, so " + "a word " * 10

    assert failed(grade(names, source, only=["not_known_is_kept"])) == set()


def test_knowing_the_hidden_outcomes_is_too_good_to_be_true(frozen, grade, reference):
    answers = pd.read_csv(frozen / "monica_hidden.csv").set_index("patient")["outcome"]

    def predict(model, patients):
        known = patients["patient"].map(answers)
        return np.where(known.notna(), known == "dead", reference["predict"](model, patients))

    assert failed(grade({**reference, "predict": predict}, only=["hidden_auroc"])) == {"hidden_auroc"}


def test_figures_typed_in_by_hand_are_found_out(grade, reference):
    typed = reference["report"](pd.read_csv("data/monica_visible.csv"))

    earned = grade({**reference, "report": lambda patients: typed}, only=["figures_by_sex"])

    assert earned["figures_by_sex"][0] == 0


def test_risks_from_the_patients_of_the_fit_are_not_own_folds(grade, reference):
    def cross_validate(patients):
        admitted = patients[patients["hosp"] == "y"].reset_index(drop=True)
        learned = admitted["outcome"].eq("dead") * 0.015  # what a model remembers of its own patients
        risk = reference["predict"](reference["fit"](patients), admitted) * 0.9 + learned
        return admitted[["patient"]].assign(fold=admitted.index % 5, risk=risk)

    earned = grade({**reference, "cross_validate": cross_validate}, only=["auroc_on_own_folds"])

    assert "We called your fit without each fold" in earned["auroc_on_own_folds"][1]


def test_another_sex_in_the_report_costs_ten_points(grade, reference):
    def report(patients):
        figures = reference["report"](patients)
        return figures | {"women": figures["women"] | {"auroc": figures["women"]["auroc"] + 0.02}}

    earned = grade({**reference, "report": report}, only=["figures_by_sex"])

    assert "for women" in earned["figures_by_sex"][1]
    assert "for men" not in earned["figures_by_sex"][1]


def test_an_interval_that_is_far_too_narrow_costs_half(grade, reference):
    def report(patients):
        figures = reference["report"](patients)
        value = figures["all"]["auroc"]
        return figures | {"all": {"auroc": value, "low": value - 0.001, "high": value + 0.001}}

    assert grade({**reference, "report": report}, only=["auroc_on_own_folds"])["auroc_on_own_folds"][0] == 5


NONSENSE = [
    None, 0.5, "risk", b"risk", [], {}, [None], [[1, 2], [3]], 10**400, float("nan"), object(), {"all": 10**400},
    {"patient": [[]], "fold": [[]], "risk": [{}]}, {"patient": ["P0001"] * 2, "fold": [1, 1], "risk": ["a", None]},
    np.zeros((3109, 2)), np.full(3109, np.inf), np.full(3109, 10**300) * 1j, pd.Series(["x"] * 3109),
    pd.DataFrame(np.zeros((2, 4)), columns=["patient", "patient", "fold", "risk"]), {"all": {"auroc": "high"}},
    {"women": {"auroc": 0.7, "low": 0.6, "high": None}, "men": [], "not_known": 7}, pd.Timestamp("2027-05-27"),
]  # fmt: skip


CALLED_BY = {
    "fit": ["runs_twice_with_the_same_answer", "hidden_auroc"],
    "predict": ["runs_twice_with_the_same_answer", "one_probability_for_each_patient", "hosp_is_not_used"],
    "cross_validate": ["auroc_on_own_folds", "figures_by_sex"],
    "report": ["auroc_on_own_folds", "figures_by_sex"],
}


@pytest.fixture(scope="module")
def quick(reference):
    """The reference, its folds computed once for each size of table."""
    folds = {}

    def cross_validate(patients):
        if len(patients) not in folds:
            folds[len(patients)] = reference["cross_validate"](patients)
        return folds[len(patients)]

    return {**reference, "cross_validate": cross_validate}


@pytest.mark.parametrize("function", CALLED_BY)
def test_nonsense_fails_a_check_and_never_breaks_it(function, grade, quick):
    """Anything but CheckFailed that came out of a check would be a platform fault."""
    for answer in NONSENSE:
        earned = grade({**quick, function: lambda *_, answer=answer: answer}, only=CALLED_BY[function])

        assert failed(earned) == set(CALLED_BY[function]), answer
        assert all(message for _, message in earned.values()), answer
