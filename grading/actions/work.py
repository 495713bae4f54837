"""What a student does with work: keep a draft, run the visible checks, submit."""

from __future__ import annotations

import secrets
import uuid
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from audit.log import Event, record
from blobs import store
from courses.dates import EffectiveDates, effective_dates
from courses.evidence import lacking_for
from courses.models import Assignment, Enrolment
from courses.refusal import Refused
from grading import cells, drafts, ledger, proposals
from grading.models import Draft, DraftVersion, Mark, Run, Submission
from grading.models.submission import StoredFile

TRIALS_PER_HOUR = 30
CELL_RUNS_PER_HOUR = 120


@transaction.atomic
def save_draft(*, enrolment: Enrolment, assignment: Assignment, files: list[StoredFile], by: User) -> Draft:
    """Keep the upload as the present draft."""
    still_taught(Enrolment.objects.select_for_update().get(pk=enrolment.pk), assignment)
    may_work(enrolment, assignment)
    return drafts.keep(enrolment, assignment, files, DraftVersion.Way.UPLOAD)


@transaction.atomic
def type_draft(
    *,
    enrolment: Enrolment,
    assignment: Assignment,
    name: str,
    content: bytes,
    base: str,
    window: uuid.UUID,
    by: User,
) -> drafts.Typed:
    """Keep what was typed into one file of the draft, if this window knows the draft as it is; else keep it aside."""
    may_work(enrolment, assignment)
    return drafts.keep_typing(enrolment, assignment, name=name, content=content, base=base, window=window)


@transaction.atomic
def start_again(*, enrolment: Enrolment, assignment: Assignment, by: User) -> Draft:
    """Make the starter the draft. What there was stays a version."""
    may_work(enrolment, assignment)
    return drafts.keep(enrolment, assignment, drafts.starter(assignment), DraftVersion.Way.STARTER)


@transaction.atomic
def go_back(*, version: DraftVersion, by: User) -> Draft:
    """Make an earlier version the draft. What there was stays a version."""
    enrolment, assignment = version.draft.enrolment, version.draft.assignment
    may_work(enrolment, assignment)
    return drafts.keep(enrolment, assignment, version.files, DraftVersion.Way.RESTORED)


@transaction.atomic
def run_draft(*, draft: Draft, until: str, by: User) -> Run:
    """Queue a run of the draft without checks, of a notebook up to this cell, from a clean start. "" runs it whole."""
    Enrolment.objects.select_for_update().get(pk=draft.enrolment_id)
    may_work(draft.enrolment, draft.assignment)
    must_have_evidence(draft.enrolment, draft.assignment)
    earlier = Run.objects.filter(kind=Run.Kind.CELLS, enrolment=draft.enrolment, assignment=draft.assignment)
    if earlier.filter(state__in=[Run.State.QUEUED, Run.State.RUNNING]).exists():
        raise Refused("Your last run has not ended yet. Wait for it, or stop it, then run again.")
    if used_lately(Run.Kind.CELLS, draft.enrolment, draft.assignment) >= CELL_RUNS_PER_HOUR:
        raise Refused(f"You have run your code {CELL_RUNS_PER_HOUR} times in an hour. Take a break; try again later.")
    return ledger.enqueue(
        Run(
            kind=Run.Kind.CELLS,
            enrolment=draft.enrolment,
            assignment=draft.assignment,
            files=cut_after(until, draft),
            digest=draft.digest,
            seed=secrets.randbelow(2**31),
        )
    )


def cut_after(until: str, draft: Draft) -> list[StoredFile]:
    """The files of a draft, its notebook only up to a cell."""
    files: list[StoredFile] = draft.files
    name = draft.assignment.entry
    if not until or not cells.is_notebook(name):
        return files
    entry = next(file for file in files if file["name"] == name)
    try:
        content = cells.up_to(store.read(entry["sha256"]), until)
    except KeyError:
        raise Refused("The cell that you ran is not in the draft any more. Load the page again.") from None
    cut = StoredFile(name=name, sha256=store.put(content), size=len(content))
    return [cut if file["name"] == name else file for file in files]


@transaction.atomic
def check_draft(*, draft: Draft, by: User) -> Run:
    """Queue a run of the visible checks. The same draft that waits already is not queued twice."""
    still_taught(Enrolment.objects.select_for_update().get(pk=draft.enrolment_id), draft.assignment)
    may_work(draft.enrolment, draft.assignment)
    must_have_evidence(draft.enrolment, draft.assignment)
    trials = Run.objects.filter(kind=Run.Kind.TRIAL, enrolment=draft.enrolment, assignment=draft.assignment)
    waiting = trials.filter(state__in=[Run.State.QUEUED, Run.State.RUNNING]).first()
    if waiting is not None:
        if waiting.digest == draft.digest:
            return waiting
        raise Refused("Your last run of the checks has not ended yet. Wait for it, then run them again.")
    if trials_used(draft.enrolment, draft.assignment) >= TRIALS_PER_HOUR:
        raise Refused(f"You have run the checks {TRIALS_PER_HOUR} times in an hour. Take a break; try again later.")
    return ledger.enqueue(
        Run(
            kind=Run.Kind.TRIAL,
            enrolment=draft.enrolment,
            assignment=draft.assignment,
            files=draft.files,
            digest=draft.digest,
            seed=secrets.randbelow(2**31),
        )
    )


def trials_used(enrolment: Enrolment, assignment: Assignment) -> int:
    """Runs of the visible checks in the last hour that count."""
    return used_lately(Run.Kind.TRIAL, enrolment, assignment)


def used_lately(kind: Run.Kind, enrolment: Enrolment, assignment: Assignment) -> int:
    """Runs of this kind in the last hour that count."""
    recent = Run.objects.filter(queued_at__gt=timezone.now() - timedelta(hours=1), kind=kind)
    own = recent.filter(enrolment=enrolment, assignment=assignment)
    return own.count() - own.costing_nothing().count()


@transaction.atomic
def cancel_run(*, run: Run, by: User) -> bool:
    """Cancel a run that waits or is being run. What waited has cost nothing. False if it is over already."""
    return ledger.cancel(run, by=by)


@transaction.atomic
def submit(*, draft: Draft, form_token: uuid.UUID, by: User) -> Submission:
    """Hand in the draft: files, submission, receipt and queued run in one transaction.

    The same form sent twice gives the same submission. Raises Refused with a sentence for the student.
    """
    enrolment = Enrolment.objects.select_for_update().get(pk=draft.enrolment_id)
    assignment = draft.assignment
    earlier = Submission.objects.filter(enrolment=enrolment, assignment__slug=assignment.slug)
    again = earlier.filter(form_token=form_token).first()
    if again is not None:
        return again
    if Submission.objects.filter(form_token=form_token).exists():
        raise Refused("This form belongs to something else. Load the page again; nothing was submitted.")
    still_taught(enrolment, assignment)
    arrived_at = timezone.now()
    dates = may_submit(enrolment, assignment)
    submission = Submission.objects.create(
        enrolment=enrolment,
        assignment=assignment,
        attempt=earlier.count() + 1,
        arrived_at=arrived_at,
        due_at=dates.due_at,
        files=draft.files,
        digest=draft.digest,
        form_token=form_token,
    )
    ledger.enqueue(
        Run(
            kind=Run.Kind.GRADE,
            enrolment=enrolment,
            assignment=assignment,
            submission=submission,
            files=submission.files,
            digest=submission.digest,
            seed=secrets.randbelow(2**31),
        )
    )
    record(Event.SUBMITTED, by=by, on=submission, digest=submission.digest)
    return submission


def may_work(enrolment: Enrolment, assignment: Assignment) -> EffectiveDates:
    """The effective dates, if the student may work on the assignment now; else Refused."""
    if enrolment.state != Enrolment.State.ENROLLED:
        raise Refused(f"Your enrolment is “{enrolment.get_state_display().lower()}”: work cannot be handed in.")
    dates = effective_dates(enrolment, assignment)
    now = timezone.now()
    if now < dates.opens_at:
        raise Refused(f"This assignment opens on {timezone.localtime(dates.opens_at):%-d %B %Y}.")
    if now > dates.closes_at:
        raise Refused(
            f"This assignment closed on {timezone.localtime(dates.closes_at):%-d %B %Y at %H:%M %Z}. Write to the"
            " programme office if you think that you should still be able to hand it in."
        )
    marks = Mark.objects.filter(enrolment=enrolment, module_number=assignment.module.number).current().released()
    parts = [Mark.Component.AUTO, Mark.Component.RUBRIC] if not assignment.is_quiz else [Mark.Component.QUIZ]
    if marks.filter(component__in=[*parts, Mark.Component.MODULE, Mark.Component.RESIT]).exists():
        raise Refused("The marks of this module are released: nothing more can be handed in.")
    return dates


def still_taught(enrolment: Enrolment, assignment: Assignment) -> None:
    """Refused when the cohort has moved to another revision since the page was made. Give a locked enrolment."""
    if assignment.module.revision_id != enrolment.cohort.revision_id:
        raise Refused("The programme of your cohort has changed since you opened this page. Load it again and look.")


def must_have_evidence(enrolment: Enrolment, assignment: Assignment) -> None:
    """Refused when the data of the assignment ask for an agreement or training that the student has not."""
    if sentence := lacking_for(enrolment.user, assignment):
        raise Refused(sentence)


def may_submit(enrolment: Enrolment, assignment: Assignment) -> EffectiveDates:
    """The effective dates, if the student may hand in an attempt now; else Refused."""
    dates = may_work(enrolment, assignment)
    must_have_evidence(enrolment, assignment)
    if sentence := proposals.obstacle(enrolment, assignment):
        raise Refused(sentence)
    if attempts_used(enrolment, assignment) >= assignment.attempts:
        raise Refused(f"All {assignment.attempts} attempts are used.")
    earlier = Submission.objects.filter(enrolment=enrolment, assignment__slug=assignment.slug)
    waiting = earlier.filter(runs__state__in=[Run.State.QUEUED, Run.State.RUNNING]).first()
    if waiting is not None:
        raise Refused(f"Attempt {waiting.attempt} is still being run. Submit again when it has ended.")
    return dates


def attempts_used(enrolment: Enrolment, assignment: Assignment) -> int:
    """Attempts that count. One that ended by our fault does not, even if a regrade judges it after all; nor does one
    that was cancelled while it waited."""
    submissions = Submission.objects.filter(enrolment=enrolment, assignment__slug=assignment.slug)
    own = Run.objects.filter(submission__in=submissions)
    return submissions.exclude(pk__in=own.costing_nothing().values("submission")).count()
