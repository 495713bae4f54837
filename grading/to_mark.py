"""What waits for markers: the attempts that count, by assignment and cohort. In a constant number of queries."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q

from accounts.models import User
from accounts.roles import Permission
from courses.models import Assignment, Cohort, Enrolment
from grading.models import Mark, Submission


@dataclass(frozen=True)
class Piece:
    """The attempt of one student that counts, and what it has been given so far."""

    submission: Submission
    code: Mark
    rubric: Mark | None
    marked_attempt: int | None
    """An earlier attempt was marked, and no longer counts."""

    @property
    def waits(self) -> bool:
        return bool(self.submission.assignment.rubric) and self.rubric is None

    @property
    def is_late(self) -> bool:
        return self.submission.arrived_at > self.submission.due_at

    @property
    def candidate(self) -> int:
        return self.submission.enrolment.candidate


@dataclass
class Pile:
    """All unreleased work for one assignment of one cohort, oldest first."""

    cohort: Cohort
    assignment: Assignment
    may_mark: bool = False
    may_release: bool = False
    pieces: list[Piece] = field(default_factory=list)

    @property
    def waiting(self) -> list[Piece]:
        return [piece for piece in self.pieces if piece.waits]

    @property
    def marked(self) -> list[Piece]:
        return [piece for piece in self.pieces if not piece.waits]

    @property
    def next(self) -> Piece | None:
        return next(iter(self.waiting), None)

    def after(self, submission_id: uuid.UUID) -> Piece | None:
        """The piece to mark after this one: further down the pile, else from its top."""
        keys = [piece.submission.pk for piece in self.pieces]
        here = keys.index(submission_id) if submission_id in keys else -1
        further = self.pieces[here + 1 :] + self.pieces[: max(here, 0)]
        return next((piece for piece in further if piece.waits), None)


def piles_of(user: User, *, cohort: Cohort | None = None, assignment: Assignment | None = None) -> list[Pile]:
    """The piles that this person may mark or release. Never their own work."""
    may_mark = set(Cohort.objects.permitting(user, Permission.MARK_WORK).values_list("pk", flat=True))
    may_release = set(Cohort.objects.permitting(user, Permission.RELEASE_MARKS).values_list("pk", flat=True))
    cohorts = may_mark | may_release if cohort is None else (may_mark | may_release) & {cohort.pk}
    of_others = Enrolment.objects.filter(cohort__in=cohorts).exclude(user=user)
    narrowed = Q() if assignment is None else Q(submission__assignment__slug=assignment.slug)
    piles: dict[tuple[int, str], Pile] = {}
    for piece in pieces(Mark.objects.filter(narrowed, enrolment__in=of_others)):
        submission = piece.submission
        group = submission.enrolment.cohort
        pile = piles.setdefault(
            (group.pk, submission.assignment.slug),
            Pile(group, submission.assignment, may_mark=group.pk in may_mark, may_release=group.pk in may_release),
        )
        pile.pieces.append(piece)
    return sorted(
        piles.values(), key=lambda pile: (pile.cohort.starts_on, pile.cohort.pk, pile.assignment.module.number)
    )


def pieces(marks: Iterable[Mark]) -> list[Piece]:
    """One piece for each present, unreleased mark of checks or a quiz: it always stands on the attempt that counts."""
    present = (
        marks.current()  # type: ignore[attr-defined]
        .filter(release=None, component__in=[Mark.Component.AUTO, Mark.Component.RUBRIC, Mark.Component.QUIZ])
        .exclude(submission=None)
        .select_related("submission__assignment__module", "submission__enrolment__cohort", "created_by")
        .order_by("submission__arrived_at", "pk")
    )
    rubrics: dict[tuple[int, int], Mark] = {}
    codes: list[Mark] = []
    for mark in present:
        if mark.component == Mark.Component.RUBRIC:
            rubrics[mark.enrolment_id, mark.module_number] = mark
        else:
            codes.append(mark)
    found = []
    for code in codes:
        assert code.submission is not None
        rubric = None if code.component == Mark.Component.QUIZ else rubrics.get((code.enrolment_id, code.module_number))
        on_this = rubric is not None and rubric.submission_id == code.submission_id
        other = rubric.submission if rubric is not None and not on_this else None
        found.append(Piece(code.submission, code, rubric if on_this else None, other.attempt if other else None))
    return found
