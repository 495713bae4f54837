"""What the answers of students say about the questions of a quiz, and about the quiz."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import combinations
from statistics import median
from typing import Any

import numpy as np

from courses import quizzes
from courses.drawing import Plot
from courses.models import Quiz, QuizAnswer
from courses.quizzes import Kind, Question

FEWEST = 10  # answers, before anything but their number is shown
MOST_WRITTEN = 8  # different answers in words or numbers that are listed
TOO_EASY, TOO_HARD = 0.95, 0.2  # facility
HARDLY = 0.1  # discrimination
BREAK = 30 * 60  # seconds between two answers after which somebody has been away


@dataclass(frozen=True)
class Answered:
    """The first answer of one student to one question; None is given where it was asked and not answered. `seconds`
    since the answer before it, where that is known."""

    student: int
    question: str
    given: Any
    credit: float
    seconds: float | None = None


@dataclass(frozen=True)
class Given:
    """One thing that was answered, as HTML for an option. `lean` is the correlation, -1 to 1, of giving it with the
    mean credit of the other questions."""

    what: str
    is_right: bool
    count: int
    lean: float | None = None


@dataclass(frozen=True)
class Item:
    """One question.

    `facility` is the mean credit, 0 to 1. `discrimination` is the corrected point-biserial correlation, -1 to 1: of
    the credit here with the mean credit of the student's other questions. `seconds` is the median time of an answer.
    """

    question: Question
    number: int
    answers: int
    facility: float | None
    discrimination: float | None
    seconds: float | None
    given: list[Given]

    @property
    def complaints(self) -> list[str]:
        """What is poor about it, in words."""
        said = []
        if self.facility is not None and self.facility > TOO_EASY:
            said.append("too easy: nearly everybody gets it right")
        if self.facility is not None and self.facility < TOO_HARD:
            said.append("too hard: hardly anybody gets it right")
        if self.discrimination is not None and self.discrimination < 0:
            said.append("the better get it wrong: it is unclear, or its key is wrong")
        elif self.discrimination is not None and self.discrimination < HARDLY:
            said.append("it hardly tells the better from the others")
        for each in self.given:
            if not each.is_right and each.lean is not None and each.lean > HARDLY and "options" in self.question:
                said.append("a wrong option is chosen more by the better")
                break
        return said

    @property
    def needs_a_look(self) -> bool:
        return bool(self.complaints)


@dataclass(frozen=True)
class Statistics:
    items: list[Item]
    students: int
    reliability: float | None
    """Cronbach's alpha; None with too few students."""

    @cached_property
    def plot(self) -> str:
        """Every question by facility and discrimination, as SVG; nothing when there is nothing to plot."""
        shown = [item for item in self.items if item.facility is not None and item.discrimination is not None]
        return _plot(shown) if len(shown) > 1 else ""


def of_lesson(quiz: Quiz) -> Statistics:
    """Of the quiz of a lesson, by one query. Staff, who try quizzes, are left out."""
    rows = QuizAnswer.objects.filter(sitting__quiz=quiz, sitting__enrolment__isnull=False)
    bank = {question["id"]: question for question in quiz.questions}
    found: dict[tuple[int, str], Answered] = {}
    last: dict[int, datetime] = {}
    for answer in rows.select_related("sitting").order_by("answered_at", "pk"):
        student = answer.sitting.user_id
        seconds = seconds_between(last.get(answer.sitting_id), answer.answered_at)
        last[answer.sitting_id] = answer.answered_at
        if answer.question in bank and (student, answer.question) not in found:
            credit = float(quizzes.credit(bank[answer.question], answer.given))
            found[student, answer.question] = Answered(student, answer.question, answer.given, credit, seconds)
    return statistics_of(quiz.questions, quiz.ask, list(found.values()))


def seconds_between(before: datetime | None, after: datetime) -> float | None:
    """None where it is not known: the first answer, and whoever has been away."""
    seconds = (after - before).total_seconds() if before else None
    return seconds if seconds is not None and 0 <= seconds < BREAK else None


def statistics_of(bank: Sequence[Question], ask: int, answered: Sequence[Answered]) -> Statistics:
    """At most one answer of each student to each question."""
    credits: dict[int, dict[str, float]] = defaultdict(dict)
    by_question: dict[str, list[Answered]] = defaultdict(list)
    for answer in answered:
        credits[answer.student][answer.question] = answer.credit
        by_question[answer.question].append(answer)
    items = [_item(question, number, by_question[question["id"]], credits) for number, question in enumerate(bank, 1)]
    table = np.array([[credits[one].get(question["id"], np.nan) for question in bank] for one in credits])
    return Statistics(
        items=items,
        students=len(credits),
        reliability=cronbach_alpha(table, min(ask, len(bank))) if len(credits) >= FEWEST else None,
    )


def _item(question: Question, number: int, answers: list[Answered], credits: dict[int, dict[str, float]]) -> Item:
    if len(answers) < FEWEST:
        return Item(question, number, len(answers), None, None, None, [])
    elsewhere = [_elsewhere(credits[answer.student], question["id"]) for answer in answers]
    times = [answer.seconds for answer in answers if answer.seconds is not None]
    return Item(
        question=question,
        number=number,
        answers=len(answers),
        facility=float(np.mean([answer.credit for answer in answers])),
        discrimination=correlation([answer.credit for answer in answers], elsewhere),
        seconds=median(times) if len(times) >= FEWEST else None,
        given=_given(question, answers, elsewhere),
    )


def _elsewhere(credits: dict[str, float], question: str) -> float | None:
    others = [credit for other, credit in credits.items() if other != question]
    return sum(others) / len(others) if others else None


def correlation(here: Iterable[float], elsewhere: Iterable[float | None]) -> float | None:
    """Pearson's, over the pairs that are whole. None with too few of them, and where one side is all alike."""
    pairs = np.array([(one, other) for one, other in zip(here, elsewhere, strict=True) if other is not None], float)
    if len(pairs) < FEWEST or np.any(np.ptp(pairs, axis=0) < 1e-12):
        return None
    return float(np.corrcoef(pairs.T)[0, 1])


def cronbach_alpha(table: np.ndarray[Any, Any], asked: int) -> float | None:
    """The reliability of a quiz of `asked` questions; students are rows, questions columns, NaN is not asked.

    k·c / (v + (k-1)·c), with v the mean variance of a question and c the mean covariance of two, each over the students
    who have both: Cronbach's alpha (KR-20 where credit is 0 or 1) when everybody has all questions, and its estimate
    where each student has drawn some of them.
    """
    if asked < 2:
        return None
    variances, covariances = [], []
    for column in table.T:
        known = column[~np.isnan(column)]
        if len(known) > 1:
            variances.append((float(np.var(known, ddof=1)), len(known) - 1))
    for one, other in combinations(table.T, 2):
        both = ~np.isnan(one) & ~np.isnan(other)
        if np.count_nonzero(both) > 1:
            covariances.append((float(np.cov(one[both], other[both])[0, 1]), int(np.count_nonzero(both)) - 1))
    if not covariances:
        return None
    v, c = _pooled(variances), _pooled(covariances)
    below = v + (asked - 1) * c
    return None if below <= 1e-12 else asked * c / below


def _pooled(each: list[tuple[float, int]]) -> float:
    """The mean of (value, weight)."""
    return float(np.average([value for value, _ in each], weights=[weight for _, weight in each]))


def _given(question: Question, answers: Sequence[Answered], elsewhere: Sequence[float | None]) -> list[Given]:
    known = [(one, other) for one, other in zip(answers, elsewhere, strict=True) if one.given is not None]
    others = [other for _, other in known]
    if "options" in question:
        return [
            Given(
                option["html"],
                option["right"],
                sum(number in answer.given for answer, _ in known),
                correlation([number in answer.given for answer, _ in known], others),
            )
            for number, option in enumerate(question["options"])
        ]
    counted = Counter((in_words(question, one.given), one.credit == 1) for one, _ in known)
    return [Given(what, is_right, count) for (what, is_right), count in counted.most_common(MOST_WRITTEN)]


def in_words(question: Question, given: Any) -> str:
    if question["kind"] == Kind.ORDERING:
        return " ".join(str(number + 1) for number in given)
    return f"{given:.12g}" if question["kind"] == Kind.NUMERIC else str(given)


def _plot(items: list[Item]) -> str:
    low = min(-0.2, *(item.discrimination or 0 for item in items)) - 0.05
    poor = [item for item in items if item.needs_a_look]
    finding = f"{len(items)} questions; {len(poor)} of them need a look"
    if poor:
        finding += f": {', '.join(str(item.number) for item in poor)}"
    plot = Plot("Facility and discrimination", f"{finding}.", (-0.05, 1.05), (low, 1.05))
    plot.axes("facility", "discrimination", (0, 0.2, 0.4, 0.6, 0.8, 1), (-0.2, 0, 0.2, 0.4, 0.6, 0.8, 1))
    plot.line([(-0.05, 0), (1.05, 0)], "ref")
    for item in items:
        place = (item.facility or 0, item.discrimination or 0)
        plot.dots([place], "p2" if item.needs_a_look else "p1")
        plot.label(*place, str(item.number), dx=6, dy=4)
    return plot.svg()
