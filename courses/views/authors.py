"""What authors and tutors see of the teaching itself."""

from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.http import PersonRequest
from accounts.roles import Permission
from courses import statistics
from courses.access import get_cohort_or_404
from courses.coverage import coverage as covered
from courses.models import Lesson, Quiz


@require_GET
def coverage(request: PersonRequest, slug: str) -> HttpResponse:
    """Topic by topic, who teaches it; lesson by lesson, how long and how easy it is."""
    cohort = get_cohort_or_404(request.user, slug, Permission.SEE_WORK)
    lessons = Lesson.objects.defer("html", "headings", "further").select_related("quiz").order_by("number")
    modules = cohort.revision.modules.order_by("number").prefetch_related(Prefetch("lessons", queryset=lessons))
    page = {"cohort": cohort, "modules": [covered(module, list(module.lessons.all())) for module in modules]}
    return render(request, "courses/coverage.html", page)


@require_GET
def quiz_items(request: PersonRequest, slug: str, number: int, lesson: str) -> HttpResponse:
    """How students of all cohorts of this revision answered each question."""
    cohort = get_cohort_or_404(request.user, slug, Permission.SEE_WORK)
    quizzes = Quiz.objects.select_related("lesson__module").filter(lesson__module__revision=cohort.revision_id)
    quiz = get_object_or_404(quizzes, lesson__module__number=number, lesson__slug=lesson)
    page: dict[str, object] = {
        "cohort": cohort,
        "quiz": quiz,
        "lesson": quiz.lesson,
        "statistics": statistics.of_lesson(quiz),
    }
    return render(request, "courses/quiz_items.html", page | {"fewest": statistics.FEWEST})
