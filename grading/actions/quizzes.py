"""What is done with a quiz that is an assignment: sit it, answer, hand in; accept an answer that it did not know."""

from __future__ import annotations

import logging
import secrets
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.roles import Permission
from audit.log import Event, record
from courses.dates import effective_dates, sitting_ends_at
from courses.models import Assignment, Cohort, Enrolment, SavedAnswer, Sitting
from courses.quizzes import LONGEST, Kind, plain
from courses.refusal import Refused
from courses.sittings import drawn_sitting
from grading import ledger, quizzes, results
from grading.actions.regrade import apply_regrade, ask_for_regrade
from grading.actions.work import may_work
from grading.models import AcceptedAnswer, Mark, Regrade, Run, Submission
from grading.models.submission import digest_of
from grading.regrading import preview
from grading.text import storable

log = logging.getLogger(__name__)
MOST_VALUES = 20  # of one question's field
OVER = "This sitting is over. What was saved in time counts."


def sittings_of(enrolment: Enrolment, assignment: Assignment) -> list[Sitting]:
    """All of them, of whichever revision, oldest first."""
    found = Sitting.objects.filter(enrolment=enrolment, quiz__assignment__slug=assignment.slug)
    return list(
        found.select_related("quiz__assignment__module", "enrolment__cohort", "user").order_by("began_at", "pk")
    )


def open_sitting(enrolment: Enrolment, assignment: Assignment) -> Sitting | None:
    return next((one for one in sittings_of(enrolment, assignment) if one.ended_at is None), None)


def may_begin(enrolment: Enrolment, assignment: Assignment) -> None:
    """Raises Refused with a sentence for the student."""
    may_work(enrolment, assignment)
    if len(sittings_of(enrolment, assignment)) >= assignment.attempts:
        sittings = "The one sitting is" if assignment.attempts == 1 else f"All {assignment.attempts} sittings are"
        raise Refused(f"{sittings} used.")


@transaction.atomic
def begin(*, enrolment: Enrolment, assignment: Assignment, by: User) -> Sitting:
    """Draw the questions of a sitting. While one is under way, that one."""
    enrolment = Enrolment.objects.select_for_update(of=("self",)).select_related("cohort", "user").get(pk=enrolment.pk)
    before = sittings_of(enrolment, assignment)
    if before and before[-1].ended_at is None:
        return before[-1]
    may_begin(enrolment, assignment)
    # The first sitting's seed goes on: later sittings take the questions that have not been met.
    seed = before[0].seed if before else secrets.token_hex(16)
    sitting = drawn_sitting(assignment.quiz, enrolment.user, len(before) + 1, seed=seed)
    sitting.enrolment = enrolment
    sitting.ends_at = sitting_ends_at(sitting, assignment)
    sitting.save()
    return sitting


@transaction.atomic
def save_answers(*, sitting: Sitting, given: Mapping[str, Sequence[str]], by: User) -> int:
    """Keep these answers as they came, in place of what was kept of the same questions; an empty one takes it back.

    How many there were. Raises Refused when the sitting is over by the server's clock.
    """
    sitting = locked(sitting)
    now = timezone.now()
    if sitting.ended_at is not None or now > ends_at(sitting):
        raise Refused(OVER)
    assert sitting.enrolment is not None
    if sitting.enrolment.state != Enrolment.State.ENROLLED:
        state = sitting.enrolment.get_state_display().lower()
        raise Refused(f"Your enrolment is “{state}”: nothing more can be answered.")
    asked = {one["id"] for one in sitting.drawn}
    kept = 0
    for question, values in given.items():
        if question not in asked:
            continue
        kept += 1
        clean = [storable(value)[: LONGEST + 1] for value in values[:MOST_VALUES]]
        if any(value.strip() for value in clean):
            SavedAnswer.objects.update_or_create(
                sitting=sitting,
                question=question,
                defaults={"values": clean, "saved_at": now},
                create_defaults={"values": clean, "saved_at": now, "first_at": now},
            )
        else:
            SavedAnswer.objects.filter(sitting=sitting, question=question).delete()
    return kept


@transaction.atomic
def hand_in(*, sitting: Sitting, by: User | None) -> Submission:
    """End a sitting: what is saved is handed in, judged and marked, all at once. Twice gives the same submission.

    One that ran out of time has arrived when its time was over, whenever somebody notices.
    """
    sitting = locked(sitting)
    if sitting.ended_at is not None:
        return sitting.submission
    assert sitting.enrolment is not None and sitting.quiz.assignment is not None
    enrolment, assignment = sitting.enrolment, sitting.quiz.assignment
    sitting.ended_at = min(timezone.now(), ends_at(sitting))
    sitting.save(update_fields=["ended_at"])
    file = quizzes.handed_in(sitting, {saved.question: saved.values for saved in sitting.saved.all()})
    submission = Submission.objects.create(
        enrolment=enrolment,
        assignment=assignment,
        attempt=Submission.objects.filter(enrolment=enrolment, assignment__slug=assignment.slug).count() + 1,
        arrived_at=sitting.ended_at,
        due_at=max(effective_dates(enrolment, assignment).due_at, sitting.ended_at),
        files=[file],
        digest=digest_of([file]),
        form_token=uuid.uuid4(),
        sitting=sitting,
    )
    record(Event.SUBMITTED, by=by, on=submission, digest=submission.digest)
    judge_now(
        Run.objects.create(
            kind=Run.Kind.GRADE,
            enrolment=enrolment,
            assignment=assignment,
            submission=submission,
            files=submission.files,
            digest=submission.digest,
        )
    )
    return submission


def judge_now(run: Run) -> None:
    """Claim and judge the run of a quiz in this transaction: nobody else has seen it, and nothing of it takes long."""
    claimed = ledger.claim(str(run.pk), worker="here")
    assert claimed is not None
    results.keep(claimed, quizzes.execute(claimed))


def locked(sitting: Sitting) -> Sitting:
    rows = Sitting.objects.select_for_update(of=("self",))
    return rows.select_related("quiz__assignment__module", "enrolment__cohort", "user").get(pk=sitting.pk)


def ends_at(sitting: Sitting) -> datetime:
    """As it is now: an extension may have been granted meanwhile."""
    assert sitting.quiz.assignment is not None
    return sitting_ends_at(sitting, sitting.quiz.assignment)


def end_overdue() -> int:
    """Hand in what is saved of every sitting whose time is over. Safe to run often, and by several at once."""
    overdue = Sitting.objects.filter(ended_at=None, ends_at__lt=timezone.now()).order_by("ends_at")
    ended = 0
    for sitting in overdue.select_related("quiz__assignment__module", "enrolment__cohort")[:100]:
        ends = ends_at(sitting)
        try:
            if ends > timezone.now():
                Sitting.objects.filter(pk=sitting.pk).update(ends_at=ends)
            else:
                hand_in(sitting=sitting, by=None)
                ended += 1
        except Exception:  # One that cannot be judged must not keep the others from ending.
            log.exception("Sitting %s could not be ended.", sitting.pk)
    return ended


@transaction.atomic
def accept_answer(
    *, cohort: Cohort, assignment: Assignment, question: str, text: str, reason: str, by: User
) -> Regrade | None:
    """Accept what somebody wrote, for everybody in the cohort: all sittings are judged again, and marks may only rise.

    None where it was accepted before. Raises Refused with a sentence for the tutor.
    """
    Cohort.objects.select_for_update().get(pk=cohort.pk)
    reason = " ".join(reason.split())
    accepted = AcceptedAnswer.objects.filter(cohort=cohort, assignment_slug=assignment.slug, question=question)
    if accepted.filter(plain=plain(text)).exists():
        return None
    rows = quizzes.unmatched(cohort, assignment)
    row = next((row for row in rows if (row.question["id"], plain(row.text)) == (question, plain(text))), None)
    if row is None or row.question["kind"] != Kind.TEXT:
        raise Refused("Nobody gave this answer. Load the page again; nothing was changed.")
    if not reason or len(reason) > 200:
        raise Refused("Write in at most 200 characters why it is right: the students will read it.")
    released = Mark.objects.current().released().filter(enrolment__cohort=cohort, component=Mark.Component.QUIZ)
    may_change_released = Cohort.objects.permitting(by, Permission.RELEASE_MARKS).filter(pk=cohort.pk).exists()
    if released.filter(submission__assignment__slug=assignment.slug).exists() and not may_change_released:
        raise Refused("The marks of this quiz are released: a module leader accepts the answer.")
    AcceptedAnswer.objects.create(
        cohort=cohort,
        assignment_slug=assignment.slug,
        question=question,
        text=row.text,
        plain=plain(row.text),
        reason=reason,
        accepted_by=by,
    )
    regrade = ask_for_regrade(
        cohort=cohort,
        assignment=assignment,
        reason=f"“{row.text[:80]}” is accepted as an answer. {reason}",
        may_only_rise=True,
        by=by,
    )
    for item in regrade.items.select_related("run"):
        judge_now(item.run)
    apply_regrade(regrade=regrade, seen=preview(regrade).seen, by=by)
    return regrade
