"""A quiz as an assignment: its page, answering, and what was right; for tutors its answers in words and statistics."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.http import PersonRequest
from accounts.models import User
from accounts.roles import Permission
from courses import statistics
from courses.access import get_cohort_or_404
from courses.dates import effective_dates
from courses.models import Assignment, Cohort, Enrolment, Sitting
from courses.quizzes import read
from courses.refusal import Refused
from courses.regulations import regulations
from courses.sittings import Asked
from grading import quizzes, words
from grading.access import own_assignment
from grading.actions import quizzes as actions
from grading.feedback import attempts_of
from grading.models import AcceptedAnswer, Mark, Run, Submission
from grading.statistics import statistics_of_quiz
from grading.text import storable


def own_quiz(user: User, cohort: str, slug: str) -> tuple[Enrolment, Assignment]:
    enrolment, found = own_assignment(user, cohort, slug)
    if not found.is_quiz:
        raise Http404
    return enrolment, found


@dataclass(frozen=True)
class UnderWay:
    """The sitting that is open: its questions with what is saved so far, and how long it still lasts."""

    sitting: Sitting
    asked: list[Asked]
    ends_at: datetime
    now: datetime

    @property
    def seconds_left(self) -> int:
        return max(int((self.ends_at - self.now).total_seconds()), 0)

    @property
    def is_over(self) -> bool:
        return self.now > self.ends_at

    @property
    def answered(self) -> int:
        return sum(any(value.strip() for value in one.tried) for one in self.asked)

    @property
    def time_left(self) -> str:
        return words.about(self.ends_at - self.now)


def under_way(sitting: Sitting) -> UnderWay:
    saved = {one.question: one.values for one in sitting.saved.all()}
    bank = {question["id"]: question for question in sitting.quiz.questions}
    asked = [
        Asked(bank[one["id"]], place, one["order"], tried=tuple(saved.get(one["id"], ())))
        for place, one in enumerate(sitting.drawn, 1)
    ]
    return UnderWay(sitting, [with_problem(one) for one in asked], actions.ends_at(sitting), timezone.now())


def with_problem(asked: Asked) -> Asked:
    """What is saved and could not be read as an answer says so while it can still be mended."""
    if any(value.strip() for value in asked.tried):
        try:
            read(asked.question, asked.order, asked.tried)
        except Refused as refused:
            return replace(asked, problem=str(refused))
    return asked


def about_quiz(assignment: Assignment, regulations_version: str) -> dict[str, Any]:
    """What is true of it for everybody."""
    rules = regulations(regulations_version)
    return {
        "assignment": assignment,
        "module": assignment.module,
        "quiz": assignment.quiz,
        "weight": rules.modules[assignment.module.code].weights.quiz,
    }


def student_quiz_page(enrolment: Enrolment, assignment: Assignment) -> dict[str, Any]:
    dates = effective_dates(enrolment, assignment)
    sittings = actions.sittings_of(enrolment, assignment)
    present = next((one for one in sittings if one.ended_at is None), None)
    refusal = ""
    try:
        actions.may_begin(enrolment, assignment)
    except Refused as refused:
        refusal = str(refused)
    return about_quiz(assignment, enrolment.cohort.regulations_version) | {
        "cohort": enrolment.cohort,
        "enrolment": enrolment,
        "dates": dates,
        "is_open": dates.opens_at <= timezone.now(),
        "used": len(sittings),
        "number": len(sittings) + 1,
        "under_way": under_way(present) if present else None,
        "refusal": refusal,
        "attempts": attempts_of(enrolment, assignment),
        "shown": quizzes.are_shown(enrolment, assignment),
    }


@require_POST
def quiz_begin(request: PersonRequest, cohort: str, assignment: str) -> HttpResponse:
    """Begin a sitting; while one is under way, go on with it."""
    enrolment, found = own_quiz(request.user, cohort, assignment)
    try:
        actions.begin(enrolment=enrolment, assignment=found, by=request.user)
    except Refused as refused:
        page = student_quiz_page(enrolment, found) | {"begin_error": str(refused)}
        return render(request, "grading/quiz.html", page, status=422)
    return redirect(f"{reverse('assignment', args=[cohort, assignment])}#questions")


@require_POST
def quiz_answers(request: PersonRequest, cohort: str, assignment: str) -> HttpResponse:
    """Keep what was answered; with `act` hand it in as well. The same form again does the same, once."""
    enrolment, found = own_quiz(request.user, cohort, assignment)
    sitting = named_sitting(request.POST, enrolment, found)
    if sitting is None:
        return away(request, reverse("assignment", args=[cohort, assignment]))
    if sitting.ended_at is not None:
        messages.info(request, actions.OVER)
        return away(request, reverse("work", args=[sitting.submission.pk]))
    problem = ""
    try:
        actions.save_answers(sitting=sitting, given=changed(request.POST, under_way(sitting)), by=request.user)
    except Refused as refused:
        problem = str(refused)
    if request.POST.get("act") == "hand_in" and (request.POST.get("confirm") or problem == actions.OVER):
        submission = actions.hand_in(sitting=sitting, by=request.user)
        if problem:
            messages.info(request, problem)
        return away(request, reverse("work", args=[submission.pk]))
    if request.POST.get("act") == "hand_in":
        problem = problem or "Tick the box to say that you hand in. Your answers are saved; nothing was handed in yet."
    return answered(request, enrolment, found, sitting, problem)


def answered(
    request: PersonRequest, enrolment: Enrolment, found: Assignment, sitting: Sitting, problem: str
) -> HttpResponse:
    if getattr(request, "htmx", False):
        page = {"under_way": under_way(sitting), "problem": problem, "is_swap": True}
        response = render(request, "grading/_quiz_saved.html", page, status=422 if problem else 200)
    elif problem:
        page = student_quiz_page(enrolment, found) | {"problem": problem}
        response = render(request, "grading/quiz.html", page, status=422)
    else:
        response = redirect(f"{reverse('assignment', args=[enrolment.cohort.slug, found.slug])}#saved")
    patch_vary_headers(response, ["HX-Request"])
    return response


def away(request: HttpRequest, url: str) -> HttpResponse:
    if getattr(request, "htmx", False):
        response = HttpResponse(headers={"HX-Redirect": url})
        patch_vary_headers(response, ["HX-Request"])
        return response
    return redirect(url)


def named_sitting(data: QueryDict, enrolment: Enrolment, assignment: Assignment) -> Sitting | None:
    """The sitting that the form was made for."""
    number = data.get("sitting", "")
    sittings = actions.sittings_of(enrolment, assignment)
    return next((one for one in sittings if str(one.number) == number), None)


def changed(data: QueryDict, present: UnderWay) -> dict[str, list[str]]:
    """The answers that were changed in this window since it showed them: what another window saved meanwhile stays."""
    found = {}
    for one in present.asked:
        name = one.question["id"]
        values = data.getlist(f"answer-{name}")
        if f"seen-{name}" in data and data[f"seen-{name}"] != quizzes.fingerprint(values):
            found[name] = values
    return found


def submission_quiz_page(submission: Submission, enrolment: Enrolment) -> dict[str, Any]:
    """What the student may know of one sitting now: what was right, and the mark, only once they are shown."""
    assignment = submission.assignment
    shown = quizzes.are_shown(enrolment, assignment)
    return (
        about_quiz(assignment, enrolment.cohort.regulations_version)
        | judged(submission, shown)
        | {
            "submission": submission,
            "cohort": enrolment.cohort,
            "shown": shown,
            "attempts": attempts_of(enrolment, assignment),
            "released": Mark.objects.released().filter(submission=submission, component=Mark.Component.QUIZ).exists(),
            "reason": reason_of(submission) if shown else "",
        }
    )


def reason_of(submission: Submission) -> str:
    """Why the mark was changed, if it was."""
    mark = submission.marks.current().filter(component=Mark.Component.QUIZ).first()
    return mark.reason if mark else ""


def judged(submission: Submission, shown: bool) -> dict[str, Any]:
    runs = submission.runs.filter(state=Run.State.FINISHED).select_related("assignment__quiz", "submission__sitting")
    run = runs.prefetch_related("results").order_by("-finished_at").first() if shown else None
    return {"run": run, "asked": quizzes.judged_questions(run) if run else []}


def desk_quiz_page(submission: Submission) -> dict[str, Any]:
    """For tutors and examiners, by candidate number."""
    page = about_quiz(submission.assignment, submission.enrolment.cohort.regulations_version)
    return (
        page
        | judged(submission, shown=True)
        | {
            "submission": submission,
            "cohort": submission.enrolment.cohort,
            "candidate": submission.enrolment.candidate,
        }
    )


def quiz_for_staff(user: User, cohort: str, slug: str, permission: Permission) -> tuple[Cohort, Assignment]:
    found = get_cohort_or_404(user, cohort, permission)
    work = Assignment.objects.select_related("module", "quiz").filter(
        module__revision=found.revision, quiz__isnull=False
    )
    return found, get_object_or_404(work, slug=slug)


@require_http_methods(["GET", "POST"])
def quiz_words(request: PersonRequest, cohort: str, assignment: str) -> HttpResponse:
    """Answers in words that matched nothing, to be accepted for everybody."""
    found, work = quiz_for_staff(request.user, cohort, assignment, Permission.MARK_WORK)
    problem, tried = "", {}
    if request.method == "POST":
        tried = {key: storable(request.POST.get(key, "")[:400]) for key in ("question", "text", "reason")}
        try:
            regrade = actions.accept_answer(cohort=found, assignment=work, by=request.user, **tried)
        except Refused as refused:
            problem = str(refused)
        else:
            messages.success(request, accepted_in_words(tried["text"], regrade is None))
            return redirect("quiz_words", cohort, assignment)
    accepted = AcceptedAnswer.objects.filter(cohort=found, assignment_slug=work.slug).select_related("accepted_by")
    page = about_quiz(work, found.regulations_version) | {
        "cohort": found,
        "rows": quizzes.unmatched(found, work),
        "accepted": list(accepted),
        "problem": problem,
        "tried": tried,
    }
    return render(request, "grading/quiz_words.html", page, status=422 if problem else 200)


def accepted_in_words(text: str, was_before: bool) -> str:
    if was_before:
        return f"“{text}” had been accepted before. Nothing was changed."
    return f"“{text}” is accepted for everybody, and all sittings are judged again. Tell the author: the file needs it."


@require_GET
def quiz_statistics(request: PersonRequest, cohort: str, assignment: str) -> HttpResponse:
    """What the first sittings of the cohort's students say about the questions."""
    found, work = quiz_for_staff(request.user, cohort, assignment, Permission.SEE_WORK)
    page = about_quiz(work, found.regulations_version) | {
        "cohort": found,
        "statistics": statistics_of_quiz(found, work),
        "fewest": statistics.FEWEST,
    }
    return render(request, "grading/quiz_statistics.html", page)
