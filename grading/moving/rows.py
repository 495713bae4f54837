"""What a move means for one student."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from courses.dates import cohort_dates
from courses.marks import plain
from courses.models import Assignment, Enrolment, Lesson
from courses.regulations import regulations
from courses.revisions.contents import quiz_of
from grading.feedback import whole_mark
from grading.models import Mark, Submission
from grading.moving.altered import Altered
from grading.moving.state import State
from grading.results import after_penalty

Component = Mark.Component


@dataclass(frozen=True)
class DueChange:
    """A due time that would be another. `is_lost`: it would already be over for work that is not handed in."""

    assignment: Assignment
    before: datetime
    after: datetime
    is_lost: bool
    extends: bool
    """An extension would be earlier than everybody's due time: it is moved up to it."""

    def __str__(self) -> str:
        return f"“{self.assignment.title}” is due on {day(self.after)}, not on {day(self.before)}"


def day(at: datetime) -> str:
    return f"{timezone.localtime(at):%-d %B %Y}"


@dataclass(frozen=True)
class Row:
    """One student. The sentences of `work` may be told to the student; those of `again` are for staff."""

    enrolment: Enrolment
    lessons_read: int
    reread: list[str]
    """Lessons that were read and have another text."""
    aside: list[str]
    """Lessons that were opened and are gone: kept on record."""
    quizzes_anew: list[str]
    """Lessons whose quiz was finished and is another now."""
    quizzes_kept: int
    work: list[str]
    due: list[DueChange]
    marks: list[Mark]
    again: list[str]
    """What a mark would be if the work were judged again by the newer revision."""

    @property
    def reread_numbers(self) -> list[str]:
        return [title.split(" ")[0] for title in self.reread]

    @property
    def is_affected(self) -> bool:
        return bool(self.reread or self.aside or self.quizzes_anew or self.work or self.due or self.again)


def row_of(state: State, enrolment: Enrolment, assignments: list[Altered], gone: list[Assignment]) -> Row:
    rows = state.progress.get(enrolment.pk, [])
    read = [state.places[row.pk] for row in rows if row.read_at and row.module_number is not None]
    old = {(lesson.module.number, lesson.slug): lesson for lesson in state.old.lessons}
    aside = [old.get((row.module_number or 0, row.lesson_slug)) for row in rows if state.places[row.pk] is None]
    anew, kept = quizzes(state, enrolment)
    submitted = {each.assignment.slug for each in state.submissions.get(enrolment.pk, [])}
    return Row(
        enrolment=enrolment,
        lessons_read=sum(lesson is not None for lesson in read),
        reread=[numbered(lesson) for lesson in read if lesson and has_another_text(state, lesson)],
        aside=[numbered(lesson) for lesson in aside if lesson],
        quizzes_anew=anew,
        quizzes_kept=kept,
        work=[*work_in(state, enrolment, assignments), *work_in_gone(state, enrolment, gone)],
        due=list(due_changes(state, enrolment, assignments, submitted)),
        marks=state.marks.get(enrolment.pk, []),
        again=list(judged_again(state, enrolment, assignments)),
    )


def numbered(lesson: Lesson) -> str:
    return f"{lesson.module.number}.{lesson.number} {lesson.title}"


def has_another_text(state: State, lesson: Lesson) -> bool:
    change = state.comparison.lessons.get(lesson.pk)
    return change is not None and bool(change.texts)


def quizzes(state: State, enrolment: Enrolment) -> tuple[list[str], int]:
    """Lessons whose quiz this student had finished and finds another in its place; how many stay finished."""
    finished = {sitting.quiz_id for sitting in state.sittings.get(enrolment.pk, [])}
    anew, kept = [], 0
    for pair in state.comparison.pairs.lessons:
        quiz = quiz_of(pair.old) if pair.old else None
        if quiz is None or quiz.pk not in finished:
            continue
        now = quiz_of(pair.new) if pair.new else None
        if now and (quiz.ask, quiz.questions) == (now.ask, now.questions):
            kept += 1
        else:
            anew.append(numbered(pair.present))
    return anew, kept


def work_in(state: State, enrolment: Enrolment, assignments: list[Altered]) -> Iterator[str]:
    """Assignments with work in hand, handed in or marked that the newer revision alters."""
    drafts = {draft.assignment_id for draft in state.drafts.get(enrolment.pk, [])}
    submitted: dict[str, list[Submission]] = {}
    for submission in state.submissions.get(enrolment.pk, []):
        submitted.setdefault(submission.assignment.slug, []).append(submission)
    valid = {requirement for user, requirement in state.evidence if user == enrolment.user_id}
    for each in assignments:
        attempts = submitted.get(each.old.slug, [])
        sentences = [
            of_draft(each) if each.old.pk in drafts else "",
            *(of_attempts(each, attempts, state.waiting) if attempts else []),
            of_evidence(each, valid),
            of_proposal(each, is_begun=bool(attempts) or each.old.pk in drafts),
        ]
        yield from (f"“{each.new.title}”: {sentence}" for sentence in sentences if sentence)


def of_draft(each: Altered) -> str:
    if each.takes_another_file:
        return f"the draft is {each.old.entry}; {each.new.entry} has to be uploaded anew."
    return "the draft stays; the visible checks have to be run on it again." if each.judges_otherwise else ""


def of_attempts(each: Altered, attempts: list[Submission], waiting: set[object]) -> Iterator[str]:
    if each.judges_otherwise:
        last = attempts[-1].attempt
        done = f"attempt {last} stays" if len(attempts) == 1 else f"attempts up to {last} stay"
        waits = ", also what is not judged yet" if {attempt.pk for attempt in attempts} & waiting else ""
        yield f"{done} judged as before{waits}; a later attempt is judged by the newer checks."
    if each.marks_otherwise:
        yield "what is handed in is marked by the rubric as it was."
    if each.old.counts != each.new.counts:
        yield f"from the next attempt on {each.new.get_counts_display()}."
    if each.old.attempts != each.new.attempts:
        yield f"{each.new.attempts} attempts are allowed instead of {each.old.attempts}; {len(attempts)} made."


def of_evidence(each: Altered, valid: set[str]) -> str:
    lacking = [title for requirement, title in each.asks_for.items() if requirement not in valid]
    return f"its data ask for something new first: {', '.join(lacking)}." if lacking else ""


def of_proposal(each: Altered, *, is_begun: bool) -> str:
    if each.new.proposal and not each.old.proposal and is_begun:
        return "it asks for a proposal now, which a tutor approves before anything more can be handed in."
    return ""


def work_in_gone(state: State, enrolment: Enrolment, gone: list[Assignment]) -> Iterator[str]:
    drafts = {draft.assignment_id for draft in state.drafts.get(enrolment.pk, [])}
    for assignment in gone:
        if assignment.pk in drafts:
            yield f"“{assignment.title}” is no longer set: the draft is kept, but cannot be handed in."
        if (enrolment.pk, assignment.slug) in state.proposed:
            yield f"“{assignment.title}” is no longer set: its proposal is kept on record."


def due_changes(
    state: State, enrolment: Enrolment, assignments: list[Altered], submitted: set[str]
) -> Iterator[DueChange]:
    if enrolment.state == Enrolment.State.COMPLETED:
        return
    released = {mark.module_number for mark in state.marks.get(enrolment.pk, []) if mark.release_id}
    for each in assignments:
        before, given = state.before[enrolment.pk, each.old.pk], state.after[enrolment.pk, each.new.pk]
        everybody = cohort_dates(state.cohort, each.new).due_at
        after = max(given.due_at, everybody)
        if after != before.due_at and each.old.module.number not in released:
            is_lost = after <= state.now < before.due_at and each.old.slug not in submitted
            yield DueChange(
                each.new, before.due_at, after, is_lost, extends=given.extended and given.due_at < everybody
            )


def judged_again(state: State, enrolment: Enrolment, assignments: list[Altered]) -> Iterator[str]:
    """A move changes no mark. This is what judging or marking the same work again would make of it."""
    of_module: dict[int, dict[str, Mark]] = {}
    for mark in state.marks.get(enrolment.pk, []):
        of_module.setdefault(mark.module_number, {})[mark.component] = mark
    for each in assignments:
        marks = of_module.get(each.old.module.number, {})
        if Component.MODULE in marks:
            continue
        code, rubric = marks.get(Component.AUTO), marks.get(Component.RUBRIC)
        would: dict[str, Mark] = dict(marks)
        if code and code.submission_id and each.judges_otherwise:
            auto = each.auto_again(state.results.get(code.run_id, []))
            if auto is None:
                yield f"“{each.new.title}”: code {plain(code.value)}; not known before the work is judged again."
                continue
            would[Component.AUTO] = Mark(value=penalised(auto, code))
        if rubric and each.marks_otherwise:
            again = each.rubric_again(state.criteria.get(rubric.assessment_id, []))
            if again is None:
                yield f"“{each.new.title}”: rubric {plain(rubric.value)}; not known before the work is marked again."
                continue
            would[Component.RUBRIC] = Mark(value=penalised(again, rubric))
        yield from differences(state, each, marks, would)


def penalised(raw: Decimal, mark: Mark) -> Decimal:
    """With what lateness took from the present mark taken again."""
    return raw if mark.submission is None else after_penalty(raw, mark.submission)


def differences(state: State, each: Altered, marks: dict[str, Mark], would: dict[str, Mark]) -> Iterator[str]:
    rules = regulations(state.cohort.regulations_version)
    weights = rules.modules[each.old.module.code].weights
    before, after = whole_mark(marks, rules, weights), whole_mark(would, rules, weights)
    if before and after and before.mark != after.mark:
        change = f"{after.mark} if judged again ({after.mark - before.mark:+d})"
        yield f"Module {each.old.module.number}: {before.mark}; {change}."
        return
    for part in (Component.AUTO, Component.RUBRIC):
        if part in marks and marks[part].value != would[part].value:
            yield (
                f"“{each.new.title}”: {part.label.lower()} {plain(marks[part].value)}; "
                f"{plain(would[part].value)} if judged again."
            )
