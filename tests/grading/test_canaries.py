"""Hidden data that comes out refuses a run. Here a leak is made on purpose, by checks that give hidden data away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import factories
import pytest

from audit.models import Entry
from courses.models import Assignment, Enrolment
from grading import ledger, results
from grading.canaries import Canaries, Leak
from grading.execution import PlatformFault, execute
from grading.models import Run
from notices.models import Notice

ROWS = [f"P{number},cardiology,{number % 50 + 40},{number * 7 % 100},alive" for number in range(200, 240)]
HIDDEN = "patient,ward,age,marker,outcome\n" + "\n".join(ROWS) + "\n"
VISIBLE = "patient,ward,age,marker,outcome\nP100,cardiology,71,12,alive after all\n"

GIVES_AWAY = """
from pathlib import Path
from checking import *

@check("Seen", points=30, visible=True)
def seen(student, data):
    pass

@check("Unseen", points=70, visible=False)
def unseen(student, data):
    student.call("keep", Path("data/canary.txt").read_text())
"""
SAYS = """
from checking import *

@check("Seen", points=30, visible=True)
def seen(student, data):
    pass

@check("Unseen", points=70, visible=False)
def unseen(student, data):
    expect(False, data.path("hidden.csv").read_text())
"""


@pytest.fixture
def canaries(tmp_path: Path) -> Canaries:
    (tmp_path / "hidden.csv").write_text(HIDDEN)
    (tmp_path / "visible.csv").write_text(VISIBLE)
    return Canaries([tmp_path / "hidden.csv"], [tmp_path / "visible.csv"])


@pytest.mark.parametrize(
    "text",
    [
        HIDDEN,
        "\n".join(row.replace(",", "  ") for row in ROWS[5:9]),
        "\n".join(f"{number}  {row.replace(',', ' | ')}" for number, row in enumerate(ROWS[:5])),
    ],
)
def test_several_hidden_rows_are_found_as_a_file_and_as_a_printed_table(canaries: Canaries, text: str) -> None:
    with pytest.raises(Leak, match="standard output"):
        canaries.search("standard output", text)


@pytest.mark.parametrize("text", [VISIBLE, ROWS[3], "P200 P201 P202 P203", "", "patient,ward,age,marker,outcome"])
def test_visible_rows_one_row_or_numbers_of_patients_are_no_leak(canaries: Canaries, text: str) -> None:
    canaries.search("standard output", text)


def test_every_run_has_a_word_of_its_own(canaries: Canaries) -> None:
    with pytest.raises(Leak):
        canaries.search_bytes("an answer", f"x{canaries.word}x".encode())
    canaries.search_bytes("an answer", Canaries([], []).word.encode())


def made(enrolment: Enrolment, checks: str, slug: str = "risk") -> Assignment:
    module = enrolment.cohort.revision.modules.get(number=4)
    return factories.script_assignment(
        module, checks, slug=slug, visible={"visible.csv": VISIBLE}, hidden={"hidden.csv": HIDDEN}
    )


@pytest.mark.sandbox
@pytest.mark.django_db
@pytest.mark.usefixtures("warm_sandbox")
@pytest.mark.parametrize(
    ("work", "where"),
    [
        ("def keep(word): return ['x', {'word': word}]", "what keep gave"),
        ("def keep(word): print(word)", "what keep printed"),
        (f"def keep(word): pass\nprint({HIDDEN!r})", "standard output"),
        (f"def keep(word): pass\nraise ValueError({HIDDEN!r})", "standard error"),
    ],
)
def test_a_leak_refuses_the_run_and_tells_staff_where(amara: Enrolment, leader: Any, work: str, where: str) -> None:
    assignment = made(amara, GIVES_AWAY)
    file = factories.stored("work.py", work)
    run = factories.queued_run(factories.submission(amara, assignment=assignment, files=[file]))
    claimed = ledger.claim(str(run.pk), worker="w")
    assert claimed
    done = execute(assignment, [file], hidden=True)
    assert results.keep(claimed, done)
    run.refresh_from_db()
    assert (run.verdict, run.auto_mark) == ("refused", 0)
    assert run.message.startswith("What your code gave back holds data that only the checks have")
    assert {result.message for result in run.results.all()} == {"Not run: the run was refused."}
    entry = Entry.objects.get(event="canary_found")
    assert entry.details["where"] in {where, "an error message"}
    assert entry.on_id == str(run.pk)
    notice = Notice.objects.get(to=leader)
    assert notice.subject == "Hidden data came out of a run of “A risk”"
    assert (where in notice.text or "an error message" in notice.text) and notice.url.endswith("/record/")
    shown = done.notebook.decode().replace(repr(HIDDEN)[1:-1].replace("\\", "\\\\"), "")
    assert ROWS[0] not in shown, "the source may be shown, what it printed not"
    assert done.outcome.stdout == done.outcome.stderr == ""


@pytest.mark.sandbox
@pytest.mark.django_db
@pytest.mark.usefixtures("warm_sandbox")
def test_a_check_that_tells_hidden_rows_is_our_fault(amara: Enrolment) -> None:
    with pytest.raises(PlatformFault, match="What the check unseen says holds hidden data"):
        execute(made(amara, SAYS), [factories.stored("work.py", "x = 1")], hidden=True)
    assert not Run.objects.exists()


@pytest.mark.sandbox
@pytest.mark.django_db
@pytest.mark.usefixtures("warm_sandbox")
def test_a_run_of_the_visible_checks_has_no_hidden_file(amara: Enrolment) -> None:
    found: Any = execute(made(amara, SAYS), [factories.stored("work.py", "x = 1")], hidden=False)
    assert [result.name for result in found.results] == ["seen"]
