from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.http import PersonRequest
from courses.models import Enrolment, Module
from grading.feedback import ModuleMarks, marks_by_module, released_slugs
from grading.models import Mark, Submission


@dataclass(frozen=True)
class CohortMarks:
    """The released marks of one enrolment, and the modules whose work is not released yet."""

    enrolment: Enrolment
    modules: list[ModuleMarks]
    waiting: list[Submission]
    """The newest attempt for each."""

    @property
    def has_quiz(self) -> bool:
        return any(module.quiz is not None for module in self.modules)

    @property
    def is_provisional(self) -> bool:
        return any(module.is_provisional for module in self.modules)


@require_GET
def marks(request: PersonRequest) -> HttpResponse:
    """Released marks only, of every cohort that this person studies or studied in."""
    enrolments = (
        Enrolment.objects.studying_or_done()
        .filter(user=request.user)
        .select_related("cohort__revision")
        .order_by("-cohort__starts_on", "-pk")
    )
    found = [cohort_marks(enrolment) for enrolment in enrolments]
    page = {"cohorts": found, "any_released": any(each.modules for each in found)}
    return render(request, "grading/marks.html", page)


def cohort_marks(enrolment: Enrolment) -> CohortMarks:
    modules = marks_by_module(enrolment, Module.objects.filter(revision=enrolment.cohort.revision).order_by("number"))
    whole = {each.module.number for each in modules if each.value_of(Mark.Component.MODULE) is not None}
    released = released_slugs(enrolment)
    newest: dict[str, Submission] = {}
    handed_in = Submission.objects.filter(enrolment=enrolment).select_related("assignment__module")
    for submission in handed_in.order_by("assignment__module__number", "attempt"):
        if submission.assignment.slug not in released and submission.assignment.module.number not in whole:
            newest[submission.assignment.slug] = submission
    return CohortMarks(enrolment, modules, list(newest.values()))
