"""The programme as it was loaded from its files. Rows of a revision are never changed: a change is a new revision."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

NUMBERED = re.compile(r"^m\d+-")


class Programme(models.Model):
    """The certificate as designed."""

    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=200)

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title

    def latest(self) -> Revision:
        """The newest revision. Raises Revision.DoesNotExist before the first load."""
        return self.revisions.latest("number")


class Immutable(models.Model):
    """A row that is written once."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError(f"A {self._meta.verbose_name} is immutable: load a new revision.")
        super().save(*args, **kwargs)


class Revision(Immutable):
    """One state of a programme's files, whole and checked."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    award = models.CharField("name on the certificate", max_length=200)
    level = models.PositiveSmallIntegerField("FHEQ level", default=7)
    digest = models.CharField("SHA-256 over all files", max_length=64)
    loaded_at = models.DateTimeField(default=timezone.now)
    loaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    files = models.JSONField("SHA-256 of every file, by its path", default=dict)

    class Meta:
        ordering = ["programme", "number"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="revision_number_once"),
            models.UniqueConstraint(fields=["programme", "digest"], name="revision_content_once"),
        ]

    def __str__(self) -> str:
        return f"{self.title}, revision {self.number}"


class DataSet(Immutable):
    """A data set with its page. The files themselves are in the blob store, by SHA-256.

    `files` is a list of {name, visibility, rows, columns, sha256, size}; `requires` of {id, title, kind, ask, months};
    `uses` of {module, kind, slug, title} of the lessons and assignments that read it.
    """

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="data_sets")
    number = models.PositiveSmallIntegerField()
    slug = models.SlugField(max_length=60)
    title = models.CharField(max_length=300)
    description = models.TextField()
    source = models.TextField()
    how = models.TextField("import")
    licence = models.CharField(max_length=200)
    licence_evidence = models.TextField()
    groups = models.JSONField(default=list)
    requires = models.JSONField(default=list)
    html = models.TextField()
    files = models.JSONField(default=list)
    uses = models.JSONField(default=list)

    class Meta:
        ordering = ["revision", "number"]
        constraints = [models.UniqueConstraint(fields=["revision", "slug"], name="data_set_slug_once")]

    def __str__(self) -> str:
        return self.title

    @property
    def is_confirmed(self) -> bool:
        """Whether the licence is known."""
        return self.licence != "unconfirmed"

    @property
    def visible_files(self) -> list[dict[str, Any]]:
        return [file for file in self.files if file["visibility"] == "visible"]

    @property
    def visible_rows(self) -> int:
        return sum(file["rows"] for file in self.visible_files)

    @property
    def hidden_rows(self) -> int:
        return sum(file["rows"] for file in self.files if file["visibility"] == "hidden")

    @property
    def modules(self) -> list[int]:
        return sorted({use["module"] for use in self.uses})


class Module(Immutable):
    """One of the nine. `resources` is a list of {title, kind, url, note}."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="modules")
    number = models.PositiveSmallIntegerField()
    slug = models.SlugField(max_length=80)
    title = models.CharField(max_length=200)
    short_title = models.CharField(max_length=60)
    objective = models.TextField()
    topics = models.JSONField(default=list)
    outcomes = models.JSONField(default=list)
    resources = models.JSONField(default=list)

    class Meta:
        ordering = ["revision", "number"]
        constraints = [
            models.UniqueConstraint(fields=["revision", "number"], name="module_number_once"),
            models.UniqueConstraint(fields=["revision", "slug"], name="module_slug_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"

    @property
    def code(self) -> str:
        """The name that the regulations use, such as M4."""
        return f"M{self.number}"

    @property
    def name(self) -> str:
        """What stays when modules change places: supervised-learning of m4-supervised-learning."""
        return NUMBERED.sub("", self.slug)


class Lesson(Immutable):
    """One page of teaching. `html` was rendered from `source` when the revision was loaded."""

    module = models.ForeignKey(Module, on_delete=models.PROTECT, related_name="lessons")
    number = models.PositiveSmallIntegerField()
    slug = models.SlugField(max_length=80)
    title = models.CharField(max_length=200)
    outcome = models.CharField(max_length=300)
    minutes = models.PositiveSmallIntegerField("reading time, minutes")
    topics = models.JSONField(default=list)
    further = models.JSONField(default=list)
    source = models.TextField()
    html = models.TextField()
    headings = models.JSONField(default=list)

    class Meta:
        ordering = ["module", "number"]
        constraints = [
            models.UniqueConstraint(fields=["module", "number"], name="lesson_number_once"),
            models.UniqueConstraint(fields=["module", "slug"], name="lesson_slug_once"),
        ]

    def __str__(self) -> str:
        return self.title


class Quiz(Immutable):
    """A bank of questions, at the end of a lesson or an assignment of its own; `ask` of them make a sitting.

    `questions` is a list of {id, kind, html, explanation}, and by kind: options [{html, right, why}]; answer,
    tolerance, unit and units {other unit: factor}; items in the right order; accept and pattern. `minutes` and `shows`
    are rules of an assignment.
    """

    class Shows(models.TextChoices):
        """When students see what was right, and why."""

        RELEASE = "release", "with the release of the marks"
        CLOSE = "close", "when it has closed for everybody"

    lesson = models.OneToOneField(Lesson, null=True, on_delete=models.PROTECT, related_name="quiz")
    assignment = models.OneToOneField("Assignment", null=True, on_delete=models.PROTECT, related_name="quiz")
    ask = models.PositiveSmallIntegerField("questions in one sitting")
    questions = models.JSONField()
    minutes = models.PositiveSmallIntegerField("time limit of a sitting, minutes", null=True)
    shows = models.CharField(max_length=7, choices=Shows, default=Shows.RELEASE)

    class Meta:
        verbose_name_plural = "quizzes"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(lesson=None, assignment__isnull=False)
                | models.Q(lesson__isnull=False, assignment=None),
                name="quiz_of_a_lesson_or_an_assignment",
            )
        ]

    def __str__(self) -> str:
        return f"Quiz of {self.lesson}" if self.lesson_id else str(self.assignment)

    def question(self, wanted: str) -> dict[str, Any] | None:
        return next((question for question in self.questions if question["id"] == wanted), None)


class Assignment(Immutable):
    """What a student hands in. `rubric` is a list of {id, title, question, weight, levels: {mark: sentence}}.

    `artefacts` are the patterns of files that come back from a run. `repeat`, when not empty, asks for a second run
    with another seed: {shuffle_columns}. `hidden_score`, when not empty, says what is told of the hidden checks before
    the release, and for how many attempts: {show, attempts}.

    `proposal` is a list of {id, title, ask, most, own_data}: what a student answers, and a tutor approves, before
    anything can be submitted. `layout` names the files of a repository. `checklist` is a list of {id, says, evidence,
    from, gate, check, is_hidden, look: [{file, ...}]}.
    """

    class Kind(models.TextChoices):
        NOTEBOOK = "notebook", "Notebook"
        SCRIPT = "script", "Script"
        QUIZ = "quiz", "Quiz"

    class Counts(models.TextChoices):
        BEST = "best", "the best attempt counts"
        LAST = "last", "the last attempt counts"

    module = models.ForeignKey(Module, on_delete=models.PROTECT, related_name="assignments")
    slug = models.SlugField(max_length=80)
    title = models.CharField(max_length=200)
    summary = models.CharField(max_length=300)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    entry = models.CharField("file to hand in", max_length=120)
    functions = models.JSONField(default=list)
    attempts = models.PositiveSmallIntegerField(default=5)
    counts = models.CharField(max_length=5, choices=Counts.choices, default=Counts.BEST)
    hours = models.PositiveSmallIntegerField("expected work, hours", default=5)
    limits = models.JSONField(default=dict)
    artefacts = models.JSONField(default=list)
    repeat = models.JSONField(default=dict)
    hidden_score = models.JSONField(default=dict)
    proposal = models.JSONField("questions of its proposal", default=list)
    layout = models.JSONField("files of the repository", default=list)
    checklist = models.JSONField(default=list)
    brief = models.TextField()
    brief_html = models.TextField()
    rubric = models.JSONField(default=list)

    class Meta:
        ordering = ["module", "slug"]
        constraints = [models.UniqueConstraint(fields=["module", "slug"], name="assignment_slug_once")]

    def __str__(self) -> str:
        return self.title

    @property
    def is_quiz(self) -> bool:
        """Answered in the browser; its questions are those of `quiz`."""
        return self.kind == self.Kind.QUIZ


class AssignmentFile(Immutable):
    """A file of an assignment, kept by its SHA-256."""

    class Part(models.TextChoices):
        STARTER = "starter", "Starter"
        VISIBLE_DATA = "visible", "Visible data"
        HIDDEN_DATA = "hidden", "Hidden data"
        CHECKS = "checks", "Checks"

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="files")
    part = models.CharField(max_length=8, choices=Part.choices)
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField("bytes")

    class Meta:
        ordering = ["assignment", "part", "name"]
        constraints = [models.UniqueConstraint(fields=["assignment", "part", "name"], name="assignment_file_once")]

    def __str__(self) -> str:
        return self.name


class Solution(Immutable):
    """What an author hands in to try the checks: the reference earns every auto mark, a wrong solution is caught.

    `files` is a list of {name, sha256, size}, as of a submission.
    """

    class Kind(models.TextChoices):
        REFERENCE = "reference", "Reference"
        WRONG = "wrong", "Wrong solution"

    class Verdict(models.TextChoices):
        """How the run of a wrong solution may have to end."""

        COMPLETED = "completed"
        CRASHED = "crashed"
        TIMED_OUT = "timed_out"
        OUT_OF_MEMORY = "out_of_memory"
        TOO_MUCH_OUTPUT = "too_much_output"
        REFUSED = "refused"

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="solutions")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    name = models.CharField("file", max_length=120)
    why = models.TextField("what is wrong with it", blank=True)
    caught_by = models.JSONField("checks on which it loses points", default=list)
    verdict = models.CharField("how its run must end, if that matters", max_length=20, choices=Verdict, blank=True)
    files = models.JSONField()

    class Meta:
        ordering = ["assignment", "kind", "name"]
        constraints = [models.UniqueConstraint(fields=["assignment", "kind", "name"], name="solution_once")]

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


class Check(Immutable):
    """One thing verified about a submission; the code is the function `name` of the assignment's checks.py."""

    class Feedback(models.TextChoices):
        """When a student may see the name of a hidden check and what it found."""

        AT_ONCE = "at once", "at once"
        AFTER_RELEASE = "after release", "after the release"
        NEVER = "never", "never"

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="checks")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=80)
    title = models.CharField("sentence for the student", max_length=200)
    points = models.DecimalField(max_digits=5, decimal_places=2)
    is_visible = models.BooleanField()
    time_limit = models.PositiveSmallIntegerField("seconds", default=30)
    after = models.CharField("needs this check to pass first", max_length=80, blank=True)
    feedback = models.CharField(max_length=13, choices=Feedback, default=Feedback.AFTER_RELEASE)

    class Meta:
        ordering = ["assignment", "number"]
        constraints = [
            models.UniqueConstraint(fields=["assignment", "name"], name="check_name_once"),
            models.CheckConstraint(condition=models.Q(points__gt=Decimal(0)), name="check_has_points"),
        ]

    def __str__(self) -> str:
        return self.title
