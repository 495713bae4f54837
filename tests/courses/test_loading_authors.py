"""What docs/authors.md shows is what the loader reads."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from programme_files import M4, ProgrammeFiles

from courses.loading import load
from courses.loading.rubrics import BANDS, LEVELS
from courses.markdown.colour import LANGUAGES
from courses.markdown.maths import ENVIRONMENTS, mathml

GUIDE = (settings.ROOT / "docs" / "authors.md").read_text()
EXAMPLE = re.compile(r"^`([^`\n]+)`:\n\n(`{3,})\w+\n(.*?\n)\2$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def files(tmp_path: Path) -> ProgrammeFiles:
    """The small programme with the guide's module in place of its own."""
    files = ProgrammeFiles(tmp_path)
    shutil.rmtree(files.path(M4))
    for path, _, content in EXAMPLE.findall(GUIDE):
        files.write(f"{M4}/{path}", content)
    return files


def test_the_module_of_the_guide_loads(files: ProgrammeFiles, db: Any) -> None:
    module = load(files.folder, data_dir=files.data_dir, by=None).modules.get(number=4)

    lesson, assignment = module.lessons.get(), module.assignments.get()
    assert (lesson.title, assignment.entry) == ("A straight line", "risk.py")
    assert [check.points for check in assignment.checks.all()] == [30, 70]
    for part in ("<math", "<svg", 'class="printout"', 'class="sn"', 'class="note warn"', 'class="scroll"'):
        assert part in lesson.html


def test_the_wrong_solution_of_the_guide_loads(files: ProgrammeFiles) -> None:
    entry = re.search(r"```toml\n(\[\[wrong\]\]\n.*?)```", GUIDE, re.DOTALL)
    assert entry
    files.write(f"{M4}/assignments/risk/wrong/wrong.toml", entry[1])
    files.write(f"{M4}/assignments/risk/wrong/constant.py", "def risk(value):\n    return 0.5\n")

    assert files.problems() == []


def test_the_guide_names_the_marks_languages_and_environments_that_there_are() -> None:
    assert f"fixed marks: {', '.join(map(str, LEVELS))};" in GUIDE
    assert ", ".join(map(str, sorted(set(LEVELS) - set(BANDS)))).replace(", 75", " and 75") in GUIDE
    assert ", ".join(f"`{language}`" for language in LANGUAGES) in GUIDE
    line = next(line for line in GUIDE.splitlines() if line.startswith("- **Maths**"))
    named = re.findall(r"`(\w+\*?)`", line.split("the environments")[1])
    assert named and set(named) <= ENVIRONMENTS


def test_the_commands_that_the_guide_names_are_drawn() -> None:
    line = next(line for line in GUIDE.splitlines() if line.startswith("- **Maths**"))
    listed = re.search(r"`(\\frac [^`]+)`", line)
    assert listed
    commands = listed[1].replace(r"\left( \right)", r"\left(x\right)").split()
    arguments = {r"\frac": "{a}{b}", r"\binom": "{a}{b}"}

    for command in commands:
        letters = command[1:].isalpha() and command not in (r"\sum", r"\prod", r"\int")
        mathml(f"{command}{arguments.get(command, '{x}' if letters else ' x')}", display=True)
