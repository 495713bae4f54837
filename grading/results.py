"""Writing down what a run gave: check results and the auto mark, only while the lease is held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from audit.log import Event, record
from blobs import store
from courses.models import Assignment, Enrolment
from courses.regulations import regulations
from grading import alarms, ledger, outputs
from grading.checklist import findings
from grading.execution import Execution
from grading.lateness import after_late_penalty
from grading.models import Assessment, CheckResult, Mark, Release, Run, RunOutput, Submission
from grading.text import storable


def keep(run: Run, done: Execution) -> bool:
    """Store the result in one transaction. False, and nothing written, if another worker has taken the run over."""
    notebook = store.put(done.notebook) if done.notebook else ""
    page = store.put(done.page) if done.page else ""
    with transaction.atomic():
        is_held = ledger.held(run).update(
            state=Run.State.FINISHED,
            lease=None,
            lease_until=None,
            finished_at=timezone.now(),
            notebook=notebook,
            page=page,
            **written(done),
            checklist=findings(run.assignment, run.files, done.results),
        )
        if not is_held:
            return False
        if done.leak:
            record(Event.CANARY_FOUND, by=None, on=run, where=storable(done.leak))
            alarms.leaked(run, storable(done.leak))
        CheckResult.objects.bulk_create(CheckResult(run=run, **storable(result.to_keep())) for result in done.results)
        RunOutput.objects.filter(run=run).delete()
        if run.submission is not None:
            settle_auto_mark(run.submission)
    return True


def show(run: Run, cell: int, shown: Sequence[Mapping[str, Any]]) -> None:
    """Let the editor see what a running cell has shown so far."""
    RunOutput.objects.update_or_create(run=run, cell=cell, defaults={"outputs": storable(outputs.shortened(shown))})


def written(done: Execution) -> dict[str, Any]:
    """The fields of a run that say how it went and what it came from."""
    outcome = done.outcome
    return {
        "verdict": outcome.verdict.value,
        "message": storable(outcome.message),
        "error": storable(asdict(outcome.error)) if outcome.error else None,
        "usage": asdict(outcome.usage),
        "auto_mark": done.auto_mark,
        **asdict(done.provenance),
    }


def counting_run(enrolment: Enrolment, assignment: Assignment) -> Run | None:
    """The finished run whose submission counts: the best after any late penalty, or the last."""
    newest: dict[object, Run] = {}
    finished = Run.objects.filter(
        kind=Run.Kind.GRADE, state=Run.State.FINISHED, enrolment=enrolment, assignment__slug=assignment.slug
    )
    for run in finished.select_related("submission", "enrolment__cohort").order_by(
        "submission__attempt", "finished_at"
    ):
        newest[run.submission_id] = run
    found = counting([(run.submission, run.auto_mark) for run in newest.values() if run.submission], assignment)
    return None if found is None else newest[found.pk]


def counting(attempts: list[tuple[Submission, Decimal | None]], assignment: Assignment) -> Submission | None:
    """Which of these attempts counts, given in order with their auto marks."""
    if not attempts:
        return None
    if assignment.counts == Assignment.Counts.LAST:
        return attempts[-1][0]
    marks = [after_penalty(mark, submission) for submission, mark in attempts]
    # Of equal marks the later attempt counts: it is the one the student last stood by.
    return attempts[max(range(len(marks)), key=lambda n: (marks[n], n))][0]


def after_penalty(raw: Decimal | None, submission: Submission | None) -> Decimal:
    """A component mark after the late penalty of its submission."""
    assert submission is not None
    rule = regulations(submission.enrolment.cohort.regulations_version).lateness
    return after_late_penalty(
        raw or Decimal(0), arrived_at=submission.arrived_at, due_at=submission.due_at, rule=rule
    ).mark


def settle_auto_mark(submission: Submission) -> Mark | None:
    """Make the auto mark that of the counting submission. A released mark stays as it is."""
    run = counting_run(submission.enrolment, submission.assignment)
    if run is None or run.submission is None or run.auto_mark is None:
        return None
    return supersede(
        enrolment=submission.enrolment,
        module_number=submission.assignment.module.number,
        component=Mark.Component.of(submission.assignment),
        origin=Mark.Origin.AUTO,
        raw=run.auto_mark,
        submission=run.submission,
        run=run,
        by=None,
    )


def supersede(
    *,
    enrolment: Enrolment,
    module_number: int,
    component: Mark.Component,
    origin: Mark.Origin,
    raw: Decimal,
    submission: Submission,
    by: User | None,
    run: Run | None = None,
    assessment: Assessment | None = None,
    reason: str = "",
    release: Release | None = None,
) -> Mark | None:
    """Write a mark on top of the lineage. None if nothing would change.

    A released mark stays as it is unless there is a `release` with which the new one is told at once.
    """
    present = (
        Mark.objects.select_for_update(of=("self",))
        .filter(enrolment=enrolment, module_number=module_number, component=component)
        .current()
        .first()
    )
    if present is not None and (
        (present.release_id is not None and release is None)
        or (present.raw == raw and present.submission_id == submission.pk and present.assessment == assessment)
    ):
        return None
    mark = Mark.objects.create(
        enrolment=enrolment,
        module_number=module_number,
        component=component,
        origin=origin,
        raw=raw,
        value=after_penalty(raw, submission),
        submission=submission,
        run=run,
        assessment=assessment,
        reason=reason,
        release=release if present is not None and present.release_id is not None else None,
        supersedes=present,
        created_by=by,
    )
    record(Event.MARKED, by=by, on=mark, component=component.value, raw=str(raw), value=str(mark.value))
    return mark
