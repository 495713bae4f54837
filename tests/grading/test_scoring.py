"""What authors' checks can ask, and what becomes of it, through the real sandbox."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent
from typing import Any

import factories
import pytest

from courses.models import Assignment
from grading.execution import Execution, PlatformFault, Result, execute

pytestmark = [pytest.mark.django_db, pytest.mark.sandbox]

HEAD = "from checking import *\n\n"
Graded = Callable[..., dict[str, Result]]


def a_check(name: str, body: str, *, points: int, visible: bool, **more: Any) -> str:
    extra = "".join(f", {key}={value!r}" for key, value in more.items())
    text = dedent(body).strip() or "pass"
    inside = "\n".join(f"    {line}" for line in text.splitlines())
    return f'@check("{name}", points={points}, visible={visible}{extra})\ndef {name}(student, data):\n{inside}\n\n\n'


def checks(visible: str = "", hidden: str = "", **more: Any) -> str:
    """One visible check and one hidden one."""
    return (
        HEAD
        + a_check("seen", visible, points=30, visible=True, **more)
        + a_check("unseen", hidden, points=70, visible=False, **more)
    )


@pytest.fixture
def run(spring: Any) -> Callable[..., Execution]:
    """run(work, checks, ...) executes a script."""

    def run(work: str, source: str, *, seed: int = 7, **fields: Any) -> Execution:
        module = spring.revision.modules.get(number=4)
        made: Assignment = factories.script_assignment(module, source, **fields)
        return execute(made, [factories.stored("work.py", dedent(work))], hidden=True, seed=seed)

    return run


@pytest.fixture
def graded(run: Any) -> Graded:
    return lambda *args, **fields: {result.name: result for result in run(*args, **fields).results}


def test_a_check_calls_functions_and_reads_variables(graded: Graded) -> None:
    results = graded(
        "total = 5\ndef add(a, b): return a + b",
        checks(
            'expect(student.call("add", 2, 3) == student.value("total"), "no")',
            'expect(student.value("missing"), "no")',
        ),
    )
    assert results["seen"].earned == 30
    assert results["unseen"].earned == 0
    assert "missing" not in results["unseen"].details.get("where", "")


def test_a_missing_variable_is_said_plainly(graded: Graded) -> None:
    results = graded("x = 1", checks('student.value("total")'))
    assert results["seen"].message == "There is no variable named total."


def test_a_check_reads_what_came_back(graded: Graded) -> None:
    results = graded(
        'print("hello")\nopen("out.csv", "w").write("a,b\\n1,2\\n")',
        checks(
            """
            expect(student.printed == "hello\\n", "printed")
            expect(student.artefacts == ("out.csv",), "names")
            expect(student.artefact("out.csv") == b"a,b\\n1,2\\n", "bytes")
            expect(student.artefact_table("out.csv")["b"].sum() == 2, "table")
            expect("open(" in student.source, "source")
            expect(student.notebook[0].printed == "hello\\n", "cells")
            """,
            'student.artefact("plots/roc.png")',
        ),
        artefacts=["*.csv", "plots/*.png"],
    )
    assert results["seen"].message == ""
    assert results["unseen"].message == "Your code did not write the file plots/roc.png. It wrote out.csv."


def test_what_was_expected_what_came_and_where(graded: Graded) -> None:
    results = graded(
        "x = 1\n\ndef risks(n):\n    return [[0.1, 0.2]] * n",
        checks('numbers(student.call("risks", 3), 3, "risks", between=(0, 1))'),
    )
    assert results["seen"].details == {
        "expected": "3 numbers from 0 to 1",
        "got": "a list of 3 items: [0.1, 0.2], [0.1, 0.2], [0.1, 0.2]",
        "where": "work.py, line 3",
    }


def test_differences_are_a_table_in_visible_checks_and_untold_in_hidden_ones(graded: Graded) -> None:
    ask = 'expect_close(student.call("double", [1, 2, 3]), [2.0, 4.0, 6.0], "double([1, 2, 3])")'
    results = graded("def double(values): return [2, 4.5, 6]", checks(ask, ask))
    seen, unseen = results["seen"], results["unseen"]
    assert seen.message == "1 of 3 numbers of double([1, 2, 3]) are not as expected."
    assert unseen.message == "Some numbers of double([1, 2, 3]) are not as expected."
    assert seen.details["differences"] == {
        "head": ["Place", "Yours", "Expected", "Difference"],
        "rows": [["1", "4.5", "4", "0.5"]],
        "of": 1,
    }
    assert "differences" not in unseen.details


def test_a_crash_says_more_in_a_visible_check_than_in_a_hidden_one(graded: Graded) -> None:
    results = graded(
        """
        class Row7IsDead(Exception): pass
        def predict(rows):
            raise type("Patient" + str(rows[0]), (Exception,), {})("dead at 71")
        def other(rows):
            return {}["71"]
        """,
        HEAD
        + a_check("seen", 'student.call("other", [1])', points=30, visible=True)
        + a_check("unseen", 'student.call("predict", [1])', points=30, visible=False)
        + a_check("unseen_too", 'student.call("other", [1])', points=40, visible=False),
    )
    assert results["seen"].message == "other() stopped with KeyError: '71'"
    assert results["seen"].details["where"] == "work.py, line 6"
    assert results["unseen"].message == "predict() stopped with an exception."
    assert results["unseen_too"].message == "other() stopped with KeyError."


def test_the_name_of_a_type_that_code_makes_up_is_not_told_in_a_hidden_check(graded: Graded) -> None:
    ask = 'expect(False, "no", got=student.call("model", 1))'
    results = graded("def model(x): return type('Patient' + str(x), (), {})()", checks(ask, ask))
    assert results["seen"].details["got"] == "an object of type Patient1"
    assert results["unseen"].details["got"] == "an object of type object"


def test_a_failing_check_never_stops_the_others(graded: Graded) -> None:
    results = graded("x = 1", checks('expect(False, "no")', ""))
    assert [results["seen"].earned, results["unseen"].earned] == [0, 70]


@pytest.mark.parametrize(
    ("death", "reason"),
    [
        ("import os; os._exit(0)", "ended Python itself"),
        ("import ctypes; ctypes.string_at(0)", "crashed Python itself"),
    ],
)
def test_code_that_dies_in_a_call_fails_that_check_and_is_run_afresh_for_the_others(
    graded: Graded, death: str, reason: str
) -> None:
    results = graded(
        f"def die():\n    {death}\ndef add(a, b): return a + b",
        HEAD
        + a_check("seen", 'student.call("die")', points=30, visible=True)
        + a_check("unseen", 'expect(student.call("add", 2, 3) == 5, "no")', points=70, visible=False),
    )
    assert reason in results["seen"].message
    assert results["unseen"].earned == 70


def test_code_that_dies_again_and_again_is_not_run_for_ever(graded: Graded) -> None:
    names = [f"check_{letter}" for letter in "abcde"]
    results = graded(
        "import os\ndef die(): os._exit(1)",
        HEAD
        + a_check("seen", 'student.call("die")', points=30, visible=True)
        + "".join(a_check(name, 'student.call("die")', points=14, visible=False) for name in names),
    )
    assert [results[name].message for name in names[2:]] == [
        "Not run: calls of your functions have ended Python itself 3 times."
    ] * 3


def test_calls_that_are_too_slow_for_a_check_fail_it(graded: Graded) -> None:
    results = graded(
        "import time\ndef slow():\n    time.sleep(0.7)\n    return 1\ndef add(a, b): return a + b",
        HEAD
        + a_check("seen", 'student.call("slow")\nstudent.call("slow")', points=30, visible=True, time_limit=1)
        + a_check("unseen", 'expect(student.call("add", 2, 3) == 5, "no")', points=70, visible=False),
    )
    assert results["seen"].message == (
        "Your code took longer than the 1 s that this check gives it: slow was still running."
    )
    assert results["unseen"].earned == 70


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("while True: pass", "The check seen took longer than its 1 s by itself."),
        ("{}['age']", "The check seen broke: KeyError: 'age' (checks.py, line 5)"),
        ("return 3", "The check seen broke: AuthorError: it returned int; return None or partial(...)"),
        (
            "student.again",
            "The check seen broke: AuthorError: There is no second run: assignment.toml has no [repeat].",
        ),
    ],
)
def test_what_is_wrong_with_a_check_is_our_fault_and_names_the_place(run: Any, body: str, said: str) -> None:
    with pytest.raises(PlatformFault) as fault:
        run("x = 1", checks(body, time_limit=1))
    assert str(fault.value).startswith(said)


def test_reports_are_kept_with_their_check(graded: Graded) -> None:
    report = "class Report:\n    def plain(self): return {'kind': 'x', 'value': float('nan'), 'n': 3}\n\n"
    source = checks("show(Report())\nexpect(False, 'no')", "show(Report())")
    results = graded("x = 1", source.replace(HEAD, HEAD + report))
    assert results["seen"].reports == results["unseen"].reports == [{"kind": "x", "value": None, "n": 3}]


SAME = """
first, second = student.value("answer"), student.again.value("answer")
expect(first == second, "Another seed, another answer.")
"""


@pytest.mark.parametrize(
    ("work", "points"),
    [
        ("import random; answer = random.random()", 0),
        ("import random; random.seed(3); answer = random.random()", 30),
        ("import csv; answer = next(csv.reader(open('data/seen.csv')))[0]", 0),
        ("import csv; answer = next(csv.DictReader(open('data/seen.csv')))['age']", 30),
    ],
)
def test_a_second_run_has_another_seed_and_shuffled_columns(graded: Graded, work: str, points: int) -> None:
    results = graded(
        work,
        checks(SAME),
        repeat={"shuffle_columns": True},
        visible={"seen.csv": "age,sex,ward,outcome\n71,f,3,alive\n"},
    )
    assert results["seen"].earned == points


def test_a_second_run_that_stops_says_so(graded: Graded) -> None:
    results = graded(
        "import csv\nanswer = {'age': 1}[next(csv.reader(open('data/seen.csv')))[0]]",
        checks(SAME),
        repeat={"shuffle_columns": True},
        visible={"seen.csv": "age,sex,ward,outcome\n71,f,3,alive\n"},
    )
    assert results["seen"].message.startswith("Run once more with another seed: your code did not run to the end.")


def test_checks_read_the_files_that_were_handed_in(spring: Any) -> None:
    body = """
        expect_equal(student.files, ("DPIA.md", "docs/note.md", "work.py"), "files")
        expect("lawful" in student.file("DPIA.md"), "text")
    """
    module = spring.revision.modules.get(number=4)
    made = factories.script_assignment(module, checks(body, 'student.file("README.md")'))
    handed_in = [
        factories.stored("work.py", "x = 1"),
        factories.stored("DPIA.md", "lawful basis"),
        factories.stored("docs/note.md", "x"),
    ]

    seen, unseen = execute(made, handed_in, hidden=True).results

    assert seen.earned == seen.points
    assert (unseen.earned, unseen.message) == (0, "There is no README.md among the files that you handed in.")
