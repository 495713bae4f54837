"""What staff do to see whether a result can be made again."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from audit.log import Event, record
from courses.refusal import Refused
from grading import ledger
from grading.models import Run


@transaction.atomic
def ask_for_reproduction(*, run: Run, by: User) -> Run:
    """Queue the same run again. It counts for nothing; one that waits already is given back.

    Raises Refused with a sentence for whoever asked.
    """
    run = Run.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if run.state != Run.State.FINISHED:
        raise Refused("This run has left no result, so there is nothing to compare with.")
    waiting = run.reproductions.filter(state__in=[Run.State.QUEUED, Run.State.RUNNING]).first()
    if waiting is not None:
        return waiting
    again = ledger.enqueue(
        Run(
            kind=Run.Kind.REPRODUCTION,
            reproduces=run,
            enrolment_id=run.enrolment_id,
            assignment_id=run.assignment_id,
            files=run.files,
            digest=run.digest,
            seed=run.seed,
        )
    )
    record(Event.RUN_REPRODUCED, by=by, on=again, run=str(run.pk))
    return again
