"""A quiz as an assignment: three files, what they may hold, and what is said when they hold something else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from programme_files import M4, ProgrammeFiles, told

from courses.loading import load
from courses.models import Assignment

HOME = f"{M4}/assignments/words"
RULES = """\
title = "Words"
kind = "quiz"
summary = "Two questions."
attempts = 2
counts = "best"
hours = 1
minutes = 20
shows = "close"
"""
BANK = """\
ask = 1

[[question]]
id = "word"
kind = "text"
text = "What is it called?"
accept = ["recall"]
explanation = "Recall."
"""


def quiz_files(tmp_path: Path, name: str = "words", rules: str = RULES, bank: str = BANK) -> ProgrammeFiles:
    files = ProgrammeFiles(tmp_path)
    home = f"{M4}/assignments/{name}"
    files.write(f"{home}/assignment.toml", rules)
    files.write(f"{home}/questions.toml", bank)
    files.write(f"{home}/brief.md", "Answer.")
    return files


@pytest.mark.django_db
def test_a_quiz_is_stored_as_an_assignment_with_its_bank(tmp_path: Path) -> None:
    files = quiz_files(tmp_path)
    revision = load(files.folder, data_dir=files.data_dir, by=None)
    made = Assignment.objects.get(module__revision=revision, slug="words")
    assert (made.kind, made.attempts, made.entry, made.rubric) == ("quiz", 2, "", [])
    assert (made.quiz.ask, made.quiz.minutes, made.quiz.shows) == (1, 20, "close")
    assert made.quiz.questions[0]["accept"] == ["recall"]
    assert made.checks.count() == made.files.count() == made.solutions.count() == 0


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (
            lambda text: text.replace("minutes = 20", "minutes = 0"),
            ':7: key "minutes" is 0: write a whole number from 1 to 600.',
        ),
        (lambda text: text.replace('"close"', '"never"'), ':8: key "shows" is "never": write one of release, close.'),
        (
            lambda text: text + 'entry = "a.py"\n',
            (
                ':9: key "entry" is not known: the keys here are title, kind, summary, attempts, counts, hours, '
                "minutes, shows."
            ),
        ),
    ],
)
def test_a_wrong_rule_is_told_with_its_line(spoil: Callable[[str], str], problem: str, tmp_path: Path) -> None:
    assert told(quiz_files(tmp_path, rules=spoil(RULES))) == [f"{HOME}/assignment.toml{problem}"]


def test_a_wrong_question_is_told_with_its_line_and_nothing_else(tmp_path: Path) -> None:
    files = quiz_files(tmp_path, bank=BANK.replace('["recall"]', "[]"))
    assert told(files) == [f'{HOME}/questions.toml:7: key "accept" is an empty list: list the answers that are right.']


def test_files_of_code_have_no_place_in_a_quiz(tmp_path: Path) -> None:
    files = quiz_files(tmp_path)
    files.write(f"{HOME}/checks.py", "x = 1")
    assert [problem.split(": ")[0] for problem in told(files)] == [f"{HOME}/checks.py"]


def test_a_module_has_one_quiz(tmp_path: Path) -> None:
    files = quiz_files(tmp_path)
    for name in ("assignment.toml", "questions.toml", "brief.md"):
        files.write(f"{M4}/assignments/other/{name}", files.path(f"{HOME}/{name}").read_text())
    assert told(files) == [
        f"{HOME}/assignment.toml: other is the quiz of this module already: a module has one mark for a quiz."
    ]
