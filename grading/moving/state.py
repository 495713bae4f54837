"""All that a preview is made from, read in a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db.models import Count
from django.utils import timezone

from courses.actions.moving import destinations
from courses.dates import EffectiveDates, effective_dates_of, school_day
from courses.models import Cohort, Enrolment, Evidence, Lesson, LessonProgress, Revision, Sitting
from courses.revisions.comparing import Comparison, comparison
from courses.revisions.contents import Contents, contents_of
from grading.models import CheckResult, CriterionMark, Draft, Mark, Proposal, Run, Submission

T = TypeVar("T")
K = TypeVar("K")
Dates = dict[tuple[int, int], EffectiveDates]


@dataclass(frozen=True)
class State:
    cohort: Cohort
    old: Contents
    new: Contents
    comparison: Comparison
    now: datetime
    enrolments: list[Enrolment]
    """Those who study, have interrupted or have completed, by candidate number."""
    progress: dict[int, list[LessonProgress]]
    places: dict[int, Lesson | None]
    """Where each row of progress goes."""
    sittings: dict[int, list[Sitting]]
    """Finished ones of quizzes of the old revision."""
    drafts: dict[int, list[Draft]]
    submissions: dict[int, list[Submission]]
    waiting: set[object]
    """Submissions whose run has not ended."""
    proposed: set[tuple[int, str]]
    """Enrolments and assignments of which a proposal was handed in."""
    marks: dict[int, list[Mark]]
    """That nothing has superseded, also of those who have withdrawn."""
    results: dict[object, list[CheckResult]]
    criteria: dict[int | None, list[CriterionMark]]
    before: Dates
    after: Dates
    evidence: set[tuple[int, str]]


def state_of(cohort: Cohort, revision: Revision) -> State:
    old, new = contents_of(cohort.revision), contents_of(revision)
    compared = comparison(old, new)
    enrolments = list(cohort.enrolments.studying_or_done().select_related("cohort", "user").order_by("candidate"))
    rows = list(LessonProgress.objects.filter(enrolment__cohort=cohort).order_by("pk"))
    of_cohort = {"enrolment__cohort": cohort}
    submissions = Submission.objects.filter(**of_cohort).select_related("assignment").order_by("attempt")
    waits = Run.objects.filter(kind=Run.Kind.GRADE, state__in=[Run.State.QUEUED, Run.State.RUNNING], **of_cohort)
    present = Mark.objects.current().filter(**of_cohort).select_related("submission__enrolment__cohort")
    marks = list(present.order_by("module_number", "component"))
    results = CheckResult.objects.filter(run__in=[mark.run_id for mark in marks if mark.run_id])
    criteria = CriterionMark.objects.filter(assessment__in=[mark.assessment_id for mark in marks])
    both = [pair for pair in compared.pairs.assignments if pair.old and pair.new]
    valid = Evidence.objects.valid_on(school_day()).filter(user__enrolments__cohort=cohort)
    return State(
        cohort=cohort,
        old=old,
        new=new,
        comparison=compared,
        now=timezone.now(),
        enrolments=enrolments,
        progress=by_enrolment(rows),
        places=destinations(rows, new, compared.pairs),
        sittings=by_enrolment(finished_sittings(cohort)),
        drafts=by_enrolment(Draft.objects.filter(assignment__module__revision=cohort.revision_id, **of_cohort)),
        submissions=by_enrolment(submissions),
        waiting=set(waits.values_list("submission", flat=True)),
        proposed=set(Proposal.objects.filter(**of_cohort).values_list("enrolment", "assignment__slug")),
        marks=by_enrolment(marks),
        results=grouped((result.run_id, result) for result in results.only("run", "name", "points", "earned")),
        criteria=grouped((each.assessment_id, each) for each in criteria),
        before=effective_dates_of(enrolments, [pair.old for pair in both if pair.old]),
        after=effective_dates_of(enrolments, [pair.new for pair in both if pair.new]),
        evidence=set(valid.values_list("user", "requirement")),
    )


def finished_sittings(cohort: Cohort) -> list[Sitting]:
    answered = Sitting.objects.filter(enrolment__cohort=cohort, quiz__lesson__module__revision=cohort.revision_id)
    sittings = answered.select_related("quiz").annotate(answered=Count("answers")).order_by("pk")
    return [sitting for sitting in sittings if sitting.answered == len(sitting.drawn)]


def by_enrolment(rows: Iterable[T]) -> dict[int, list[T]]:
    return grouped((row.enrolment_id, row) for row in rows)  # type: ignore[attr-defined]


def grouped(pairs: Iterable[tuple[K, T]]) -> dict[K, list[T]]:
    found: dict[K, list[T]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return found
