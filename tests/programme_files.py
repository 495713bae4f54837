"""A small programme as files: nine modules, of which module 4 has everything. Tests spoil one thing and look."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from courses.loading import ProgrammeError, read

M4 = "m4-supervised"
LESSON = f"{M4}/lessons/1-first.md"
MODULE = f"{M4}/module.toml"
FIGURE = f"{M4}/figures/line.svg"
WORK = f"{M4}/assignments/toy"
ASSIGNMENT_FILE = f"{WORK}/assignment.toml"
CHECKS_FILE = f"{WORK}/checks.py"
RUBRIC_FILE = f"{WORK}/rubric.toml"
MANIFEST_FILE = "data/manifest.toml"
VISIBLE, HIDDEN = "patient,outcome\n1,0\n2,1\n", "patient,outcome\n3,1\n"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _module(number: int, name: str) -> str:
    return f"""\
number = {number}
title = "Module {number}"
short_title = "{name}"
objective = "Learn it."
topics = ["Topic A", "Topic B"]
outcomes = ["Do it"]

[[resources]]
title = "A book"
kind = "book"
url = "https://example.org/book"
note = "Read it."
"""


PROGRAMME = """\
slug = "toy"
title = "Toy programme"
award = "Postgraduate Certificate in Toys"
level = "postgraduate"
credits = 60
language = "en-GB"
modules = [
    "m1-one",
    "m2-two",
    "m3-three",
    "m4-supervised",
    "m5-five",
    "m6-six",
    "m7-seven",
    "m8-eight",
    "m9-nine",
]
"""

MANIFEST = f"""\
[[set]]
id = "toy"
title = "Toy patients"
source = "Made up"
import = "none"
licence = "CC0"
licence_evidence = "We made them."
description = "Three patients."

[[set.files]]
name = "toy_visible.csv"
visibility = "visible"
rows = 2
columns = ["patient", "outcome"]
sha256 = "{sha256(VISIBLE)}"

[[set.files]]
name = "toy_hidden.csv"
visibility = "hidden"
rows = 1
columns = ["patient", "outcome"]
sha256 = "{sha256(HIDDEN)}"
"""

FREEZE = f"""\
def toy(folder):
    (folder / "toy_visible.csv").write_text({VISIBLE!r})
    (folder / "toy_hidden.csv").write_text({HIDDEN!r})
"""

LESSON_TEXT = """\
+++
title = "First"
outcome = "After this you can do it."
minutes = 10
topics = ["Topic A", "Topic B"]

[[further]]
title = "A paper"
kind = "paper"
url = "https://example.org/paper"
note = "Read it."
+++

## Begin

Text with $x$ and a link to [the work](../assignments/toy/brief.md).

![A line that rises](figures/line.svg "It rises.")
"""

SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" class="g" width="352" height="100" viewBox="0 0 352 100">
<title>Line</title>
<desc>It rises from 0 to 1.</desc>
<path class="l1" d="M0 100L352 0"/>
<text class="end" x="350" y="12">1</text>
</svg>
"""

ASSIGNMENT = """\
title = "Toy work"
kind = "notebook"
entry = "work.ipynb"
summary = "Do the toy work."
functions = ["hello"]
attempts = 3
counts = "last"
hours = 2

[limits]
wall_s = 60
cpu_s = 60
call_s = 30
memory_mb = 1024

[data]
visible = ["toy_visible.csv"]
hidden = ["toy_hidden.csv"]
"""

CHECKS = """\
from checking import check, expect


@check("Says hello", points=30, visible=True)
def says_hello(student, data):
    data.table("toy_visible.csv")
    expect(student.call("hello") == "hello", "hello() did not say hello.")


@check("Hidden: says it again", points=70, visible=False, time_limit=20, after="says_hello")
def says_it_again(student, data):
    data.table("toy_hidden.csv")
"""

BANDS = (20, 35, 45, 52, 58, 65, 72, 78, 85, 95)
RUBRIC = """\
[[criteria]]
id = "framing"
title = "Framing"
weight = 100
question = "Is the question clear?"

[criteria.levels]
""" + "".join(f'"{band}" = "Work of {band}."\n' for band in BANDS)

WRONG = """\
[[wrong]]
file = "silent.ipynb"
why = "It says nothing."
caught_by = ["says_hello"]
"""


def notebook(*sources: str, **changes: object) -> str:
    cells = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": source,
        }
        for number, source in enumerate(sources, 1)
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5} | changes, indent=1)


class ProgrammeFiles:
    """The files, and ways to spoil them. Paths are those inside the programme's folder."""

    # One of each kind.
    PATHS = (
        "programme.toml",
        "regulations/2026.toml",
        MANIFEST_FILE,
        "data/freeze.py",
        "data/toy.md",
        MODULE,
        LESSON,
        FIGURE,
        ASSIGNMENT_FILE,
        CHECKS_FILE,
        RUBRIC_FILE,
        f"{WORK}/author.md",
        f"{WORK}/brief.md",
        f"{WORK}/reference/work.ipynb",
        f"{WORK}/starter/work.ipynb",
        f"{WORK}/wrong/silent.ipynb",
        f"{WORK}/wrong/wrong.toml",
    )

    def __init__(self, root: Path) -> None:
        self.folder, self.data_dir = root / "programme", root / "data"
        self.write("programme.toml", PROGRAMME)
        names = ("one", "two", "three", "supervised", "five", "six", "seven", "eight", "nine")
        for number, name in enumerate(names, 1):
            self.write(f"m{number}-{name}/module.toml", _module(number, name))
        regulations = self.folder / "regulations" / "2026.toml"
        regulations.parent.mkdir()
        shutil.copyfile(settings.PROGRAMME_DIR / "regulations" / "2026.toml", regulations)
        self.write("data/manifest.toml", MANIFEST)
        self.write("data/freeze.py", FREEZE)
        self.write("data/toy.md", "## Who is in it\n\nThree patients.\n")
        self.write(LESSON, LESSON_TEXT)
        self.write(f"{M4}/figures/line.svg", SVG)
        self.write(f"{WORK}/assignment.toml", ASSIGNMENT)
        self.write(f"{WORK}/brief.md", "## What to do\n\nWrite `hello`. See [the lesson](../../lessons/1-first.md).\n")
        self.write(f"{WORK}/checks.py", CHECKS)
        self.write(f"{WORK}/rubric.toml", RUBRIC)
        self.write(f"{WORK}/starter/work.ipynb", notebook("%matplotlib inline", "def hello():\n    ..."))
        self.write(f"{WORK}/reference/work.ipynb", notebook("def hello():\n    return 'hello'"))
        self.write(f"{WORK}/wrong/silent.ipynb", notebook("def hello():\n    pass"))
        self.write(f"{WORK}/wrong/wrong.toml", WRONG)
        self.write(f"{WORK}/author.md", "Figures: none.\n")
        self.data_dir.mkdir()
        (self.data_dir / "toy_visible.csv").write_text(VISIBLE)
        (self.data_dir / "toy_hidden.csv").write_text(HIDDEN)

    def path(self, path: str) -> Path:
        return self.folder / path

    def write(self, path: str, content: str | bytes) -> None:
        target = self.path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)

    def replace(self, path: str, old: str, new: str) -> None:
        """Fails the test when there is nothing to replace: what was to be spoiled would stay whole."""
        text = self.path(path).read_text()
        assert old in text, f"{old!r} is not in {path}"
        self.write(path, text.replace(old, new, 1))

    def remove(self, path: str) -> None:
        self.path(path).unlink()

    def problems(self) -> list[str]:
        """What is wrong, each as "FILE:LINE: …" with the file as inside the folder."""
        try:
            read(self.folder, data_dir=self.data_dir)
        except ProgrammeError as error:
            return [str(problem).removeprefix(f"{self.folder}/") for problem in error.problems]
        return []


Spoil = Callable[[ProgrammeFiles], object]


def replace(path: str, old: str, new: str) -> Spoil:
    return lambda files: files.replace(path, old, new)


def write(path: str, content: str | bytes) -> Spoil:
    return lambda files: files.write(path, content)


def remove(path: str) -> Spoil:
    return lambda files: files.remove(path)


def defect(name: str, spoil: Spoil, *problems: str) -> Any:
    """A parameter of a test: what is spoiled, and every problem that is then told. DATA is the data folder."""
    return pytest.param(spoil, list(problems), id=name)


def told(files: ProgrammeFiles) -> list[str]:
    return [problem.replace(str(files.data_dir), "DATA") for problem in files.problems()]
