"""Work that prints, raises, gives and writes what no page or database expects: a result, never our fault."""

from __future__ import annotations

from typing import Any

import factories
import pytest
from django.urls import reverse

from courses.models import Assignment, Enrolment
from grading import ledger, results
from grading.execution import execute
from grading.models import Run

pytestmark = [pytest.mark.django_db, pytest.mark.sandbox]

CHECKS = """
from checking import *

@check("Seen", points=30, visible=True)
def seen(student, data):
    value = student.call("strange", [1.0, 2.0])
    expect(value == "never", f"It gave {value}.")

@check("Unseen", points=70, visible=False)
def unseen(student, data):
    numbers(student.call("strange", [1.0, 2.0]), 2, "strange")
"""
STRANGE = {
    "half a character": "chr(0xD800)",
    "a null": "'a' + chr(0)",
    "right to left": "chr(0x202E) + 'evil'",
    "markup": "'<script>alert(1)</script>'",
    "not a number": "float('nan')",
    "a huge number": "10 ** 4000",
    "a long text": "'x' * 3_000_000",
    "a deep list": "__import__('functools').reduce(lambda deep, _: [deep], range(3000), 1)",
}


@pytest.mark.parametrize("value", STRANGE.values(), ids=STRANGE)
def test_strange_values_are_judged_and_shown(value: str, amara: Enrolment, signed_in: Any) -> None:
    module = amara.cohort.revision.modules.get(number=4)
    made: Assignment = factories.script_assignment(module, CHECKS)
    work = f"def strange(values):\n    print({value})\n    return {value}\n"
    submission = factories.submission(amara, assignment=made, files=[factories.stored("work.py", work)])
    run = ledger.claim(str(factories.queued_run(submission).pk), worker="test")
    assert run is not None
    assert results.keep(run, execute(made, submission.files, hidden=True))
    kept = Run.objects.get()
    assert (kept.state, kept.verdict, kept.auto_mark) == ("finished", "completed", 0)
    response = signed_in(amara.user).get(reverse("work", args=[submission.pk]))
    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()
    assert len(response.content) < 200_000


ODD = {
    "half a character in an error": ["raise ValueError(chr(0xD800))"],
    "half a character printed": ["print(chr(0xD800))"],
    "half a character shown": ["chr(0xD800)"],
    "a name of an error": ["raise type('x' * 90_000 + chr(0x202E) + '<script>', (Exception,), {})('odd')"],
    "an error that cannot be said": [
        "class Odd(Exception):\n    def __str__(self): raise self\nraise Odd()",
    ],
    "half a character in the name of an error": ["raise type(chr(0xD800), (Exception,), {})('odd')"],
    "a broken display": ["class Odd:\n    def _repr_html_(self): return chr(0xD800) + chr(0)\nOdd()"],
    "a line far away": ["exec(compile('\\n' * 10**6 + 'raise ValueError(1)', '<cell>', 'exec'))"],
}


@pytest.mark.parametrize("cells", ODD.values(), ids=ODD)
def test_strange_cells_are_judged_and_shown(cells: list[str], amara: Enrolment, signed_in: Any) -> None:
    submission = factories.submission(amara, content=factories.notebook(*cells))
    run = ledger.claim(str(factories.queued_run(submission).pk), worker="test")
    assert run is not None
    assert results.keep(run, execute(submission.assignment, submission.files, hidden=True))
    kept = Run.objects.get()
    assert kept.state == "finished"
    browser = signed_in(amara.user)
    response = browser.get(reverse("work", args=[submission.pk]))
    assert response.status_code == 200
    assert b"<script>alert" not in response.content
    assert len(response.content) < 200_000
    assert browser.get(reverse("run_notebook", args=[kept.pk])).status_code == 200
