"""An artefact as others see it: what was run and which checks passed, without what the hidden ones looked at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from grading.models import CheckResult, Mark, Run
from graduation.portfolio.models import Artefact


@dataclass(frozen=True)
class Piece:
    artefact: Artefact
    run: Run | None
    """The one whose mark was released."""
    visible: list[CheckResult]
    hidden: list[CheckResult]
    """For counting only."""

    @property
    def visible_passed(self) -> int:
        return sum(result.passed for result in self.visible)

    @property
    def hidden_passed(self) -> int:
        return sum(result.passed for result in self.hidden)


def pieces_of(artefacts: Iterable[Artefact]) -> list[Piece]:
    """Two queries, however many there are."""
    artefacts = list(artefacts)
    marks = (
        Mark.objects.released()
        .filter(submission__in=[each.submission_id for each in artefacts], component=Mark.Component.AUTO)
        .exclude(run=None)
        .select_related("run")
        .order_by("pk")
    )
    runs = {mark.submission_id: mark.run for mark in marks}
    results = defaultdict(list)
    for result in CheckResult.objects.filter(run__in=[run for run in runs.values() if run]):
        results[result.run_id].append(result)
    pieces = []
    for artefact in artefacts:
        run = runs.get(artefact.submission_id)
        found = results[run.pk] if run else []
        pieces.append(
            Piece(
                artefact,
                run,
                [result for result in found if result.is_visible],
                [result for result in found if not result.is_visible],
            )
        )
    return pieces
