from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET, require_POST

from accounts.http import PersonRequest
from blobs import store
from courses import actions
from courses.access import Reader, get_lesson_or_404, get_reader_or_404, get_visible_file_or_404
from courses.downloads import attachment
from courses.evidence import lacking_for, restricted_sets
from courses.models import DataSet, Lesson
from courses.path import path_of
from courses.sittings import quiz_page


@require_GET
def lesson(request: PersonRequest, slug: str, number: int, lesson: str) -> HttpResponse:
    reader = get_reader_or_404(request.user, slug)
    found = get_lesson_or_404(reader.cohort, number, lesson)
    if not reader.may_open_lesson(found):
        return render(request, "courses/lesson_locked.html", lesson_page(reader, found), status=403)
    if reader.enrolment:
        actions.open_lesson(lesson=found, by=reader.enrolment)
    return render(request, "courses/lesson.html", lesson_page(reader, found))


@require_POST
def lesson_read(request: PersonRequest, slug: str, number: int, lesson: str) -> HttpResponse:
    """“I have read it”, and its opposite. Staff have nothing to remember here."""
    reader = get_reader_or_404(request.user, slug)
    found = get_lesson_or_404(reader.cohort, number, lesson)
    if reader.enrolment is None or not reader.may_open_lesson(found):
        raise Http404
    if request.POST.get("read") == "no":
        actions.reopen_lesson(lesson=found, by=reader.enrolment)
    else:
        actions.finish_lesson(lesson=found, by=reader.enrolment)
    if getattr(request, "htmx", False):
        response = render(request, "courses/_lesson_read.html", lesson_page(reader, found) | {"is_swap": True})
    else:
        response = redirect("lesson", slug=slug, number=number, lesson=lesson)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_GET
def data_file(request: PersonRequest, slug: str, assignment: str, name: str) -> FileResponse | HttpResponse:
    """Visible data of an assignment, as a download; refused to who lacks what the data set asks for."""
    reader = get_reader_or_404(request.user, slug)
    file = get_visible_file_or_404(reader, assignment, name)
    if sentence := lacking_for(request.user, file.assignment, name):
        messages.error(request, sentence)
        return redirect("data_set", slug=slug, data=restricted_sets(file.assignment, name)[0].slug)
    return attachment(store.path(file.sha256).open("rb"), file.name)


def lesson_page(reader: Reader, found: Lesson) -> dict[str, object]:
    step = path_of(reader.cohort, reader.enrolment, modules=[found.module.number]).step(found.module.number)
    places = [reading.lesson.pk for reading in step.readings]
    here = places.index(found.pk)
    return {
        "reader": reader,
        "cohort": reader.cohort,
        "module": found.module,
        "lesson": found,
        "step": step,
        "reading": step.readings[here],
        "before": step.readings[here - 1] if here else None,
        "data_sets": [
            data
            for data in DataSet.objects.filter(revision=reader.cohort.revision_id).only("slug", "title", "uses")
            if any((use["module"], use["slug"]) == (found.module.number, found.slug) for use in data.uses)
        ],
        "quiz": quiz_page(found, reader.user),
        "after": step.readings[here + 1] if here + 1 < len(places) else None,
    }
