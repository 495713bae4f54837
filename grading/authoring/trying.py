"""The solutions of one assignment, tried by workers when an author asks. The row is the job, as with runs of students.

Whatever comes of a solution is a result for its author, a platform fault too; only a worker that dies starts it again.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from config import hints
from courses.models import Assignment, Solution
from grading import ledger
from grading.authoring.rehearsal import Rehearsal, rehearse
from grading.models import SolutionRun
from grading.text import storable

State = SolutionRun.State


@transaction.atomic
def try_solutions(*, assignment: Assignment, by: User) -> list[SolutionRun]:
    """Queue every solution of the assignment that is not being tried already."""
    # Two who ask at once wait for each other here.
    list(Solution.objects.select_for_update().filter(assignment=assignment).values_list("pk", flat=True))
    busy = SolutionRun.objects.exclude(state=State.FINISHED).values("solution")
    idle = Solution.objects.filter(assignment=assignment).exclude(pk__in=busy)
    made = SolutionRun.objects.bulk_create(SolutionRun(solution=solution, asked_by=by) for solution in idle)
    for run in made:
        transaction.on_commit(partial(hint, run.pk), robust=True)
    return made


def hint(run_id: uuid.UUID) -> None:
    """Tell a worker. Without a broker the row waits for the sweeper."""
    from grading.tasks import try_solution

    if hints.send(try_solution, str(run_id)):
        SolutionRun.objects.filter(pk=run_id, state=State.QUEUED).update(published_at=timezone.now())


def work_on_next() -> bool:
    """Try the solution that waits longest, if few are being tried. False if there is none.

    Raises SandboxUnavailable, and the row waits.
    """
    if SolutionRun.objects.filter(state=State.RUNNING).count() >= settings.REGRADE_RUNS_AT_ONCE:
        return False
    run = claim_next()
    if run is None:
        return False
    with ledger.heartbeat(run):
        try:
            found = rehearse(run.solution.assignment, run.solution)
        except BaseException:
            ledger.held(run).update(state=State.QUEUED, lease=None, lease_until=None, published_at=timezone.now())
            raise
        keep(run, found)
    return True


def claim_next() -> SolutionRun | None:
    """Take the row that waits longest."""
    queued = SolutionRun.objects.filter(state=State.QUEUED)
    with transaction.atomic():
        run = queued.select_for_update(skip_locked=True).order_by("queued_at", "pk").first()
        if run is None:
            return None
        run.state, run.lease, run.lease_until = State.RUNNING, uuid.uuid4(), ledger.lease_end(timezone.now())
        taken = queued.filter(pk=run.pk).update(state=run.state, lease=run.lease, lease_until=run.lease_until)
    return SolutionRun.objects.select_related("solution__assignment").get(pk=run.pk) if taken else None


def keep(run: SolutionRun, found: Rehearsal) -> None:
    """Write the result, if the lease is still ours."""
    done = found.done
    results = done.results if done else []
    ledger.held(run).update(
        state=State.FINISHED,
        lease=None,
        lease_until=None,
        finished_at=timezone.now(),
        verdict=done.outcome.verdict.value if done else "platform_fault",
        auto_mark=done.auto_mark if done else None,
        seconds=found.seconds,
        complaint=storable(found.complaint),
        checks=storable(
            [
                {
                    "name": each.name,
                    "points": float(each.points),
                    "earned": float(each.earned),
                    "seconds": each.seconds,
                    "message": each.message,
                }
                for each in results
            ]
        ),
    )


def sweep() -> int:
    """Queue again what a dead worker left, and hint at what nobody heard of. How many hints were sent."""
    now = timezone.now()
    SolutionRun.objects.filter(state=State.RUNNING, lease_until__lt=now).update(
        state=State.QUEUED, lease=None, lease_until=None, published_at=None
    )
    stale = Q(published_at=None) | Q(published_at__lt=now - timedelta(seconds=settings.RUN_STALE_SECONDS))
    waiting = SolutionRun.objects.filter(stale, state=State.QUEUED).order_by("queued_at")
    ids = list(waiting.values_list("pk", flat=True)[: settings.REGRADE_RUNS_AT_ONCE])
    for run_id in ids:
        hint(run_id)
    return len(ids)
