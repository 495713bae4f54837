"""The checks of brain-tissue on answers that make no sense: through the sandbox, tests/programme/test_solutions.py."""

import runpy
import sys

import numpy as np
import pandas as pd
import pytest

from grading import checking
from tests.programme.conftest import PROGRAMME

FOLDER = PROGRAMME / "m6-deep-learning" / "assignments" / "brain-tissue"
FIGURES = {"learn": list(range(12, 30)), "test": list(range(40, 54)), "network": 0.9, "baseline": 0.9, "shuffled": 0.3}
NONSENSE = [
    None, 0.5, "grey", b"grey", [], {}, [None], [[1, 2], [3]], 10**400, float("nan"), object(), np.full(3690, np.inf),
    np.zeros((3690, 2)), pd.Series(["x"] * 3690), pd.DataFrame({"a": [1]}), {"learn": [[]], "test": "all"},
    FIGURES | {"network": None}, FIGURES | {"learn": [1e300]}, FIGURES | {"learn": FIGURES["test"]},
    FIGURES | {"curve": 7}, FIGURES | {"curve": [[1, 2]]}, FIGURES | {"curve": [[n, 2.0, -1.0] for n in range(9)]},
]  # fmt: skip
CALLED_BY = {
    "fit": ["runs_twice_with_the_same_answer"],
    "predict": ["runs_twice_with_the_same_answer", "one_tissue_for_each_patch", "accuracy_on_unseen_slices"],
    "evaluate": ["slices_are_kept_apart", "a_learning_curve", "the_baseline_is_fair", "figures_are_computed"],
    "size": ["at_most_60000_weights"],
}


@pytest.fixture(scope="module")
def checks():
    patch = pytest.MonkeyPatch()
    patch.setitem(sys.modules, "checking", checking)
    checking.registered.clear()
    runpy.run_path(str(FOLDER / "checks.py"), run_name="checks")
    yield dict(checking.registered)
    patch.undo()


@pytest.fixture(scope="module")
def data(frozen):
    """One for all, so that patches are cut once."""
    return checking.Data(frozen)


@pytest.mark.parametrize("function", CALLED_BY)
@pytest.mark.parametrize("answer", NONSENSE, ids=range(len(NONSENSE)))
def test_nonsense_fails_a_check_and_never_breaks_it(function, answer, checks, data):
    """Anything but CheckFailed that came out of a check would be a platform fault."""
    functions = {
        "fit": lambda pictures, tissues: "model",
        "fit_baseline": lambda pictures, tissues: "model",
        "predict": lambda model, pictures: np.ones(len(pictures)),
        "size": lambda model: 300,
        "evaluate": lambda pictures, tissues, slices: FIGURES,
        function: lambda *_: answer,
    }

    def ask(question):
        return {"ok": True, "value": functions[question["call"]](*question["args"])}

    for name in CALLED_BY[function]:
        with pytest.raises(checking.CheckFailed):
            again = checking.Student("analysis.ipynb", "", "", ask)
            checks[name](checking.Student("analysis.ipynb", "", "", ask, again=again), data)
