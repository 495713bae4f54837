"""Why a cohort cannot be moved: where something that counts would be lost or given to something else."""

from __future__ import annotations

from collections.abc import Iterator

from courses.models import Assignment
from courses.regulations import regulations
from grading.moving.altered import Altered
from grading.moving.rows import Row, day
from grading.moving.state import State
from grading.words import counted


def blockers(state: State, rows: list[Row], assignments: list[Altered], gone: list[Assignment]) -> list[str]:
    return [
        *other_modules(state),
        *work_without_a_place(state, assignments, gone),
        *marks_of_other_modules(state),
        *marks_that_would_meet(state),
        *lost_due_times(state, rows),
    ]


def other_modules(state: State) -> Iterator[str]:
    version = state.cohort.regulations_version
    known = set(regulations(version).modules)
    found = {module.code for module in state.new.modules}
    if found != known:
        yield (
            f"The cohort keeps its regulations, version {version}, which are written for {len(known)} modules. "
            f"Revision {state.new.revision.number} has {len(found)}."
        )


def work_without_a_place(state: State, assignments: list[Altered], gone: list[Assignment]) -> Iterator[str]:
    handed_in: dict[str, set[int]] = {}
    for enrolment, submissions in state.submissions.items():
        for submission in submissions:
            handed_in.setdefault(submission.assignment.slug, set()).add(enrolment)
    number = state.new.revision.number
    for assignment in gone:
        if people := handed_in.get(assignment.slug):
            yield (
                f"“{assignment.title}” is not in revision {number}, and {counted(len(people), 'student')} "
                f"handed in work for it. Put it back into the programme, under its old name, and load it again."
            )
    for each in assignments:
        people = handed_in.get(each.old.slug, set())
        if each.has_moved and people:
            yield (
                f"“{each.new.title}” moves from module {each.old.module.number} to {each.new.module.number}, and "
                f"{counted(len(people), 'student')} handed in work for it in module {each.old.module.number}: their "
                "marks belong to that module. Leave it where it is for this cohort."
            )
        if people and bool(each.old.rubric) != bool(each.new.rubric):
            yield (
                f"“{each.new.title}” {'loses' if each.old.rubric else 'gets'} its rubric, and "
                f"{counted(len(people), 'student')} handed in work for it that could no longer be released whole."
            )


def marks_of_other_modules(state: State) -> Iterator[str]:
    """Marks are kept by the number of their module, which gives them their credits and weights."""
    marked: dict[int, set[int]] = {}
    for enrolment, marks in state.marks.items():
        for mark in marks:
            marked.setdefault(mark.module_number, set()).add(enrolment)
    for pair in state.comparison.pairs.modules:
        people = marked.get(pair.old.number, set()) if pair.old else set()
        if pair.old and people and (pair.new is None or pair.new.number != pair.old.number):
            where = f"would be module {pair.new.number}" if pair.new else "would be gone"
            yield (
                f"Module {pair.old.number}, “{pair.old.title}”, {where}, and {counted(len(people), 'student')} "
                f"{'has' if len(people) == 1 else 'have'} marks in it. Keep the numbers of modules that have marks."
            )


def marks_that_would_meet(state: State) -> Iterator[str]:
    """A module has one line of marks: a second assignment would write on top of the first one's."""
    marked = {mark.module_number for marks in state.marks.values() for mark in marks}
    for pair in state.comparison.pairs.modules:
        if pair.old and pair.new and pair.old.number in marked:
            more = len(pair.new.assignments.all()) - len(pair.old.assignments.all())
            if more > 0 and len(pair.new.assignments.all()) > 1:
                yield (
                    f"Module {pair.new.number} has marks and would have {counted(more, 'assignment')} more: both would "
                    "write on the same mark."
                )


def lost_due_times(state: State, rows: list[Row]) -> Iterator[str]:
    lost: dict[int, list[Row]] = {}
    for row in rows:
        for change in row.due:
            if change.is_lost:
                lost.setdefault(change.assignment.pk, []).append(row)
    for assignment in state.new.assignments:
        if people := lost.get(assignment.pk):
            change = next(each for each in people[0].due if each.assignment.pk == assignment.pk)
            yield (
                f"“{assignment.title}” would have been due on {day(change.after)}, which is past, and "
                f"{counted(len(people), 'student')} {'has' if len(people) == 1 else 'have'} not handed it in. "
                "Grant extensions first, or leave it where it is."
            )
