import csv
import hashlib
import tomllib

import pytest

from tests.programme.conftest import PROGRAMME, loaded

DATA = PROGRAMME / "data"
SETS = tomllib.loads((DATA / "manifest.toml").read_text())["set"]


@pytest.mark.parametrize("entry", SETS, ids=lambda entry: entry["id"])
def test_freezing_writes_the_bytes_that_the_manifest_promises(entry, tmp_path):
    getattr(loaded("freeze", DATA / "freeze.py"), entry["id"].replace("-", "_"))(tmp_path)

    assert {path.name for path in tmp_path.iterdir()} == {file["name"] for file in entry["files"]}
    for file in entry["files"]:
        content = (tmp_path / file["name"]).read_bytes()
        header, *rows = csv.reader(content.decode().splitlines())
        assert (header, len(rows)) == (file["columns"], file["rows"])
        assert hashlib.sha256(content).hexdigest() == file["sha256"]


def test_no_monica_patient_is_both_visible_and_hidden(monica):
    with (monica / "monica_visible.csv").open() as file:
        visible = {row["patient"] for row in csv.DictReader(file)}
    with (monica / "monica_hidden.csv").open() as file:
        hidden = list(csv.DictReader(file))

    assert not visible & {row["patient"] for row in hidden}
    assert {row["hosp"] for row in hidden} == {"y"}
    assert sum(row["outcome"] == "dead" for row in hidden) == 276
