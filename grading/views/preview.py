"""An assignment of a revision as a student of it would see it. Nothing is handed in here; authors may try solutions."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from accounts.http import PersonRequest
from accounts.models import User
from accounts.roles import Permission
from courses.access import get_revision_or_404
from courses.models import Assignment, AssignmentFile, Cohort, Revision
from courses.regulations import Regulations, regulations, versions
from courses.views.preview import preview_page
from grading import words
from grading.downloads import download
from grading.models.submission import StoredFile
from grading.views.solutions import solutions_page

Part = AssignmentFile.Part


@require_GET
def preview_assignment(request: PersonRequest, programme: str, number: int, assignment: str) -> HttpResponse:
    revision, found = assignment_of(request.user, programme, number, assignment)
    files = list(found.files.order_by("name"))
    rules = newest_rules(found)
    if found.is_quiz:
        weights = rules.modules[found.module.code].weights if rules else None
        about = {"assignment": found, "module": found.module, "quiz": found.quiz, "weights": weights}
        return render(request, "grading/preview_quiz.html", preview_page(revision) | about)
    page = {
        "assignment": found,
        "module": found.module,
        "limits": words.limits(found.limits),
        "weights": rules.modules[found.module.code].weights if rules else None,
        "late_rule": words.late_rule(rules.lateness) if rules else "",
        "checks": found.checks.filter(is_visible=True).order_by("number"),
        "starter": [file for file in files if file.part == Part.STARTER],
        "data": [file for file in files if file.part == Part.VISIBLE_DATA],
        "may_try": may_try(request.user, revision),
    }
    return render(request, "grading/preview_assignment.html", preview_page(revision) | page)


@require_GET
def preview_starter(request: PersonRequest, programme: str, number: int, assignment: str) -> FileResponse:
    _, found = assignment_of(request.user, programme, number, assignment)
    files = [StoredFile(name=f.name, sha256=f.sha256, size=f.size) for f in found.files.filter(part=Part.STARTER)]
    if not files:
        raise Http404
    return download(files, name=f"{found.slug}-starter")


@require_http_methods(["GET", "POST"])
def preview_solutions(request: PersonRequest, programme: str, number: int, assignment: str) -> HttpResponse:
    """The reference and wrong solutions of this revision, before any cohort is on it."""
    revision, found = assignment_of(request.user, programme, number, assignment)
    if not may_try(request.user, revision):
        raise Http404
    page: dict[str, Any] = {"address": reverse("preview_solutions", args=[programme, number, assignment])}
    return solutions_page(request, found, "grading/preview_solutions.html", preview_page(revision) | page)


def assignment_of(user: User, programme: str, number: int, slug: str) -> tuple[Revision, Assignment]:
    revision = get_revision_or_404(user, programme, number)
    assignments = Assignment.objects.select_related("module__revision")
    return revision, get_object_or_404(assignments, module__revision=revision, slug=slug)


def may_try(user: User, revision: Revision) -> bool:
    """With a site-wide role, or one in a cohort of the programme."""
    cohorts = Cohort.objects.filter(revision__programme=revision.programme_id)
    return (
        user.has_site_permission(Permission.TRY_SOLUTIONS)
        or cohorts.filter(Q(pk__in=Cohort.objects.permitting(user, Permission.TRY_SOLUTIONS).values("pk"))).exists()
    )


def newest_rules(assignment: Assignment) -> Regulations | None:
    """A revision has no regulations of its own: the newest that know the module are shown."""
    found = (regulations(version) for version in reversed(versions()))
    return next((rules for rules in found if assignment.module.code in rules.modules), None)
