from dataclasses import replace

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST

from accounts.http import PersonRequest
from courses import actions
from courses.access import Reader, get_lesson_or_404, get_reader_or_404
from courses.models import Lesson
from courses.refusal import Refused
from courses.sittings import QuizPage, quiz_page
from courses.views.lessons import lesson_page


@require_POST
def quiz_answer(request: PersonRequest, slug: str, number: int, lesson: str) -> HttpResponse:
    """One answer: judged here, kept, and shown with its explanation."""
    reader, found, page = _quiz_or_404(request, slug, number, lesson)
    question = request.POST.get("question", "")
    sitting = request.POST.get("sitting", "")
    values = request.POST.getlist("answer")[:20]
    problem = ""
    try:
        actions.answer_question(
            quiz=page.quiz,
            number=int(sitting) if sitting.isascii() and sitting.isdigit() and len(sitting) < 5 else 0,
            question=question,
            values=values,
            by=request.user,
            enrolment=reader.enrolment,
        )
        page = quiz_page(found, request.user) or page
    except Refused as refusal:
        problem = str(refusal)
        asked = [
            replace(one, problem=problem, tried=tuple(values)) if one.question["id"] == question else one
            for one in page.asked
        ]
        page = replace(page, asked=asked)
    asked_here = page.of(question)
    if getattr(request, "htmx", False) and asked_here is None:
        response = HttpResponse(headers={"HX-Refresh": "true"})  # A page would land inside the form.
    elif getattr(request, "htmx", False):
        context = {"asked": asked_here, "quiz": page, "cohort": reader.cohort, "module": found.module, "lesson": found}
        response = render(
            request, "courses/_quiz_answered.html", context | {"is_swap": True}, status=422 if problem else 200
        )
    elif problem:
        response = render(request, "courses/lesson.html", lesson_page(reader, found) | {"quiz": page}, status=422)
    else:
        address = reverse("lesson", kwargs={"slug": slug, "number": number, "lesson": lesson})
        response = redirect(f"{address}#question-{question}")
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_POST
def quiz_again(request: PersonRequest, slug: str, number: int, lesson: str) -> HttpResponse:
    """Other questions of the bank."""
    reader, found, page = _quiz_or_404(request, slug, number, lesson)
    actions.sit_again(quiz=page.quiz, by=request.user, enrolment=reader.enrolment)
    if getattr(request, "htmx", False):
        context = {"quiz": quiz_page(found, request.user), "cohort": reader.cohort, "lesson": found, "is_swap": True}
        response = render(request, "courses/_quiz.html", context | {"module": found.module})
    else:
        address = reverse("lesson", kwargs={"slug": slug, "number": number, "lesson": lesson})
        response = redirect(f"{address}#quiz")
    patch_vary_headers(response, ["HX-Request"])
    return response


def _quiz_or_404(request: PersonRequest, slug: str, number: int, lesson: str) -> tuple[Reader, Lesson, QuizPage]:
    reader = get_reader_or_404(request.user, slug)
    found = get_lesson_or_404(reader.cohort, number, lesson)
    page = quiz_page(found, request.user) if reader.may_open_lesson(found) else None
    if page is None:
        raise Http404
    if reader.enrolment:
        actions.open_lesson(lesson=found, by=reader.enrolment)
    return reader, found, page
