"""How the checklist of a project stands, for the portfolio that it is shown on."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from grading.checklist import Tally, items
from grading.models import Mark, Submission


def checklists_of(work: Iterable[Submission]) -> dict[uuid.UUID, Tally]:
    """Of released work that has one, by submission. One query, however many there are."""
    released = Mark.objects.with_checklists().current().released().filter(submission__in=[each.pk for each in work])
    by_part = {(mark.submission_id, mark.component): mark for mark in released}
    found: dict[uuid.UUID, Tally] = {}
    for (submission, component), mark in by_part.items():
        if submission is None or component != Mark.Component.AUTO or mark.run is None or not mark.run.checklist:
            continue
        rubric = by_part.get((submission, Mark.Component.RUBRIC))
        judged = rubric.assessment.checklist if rubric and rubric.assessment else None
        found[submission] = Tally(items(mark.run.checklist, judged))
    return found
