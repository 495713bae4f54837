"""A quiz as an assignment: what a sitting hands in, and how that is judged. No student code, so no sandbox.

What is handed in is one file, answers.json: the questions in their order, the texts of the options or items as they
stood on the page, and what was answered, as places on it. It names nothing that is right.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from django.utils.html import strip_tags

from blobs import store
from courses import quizzes
from courses.dates import closed_for_everybody
from courses.models import Assignment, Cohort, Enrolment, Quiz, QuizAnswer, Sitting
from courses.quizzes import Question, plain
from courses.refusal import Refused
from courses.sittings import Asked
from grading.execution import Execution
from grading.feedback import is_released
from grading.models import AcceptedAnswer, CheckResult, Run, Submission
from grading.models.submission import StoredFile
from grading.provenance import Provenance, digest
from grading.scoring import PlatformFault, Result
from sandbox import Outcome, Verdict

ANSWERS = "answers.json"
NOT_ANSWERED = "Not answered."
Values = Mapping[str, Sequence[str]]
Accepted = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Answer:
    """One question of a sitting and what was answered. `given` is None, and `problem` says why, where it is none."""

    question: Question
    place: int
    order: list[int]
    values: list[str]
    given: Any
    credit: Fraction
    problem: str


def texts_of(question: Question) -> list[str]:
    """Of the options or items, in the order of the bank."""
    return [option["html"] for option in question.get("options", [])] or list(question.get("items", []))


def handed_in(sitting: Sitting, values: Values) -> StoredFile:
    """The file that a sitting hands in."""
    bank = {question["id"]: question for question in sitting.quiz.questions}
    answers = []
    for one in sitting.drawn:
        texts = texts_of(bank[one["id"]])
        shown = [texts[number] for number in one["order"]]
        answers.append({"question": one["id"], "shown": shown, "answer": list(values.get(one["id"], []))})
    content = json.dumps(answers, ensure_ascii=False, indent=1).encode()
    return StoredFile(name=ANSWERS, sha256=store.put(content), size=len(content))


def answers_of(files: list[StoredFile], drawn: list[dict[str, Any]], quiz: Quiz, also: Accepted) -> list[Answer]:
    """What was handed in, judged by a quiz: the one it was drawn from, or another revision of it.

    A question that the revision does not have, or not with all that was shown, is left out. `drawn` is as the sitting
    keeps it.
    """
    bank = {question["id"]: question for question in quiz.questions}
    formers = {one["id"]: one["order"] for one in drawn}
    found: list[Answer] = []
    for one in json.loads(store.read(files[0]["sha256"])):
        name = one["question"]
        order = present_order(bank[name], one["shown"], formers[name]) if name in bank else None
        if order is not None:
            found.append(answer_to(bank[name], len(found) + 1, order, one["answer"], also.get(name, ())))
    return found


def answer_to(question: Question, place: int, order: list[int], values: list[str], also: Sequence[str]) -> Answer:
    given, earned, problem = None, Fraction(0), NOT_ANSWERED
    if any(value.strip() for value in values):
        try:
            given = quizzes.read(question, order, values)
            earned, problem = quizzes.credit(question, given, also), ""
        except Refused as refused:
            problem = f"This could not be read as an answer. {refused}"
    return Answer(question, place, order, values, given, earned, problem)


def present_order(question: Question, shown: list[str], former: list[int]) -> list[int] | None:
    """The number in this bank of each option or item that was shown: that of the same text, else the one it had.
    None where the question no longer has them all."""
    texts = texts_of(question)
    order = [texts.index(text) if text in texts else number for text, number in zip(shown, former, strict=True)]
    known = set(range(len(texts)))
    is_whole = set(order) == known if "items" in question else set(order) <= known
    return order if is_whole and len(set(order)) == len(order) and bool(texts) == bool(order) else None


def accepted_in(cohort: Cohort, assignment: Assignment) -> dict[str, list[str]]:
    """The answers that tutors have accepted, by question."""
    found: dict[str, list[str]] = defaultdict(list)
    for one in AcceptedAnswer.objects.filter(cohort=cohort, assignment_slug=assignment.slug):
        found[one.question].append(one.text)
    return found


def execute(run: Run) -> Execution:
    """Judge the answers of a run, here and now. Raises PlatformFault where nothing can be judged."""
    submission = submission_of(run)
    if submission.sitting is None:
        raise PlatformFault("This was not handed in as a quiz.")
    quiz, also = run.assignment.quiz, accepted_in(run.enrolment.cohort, run.assignment)
    answers = answers_of(run.files, submission.sitting.drawn, quiz, also)
    if not answers:
        raise PlatformFault("This revision of the quiz has none of the questions that were asked.")
    return Execution(
        outcome=Outcome(verdict=Verdict.COMPLETED),
        results=[result_of(answer) for answer in answers],
        auto_mark=mark_of(answer.credit for answer in answers),
        provenance=Provenance(
            assignment_digest=digest({"kind": run.assignment.kind, "questions": quiz.questions, "accepted": also}),
            backend="quiz",
        ),
    )


def submission_of(run: Run) -> Submission:
    """Also of a run that belongs to none yet, or never will."""
    if run.kind == Run.Kind.REGRADE:
        return run.regrade_item.submission
    submission = run.reproduces.submission if run.reproduces else run.submission
    assert submission is not None
    return submission


def result_of(answer: Answer) -> Result:
    return Result(
        number=answer.place,
        name=answer.question["id"],
        title=" ".join(strip_tags(answer.question["html"]).split())[:200],
        is_visible=False,
        points=Decimal(1),
        earned=hundredths(answer.credit),
        message=answer.problem,
        seconds=0,
    )


def mark_of(credits: Iterable[Fraction]) -> Decimal:
    """0 to 100: every question is worth the same."""
    found = list(credits)
    return hundredths(100 * sum(found, Fraction(0)) / len(found))


def hundredths(value: Fraction) -> Decimal:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal("0.01"), ROUND_HALF_UP)


def fingerprint(values: Sequence[str]) -> str:
    """Of the values of one field; the same for an empty field and none."""
    kept = list(values) if any(value.strip() for value in values) else []
    return hashlib.sha256(json.dumps(kept).encode("utf-8", "replace")).hexdigest()[:12]


def are_shown(enrolment: Enrolment, assignment: Assignment) -> bool:
    """May this student see what was right, and why? With the release, or from the close on, as the quiz says."""
    if is_released(enrolment, assignment):
        return True
    return assignment.quiz.shows == Quiz.Shows.CLOSE and closed_for_everybody(enrolment.cohort, assignment)


def judged_questions(run: Run) -> list[Asked]:
    """The questions of a judged run as they are shown once they may be: what was answered, what is right, and why."""
    submission = submission_of(run)
    assert submission.sitting is not None
    results = {result.name: result for result in run.results.all()}
    return [
        judged_question(answer, results.get(answer.question["id"]))
        for answer in answers_of(run.files, submission.sitting.drawn, run.assignment.quiz, {})
    ]


def judged_question(answer: Answer, result: CheckResult | None) -> Asked:
    given = None
    if answer.given is not None:
        given = QuizAnswer(given=answer.given, is_right=result is not None and result.passed)
    return Asked(
        answer.question,
        answer.place,
        answer.order,
        answer=given,
        problem="" if answer.problem == NOT_ANSWERED else answer.problem,
        tried=tuple(answer.values),
        is_over=True,
    )


@dataclass(frozen=True)
class Unmatched:
    """An answer in words that earned nothing, and how many students gave it."""

    question: Question
    text: str
    students: int


def unmatched(cohort: Cohort, assignment: Assignment) -> list[Unmatched]:
    """For tutors: what was written and not accepted, question by question, the most frequent first. Three queries."""
    also = {question: {plain(text) for text in texts} for question, texts in accepted_in(cohort, assignment).items()}
    bank = {question["id"]: question for question in assignment.quiz.questions}
    work = Submission.objects.filter(enrolment__cohort=cohort, assignment__slug=assignment.slug).exclude(sitting=None)
    found: dict[tuple[str, str], tuple[str, set[int]]] = {}
    for submission in work.select_related("sitting").order_by("arrived_at", "pk"):
        assert submission.sitting is not None
        for answer in answers_of(submission.files, submission.sitting.drawn, assignment.quiz, {}):
            if answer.question["kind"] != quizzes.Kind.TEXT or answer.given is None or answer.credit:
                continue
            name = answer.question["id"], plain(answer.given)
            if name[1] not in also.get(name[0], ()):
                found.setdefault(name, (answer.given, set()))[1].add(submission.enrolment_id)
    rows = [Unmatched(bank[name], text, len(students)) for (name, _), (text, students) in found.items()]
    places = list(bank)
    return sorted(rows, key=lambda row: (places.index(row.question["id"]), -row.students, row.text))
