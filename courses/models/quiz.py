from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from courses.models.enrolment import Enrolment
from courses.models.programme import Quiz


class Sitting(models.Model):
    """One go at a quiz. `drawn` are its questions as courses.quizzes.draw gives them; without an enrolment, staff.

    Of an assignment, `ends_at` is when it ends by itself as far as was known when it began, and `ended_at` when it did.
    """

    quiz = models.ForeignKey(Quiz, on_delete=models.PROTECT, related_name="sittings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    enrolment = models.ForeignKey(Enrolment, null=True, on_delete=models.CASCADE, related_name="sittings")
    number = models.PositiveSmallIntegerField()
    seed = models.CharField("what it was drawn with", max_length=60, blank=True)
    drawn = models.JSONField()
    began_at = models.DateTimeField(default=timezone.now)

    ends_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["quiz", "user", "number"]
        constraints = [models.UniqueConstraint(fields=["quiz", "user", "number"], name="sitting_number_once")]
        indexes = [
            models.Index(fields=["ends_at"], name="sitting_under_way", condition=models.Q(ended_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.quiz}, sitting {self.number}"


class QuizAnswer(models.Model):
    """What somebody answered to one question of a sitting: the first answer stays. `given` as in quizzes.Judged."""

    sitting = models.ForeignKey(Sitting, on_delete=models.CASCADE, related_name="answers")
    question = models.SlugField(max_length=60)
    given = models.JSONField()
    is_right = models.BooleanField()
    answered_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["sitting", "answered_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["sitting", "question"], name="question_answered_once")]

    def __str__(self) -> str:
        return f"{self.sitting}: {self.question}"


class SavedAnswer(models.Model):
    """What somebody has answered so far in a sitting of an assignment; it may change until the sitting ends.

    `values` are those of the form's field, as they came: places on the page, or a text.
    """

    sitting = models.ForeignKey(Sitting, on_delete=models.CASCADE, related_name="saved")
    question = models.SlugField(max_length=60)
    values = models.JSONField()
    first_at = models.DateTimeField(default=timezone.now)
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["sitting", "first_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["sitting", "question"], name="answer_saved_once")]

    def __str__(self) -> str:
        return f"{self.sitting}: {self.question}"
