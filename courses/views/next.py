"""The first page: what is next, and when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Count, Min
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_GET

from accounts.http import PersonRequest
from accounts.models import User
from accounts.roles import Permission
from courses import dashboard, dates
from courses.access import enrolments_of
from courses.dashboard import Waiting
from courses.models import Cohort, Enrolment
from courses.path import Assigned, Path, Reading, Step, path_of
from courses.regulations import regulations

SOON = timedelta(days=3)
DATES_SHOWN = 5


class Act(StrEnum):
    HAND_IN = "hand_in"
    READ = "read"
    WAIT = "wait"
    REST = "rest"


@dataclass(frozen=True)
class Next:
    """The one thing to do now, and the module that it belongs to."""

    act: Act
    step: Step | None = None
    assigned: Assigned | None = None
    reading: Reading | None = None

    def url(self, cohort: Cohort) -> str:
        """Where the heading leads, so that it is not said a second time below."""
        if self.act == Act.HAND_IN and self.assigned:
            return reverse("assignment", args=[cohort.slug, self.assigned.assignment.slug])
        if self.act == Act.READ and self.step and self.reading:
            return reverse("lesson", args=[cohort.slug, self.step.module.number, self.reading.lesson.slug])
        return ""


@dataclass(frozen=True)
class Coming:
    """One line of “Dates”."""

    at: datetime
    what: str
    step: Step
    assigned: Assigned | None = None


@require_GET
def next_page(request: PersonRequest) -> HttpResponse:
    enrolments = list(enrolments_of(request.user))
    enrolment = _current(enrolments)
    page: dict[str, object] = {
        "asked_for": [each for each in enrolments if each.state in {Enrolment.State.APPLIED, Enrolment.State.WAITING}],
        "others": [each for each in enrolments if each != enrolment and each.state == Enrolment.State.ENROLLED],
        "today": dates.school_day(),
    }
    waiting = dashboard.waiting_for(request.user, enrolment) + applications_waiting_for(request.user)
    if enrolment is None:
        has_role = request.user.site_roles.exists() or request.user.cohort_roles.exists()
        page["waiting"] = waiting
        if has_role:
            return render(request, "courses/next_staff.html", page | {"cohorts": cohorts_of_staff(request.user)})
        page["cohorts"] = list(Cohort.objects.open_to_students().counted().select_related("revision"))
        return render(request, "courses/next_visitor.html", page)
    path = path_of(enrolment.cohort, enrolment)
    following = what_is_next(path)
    panels = dashboard.panels_for(enrolment)
    rows = waiting + drafts_waiting(path) + lessons_waiting(path)
    page |= {
        "enrolment": enrolment,
        "path": path,
        "next": following,
        "waiting": [row for row in rows if row.url != following.url(path.cohort)],
        "coming": coming(path)[:DATES_SHOWN],
        "spoken": [panel for panel in panels if panel.is_spoken],
        "facts": [panel for panel in panels if not panel.is_spoken],
        "rules": regulations(enrolment.cohort.regulations_version),
    }
    return render(request, "courses/next.html", page)


def _current(enrolments: list[Enrolment]) -> Enrolment | None:
    """The one that somebody lives in today; they come newest first."""
    for state in (Enrolment.State.ENROLLED, Enrolment.State.INTERRUPTED, Enrolment.State.COMPLETED):
        for enrolment in enrolments:
            if enrolment.state == state:
                return enrolment
    return None


def what_is_next(path: Path) -> Next:
    """First what is due first: read for it while there is time, then hand it in. Then reading, then waiting."""
    outstanding = sorted((one for one in path.assigned if one.is_outstanding), key=lambda one: one.dates.due_at)
    if outstanding:
        first = outstanding[0]
        step = path.step(first.assignment.module.number)
        is_soon = first.dates.due_at - path.now < SOON
        if step.next_reading and not first.work.started and not is_soon:
            return Next(Act.READ, step, first, step.next_reading)
        return Next(Act.HAND_IN, step, first)
    for step in path:
        if step.has_opened and step.next_reading and path.now <= step.dates.due_at:
            return Next(Act.READ, step, reading=step.next_reading)
    for step in path:
        if not step.has_opened:
            return Next(Act.WAIT, step)
    return Next(Act.REST)


def coming(path: Path) -> list[Coming]:
    """What opens, is due and closes from now on, in order of time."""
    found = [Coming(step.dates.opens_at, "opens", step) for step in path if not step.has_opened]
    for step in path:
        if not step.assigned and path.now < step.dates.due_at:
            found.append(Coming(step.dates.due_at, "ends", step))
        for one in step.assigned:
            if one.work.handed_in and not one.is_outstanding:
                continue
            if path.now < one.dates.due_at:
                found.append(Coming(one.dates.due_at, "due", step, one))
            elif one.is_late:
                found.append(Coming(one.dates.closes_at, "closes", step, one))
    return sorted(found, key=lambda each: each.at)


def cohorts_of_staff(user: User) -> list[dict[str, object]]:
    """The newest that this person works in, each with the week that it is in."""
    newest = Cohort.objects.permitting(user, Permission.READ_PROGRAMME).order_by("-starts_on", "name")[:8]
    return [
        {
            "cohort": cohort,
            "week": dates.week_of(cohort, dates.school_day()),
            "weeks": dates.pace_of(cohort).weeks,
            "ends_on": dates.ends_on(cohort),
        }
        for cohort in newest
    ]


def drafts_waiting(path: Path) -> list[Waiting]:
    """Work that is begun and can be handed in."""
    return [
        Waiting(
            title=f"Your draft of “{one.assignment.title}”",
            url=reverse("assignment", args=[path.cohort.slug, one.assignment.slug]),
            text=f"{one.work.lede} It is not handed in.".strip(),
            aside=f"due {one.due_from_today}",
        )
        for one in path.assigned
        if one.is_outstanding and one.work.started
    ]


def lessons_waiting(path: Path) -> list[Waiting]:
    """Lessons that were opened and not finished, the latest first; where there is none, the next of the open module."""
    begun = [(step, reading) for step in path for reading in step.readings if reading.is_begun]
    begun.sort(key=lambda found: found[1].progress.opened_at if found[1].progress else path.now, reverse=True)
    if begun:
        text = "You opened it and have not said that you have read it."
        return [lesson_waiting(path, step, reading, text) for step, reading in begun[:3]]
    for step in path:
        if step.has_opened and step.next_reading and path.now <= step.dates.due_at:
            text = f"{step.lessons_read} of the {len(step.readings)} lessons of module {step.module.number} are read."
            return [lesson_waiting(path, step, step.next_reading, text)]
    return []


def lesson_waiting(path: Path, step: Step, reading: Reading, text: str) -> Waiting:
    return Waiting(
        title=f"Lesson {reading.number}, {reading.lesson.title}",
        url=reverse("lesson", args=[path.cohort.slug, step.module.number, reading.lesson.slug]),
        text=text,
        aside=f"{reading.lesson.minutes} minutes",
    )


def applications_waiting_for(user: User) -> list[Waiting]:
    """One row a cohort that has applications this person may decide on."""
    undecided = Enrolment.objects.permitting(user, Permission.MANAGE_COHORT).filter(state=Enrolment.State.APPLIED)
    by_cohort = undecided.order_by().values("cohort__name", "cohort__slug")
    cohorts = by_cohort.annotate(n=Count("pk"), oldest=Min("applied_at")).order_by("oldest")
    return [
        Waiting(
            title=f"{row['n']} application{'' if row['n'] == 1 else 's'} to {row['cohort__name']}",
            url=reverse("office_cohort", args=[row["cohort__slug"]]) + "#applications",
            text="Applicants hear from us as soon as you decide.",
            aside=f"oldest of {date_format(timezone.localtime(row['oldest']), 'D j M Y')}",
            act="Decide",
        )
        for row in cohorts
    ]
