"""What tutors and module leaders do: mark by the rubric, release."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import TypedDict

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.log import Event, record
from courses.models import Assignment, Cohort
from grading import results
from grading.checklist import MET, SCORES
from grading.checklist import items as items_of
from grading.models import Assessment, CriterionMark, Mark, Release, Run, Submission
from notices.actions import tell


class CriterionJudgement(TypedDict):
    """The level chosen for a criterion and one sentence of feedback."""

    level: int
    feedback: str


class ItemJudgement(TypedDict):
    """What a marker says of one item of a checklist: missing, partial or met, and why if it was found otherwise."""

    score: int
    why: str


class NotMarked(ValueError):
    """What is missing or wrong, in one sentence for the marker. Nothing was saved."""


class SavedMeanwhile(NotMarked):
    """Somebody has saved marks since the marker opened the page. Saving again supersedes them."""


@transaction.atomic
def save_assessment(
    *,
    submission: Submission,
    judgements: Mapping[str, CriterionJudgement],
    comment: str,
    by: User,
    seen: int | None = None,
    checklist: Mapping[str, ItemJudgement] | None = None,
) -> Assessment:
    """Mark a submission by its rubric, whole: a level and a sentence for every criterion.

    Saving again supersedes the former mark; what was saved before stays in the lineage. `seen` is the key of the
    assessment that the marker had before them, 0 for none; if it is no longer the present one, SavedMeanwhile.
    """
    criteria = submission.assignment.rubric
    if not criteria:
        raise NotMarked("This work has no rubric: there is nothing to mark by hand.")
    for criterion in criteria:
        judgement = judgements.get(criterion["id"])
        if judgement is None:
            raise NotMarked(f"{criterion['title']} is open: choose a level.")
        if str(judgement["level"]) not in criterion["levels"]:
            raise NotMarked(f"{criterion['title']}: {judgement['level']} is not a level of this rubric.")
        if not judgement["feedback"].strip():
            raise NotMarked(f"{criterion['title']}: write one sentence of feedback.")
    # One marker at a time for this student: the lineage must not fork.
    type(submission.enrolment).objects.select_for_update().get(pk=submission.enrolment_id)
    if submission.marks.current().released().exists():
        raise NotMarked("These marks are released. A released mark is changed by the module leader, not here.")
    module_marks = (
        Mark.objects.with_checklists()
        .current()
        .filter(enrolment=submission.enrolment, module_number=submission.assignment.module.number)
    )
    counts = module_marks.filter(component=Mark.Component.AUTO).exclude(submission=None).first()
    if counts is not None and counts.submission is not None and counts.submission_id != submission.pk:
        raise NotMarked(
            f"Attempt {counts.submission.attempt} counts, not attempt {submission.attempt}. Mark that one instead."
        )
    items = checklist_judged(submission, counts.run if counts else None, checklist)
    chosen = {id: (judgement["level"], judgement["feedback"].strip()) for id, judgement in judgements.items()}
    present = submission.marks.current().filter(component=Mark.Component.RUBRIC).select_related("assessment").first()
    if (
        present is not None
        and present.assessment is not None
        and says_the_same(present.assessment, chosen, comment, items)
    ):
        return present.assessment
    if seen is not None and present is not None and present.assessment_id not in {seen, None}:
        raise SavedMeanwhile(
            f"{present.created_by} saved marks for this work while you had it open. Yours are not saved yet: "
            "save again to put them in place of the others."
        )
    assessment = Assessment.objects.create(
        submission=submission, marker=by, comment=comment.strip(), checklist=items, marked_at=timezone.now()
    )
    CriterionMark.objects.bulk_create(
        CriterionMark(assessment=assessment, criterion=criterion["id"], level=level, feedback=feedback)
        for criterion in criteria
        for level, feedback in [chosen[criterion["id"]]]
    )
    results.supersede(
        enrolment=submission.enrolment,
        module_number=submission.assignment.module.number,
        component=Mark.Component.RUBRIC,
        origin=Mark.Origin.FIRST,
        raw=rubric_mark(criteria, judgements),
        submission=submission,
        assessment=assessment,
        by=by,
    )
    return assessment


def checklist_judged(
    submission: Submission, run: Run | None, given: Mapping[str, ItemJudgement] | None
) -> dict[str, ItemJudgement]:
    """A score for every item of the checklist; whoever departs from what was found says why."""
    judged: dict[str, ItemJudgement] = {}
    for item in items_of(run.checklist) if run else []:
        judgement = (given or {}).get(item.id)
        if judgement is None:
            raise NotMarked(f"Checklist, {item.id} ({item.says}) is open: choose missing, partial or met.")
        score, why = judgement["score"], judgement["why"].strip()
        if score not in SCORES:
            raise NotMarked(f"Checklist, {item.id}: {score} is none of missing, partial and met.")
        if item.found is not None and (score == MET) != item.found and not why and (item.is_gate or score == MET):
            found = "found" if item.found else "not found"
            raise NotMarked(f"Checklist, {item.id}: it was {found}. Say in a few words why it is {SCORES[score]}.")
        judged[item.id] = ItemJudgement(score=score, why=why)
    return judged


def says_the_same(
    assessment: Assessment, chosen: Mapping[str, tuple[int, str]], comment: str, items: Mapping[str, ItemJudgement]
) -> bool:
    """Is this what was saved last? Saving twice then changes nothing."""
    saved = {each.criterion: (each.level, each.feedback) for each in assessment.criteria.all()}
    return (saved, assessment.comment, assessment.checklist) == (dict(chosen), comment.strip(), dict(items))


def rubric_mark(criteria: list[dict[str, object]], judgements: Mapping[str, CriterionJudgement]) -> Decimal:
    """The weighted mean of the levels, 0 to 100 with two decimals."""
    weighted = (Decimal(str(each["weight"])) * judgements[str(each["id"])]["level"] for each in criteria)
    total = sum(weighted, Decimal(0))
    return (total / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)


def ready_to_release(cohort: Cohort, assignment: Assignment) -> list[Mark]:
    """The current, unreleased marks of students whose code and rubric are marked on the same submission."""
    marks = (
        Mark.objects.current()
        .filter(release=None, enrolment__cohort=cohort, submission__assignment__slug=assignment.slug)
        .select_related("enrolment__user", "submission")
    )
    by_student: dict[int, list[Mark]] = {}
    for mark in marks.order_by("enrolment__candidate", "component"):
        by_student.setdefault(mark.enrolment_id, []).append(mark)
    needed = {Mark.Component.of(assignment)} | ({Mark.Component.RUBRIC} if assignment.rubric else set())
    return [
        mark
        for pair in by_student.values()
        if {each.component for each in pair} == needed and len({each.submission_id for each in pair}) == 1
        for mark in pair
    ]


@transaction.atomic
def release(*, cohort: Cohort, assignment: Assignment, by: User) -> Release | None:
    """Make all complete marks of the assignment visible to their students at once. None if there are none."""
    Cohort.objects.select_for_update().get(pk=cohort.pk)
    marks = ready_to_release(cohort, assignment)
    if not marks:
        return None
    made = Release.objects.create(cohort=cohort, assignment=assignment, by=by)
    Mark.objects.filter(pk__in=[mark.pk for mark in marks], release=None).update(release=made)
    students = {mark.enrolment_id: mark for mark in marks}
    record(Event.RELEASED, by=by, on=made, students=len(students), marks=len(marks))
    for mark in students.values():
        assert mark.submission is not None
        tell(
            to=mark.enrolment.user,
            subject=f"Your marks for “{assignment.title}” are released",
            text="Your marks and your tutor's feedback can be read now. They are provisional until the board.",
            url=reverse("work", args=[mark.submission.pk]),
        )
    return made
