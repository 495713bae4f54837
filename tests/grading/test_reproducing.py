"""What is on record about a run, that it cannot be changed, and the same run made again."""

from __future__ import annotations

from io import StringIO
from typing import Any
from uuid import uuid4

import factories
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.urls import reverse
from pages import queries_of, words

from audit.models import Entry
from courses.models import AssignmentFile, Enrolment
from grading import ledger, results
from grading.execution import execute
from grading.models import CheckResult, Run
from grading.provenance import provenance

pytestmark = pytest.mark.django_db


@pytest.fixture
def ended(amara: Enrolment) -> Run:
    return factories.finished_run(factories.submission(amara))


# Immutable


@pytest.mark.parametrize(
    "change", [{"auto_mark": 100}, {"verdict": "crashed"}, {"state": "queued"}, {"seed": 3}, {"usage": {"wall_s": 1}}]
)
def test_a_run_that_is_over_never_changes(ended: Run, change: dict[str, Any]) -> None:
    factories.rewrite(Run.objects.all(), auto_mark=40, verdict="completed")
    with pytest.raises(IntegrityError, match="immutable"), transaction.atomic():
        Run.objects.filter(pk=ended.pk).update(**change)


@pytest.mark.parametrize("change", [{"earned": 1}, {"message": "Well done."}, {"reports": [{}]}])
def test_what_a_check_found_never_changes(ended: Run, change: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="immutable"), transaction.atomic():
        CheckResult.objects.filter(run=ended).update(**change)


# Provenance


def test_the_digest_of_an_assignment_follows_what_a_run_depends_on(amara: Enrolment, assignment: Any) -> None:
    def now() -> Any:
        return provenance(assignment, hidden=True, limits={}, backend="b")

    first = now()
    AssignmentFile.objects.filter(part="starter").update(sha256="0" * 64)
    assert now() == first
    AssignmentFile.objects.create(assignment=assignment, part="hidden", name="h.csv", sha256="1" * 64, size=1)
    assert (now().hidden_digest != "") and now().assignment_digest != first.assignment_digest
    assert provenance(assignment, hidden=False, limits={}, backend="b").hidden_digest == ""


def kept(enrolment: Enrolment, *cells: str, seed: int = 5) -> Run:
    """A graded run as a worker leaves it."""
    file = factories.stored("analysis.ipynb", factories.notebook(*cells))
    submission = factories.submission(enrolment, files=[file])
    run = factories.queued_run(submission, seed=seed)
    claimed = ledger.claim(str(run.pk), worker="here:1")
    assert claimed
    assert results.keep(claimed, execute(claimed.assignment, claimed.files, hidden=True, seed=seed))
    return Run.objects.get(pk=run.pk)


def reproduced(run: Run, *options: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("reproduce", str(run.pk), *options, stdout=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


@pytest.mark.sandbox
@pytest.mark.usefixtures("warm_sandbox")
def test_a_run_carries_where_it_comes_from_and_is_made_again(amara: Enrolment) -> None:
    run = kept(amara, *factories.GOOD, "import random; print(random.random(), object())")
    assert all((run.assignment_digest, run.environment, run.backend, run.limits, run.usage, run.worker))
    code, said = reproduced(run, "--all")
    assert (code, said.splitlines()[-1]) == (0, "All 14 fields are the same.")
    assert "same      Auto mark: 100" in said


@pytest.mark.sandbox
@pytest.mark.usefixtures("warm_sandbox")
def test_a_result_that_does_not_come_again_is_told_field_by_field(amara: Enrolment) -> None:
    run = kept(amara, "import os\nprint(os.urandom(8).hex())", *factories.GOOD)
    factories.rewrite(Run.objects.filter(pk=run.pk), auto_mark=30)
    factories.rewrite(run.results.filter(name="adds"), earned=0, message="add(2, 3) was not right.")
    code, said = reproduced(run)
    assert code == 1
    assert "differs   Auto mark\n    before  30\n    now     100" in said
    assert "differs   Check adds\n    before  0 of 70: add(2, 3) was not right.\n    now     70 of 70" in said
    assert "differs   Executed notebook" in said
    assert said.splitlines()[-1] == "3 of 14 fields differ."


def test_only_a_result_can_be_made_again(amara: Enrolment) -> None:
    with pytest.raises(CommandError, match="There is no run"):
        call_command("reproduce", str(uuid4()))
    waiting = factories.queued_run(factories.submission(amara))
    with pytest.raises(CommandError, match="is queued, so it left no result"):
        call_command("reproduce", str(waiting.pk))


# By staff, in the browser


def again(run: Run, browser: Any) -> Run:
    assert browser.post(reverse("run_reproduce", args=[run.pk])).status_code == 302
    return Run.objects.get(reproduces=run)


def test_staff_make_a_run_again_as_a_run_of_its_own(ended: Run, tutor: Any, signed_in: Any, gave: Any) -> None:
    browser = signed_in(tutor)
    page = reverse("run_record", args=[ended.pk])
    assert "Make this run again" in words(browser.get(page))
    made = again(ended, browser)
    assert (made.kind, made.submission, made.seed, made.state) == ("reproduce", None, ended.seed, "queued")
    assert Entry.objects.filter(event="run_reproduced", by=tutor, on_id=str(made.pk)).exists()
    assert "The run is being made again" in words(browser.get(page))
    again(ended, browser)
    claimed = ledger.claim(str(made.pk), worker="w")
    assert claimed and results.keep(claimed, gave("30"))
    text = words(browser.get(page))
    assert "fields differ" in text
    assert "Differs: Auto mark 100 30" in text
    assert ended.submission is not None and ended.submission.runs.count() == 1


def test_a_reproduction_is_nobodys_work(ended: Run, amara: Enrolment, signed_in: Any, tutor: Any) -> None:
    made = again(ended, signed_in(tutor))
    for browser in (signed_in(amara.user), signed_in(tutor)):
        assert browser.get(reverse("run", args=[made.pk])).status_code == 404
        assert browser.get(reverse("run_record", args=[made.pk])).status_code == 404


def test_the_record_takes_as_many_queries_for_many_checks(ended: Run, tutor: Any, signed_in: Any) -> None:
    browser, path = signed_in(tutor), reverse("run_record", args=[ended.pk])
    browser.get(path)
    few = queries_of(browser, path)
    for number in range(3, 20):
        CheckResult.objects.create(
            run=ended, number=number, name=f"n{number}", title="n", is_visible=True, points=1, earned=1
        )
    assert queries_of(browser, path) == few
