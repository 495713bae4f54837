import csv
from itertools import pairwise

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from courses.data import freeze
from courses.loading.manifest import read_manifest
from tests.programme.conftest import PROGRAMME

SETS = read_manifest(PROGRAMME)
FILES = [file for one in SETS for file in one.files]


@pytest.mark.parametrize("one", SETS, ids=lambda one: one.id)
def test_freezing_writes_the_bytes_that_the_manifest_promises(one, frozen, tmp_path):
    """All other sets are there already: only this one is made anew, and compared."""
    made_anew = {file.name for file in one.files}
    for file in FILES:
        if file.name not in made_anew:
            (tmp_path / file.name).symlink_to(frozen / file.name)

    assert [each.set.id for each in freeze(PROGRAMME, tmp_path) if not each.was_there] == [one.id]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_rows_and_columns_are_as_the_manifest_says(file, frozen):
    path = frozen / file.name
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as text:
            header, *rows = csv.reader(text)
        assert (header, len(rows)) == (file.columns, file.rows)
        assert {len(row) for row in rows} == {len(header)}
    elif path.suffix == ".npz":
        arrays = np.load(path, allow_pickle=False)
        assert list(arrays) == file.columns
        assert {len(arrays[name]) for name in arrays} == {file.rows}
    else:
        assert path.read_bytes()[128:132] == b"DICM" or path.name == "no_meta.dcm"
        assert (file.rows, file.columns) == (1, [])


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


SPLIT = ("monica", "breast_cancer", "diabetes", "nhefs", "gbsg2", "flchain", "admissions")


@pytest.mark.parametrize("name", SPLIT)
def test_no_patient_is_both_visible_and_hidden(name, frozen):
    visible, hidden = (table(frozen / f"{name}_{part}.csv") for part in ("visible", "hidden"))

    assert not {row["patient"] for row in visible} & {row["patient"] for row in hidden}
    assert 0.2 < len(hidden) / (len(visible) + len(hidden)) < 0.35


def test_the_hidden_patients_of_monica_reached_hospital(frozen):
    hidden = table(frozen / "monica_hidden.csv")

    assert {row["hosp"] for row in hidden} == {"y"}
    assert sum(row["outcome"] == "dead" for row in hidden) == 276


def test_no_slice_of_the_brain_is_both_visible_and_hidden(frozen):
    visible, hidden = (set(np.load(frozen / f"mni152_{part}.npz")["slice"]) for part in ("visible", "hidden"))

    assert visible
    assert hidden
    assert not visible & hidden


def test_the_truth_behind_the_admissions_is_what_the_manifest_says(frozen):
    rows = table(frozen / "admissions_hidden.csv")
    readmitted = [row["readmitted"] == "y" for row in rows]
    risk = [float(row["risk"]) for row in rows]

    assert len(rows) + len(table(frozen / "admissions_visible.csv")) == 20_000
    assert roc_auc_score(readmitted, risk) == pytest.approx(0.742, abs=0.0005)
    assert sum(risk) == pytest.approx(sum(readmitted), rel=0.02)


def test_a_readmission_follows_within_thirty_days_unless_elsewhere(frozen):
    """The trap of repeated patients: nine in ten readmissions are a row of the same table."""
    rows = sorted(table(frozen / "admissions_visible.csv"), key=lambda row: row["admission"])
    following = {a["admission"]: a["patient"] == b["patient"] for a, b in pairwise(rows)}
    readmitted = [following[row["admission"]] for row in rows[:-1] if row["readmitted"] == "y"]

    assert 0.85 < sum(readmitted) / len(readmitted) < 0.95


def test_hba1c_is_missing_more_often_in_women(frozen):
    rows = [row for row in table(frozen / "admissions_visible.csv") if row["diabetes"] == "y"]
    missing = {sex: [row["hba1c"] == "" for row in rows if row["sex"] == sex] for sex in "fm"}

    assert 0.62 < sum(missing["f"]) / len(missing["f"]) < 0.74
    assert 0.28 < sum(missing["m"]) / len(missing["m"]) < 0.4
