"""A revision as a student of it would read it. Nothing here writes anything."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.http import PersonRequest
from courses.access import get_revision_or_404
from courses.models import DataSet, Lesson, Module, Quiz, Revision


@require_GET
def preview(request: PersonRequest, programme: str, number: int) -> HttpResponse:
    """Everything that is in it."""
    revision = get_revision_or_404(request.user, programme, number)
    modules = revision.modules.order_by("number").prefetch_related("lessons", "assignments")
    page = {"modules": list(modules), "data_sets": list(revision.data_sets.order_by("number"))}
    return render(request, "courses/preview.html", preview_page(revision) | page)


@require_GET
def preview_module(request: PersonRequest, programme: str, number: int, module: int) -> HttpResponse:
    revision = get_revision_or_404(request.user, programme, number)
    found = get_object_or_404(revision.modules.prefetch_related("lessons", "assignments"), number=module)
    return render(request, "courses/preview_module.html", preview_page(revision) | {"module": found})


@require_GET
def preview_lesson(request: PersonRequest, programme: str, number: int, module: int, lesson: str) -> HttpResponse:
    revision = get_revision_or_404(request.user, programme, number)
    found = get_object_or_404(Module, revision=revision, number=module)
    lessons = list(found.lessons.defer("source", "html").order_by("number"))
    shown = get_object_or_404(Lesson, module=found, slug=lesson)
    place = [each.pk for each in lessons].index(shown.pk)
    page = {
        "module": found,
        "lesson": shown,
        "lessons": lessons,
        "assignments": list(found.assignments.defer("brief", "brief_html", "rubric").order_by("slug")),
        "quiz": Quiz.objects.filter(lesson=shown).first(),
        "before": lessons[place - 1] if place else None,
        "after": lessons[place + 1] if place + 1 < len(lessons) else None,
    }
    return render(request, "courses/preview_lesson.html", preview_page(revision) | page)


@require_GET
def preview_data_set(request: PersonRequest, programme: str, number: int, data: str) -> HttpResponse:
    revision = get_revision_or_404(request.user, programme, number)
    found = get_object_or_404(DataSet, revision=revision, slug=data)
    return render(request, "courses/preview_data_set.html", preview_page(revision) | {"data": found})


def preview_page(revision: Revision) -> dict[str, Any]:
    """What the banner says: who is on it, and what it can be compared with."""
    earlier = revision.programme.revisions.filter(number__lt=revision.number).order_by("-number")
    return {
        "revision": revision,
        "programme": revision.programme,
        "on_it": list(revision.cohorts.order_by("-starts_on", "name").values_list("name", flat=True)),
        "earlier": earlier.values_list("number", flat=True).first(),
    }
