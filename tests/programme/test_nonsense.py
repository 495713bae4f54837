"""Whatever a student's functions give back, a check passes or fails; anything else would be a platform fault."""

import runpy
import sys

import numpy as np
import pandas as pd
import pytest

from grading import checking
from grading.checking import Data, Student, metrics  # noqa: F401 - checks.py import metrics from the package
from tests.programme.conftest import PROGRAMME


def even(rows):
    return np.linspace(0.05, 0.95, len(rows))


# What is sane enough for a check to go on to the next call.
SANE = {
    "m5-unsupervised-learning/assignments/patient-subtypes": {
        "fit": lambda *_, **__: None,
        "memberships": lambda _, rows: np.column_stack([even(rows), 1 - even(rows)]),
        "bic": lambda _: [6.0, 5.0, 4.0, 3.0, 2.0, 1.0],
        "oddity": lambda _, rows: even(rows),
        "report": lambda _: {"groups": 2, "kmeans": 0.5, "why": "because"},
    },
    "m7-advanced-models/assignments/fair-mortality": {
        "fit": lambda *_: None,
        "predict": lambda _, rows: even(rows),
        "flag": lambda _, rows, **__: even(rows) > 0.7,
        "audit": lambda *_: {},
        "report": lambda _: {"auroc": 0.5, "auroc_age": 0.8, "tried": 1, "harm": "none"},
    },
    "m8-real-world-projects/assignments/two-predictions": {
        "concordance": lambda *_: 0.5,
        "fit": lambda *_: None,
        "predict": lambda _, rows: even(rows),
        "within": lambda _, rows, days: even(rows) * days / 5000,
        "folds": lambda rows: np.arange(len(rows)) % 5,
        "call": lambda risk, *_: np.asarray(risk) > 0.1,
    },
}
NONSENSE = [
    None, 0.5, "risk", b"risk", [], {}, [None], [[1, 2], [3]], 10**400, float("nan"), object(), {"0": 7, "groups": []},
    {"0": {"n": None}, "auroc": "high", "kmeans": 10**400, "groups": 2}, {"auroc": 10**400, "auroc_age": float("nan")},
    ["a"] * 6, [None] * 6, [float("inf")] * 6, np.zeros((145, 2)), np.full((145, 3), np.nan),
    np.full(1140, 10**300) * 1j, pd.Series(["x"] * 145), pd.DataFrame(np.zeros((2, 4))), pd.Timestamp("2027-05-27"),
]  # fmt: skip


@pytest.mark.parametrize(("folder", "function"), [(folder, name) for folder in SANE for name in SANE[folder]])
def test_nonsense_fails_a_check_and_never_breaks_it(folder, function, frozen, monkeypatch):
    monkeypatch.setitem(sys.modules, "checking", checking)
    checking.registered.clear()
    runpy.run_path(str(PROGRAMME / folder / "checks.py"), run_name="checks")
    data = Data(frozen)
    concerned = [check for check in checking.registered.values() if function in calls(check, data, SANE[folder])]
    assert concerned

    for answer in NONSENSE:
        functions = SANE[folder] | {function: lambda *_, answer=answer, **__: answer}
        for check in concerned:
            calls(check, data, functions)


def calls(check, data, functions):
    """The functions that a check has called until it passed or failed."""
    asked = set()

    def ask(question):
        asked.add(question["call"])
        return {"ok": True, "value": functions[question["call"]](*question["args"], **question["kwargs"])}

    try:
        check(Student("analysis.ipynb", "", "", ask, again=Student("analysis.ipynb", "", "", ask)), data)
    except checking.CheckFailed as failed:
        assert str(failed)
    return asked
