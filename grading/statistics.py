"""What the sittings of a quiz that is an assignment say about its questions."""

from __future__ import annotations

from datetime import datetime

from courses.models import Assignment, Cohort, SavedAnswer
from courses.statistics import Answered, Statistics, seconds_between, statistics_of
from grading.models import Submission
from grading.quizzes import accepted_in, answers_of


def statistics_of_quiz(cohort: Cohort, assignment: Assignment) -> Statistics:
    """Of the first sitting of each student that has been handed in, judged as it would be now. Three queries.

    A question that was asked and not answered counts as 0; one that was not asked is not counted.
    """
    also = accepted_in(cohort, assignment)
    work = Submission.objects.filter(enrolment__cohort=cohort, assignment__slug=assignment.slug).exclude(sitting=None)
    first: dict[int, Submission] = {}
    for submission in work.select_related("sitting").order_by("attempt"):
        first.setdefault(submission.enrolment_id, submission)
    times = times_of([submission.sitting_id for submission in first.values() if submission.sitting_id])
    answered = []
    for student, submission in first.items():
        assert submission.sitting is not None
        seconds = seconds_of(submission.sitting.began_at, times.get(submission.sitting.pk, []))
        for one in answers_of(submission.files, submission.sitting.drawn, assignment.quiz, also):
            name = one.question["id"]
            answered.append(Answered(student, name, one.given, float(one.credit), seconds.get(name)))
    return statistics_of(assignment.quiz.questions, assignment.quiz.ask, answered)


def times_of(sittings: list[int]) -> dict[int, list[tuple[str, datetime]]]:
    """When each question was first answered, by sitting, in that order."""
    found: dict[int, list[tuple[str, datetime]]] = {}
    saved = SavedAnswer.objects.filter(sitting__in=sittings).order_by("first_at", "pk")
    for sitting, question, at in saved.values_list("sitting_id", "question", "first_at"):
        found.setdefault(sitting, []).append((question, at))
    return found


def seconds_of(began_at: datetime, answers: list[tuple[str, datetime]]) -> dict[str, float | None]:
    """From one answer to the next. Several that were saved at once tell nothing."""
    before, found = began_at, {}
    for question, at in answers:
        found[question] = seconds_between(before, at) if at > before else None
        before = at
    return found
