from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.http import PersonRequest
from accounts.roles import Permission
from courses.access import get_module_or_404, get_reader_or_404
from courses.models import AssignmentFile, Cohort
from courses.path import path_of
from courses.regulations import regulations


@require_GET
def modules(request: PersonRequest, slug: str) -> HttpResponse:
    reader = get_reader_or_404(request.user, slug)
    path = path_of(reader.cohort, reader.enrolment)
    page = {
        "reader": reader,
        "cohort": reader.cohort,
        "path": path,
        "may_see_coverage": reader.is_staff
        and Cohort.objects.permitting(request.user, Permission.SEE_WORK).filter(pk=reader.cohort.pk).exists(),
        "rules": regulations(reader.cohort.regulations_version),
        "now": next((step for step in path if step.has_opened and path.now <= step.dates.due_at), None),
    }
    return render(request, "courses/modules.html", page)


@require_GET
def module(request: PersonRequest, slug: str, number: int) -> HttpResponse:
    """What it is about and when; before it opens, the lessons are listed but stay closed to students."""
    reader = get_reader_or_404(request.user, slug)
    found = get_module_or_404(reader.cohort, number)
    step = path_of(reader.cohort, reader.enrolment, modules=[number]).step(number)
    rules = regulations(reader.cohort.regulations_version)
    page = {
        "reader": reader,
        "cohort": reader.cohort,
        "module": found,
        "step": step,
        "may_open": reader.may_open(step.dates.opens_at),
        "rule": rules.modules[found.code],
        "credits": rules.credits,
        "data": _visible_data(number, reader.cohort.revision_id),
        "neighbours": {"before": number - 1, "after": number + 1 if number < len(rules.modules) else 0},
    }
    return render(request, "courses/module.html", page)


def _visible_data(number: int, revision_id: int) -> dict[int, list[AssignmentFile]]:
    """By assignment."""
    found: dict[int, list[AssignmentFile]] = {}
    files = AssignmentFile.objects.filter(
        assignment__module__revision=revision_id,
        assignment__module__number=number,
        part=AssignmentFile.Part.VISIBLE_DATA,
    )
    for file in files.order_by("name"):
        found.setdefault(file.assignment_id, []).append(file)
    return found
