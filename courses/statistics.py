"""What the answers of students say about the questions of a quiz."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import StatisticsError, correlation
from typing import Any

from courses.models import Quiz, QuizAnswer
from courses.quizzes import Kind, Question

FEWEST = 10  # answers, before anything but their number is shown
MOST_WRITTEN = 8  # different answers in words or numbers that are listed


@dataclass(frozen=True)
class Item:
    """One question. Only the first answer of each student counts.

    `facility` is the share that was right, 0 to 1. `discrimination` is the correlation, -1 to 1, of being right here
    with the share right of the student's other questions: near 0 or below it, the question is unclear or its key wrong.
    """

    question: Question
    answers: int
    facility: float | None
    discrimination: float | None
    given: list[tuple[str, bool, int]]
    """(what, whether it is right, how often); options as HTML."""

    @property
    def needs_a_look(self) -> bool:
        too_hard = self.facility is not None and self.facility < 0.2
        return too_hard or (self.discrimination is not None and self.discrimination < 0)


def items(quiz: Quiz) -> list[Item]:
    """One for each question of the bank, by one query. Staff, who try quizzes, are left out."""
    rows = QuizAnswer.objects.filter(sitting__quiz=quiz, sitting__enrolment__isnull=False)
    first: dict[tuple[int, str], QuizAnswer] = {}
    for answer in rows.select_related("sitting").order_by("answered_at", "pk"):
        first.setdefault((answer.sitting.user_id, answer.question), answer)
    by_student: dict[int, dict[str, bool]] = defaultdict(dict)
    by_question: dict[str, list[QuizAnswer]] = defaultdict(list)
    for (user, question), answer in first.items():
        by_student[user][question] = answer.is_right
        by_question[question].append(answer)
    return [_item(question, by_question[question["id"]], by_student) for question in quiz.questions]


def _item(question: Question, answers: list[QuizAnswer], by_student: dict[int, dict[str, bool]]) -> Item:
    enough = len(answers) >= FEWEST
    return Item(
        question=question,
        answers=len(answers),
        facility=sum(answer.is_right for answer in answers) / len(answers) if enough else None,
        discrimination=_discrimination(question["id"], by_student) if enough else None,
        given=_given(question, answers),
    )


def _discrimination(question: str, by_student: dict[int, dict[str, bool]]) -> float | None:
    here, elsewhere = [], []
    for answered in by_student.values():
        others = [is_right for other, is_right in answered.items() if other != question]
        if question in answered and others:
            here.append(float(answered[question]))
            elsewhere.append(sum(others) / len(others))
    try:
        return correlation(here, elsewhere) if len(here) >= FEWEST else None
    except StatisticsError:  # All right, or all wrong: nothing to correlate.
        return None


def _given(question: Question, answers: Sequence[QuizAnswer]) -> list[tuple[str, bool, int]]:
    if "options" in question:
        chosen = Counter(number for answer in answers for number in answer.given)
        return [(option["html"], option["right"], chosen[number]) for number, option in enumerate(question["options"])]
    counted: Counter[tuple[str, bool]] = Counter((_in_words(question, one.given), one.is_right) for one in answers)
    return [(what, is_right, count) for (what, is_right), count in counted.most_common(MOST_WRITTEN)]


def _in_words(question: Question, given: Any) -> str:
    if question["kind"] == Kind.ORDERING:
        return " ".join(str(number + 1) for number in given)
    return f"{given:.12g}" if question["kind"] == Kind.NUMERIC else str(given)
