"""A quiz as one person meets it: the sitting under way, each question with its answer, and how it has gone so far."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from django.db.models import Count, Q

from accounts.models import User
from courses import quizzes
from courses.models import Lesson, Quiz, QuizAnswer, Sitting
from courses.quizzes import Kind, Question


@dataclass(frozen=True)
class Option:
    """An option or item. `place` is where it stands on the page; `value` what was given for it: a place, or chosen."""

    place: int
    html: str
    is_right: bool
    is_chosen: bool
    why: str = ""


@dataclass(frozen=True)
class Asked:
    """One question of a sitting. `problem` says why an answer was not taken; once it `is_over`, what is right is told
    also where there is no answer."""

    question: Question
    place: int
    order: list[int]
    answer: QuizAnswer | None = None
    problem: str = ""
    tried: tuple[str, ...] = ()
    is_over: bool = False

    @property
    def is_told(self) -> bool:
        return self.is_over or self.answer is not None

    @property
    def share(self) -> Fraction | None:
        """Of the question, where it was answered partly right."""
        earned = quizzes.credit(self.question, self.answer.given) if self.answer else Fraction(0)
        return earned if 0 < earned < 1 else None

    @property
    def is_ordering(self) -> bool:
        return bool(self.question["kind"] == Kind.ORDERING)

    @cached_property
    def options(self) -> list[Option]:
        options = self.question.get("options", [])
        given = self.answer.given if self.answer else []
        return [
            Option(
                place,
                options[number]["html"],
                options[number]["right"],
                number in given if self.answer else str(place) in self.tried,
                options[number]["why"],
            )
            for place, number in enumerate(self.order)
            if options
        ]

    @cached_property
    def items(self) -> list[tuple[str, str]]:
        """Of an ordering: each item with the place (from 0) that it was given, or nothing."""
        if not self.is_ordering:
            return []
        tried = [*self.tried, *[""] * len(self.order)]
        return [
            (self.question["items"][number], str(self.answer.given.index(number)) if self.answer else tried[place])
            for place, number in enumerate(self.order)
        ]

    @property
    def whys(self) -> list[Option]:
        """The options that were chosen and have something to say."""
        return [option for option in self.options if option.is_chosen and option.why]

    @property
    def given(self) -> str:
        """What was written, for a box."""
        if self.answer is None:
            return self.tried[0] if self.tried else ""
        return f"{self.answer.given:.12g}" if isinstance(self.answer.given, float) else str(self.answer.given)


@dataclass(frozen=True)
class QuizPage:
    quiz: Quiz
    sitting: Sitting
    asked: list[Asked]
    right: int
    answered: int
    best: int
    sittings: int

    @property
    def is_finished(self) -> bool:
        return self.answered == len(self.asked)

    def of(self, question: str) -> Asked | None:
        return next((asked for asked in self.asked if asked.question["id"] == question), None)


def current_sitting(quiz: Quiz, user: User) -> Sitting:
    """The latest one; before the first answer, one that is not saved yet."""
    latest = quiz.sittings.filter(user=user).order_by("-number").first()
    return latest or new_sitting(quiz, user, 1)


def new_sitting(quiz: Quiz, user: User, number: int) -> Sitting:
    """Of a lesson: the seed is the student's, so that the questions stand before the first answer is kept."""
    return drawn_sitting(quiz, user, number, seed=f"{user.pk} {quiz.pk}")


def drawn_sitting(quiz: Quiz, user: User, number: int, *, seed: str) -> Sitting:
    drawn = quizzes.draw(quiz.questions, quiz.ask, seed=seed, sitting=number)
    return Sitting(quiz=quiz, user=user, number=number, seed=seed, drawn=drawn)


def quiz_page(lesson: Lesson, user: User) -> QuizPage | None:
    """The quiz at the end of a lesson, if it has one. At most four queries."""
    quiz = Quiz.objects.filter(lesson=lesson).first()
    if quiz is None:
        return None
    sitting = current_sitting(quiz, user)
    answers: dict[str, QuizAnswer] = {}
    totals: list[Any] = []
    if sitting.pk:
        answers = {answer.question: answer for answer in sitting.answers.all()}
        counts = {"right": Count("answers", filter=Q(answers__is_right=True)), "answered": Count("answers")}
        totals = list(quiz.sittings.filter(user=user).order_by("number").annotate(**counts).values())
    finished = [total["right"] for total in totals if total["answered"] == len(total["drawn"])]
    bank = {question["id"]: question for question in quiz.questions}
    return QuizPage(
        quiz=quiz,
        sitting=sitting,
        asked=[
            Asked(bank[one["id"]], place, one["order"], answers.get(one["id"]))
            for place, one in enumerate(sitting.drawn, 1)
        ],
        right=sum(answer.is_right for answer in answers.values()),
        answered=len(answers),
        best=max(finished, default=0),
        sittings=len(finished),
    )
