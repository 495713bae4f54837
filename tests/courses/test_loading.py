"""From files to rows: whole, once, or not at all."""

from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from programme_files import (
    ASSIGNMENT_FILE,
    CHECKS_FILE,
    HIDDEN,
    LESSON,
    LESSON_TEXT,
    M4,
    MODULE,
    VISIBLE,
    ProgrammeFiles,
    sha256,
)

from accounts.models import User
from audit.models import Entry
from blobs import store
from courses.loading import ProgrammeError, load
from courses.models import Assignment, AssignmentFile, Check, Lesson, Module, Programme, Revision


@pytest.fixture
def files(tmp_path: Path, db: Any) -> ProgrammeFiles:
    return ProgrammeFiles(tmp_path)


def loaded(files: ProgrammeFiles, by: User | None = None) -> Revision:
    return load(files.folder, data_dir=files.data_dir, by=by)


def all_rows() -> dict[str, list[Any]]:
    return {model._meta.label: list(model._base_manager.order_by("pk").values()) for model in apps.get_models()}


def test_a_revision_holds_the_whole_programme(files: ProgrammeFiles) -> None:
    revision = loaded(files)

    assert (revision.number, revision.title, revision.level) == (1, "Toy programme", 7)
    assert revision.award == "Postgraduate Certificate in Toys"
    assert [(module.number, module.slug) for module in revision.modules.all()][3] == (4, M4)
    module = revision.modules.get(number=4)
    assert module.topics == ["Topic A", "Topic B"]
    assert module.resources == [
        {"title": "A book", "kind": "book", "url": "https://example.org/book", "note": "Read it."}
    ]


def test_a_lesson_is_rendered_when_it_is_loaded(files: ProgrammeFiles) -> None:
    lesson = loaded(files).modules.get(number=4).lessons.get()

    assert (lesson.number, lesson.slug, lesson.minutes) == (1, "first", 10)
    assert lesson.headings == [["begin", "Begin"]]
    assert lesson.further[0]["title"] == "A paper"
    assert '<a href="../../../assignments/toy/"' in lesson.html
    assert "<title" in lesson.html and "A line that rises" in lesson.html
    assert lesson.source.strip().startswith("## Begin")


def test_an_assignment_has_its_checks_in_the_order_of_the_file(files: ProgrammeFiles) -> None:
    checks = list(loaded(files).modules.get(number=4).assignments.get().checks.all())

    assert [(check.name, check.points, check.is_visible, check.time_limit, check.after) for check in checks] == [
        ("says_hello", Decimal(30), True, 30, ""),
        ("says_it_again", Decimal(70), False, 20, "says_hello"),
    ]


def test_an_assignment_keeps_its_files_by_their_hash(files: ProgrammeFiles) -> None:
    assignment = loaded(files).modules.get(number=4).assignments.get()

    kept = {(file.part, file.name): (file.sha256, file.size) for file in assignment.files.all()}
    assert kept.keys() == {
        ("checks", "checks.py"),
        ("starter", "work.ipynb"),
        ("visible", "toy_visible.csv"),
        ("hidden", "toy_hidden.csv"),
    }
    assert kept["visible", "toy_visible.csv"] == (sha256(VISIBLE), len(VISIBLE))
    assert store.read(kept["hidden", "toy_hidden.csv"][0]) == HIDDEN.encode()
    assert store.read(kept["checks", "checks.py"][0]) == files.path(CHECKS_FILE).read_bytes()


def test_an_assignment_keeps_its_facts(files: ProgrammeFiles) -> None:
    assignment = loaded(files).modules.get(number=4).assignments.get()

    assert (assignment.kind, assignment.entry, assignment.attempts, assignment.counts, assignment.hours) == (
        "notebook",
        "work.ipynb",
        3,
        "last",
        2,
    )
    assert assignment.limits == {"wall_s": 60, "cpu_s": 60, "call_s": 30, "memory_mb": 1024}
    assert assignment.rubric[0]["levels"]["45"] == "Work of 45."
    assert '<a href="../../modules/4/first/"' in assignment.brief_html


def test_a_load_is_on_record(files: ProgrammeFiles, office: User) -> None:
    revision = loaded(files, by=office)

    entry = Entry.objects.get(event="programme_loaded")
    assert (entry.by, entry.on_id, entry.details) == (office, str(revision.pk), {"digest": revision.digest})
    assert revision.loaded_by == office


def test_the_same_files_again_change_nothing(files: ProgrammeFiles) -> None:
    first = loaded(files)
    before = all_rows()

    assert loaded(files) == first
    assert all_rows() == before


def test_one_changed_byte_makes_a_new_revision_and_leaves_the_old_one(files: ProgrammeFiles) -> None:
    first = loaded(files)
    files.replace(LESSON, "Text with", "Words with")

    second = loaded(files)

    assert (first.number, second.number) == (1, 2)
    assert "Text with" in first.modules.get(number=4).lessons.get().html
    assert "Words with" in second.modules.get(number=4).lessons.get().html
    assert Programme.objects.get().latest() == second


def test_a_file_that_another_tool_left_is_not_part_of_the_programme(files: ProgrammeFiles) -> None:
    first = loaded(files)
    files.write(f"{M4}/.DS_Store", b"\xff")
    files.write("data/__pycache__/freeze.pyc", b"\xff")

    assert loaded(files) == first


def test_a_programme_with_a_problem_changes_nothing(files: ProgrammeFiles) -> None:
    loaded(files)
    before = all_rows()
    files.replace(LESSON, "Text with", "Words with")
    files.replace("m9-nine/module.toml", "number = 9", "number = 8")

    with pytest.raises(ProgrammeError):
        loaded(files)

    assert all_rows() == before


@pytest.mark.parametrize("model", [Revision, Module, Lesson, Assignment, Check, AssignmentFile, Entry])
def test_a_load_that_breaks_half_way_changes_nothing(
    files: ProgrammeFiles, model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded(files)
    before = all_rows()
    files.replace(LESSON, "Text with", "Words with")

    def fail(*args: Any, **kwargs: Any) -> None:
        raise IntegrityError("The disk is full.")

    monkeypatch.setattr(model, "save", fail)
    monkeypatch.setattr(type(model._default_manager.all()), "bulk_create", fail)
    with pytest.raises(IntegrityError):
        loaded(files)

    monkeypatch.undo()
    assert all_rows() == before


def test_data_that_change_between_the_check_and_the_copy_are_refused(
    files: ProgrammeFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "courses.loading.manifest.sha256_of", lambda path: sha256({"v": VISIBLE, "h": HIDDEN}[path.name[4]])
    )
    (files.data_dir / "toy_hidden.csv").write_text("x")

    with pytest.raises(ProgrammeError, match=r"toy_hidden.csv: its SHA-256 has become 2d71\w+, the manifest says"):
        loaded(files)

    assert not Revision.objects.exists()


def test_all_problems_are_told_at_once_in_the_order_of_the_files(files: ProgrammeFiles) -> None:
    files.replace("m9-nine/module.toml", "number = 9\n", "")
    files.replace(MODULE, "number = 4\n", "")
    files.replace(ASSIGNMENT_FILE, "hours = 2\n", "")

    assert [problem.split(" ")[0] for problem in files.problems()] == [
        f"{ASSIGNMENT_FILE}:1:",
        f"{MODULE}:1:",
        "m9-nine/module.toml:1:",
    ]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProgrammeError, match="there is no such folder"):
        load(tmp_path / "nowhere", data_dir=tmp_path, by=None)


def test_a_folder_that_is_no_programme_is_told_without_reading_it(tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("private")
    with pytest.raises(ProgrammeError) as told:
        load(tmp_path, data_dir=tmp_path, by=None)
    assert [problem.file for problem in told.value.problems] == [str(tmp_path / "programme.toml")]


def test_links_inside_the_folder_are_followed(files: ProgrammeFiles) -> None:
    files.write(f"{M4}/lessons/2-second.md", LESSON_TEXT)
    files.path(f"{M4}/lessons/3-third.md").symlink_to("2-second.md")

    assert [lesson.slug for lesson in loaded(files).modules.get(number=4).lessons.all()] == ["first", "second", "third"]


def test_the_command_says_what_it_loaded(files: ProgrammeFiles, settings: Any) -> None:
    settings.DATA_DIR = files.data_dir
    out = StringIO()

    call_command("load_programme", files.folder, stdout=out)
    call_command("load_programme", str(files.folder), stdout=out)

    text = out.getvalue()
    assert "Toy programme, revision 1: loaded\n" in text
    assert "Toy programme, revision 1: was loaded already, nothing has changed\n" in text
    row = next(line for line in text.splitlines() if line.startswith("M4"))
    assert row.split() == ["M4", "supervised", "1", "1", "2"]


def test_the_command_tells_every_problem_and_fails(files: ProgrammeFiles, settings: Any) -> None:
    settings.DATA_DIR = files.data_dir
    files.replace(MODULE, "number = 4\n", "")
    files.replace(ASSIGNMENT_FILE, "hours = 2\n", "")

    with pytest.raises(CommandError) as raised:
        call_command("load_programme", files.folder)

    assert raised.value.returncode == 1
    assert str(raised.value).splitlines() == [
        f'{files.folder}/{ASSIGNMENT_FILE}:1: key "hours" is missing: say how many hours of work you expect.',
        f'{files.folder}/{MODULE}:1: key "number" is missing: write the number of the module.',
        "",
        "Nothing was loaded: 2 problems.",
    ]
