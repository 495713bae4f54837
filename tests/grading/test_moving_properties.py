"""Random programmes, random moves: what a student has opened stays open, what they have done stays done."""

from __future__ import annotations

import itertools
from typing import Any

import factories
import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.models import User
from courses import actions
from courses.access import get_reader_or_404
from courses.dates import cohort_dates, dates_of_modules
from courses.models import Assignment, Cohort, Enrolment, Lesson, Module, Programme, Revision
from courses.path import path_of
from courses.refusal import Refused
from grading.actions.move import move_cohort
from grading.models import Draft, Mark
from grading.moving import preview

pytestmark = pytest.mark.django_db

NAMES = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
LESSONS = ["intro", "split", "fit", "tell"]
WORK = ["risk", "groups"]
count = itertools.count(1)

place = st.none() | st.sampled_from(NAMES)
plans = st.fixed_dictionaries(
    {
        "order": st.permutations(NAMES),
        "lessons": st.fixed_dictionaries(dict.fromkeys(LESSONS, place)),
        "work": st.fixed_dictionaries(dict.fromkeys(WORK, place)),
    }
)
deeds = st.lists(st.tuples(st.sampled_from(["open", "finish", "draft", "mark"]), st.integers(0, 8)), max_size=4)


def load(programme: Programme, number: int, plan: Any) -> Revision:
    made = Revision.objects.create(
        programme=programme, number=number, title="P", award="A", digest=f"{next(count):064x}"
    )
    facts = {"objective": "O.", "topics": ["A topic"]}
    modules = {
        name: Module(revision=made, number=place, slug=f"m{place}-{name}", title=name, short_title=name, **facts)
        for place, name in enumerate(plan["order"], 1)
    }
    Module.objects.bulk_create(modules.values())
    Lesson.objects.bulk_create(
        Lesson(
            module=modules[home], number=number, slug=slug, title=slug, outcome="O.", minutes=5, source=slug, html=""
        )
        for number, (slug, home) in enumerate(plan["lessons"].items(), 1)
        if home
    )
    Assignment.objects.bulk_create(
        Assignment(module=modules[home], slug=slug, title=slug, summary="S.", kind="script", entry="work.py")
        for slug, home in plan["work"].items()
        if home
    )
    return made


def do(deed: str, which: int, student: Enrolment) -> None:
    """Something that a student may do now, if there is such a thing."""
    reader = get_reader_or_404(student.user, student.cohort.slug)
    revision = reader.cohort.revision
    lessons = [
        each
        for each in Lesson.objects.filter(module__revision=revision).select_related("module").order_by("slug")
        if reader.may_open_lesson(each)
    ]
    work = [
        each
        for each in Assignment.objects.filter(module__revision=revision).select_related("module").order_by("slug")
        if reader.may_open_assignment(each)
    ]
    assert reader.enrolment
    if deed in {"open", "finish"} and lessons:
        act = actions.open_lesson if deed == "open" else actions.finish_lesson
        act(lesson=lessons[which % len(lessons)], by=reader.enrolment)
    elif deed == "draft" and work:
        assignment = work[which % len(work)]
        Draft.objects.get_or_create(enrolment=student, assignment=assignment, defaults={"digest": "d"})
    elif deed == "mark":
        Mark.objects.filter(enrolment=student, module_number=which + 1).exists() or factories.mark(
            student, which + 1, "module", "60"
        )


def open_now(student: Enrolment) -> dict[str, set[str]]:
    """By name: what this student may open, has opened and has read."""
    reader = get_reader_or_404(student.user, student.cohort.slug)
    revision = reader.cohort.revision
    lessons = list(Lesson.objects.filter(module__revision=revision).select_related("module"))
    readings = [reading for step in path_of(reader.cohort, reader.enrolment) for reading in step.readings]
    days = dates_of_modules(reader.cohort)
    now = timezone.now()
    return {
        "there": {each.slug for each in lessons}
        | {f"work {each.slug}" for each in Assignment.objects.filter(module__revision=revision)}
        | {f"module {each.name}" for each in revision.modules.all()},
        "begun": {each.lesson.slug for each in readings if each.progress},
        "read": {each.lesson.slug for each in readings if each.is_read},
        "open": {each.slug for each in lessons if reader.may_open_lesson(each)}
        | {
            f"work {each.slug}"
            for each in Assignment.objects.filter(module__revision=revision).select_related("module")
            if cohort_dates(reader.cohort, each).opens_at <= now
        }
        | {f"module {each.name}" for each in revision.modules.all() if days[each.number].opens_at <= now},
    }


# A failing example is told as it was found: to make it smaller would take many minutes of moves.
@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(plans, min_size=2, max_size=3), st.lists(st.tuples(deeds, st.integers(0, 2)), min_size=2, max_size=4))
def test_what_is_open_or_done_never_locks_again(office: User, plans: list[Any], steps: list[Any]) -> None:
    with transaction.atomic():
        point = transaction.savepoint()
        walk(office, plans, steps)
        transaction.savepoint_rollback(point)


def walk(office: User, plans: list[Any], steps: list[Any]) -> None:
    programme = Programme.objects.create(slug=f"p-{next(count)}", title="P")
    revisions = [load(programme, number, plan) for number, plan in enumerate(plans, 1)]
    cohort = factories.cohort(revisions[0])
    student = factories.enrolment(cohort)
    opened: set[str] = set()
    begun: set[str] = set()
    read: set[str] = set()
    for done, target in steps:
        for deed, which in done:
            do(deed, which, student)
        before = open_now(student)
        begun |= before["begun"]
        read |= before["read"]
        # Lessons are open to who opened them; modules and assignments, once they have opened, to everybody.
        opened |= before["begun"] | {each for each in before["open"] if " " in each}
        marks = list(Mark.objects.filter(enrolment=student).order_by("pk").values())
        drafts = Draft.objects.filter(enrolment=student).count()
        try:
            to = revisions[target % len(revisions)]
            seen = preview(Cohort.objects.get(pk=cohort.pk), to).seen
            move_cohort(cohort=cohort, revision=to, seen=seen, reason="Better.", by=office)
        except Refused:
            assert open_now(student) == before
            continue
        after = open_now(student)
        assert opened & after["there"] <= after["open"], (opened & after["there"]) - after["open"]
        assert begun & after["there"] <= after["begun"]
        assert read & after["there"] <= after["read"]
        assert list(Mark.objects.filter(enrolment=student).order_by("pk").values()) == marks
        assert Draft.objects.filter(enrolment=student).count() == drafts
