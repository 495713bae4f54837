"""What module leaders and the office do when an assignment was wrong: judge all work again, look, apply or discard."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.log import Event, record
from courses.marks import plain
from courses.models import Assignment, Cohort, Enrolment
from courses.refusal import Refused
from grading import ledger, queue, results
from grading.models import Mark, Regrade, RegradeItem, Release, Run, Submission
from grading.regrading import Preview, Row, preview
from notices.actions import tell


@transaction.atomic
def ask_for_regrade(*, cohort: Cohort, assignment: Assignment, reason: str, may_only_rise: bool, by: User) -> Regrade:
    """Queue a run of every judged submission against `assignment`, at low priority. Changes no mark.

    Raises Refused with a sentence for whoever asked.
    """
    Cohort.objects.select_for_update().get(pk=cohort.pk)
    reason = " ".join(reason.split())
    if not reason:
        raise Refused("Write what changed and why: the students will read it.")
    if Regrade.objects.filter(cohort=cohort, assignment__slug=assignment.slug, state=Regrade.State.OPEN).exists():
        raise Refused("A regrade of this assignment is open already. Apply or discard it first.")
    work = Submission.objects.filter(enrolment__cohort=cohort, assignment__slug=assignment.slug)
    newest: dict[Submission, Run] = {}
    ended = Run.objects.filter(
        kind=Run.Kind.GRADE, submission__in=work, state__in=[Run.State.FINISHED, Run.State.FAILED]
    )
    for run in ended.select_related("submission").order_by("submission__arrived_at", "finished_at"):
        assert run.submission is not None
        newest[run.submission] = run
    if not newest:
        raise Refused("Nothing has been judged yet, so there is nothing to judge again.")
    regrade = Regrade.objects.create(
        cohort=cohort, assignment=assignment, reason=reason, may_only_rise=may_only_rise, asked_by=by
    )
    first = queue.first_turn(Run.Kind.REGRADE)
    runs = [new_run(regrade, submission, run.seed, first + n) for n, (submission, run) in enumerate(newest.items())]
    Run.objects.bulk_create(runs)
    RegradeItem.objects.bulk_create(
        RegradeItem(
            regrade=regrade,
            submission=submission,
            before=before if before.state == Run.State.FINISHED else None,
            run=run,
        )
        for (submission, before), run in zip(newest.items(), runs, strict=True)
    )
    record(Event.REGRADE_ASKED, by=by, on=regrade, submissions=len(runs), reason=reason, may_only_rise=may_only_rise)
    transaction.on_commit(ledger.hint_at_regrades, robust=True)
    return regrade


def new_run(regrade: Regrade, submission: Submission, seed: int, turn: int) -> Run:
    """Two regrades take turns, as students do."""
    return Run(
        kind=Run.Kind.REGRADE,
        enrolment_id=submission.enrolment_id,
        assignment=regrade.assignment,
        files=submission.files,
        digest=submission.digest,
        seed=seed,
        turn=turn,
    )


@transaction.atomic
def repeat_failed(*, regrade: Regrade, by: User) -> int:
    """Queue those runs again that ended by our fault. How many there were."""
    regrade = open_regrade(regrade)
    items = regrade.items.filter(run__state__in=[Run.State.FAILED, Run.State.CANCELLED])
    failed = list(items.select_related("submission", "run"))
    first = queue.first_turn(Run.Kind.REGRADE)
    for n, item in enumerate(failed):
        item.run = new_run(regrade, item.submission, item.run.seed, first + n)
        item.run.save()
        item.save(update_fields=["run"])
    transaction.on_commit(ledger.hint_at_regrades, robust=True)
    return len(failed)


@transaction.atomic
def apply_regrade(*, regrade: Regrade, seen: str, by: User) -> Preview:
    """Make the new runs count and write the marks that follow, all at once; tell the students what they may know.

    `seen` is the fingerprint of the preview that was looked at. Raises Refused if anything has changed since.
    """
    regrade = open_regrade(regrade)
    students = Enrolment.objects.filter(submissions__regrade_items__regrade=regrade).order_by("pk")
    # Nobody hands in, is marked or released meanwhile. The lock cannot be taken on a DISTINCT query.
    list(Enrolment.objects.select_for_update().filter(pk__in=students.values("pk")).order_by("pk"))
    found = preview(regrade)
    if found.waiting:
        raise Refused("Some runs have not ended yet. Nothing was changed.")
    if found.failed:
        raise Refused("Some runs ended by our fault. Repeat them first; nothing was changed.")
    if found.seen != seen:
        raise Refused("Marks or submissions have changed since you looked. Look again; nothing was changed.")
    changed = [row for row in found.rows if not row.kept]
    release = None
    if any(row.is_released and row.moves for row in changed):
        release = Release.objects.create(cohort=regrade.cohort, assignment=regrade.assignment, by=by)
    for row in changed:
        for item in row.items:
            Run.objects.filter(pk=item.run_id).update(kind=Run.Kind.GRADE, submission=item.submission)
        if row.moves or row.present is None or row.present.submission_id != row.counts.submission_id:
            results.supersede(
                enrolment=row.enrolment,
                module_number=regrade.assignment.module.number,
                component=Mark.Component.of(regrade.assignment),
                origin=Mark.Origin.AUTO,
                raw=row.raw,
                submission=row.counts.submission,
                run=row.counts.run,
                reason=f"Judged again: {regrade.reason}",
                release=release,
                by=by,
            )
        tell_student(row, regrade)
    regrade.outcome = [row.record() for row in found.rows]
    close(regrade, Regrade.State.APPLIED, by)
    record(
        Event.REGRADE_APPLIED,
        by=by,
        on=regrade,
        risen=found.risen,
        fallen=found.fallen,
        same=found.same,
        kept=found.kept,
    )
    return found


@transaction.atomic
def discard_regrade(*, regrade: Regrade, by: User) -> None:
    """Nothing of it will ever count. What has not begun to run does not."""
    regrade = open_regrade(regrade)
    waiting = Run.objects.filter(regrade_item__regrade=regrade, state=Run.State.QUEUED)
    waiting.update(state=Run.State.CANCELLED, finished_at=timezone.now())
    close(regrade, Regrade.State.DISCARDED, by)
    record(Event.REGRADE_DISCARDED, by=by, on=regrade)


def open_regrade(regrade: Regrade) -> Regrade:
    """The row, locked. Raises Refused when it has ended."""
    locked = Regrade.objects.select_for_update(of=("self",)).select_related("assignment__module", "cohort")
    found = locked.get(pk=regrade.pk)
    if found.state != Regrade.State.OPEN:
        raise Refused(f"This regrade is {found.get_state_display().lower()} already.")
    return found


def close(regrade: Regrade, state: Regrade.State, by: User) -> None:
    regrade.state, regrade.ended_at, regrade.ended_by = state, timezone.now(), by
    regrade.save(update_fields=["state", "outcome", "ended_at", "ended_by"])


def tell_student(row: Row, regrade: Regrade) -> None:
    """One notice about what the student can see of it, before the release or after it."""
    shown = [change for change in row.checks if change.told[row.is_released]]
    if not shown and not (row.is_released and row.moves):
        return
    title = regrade.assignment.title
    lines: list[str] = []
    if row.is_released and row.moves:
        assert row.before is not None
        mark = "quiz mark" if regrade.assignment.is_quiz else "code mark"
        subject = f"Your {mark} for “{title}” has changed: {plain(row.before)} → {plain(row.value)}"
    else:
        subject = f"Your work for “{title}” was judged again"
        lines += ["Your mark has not changed."] if row.is_released else []
    lines += [f"Why: {regrade.reason}", *checks_in_words(str(change) for change in shown)]
    tell(
        to=row.enrolment.user,
        subject=subject,
        text="\n".join(lines),
        url=reverse("work", args=[row.counts.submission.pk]),
    )


def checks_in_words(changes: Iterable[str]) -> list[str]:
    listed = [f"  {change}" for change in changes]
    return ["Points that changed:", *listed] if listed else []
