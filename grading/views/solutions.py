"""The authors' page of an assignment: its reference and wrong solutions on its checks, tried by a worker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.http import PersonRequest
from accounts.models import User
from accounts.roles import Permission
from courses.access import get_cohort_or_404
from courses.models import Assignment, Check, Cohort, Solution
from grading.authoring.trying import try_solutions
from grading.feedback import STATES
from grading.models import SolutionRun
from grading.words import counted


@dataclass(frozen=True)
class Row:
    """One solution and its newest run."""

    solution: Solution
    run: SolutionRun | None

    @property
    def is_reference(self) -> bool:
        return self.solution.kind == Solution.Kind.REFERENCE

    @property
    def waits(self) -> bool:
        return self.run is not None and not self.run.is_over

    @property
    def ended(self) -> str:
        """How its run ended, in words."""
        return STATES.get(self.run.verdict, "platform fault") if self.run else ""

    @property
    def is_right(self) -> bool:
        return self.run is not None and self.run.is_over and not self.run.complaint


@dataclass(frozen=True)
class CheckRow:
    """One check over all solutions: its longest time, and how many of the wrong ones lose points on it."""

    check: Check
    longest: float
    caught: int


@require_http_methods(["GET", "POST"])
def solutions(request: PersonRequest, cohort: str, assignment: str) -> HttpResponse:
    """GET shows the newest results, htmx asks for the fragment while workers are busy; POST tries everything again."""
    found, work = assignment_to_try(request.user, cohort, assignment)
    page = {"cohort": found, "address": reverse("solutions", args=[cohort, assignment])}
    return solutions_page(request, work, "grading/solutions.html", page)


def solutions_page(request: PersonRequest, work: Assignment, template: str, page: dict[str, Any]) -> HttpResponse:
    if request.method == "POST":
        made = try_solutions(assignment=work, by=request.user)
        text = f"{counted(len(made), 'solution')} queued." if made else "Everything is being tried already."
        messages.success(request, text)
        return redirect(page["address"])
    is_fragment = bool(request.htmx)  # type: ignore[attr-defined]
    return render(
        request, "grading/_solutions.html" if is_fragment else template, page_of(work) | page | {"assignment": work}
    )


def assignment_to_try(user: User, cohort: str, slug: str) -> tuple[Cohort, Assignment]:
    found = get_cohort_or_404(user, cohort, Permission.TRY_SOLUTIONS)
    assignments = Assignment.objects.select_related("module__revision")
    return found, get_object_or_404(assignments, module__revision=found.revision, slug=slug)


def page_of(assignment: Assignment) -> dict[str, Any]:
    newest: dict[int, SolutionRun] = {}
    for run in SolutionRun.objects.filter(solution__assignment=assignment).order_by("queued_at"):
        newest[run.solution_id] = run
    rows = [Row(solution, newest.get(solution.pk)) for solution in assignment.solutions.order_by("kind", "name")]
    wrong = [row for row in rows if not row.is_reference]
    return {
        "rows": rows,
        "checks": [check_row(check, rows) for check in assignment.checks.all()],
        "tried": sum(row.run is not None and row.run.is_over for row in rows),
        "waiting": sum(row.waits for row in rows),
        "wrong": len(wrong),
        "caught": sum(row.is_right for row in wrong),
        "is_full": all(row.is_right for row in rows if row.is_reference),
        "last": max((run.finished_at for run in newest.values() if run.finished_at), default=None),
    }


def check_row(check: Check, rows: list[Row]) -> CheckRow:
    found = [(row, each) for row in rows if row.run for each in row.run.checks if each["name"] == check.name]
    return CheckRow(
        check,
        longest=max((each["seconds"] for _, each in found), default=0.0),
        caught=sum(not row.is_reference and each["earned"] < each["points"] for row, each in found),
    )
