"""Two revisions, loaded from files: what the comparison says of a change in one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from programme_files import ASSIGNMENT_FILE, CHECKS_FILE, LESSON, M4, MODULE, RUBRIC_FILE, WORK, ProgrammeFiles

from courses.loading import load
from courses.revisions.changes import Change
from courses.revisions.code import parts_of
from courses.revisions.comparing import Comparison, compare
from courses.revisions.texts import difference

pytestmark = pytest.mark.django_db

QUIZ = f"{M4}/lessons/1-first.quiz.toml"
QUIZ_TEXT = """\
ask = 1

[[question]]
id = "sum"
kind = "numeric"
text = "One and one?"
answer = 2
tolerance = 0
explanation = "Count."
"""
CHECKLIST = f"{WORK}/checklist.toml"
CHECKLIST_TEXT = """\
[[item]]
id = "P1"
says = "Who is in it"
evidence = "work.ipynb"
from = ["TRIPOD+AI"]
check = "says_hello"
"""


@pytest.fixture
def files(tmp_path: Path) -> ProgrammeFiles:
    made = ProgrammeFiles(tmp_path)
    made.write(QUIZ, QUIZ_TEXT)
    made.write(CHECKLIST, CHECKLIST_TEXT)
    return made


@pytest.fixture
def after(files: ProgrammeFiles) -> Callable[..., Comparison]:
    """after(edit) compares the programme with the one that the edit makes of it."""

    def make(*edits: Callable[[], Any]) -> Comparison:
        old = load(files.folder, data_dir=files.data_dir, by=None)
        for edit in edits:
            edit()
        return compare(old, load(files.folder, data_dir=files.data_dir, by=None))

    return make


def told(found: Comparison) -> list[str]:
    """Every change on a line: where, what, old → new, and the words of texts that came and went."""
    every = [("", each) for each in [*found.programme, *found.data_sets, *found.files.changes]]
    for module in found.modules:
        every += [(module.module.code, each) for each in [module.itself, *module.changes] if not each.is_empty]
    return [line for where, each in every for line in lines(each, where)]


def lines(change: Change, where: str) -> Iterator[str]:
    name = f"{where} {change.kind} {change.name}".strip()
    if change.state != "changed":
        yield f"{name}: {change.state}"
    yield from (f"{name}: {value.what}: {value.old} → {value.new}" for value in change.values)
    for text in change.texts:
        words = [f"{part.state} {part.text.strip()!r}" for line in text.lines for part in line.segments]
        yield f"{name}: {text.what}: " + ", ".join(word for word in words if not word.startswith("kept"))
    for part in change.parts:
        yield from lines(part, name)


def test_the_same_revision_twice_differs_in_nothing(after: Any) -> None:
    found = after()
    assert found.is_empty and not found.files.touched


def test_what_nobody_can_see_is_no_change_and_its_file_is_named(files: ProgrammeFiles, after: Any) -> None:
    found = after(lambda: files.replace(MODULE, "number = 4", "number =  4"))
    assert found.is_empty and found.files.touched == ["supervised/module.toml"]


def test_every_kind_of_change_is_told_with_what_it_was_and_is(files: ProgrammeFiles, after: Any) -> None:
    work = "M4 Assignment Toy work"
    edits: list[tuple[Callable[[], Any], str]] = [
        (lambda: files.replace(MODULE, 'objective = "Learn it."', 'objective = "Know it."'),
         "M4 Module Module 4: objective: Learn it. → Know it."),
        (lambda: files.replace(LESSON, "minutes = 10", "minutes = 12"), "M4 Lesson First: minutes: 10 → 12"),
        (lambda: files.replace(LESSON, "Text with", "Words with"),
         "M4 Lesson First: text: removed 'Text', added 'Words'"),
        (lambda: files.replace(QUIZ, "tolerance = 0", "tolerance = 1"),
         "M4 Lesson First Question sum: tolerance: 0 → 1"),
        (lambda: files.replace(ASSIGNMENT_FILE, "attempts = 3", "attempts = 4"), f"{work}: attempts: 3 → 4"),
        (lambda: files.replace(ASSIGNMENT_FILE, "memory_mb = 1024", "memory_mb = 2048"),
         f"{work}: limit, memory_mb: 1024 → 2048"),
        (lambda: files.replace(CHECKS_FILE, "time_limit=20", "time_limit=25"),
         f"{work} Check Hidden: says it again: time limit, seconds: 20 → 25"),
        (lambda: files.replace(CHECKS_FILE, "did not say hello", "said nothing"),
         f"{work} Check Says hello: code: removed 'did not say hello', added 'said nothing'"),
        (lambda: files.replace(RUBRIC_FILE, '"20" = "Work of 20."', '"20" = "Thin."'),
         f"{work} Criterion Framing: level, 20: Work of 20. → Thin."),
        (lambda: files.replace(CHECKLIST, "Who is in it", "Who is missing"),
         f"{work} Checklist item P1, Who is missing: says: Who is in it → Who is missing"),
        (lambda: files.replace("data/manifest.toml", 'licence = "CC0"', 'licence = "CC BY"'),
         "Data set Toy patients: licence: CC0 → CC BY"),
        (lambda: files.write(f"{M4}/lessons/2-second.md", files.path(LESSON).read_text().replace("First", "Second")),
         "M4 Lesson Second: added"),
    ]  # fmt: skip
    found = told(after(*(edit for edit, _ in edits)))
    for _, sentence in edits:
        assert sentence in found, "\n".join(found)
    assert [line for line in found if line.startswith("M") and not line.startswith("M4")] == []


def test_a_renumbered_lesson_is_the_same_lesson_in_another_place(files: ProgrammeFiles, after: Any) -> None:
    def renumber() -> None:
        text = files.path(LESSON).read_text()
        for path in (LESSON, QUIZ):
            files.remove(path)
        files.write(f"{M4}/lessons/3-first.md", text)
        files.replace(f"{WORK}/brief.md", "1-first.md", "3-first.md")

    found = told(after(renumber))
    assert "M4 Lesson First: place: 1 → 3" in found
    assert "M4 Lesson First Quiz at the end: removed" in found
    assert not any(line.endswith(": added") for line in found)


def test_modules_that_change_places_keep_what_is_theirs(files: ProgrammeFiles, after: Any) -> None:
    def swap() -> None:
        five = files.path("m5-five/module.toml").read_text()
        files.remove("m5-five/module.toml")
        for path in sorted(files.path(M4).rglob("*")):
            if path.is_file():
                files.write(f"m5-supervised/{path.relative_to(files.path(M4))}", path.read_bytes())
                path.unlink()
        files.replace("m5-supervised/module.toml", "number = 4", "number = 5")
        files.write("m4-five/module.toml", five.replace("number = 5", "number = 4"))
        for name in ("m4-supervised", "m5-five"):
            files.replace("programme.toml", f'"{name}"', f'"{"m5-supervised" if "4" in name else "m4-five"}"')
        text = files.path("programme.toml").read_text()
        files.write(
            "programme.toml", text.replace('"m5-supervised",\n    "m4-five"', '"m4-five",\n    "m5-supervised"')
        )
        # The regulations want a rubric in some modules and none in others.
        files.path("regulations/2026.toml").read_text()

    found = told(after(swap))
    assert "M5 Module Module 4: place: 4 → 5" in found
    assert "M4 Module Module 5: place: 5 → 4" in found
    assert not any(line.endswith(("added", "removed")) for line in found), "\n".join(found)


def test_code_is_split_into_checks_and_what_they_share() -> None:
    text = "X = 1\n\n@check('A', points=1)\ndef a(s, d):\n    return X\n\ndef helper():\n    pass\n"
    found = parts_of(text, {"a"})
    assert found.functions == {"a": "def a(s, d):\n    return X"}
    assert found.shared == "X = 1\ndef helper():\n    pass"


words = st.lists(st.sampled_from(["a", "b", "cat", "dog", "1", "."]), max_size=6).map(" ".join)
texts = st.lists(words, max_size=8).map("\n".join)


@given(texts, texts)
def test_a_difference_takes_nothing_from_either_text(old: str, new: str) -> None:
    found = difference(old, new)
    assert bool(found) == (old != new)
    for text, states in ((old, {"kept", "removed"}), (new, {"kept", "added"})):
        shown = ["".join(part.text for part in line.segments if part.state in states) for line in found
                 if line.state in states | {"changed"}]  # fmt: skip
        hidden = sum(line.hidden for line in found)
        if old != new and old.splitlines() != new.splitlines():
            assert len(shown) + hidden == len(text.splitlines())
            rest = iter(text.splitlines())
            assert all(line in rest for line in shown)


def test_long_texts_take_no_time_and_are_told_by_their_length() -> None:
    assert [line.state for line in difference("a" * 300_000, "b")] == ["removed", "added"]
    assert difference("a " * 3000, "b " * 3000)[0].state == "removed"
