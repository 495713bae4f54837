"""Every file beside this one cheats, each in the way that its first sentence says, on the assignment of checks.py.

"# earns 30: reason; reason" says what its honest part earns, and what the student reads for the rest.
"""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import factories
import pytest

from courses.models import Assignment
from grading.execution import Execution, execute

pytestmark = [pytest.mark.django_db, pytest.mark.sandbox, pytest.mark.usefixtures("warm_sandbox")]
HERE = Path(__file__).parent
EARNS = re.compile(r"# earns (\d+)(?:: ?([^\n\"]*))?")
CHEATS = sorted(path for path in HERE.iterdir() if path.stem not in {"test_cheating", "checks"} and path.is_file())


def patients(first: int, count: int) -> str:
    """A CSV of patients whose outcome follows the marker, mostly."""
    draw = random.Random(first)
    lines = ["patient,ward,age,marker,outcome"]
    for number in range(first, first + count):
        marker = draw.randrange(100)
        ward = draw.choice(["cardiology", "surgery", "oncology"])
        outcome = int(marker + draw.gauss(0, 15) > 60)
        lines.append(f"P{number},{ward},{draw.randrange(40, 90)},{marker},{outcome}")
    return "\n".join(lines) + "\n"


VISIBLE, HIDDEN = patients(100, 80), patients(200, 60)


@pytest.fixture
def assignment(spring: Any) -> Assignment:
    return factories.script_assignment(
        spring.revision.modules.get(number=4),
        (HERE / "checks.py").read_text(),
        visible={"visible.csv": VISIBLE},
        hidden={"hidden.csv": HIDDEN},
        repeat={"shuffle_columns": True},
        artefacts=["*.csv", "*.json"],
    )


def graded(assignment: Assignment, path: Path, seed: int = 11) -> Execution:
    if path.suffix == ".ipynb":
        Assignment.objects.filter(pk=assignment.pk).update(kind="notebook", entry="work.ipynb")
        assignment.refresh_from_db()
    return execute(assignment, [factories.stored(assignment.entry, path.read_bytes())], hidden=True, seed=seed)


@pytest.mark.parametrize("path", CHEATS, ids=lambda path: path.stem)
def test_a_cheat_earns_what_its_honest_part_earns(assignment: Assignment, path: Path) -> None:
    found = EARNS.search(path.read_text())
    assert found, "it says what it earns"
    done = graded(assignment, path)
    reasons = [result.message for result in done.results if result.message]
    assert done.auto_mark == int(found[1]), reasons
    for reason in (found[2] or "").split("; "):
        assert reason in "\n".join([done.outcome.message, *reasons])
    assert all(result.message for result in done.results if result.earned < result.points)


@pytest.mark.parametrize("path", CHEATS, ids=lambda path: path.stem)
def test_a_cheat_learns_nothing_of_the_hidden_patients(assignment: Assignment, path: Path) -> None:
    done = graded(assignment, path)
    told = json.dumps([[result.message, result.details, result.reports] for result in done.results])
    everything = [told, done.outcome.message, done.outcome.stdout, done.outcome.stderr, str(done.outcome.error)]
    everything += [done.notebook.decode(), done.page.decode(), *map(bytes.decode, done.outcome.artefacts.values())]
    assert "77," not in told, "the length that smuggles_in_a_length.py chooses"
    source = path.read_text()
    for line in HIDDEN.splitlines()[1:]:
        patient = line.split(",")[0]
        assert patient in source or not any(patient in text for text in everything)
        assert not any(line in text or line.rpartition(",")[0] in text for text in everything)
