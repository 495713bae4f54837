"""What the lessons print is what their code prints."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from threadpoolctl import threadpool_limits

from tests.programme.conftest import PROGRAMME, loaded

LESSONS = sorted(PROGRAMME.glob("m*/lessons/*.md"))
BLOCK = re.compile(r"^```python\n(.*?)^```$(?:\s*^```text\n(.*?)^```$)?", re.S | re.M)
DATA = re.compile(r"""["']data/([^"']+)["']""")
RUN = """
import contextlib, io, json, sys
namespace, printed = {"__name__": "__main__"}, []
for source in json.load(sys.stdin):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(source, "<lesson>", "exec"), namespace)
    printed.append(out.getvalue())
json.dump(printed, sys.stdout)
"""


def lines(text):
    return [line.rstrip() for line in text.rstrip("\n").split("\n")]


def test_there_are_lessons_to_run():
    assert len(LESSONS) >= 6


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: f"{path.parts[-3][:2]}-{path.stem}")
def test_every_block_prints_what_the_lesson_shows(lesson, frozen, tmp_path):
    (tmp_path / "data").mkdir()
    blocks = BLOCK.findall(lesson.read_text())
    for name in {name for source, _ in blocks for name in DATA.findall(source)}:
        shutil.copy(frozen / name, tmp_path / "data")
    assert blocks, "a lesson without a worked example"

    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", RUN],
        input=json.dumps([source for source, _ in blocks]),
        cwd=tmp_path,
        env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stderr
    for (source, shown), printed in zip(blocks, json.loads(run.stdout), strict=True):
        assert lines(printed) == lines(shown), source


@pytest.mark.parametrize("script", sorted(PROGRAMME.glob("m*/figures/draw.py")), ids=lambda path: path.parts[-3])
def test_figures_are_what_their_script_draws(script, frozen, tmp_path):
    copy = tmp_path / "draw.py"
    shutil.copy(script, copy)
    # The models are small: threads that wait for each other would take ten times as long.
    with threadpool_limits(1):
        loaded("draw", copy).main(frozen)

    drawn = {path.name: path.read_text() for path in tmp_path.glob("*.svg")}
    assert drawn == {path.name: path.read_text() for path in script.parent.glob("*.svg")}
