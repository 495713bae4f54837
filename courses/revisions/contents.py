"""A whole revision, read in a constant number of queries."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Prefetch

from courses.models import Assignment, AssignmentFile, Check, DataSet, Lesson, Module, Quiz, Revision, Solution


@dataclass(frozen=True)
class Contents:
    revision: Revision
    modules: list[Module]
    """With their lessons and assignments prefetched."""
    data_sets: list[DataSet]

    @property
    def lessons(self) -> list[Lesson]:
        return [lesson for module in self.modules for lesson in module.lessons.all()]

    @property
    def assignments(self) -> list[Assignment]:
        return [assignment for module in self.modules for assignment in module.assignments.all()]


def contents_of(revision: Revision) -> Contents:
    assignments = (
        Assignment.objects.order_by("slug")
        .select_related("quiz")
        .prefetch_related(
            Prefetch("checks", Check.objects.order_by("number")),
            Prefetch("files", AssignmentFile.objects.order_by("part", "name")),
            Prefetch("solutions", Solution.objects.order_by("kind", "name")),
        )
    )
    modules = revision.modules.order_by("number").prefetch_related(
        Prefetch("lessons", Lesson.objects.order_by("number").select_related("quiz")),
        Prefetch("assignments", assignments),
    )
    return Contents(revision, list(modules), list(revision.data_sets.order_by("number")))


def quiz_of(taught: Lesson | Assignment) -> Quiz | None:
    return getattr(taught, "quiz", None)
