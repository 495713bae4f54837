"""The checklist of the final project, and its checks on answers that make no sense."""

import hashlib
import runpy
import sys
import tomllib

import pytest

from grading import checking
from grading.checklist import Reader
from tests.programme.conftest import PROGRAMME

FOLDER = PROGRAMME / "m9-final-project" / "assignments" / "external-validation"
ITEMS = tomllib.loads((FOLDER / "checklist.toml").read_text())["item"]
NONSENSE = [
    "", "[]", "7", "{", "{}", '{"external": 7}', '{"external": {"c": "high"}}', '{"groups": []}', '{"a": [NaN, 1e999]}',
    '{"a": ' + "9" * 400 + "}", '{"a":' * 300 + "1" + "}" * 300, '{"develop": [[]], "test": [{}]}', "\0",
    'a,b\n"' + "x" * 200_000,
]  # fmt: skip


@pytest.fixture(scope="module")
def checks():
    patch = pytest.MonkeyPatch()
    patch.setitem(sys.modules, "checking", checking)
    checking.registered.clear()
    runpy.run_path(str(FOLDER / "checks.py"), run_name="checks")
    yield dict(checking.registered)
    patch.undo()


def test_the_checklist_has_twenty_items_and_a_gate_of_five():
    assert [item["id"] for item in ITEMS] == [f"P{number:02}" for number in range(1, 21)]
    assert [item["id"] for item in ITEMS if item.get("gate")] == ["P07", "P12", "P14", "P16", "P20"]


@pytest.mark.parametrize("nonsense", NONSENSE, ids=range(len(NONSENSE)))
def test_files_that_make_no_sense_fail_a_check_and_never_break_it(nonsense, checks, frozen, tmp_path):
    """Anything but CheckFailed that came out of a check would be a platform fault."""
    for file in (FOLDER / "reference").rglob("*.*"):
        copy = tmp_path / file.relative_to(FOLDER / "reference")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(nonsense)

    def ask(question):
        return {"ok": True, "value": nonsense}

    first, second = (
        checking.Student("reproduce.py", "", nonsense, ask, handed_in=tmp_path, again=again)
        for again in (None, checking.Student("reproduce.py", "", nonsense, ask, handed_in=tmp_path))
    )
    for name in set(checks) - {"nothing_identifies_a_person"}:
        with pytest.raises(checking.CheckFailed):
            checks[name](second if name.startswith("a_clean") else first, checking.Data(frozen))


def handed_in(folder):
    """The files of a folder as an upload holds them, and their texts."""
    texts = {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}
    files = {
        name: {"sha256": hashlib.sha256(text.encode()).hexdigest(), "size": len(text)} for name, text in texts.items()
    }
    return files, texts


def lacks_of(place, *, starter):
    reader = Reader.__new__(Reader)
    reader.files, reader.texts = handed_in(FOLDER / place)
    reader.starter = {name: file["sha256"] for name, file in starter.items()}
    return {item["id"]: [lack for look in item.get("look", []) for lack in reader.lacks(look)] for item in ITEMS}


def test_the_reference_shows_every_item_and_the_starter_none():
    starter, _ = handed_in(FOLDER / "starter")
    assert not any(lacks_of("reference", starter=starter).values())
    for known in (starter, {}):
        found = [id for id, lacks in lacks_of("starter", starter=known).items() if not lacks]
        assert not found, "advice in comments and empty tables count for nothing"
