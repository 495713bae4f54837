"""What a student may see of their own work. Before the release that is the visible checks and how the run ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Prefetch, Sum

from config.templatetags.pathway import points
from courses.marks import ModuleMark, half_up, module_mark
from courses.models import Assignment, Check, Enrolment, Module
from courses.regulations import Regulations, Weights, regulations
from grading.checklist import held_by
from grading.lateness import after_late_penalty
from grading.models import Assessment, CheckResult, Mark, Run, Submission
from grading.words import counted
from sandbox import Verdict

Component = Mark.Component
BAND = 10  # points


def is_released(enrolment: Enrolment, assignment: Assignment) -> bool:
    """Has feedback on this assignment been released to this student? Once true, it stays true."""
    return Mark.objects.released().filter(enrolment=enrolment, submission__assignment__slug=assignment.slug).exists()


def released_slugs(enrolment: Enrolment) -> set[str]:
    """The assignments of which marks are released. One query."""
    found = Mark.objects.released().filter(enrolment=enrolment).exclude(submission=None).order_by()
    return set(found.values_list("submission__assignment__slug", flat=True))


def is_told(result: CheckResult, *, released: bool) -> bool:
    """May the student see it: a visible one, or a hidden one whose feedback may be seen?"""
    told = {Check.Feedback.AT_ONCE, *({Check.Feedback.AFTER_RELEASE} if released else {})}
    return result.is_visible or result.feedback in told


def shown_results(run: Run, *, released: bool) -> list[CheckResult]:
    """The check results that the student may see."""
    return [result for result in run.results.order_by("number") if is_told(result, released=released)]


@dataclass(frozen=True)
class Untold:
    """Hidden checks that a student never sees, as they count in the released mark."""

    count: int
    earned: Decimal
    points: Decimal


def untold_results(run: Run) -> Untold | None:
    """Only for a run whose marks are released."""
    found = run.results.filter(is_visible=False, feedback=Check.Feedback.NEVER).aggregate(
        count=Count("pk"), earned=Sum("earned"), points=Sum("points")
    )
    return Untold(**found) if found["count"] else None


def early_score(run: Run) -> str:
    """What is told of the hidden checks before the release, by the rule of the assignment; nothing if that is nothing.

    Of the first attempts only: what an attempt tells can be used to make the next one fit the hidden data.
    """
    rule, submission = run.assignment.hidden_score, run.submission
    if not rule or submission is None or run.verdict != Verdict.COMPLETED:
        return ""
    if submission.attempt > rule["attempts"]:
        attempts = counted(rule["attempts"], "attempt")
        return f"The score of the hidden checks was told for the first {attempts}. It comes with the release."
    found = run.results.filter(is_visible=False).aggregate(earned=Sum("earned"), points=Sum("points"))
    earned, of = found["earned"] or Decimal(0), found["points"] or Decimal(0)
    if rule["show"] == "points":
        score = f"{points(earned)} of {points(of)} points"
    elif earned == of:
        score = f"all {points(of)} points"
    else:
        low = int(earned // BAND * BAND)
        score = f"from {low} to less than {points(min(of, Decimal(low + BAND)))} of {points(of)} points"
    left = rule["attempts"] - submission.attempt
    further = f"It is told for {counted(left, 'more attempt')}." if left else "It is not told for further attempts."
    return f"Hidden checks: {score}. {further}"


@dataclass(frozen=True)
class ReleasedMark:
    """A released component mark, what lateness took, and what it replaced."""

    mark: Mark
    weight: int
    sentence: str
    """What the late rule says, empty when the work came in time."""
    earlier: list[Mark]

    @property
    def title(self) -> str:
        return self.mark.get_component_display()

    @property
    def taken(self) -> Decimal:
        """Marks that lateness took."""
        return self.mark.raw - self.mark.value


@dataclass(frozen=True)
class ModuleMarks:
    """The released marks of one module."""

    module: Module
    components: list[ReleasedMark]
    whole: ModuleMark | None
    """By the regulations; None while a component is missing."""
    is_provisional: bool
    released_at: datetime | None
    submission: Submission | None

    @property
    def was_late(self) -> bool:
        return any(each.taken for each in self.components)

    @property
    def sentences(self) -> list[str]:
        return [f"{each.title}: {each.sentence}" for each in self.components if each.sentence]

    @property
    def present(self) -> list[Mark]:
        return [each.mark for each in self.components]

    @property
    def history(self) -> list[Mark]:
        """Every released mark, newest first; empty while nothing has been replaced."""
        replaced = [mark for each in self.components for mark in each.earlier]
        return sorted([*self.present, *replaced], key=lambda mark: mark.pk, reverse=True) if replaced else []

    @property
    def code(self) -> Decimal | None:
        return self.value_of(Component.AUTO)

    @property
    def rubric(self) -> Decimal | None:
        return self.value_of(Component.RUBRIC)

    @property
    def quiz(self) -> Decimal | None:
        return self.value_of(Component.QUIZ)

    def value_of(self, component: Mark.Component) -> Decimal | None:
        return next((mark.value for mark in self.present if mark.component == component), None)

    @property
    def reason(self) -> str:
        """Why the office recorded it, where it did."""
        return next((mark.reason for mark in self.present if mark.reason), "")


def marks_by_module(enrolment: Enrolment, modules: Iterable[Module]) -> list[ModuleMarks]:
    """Modules with released marks, in order. One query."""
    rules = regulations(enrolment.cohort.regulations_version)
    released = (
        Mark.objects.released()
        .filter(enrolment=enrolment)
        .with_checklists()
        .select_related("submission__assignment", "release")
        .order_by("-created_at", "-pk")
    )
    # The board confirms the marks together with the award, and that completes the enrolment.
    is_confirmed = enrolment.state == Enrolment.State.COMPLETED
    lineages: dict[tuple[int, str], list[Mark]] = {}
    for mark in released:
        if mark.component == Component.QUIZ and not rules.modules[f"M{mark.module_number}"].weights.quiz:
            continue  # It counts nothing in the module.
        lineages.setdefault((mark.module_number, mark.component), []).append(mark)
    found = []
    for module in modules:
        of_module = {
            part: lineages[module.number, part] for part in Component.values if (module.number, part) in lineages
        }
        if of_module:
            found.append(module_marks(module, of_module, rules, is_confirmed=is_confirmed))
    return found


def module_marks(
    module: Module, lineages: dict[str, list[Mark]], rules: Regulations, *, is_confirmed: bool
) -> ModuleMarks:
    weights = rules.modules[module.code].weights
    # A mark for the whole module, recorded by the office, stands in place of its components.
    parts = [Component.AUTO, Component.RUBRIC, Component.QUIZ]
    counting = [Component.MODULE] if Component.MODULE in lineages else parts
    weight = {
        Component.AUTO: weights.auto,
        Component.RUBRIC: weights.rubric,
        Component.QUIZ: weights.quiz,
        Component.MODULE: 100,
    }
    present = {part: lineages[part][0] for part in lineages}
    components = [
        ReleasedMark(present[part], weight[part], late_sentence(present[part], rules), lineages[part][1:])
        for part in counting
        if part in present
    ]
    marks = [each.mark for each in components]
    return ModuleMarks(
        module=module,
        components=components,
        whole=whole_mark(present, rules, weights),
        is_provisional=not is_confirmed and any(mark.origin != Mark.Origin.BOARD for mark in marks),
        released_at=max((mark.release.at for mark in marks if mark.release), default=None),
        submission=next((mark.submission for mark in marks if mark.submission), None),
    )


def whole_mark(present: dict[str, Mark], rules: Regulations, weights: Weights) -> ModuleMark | None:
    if Component.MODULE in present:
        return ModuleMark(int(half_up(present[Component.MODULE].value)), component_fail=False)
    values: dict[str, Decimal] = {part: mark.value for part, mark in present.items()}
    needed = {Component.AUTO: weights.auto, Component.RUBRIC: weights.rubric, Component.QUIZ: weights.quiz}
    if any(weight and part not in values for part, weight in needed.items()):
        return None
    unmet = held_by(present.get(Component.AUTO), present.get(Component.RUBRIC))
    auto, rubric, quiz = (values.get(part) for part in needed)
    return module_mark(auto, rubric, weights, rules, unmet, quiz)


def late_sentence(mark: Mark, rules: Regulations) -> str:
    """What lateness did to this mark; nothing when the work came in time."""
    if mark.submission is None:
        return ""
    late = after_late_penalty(
        mark.raw, arrived_at=mark.submission.arrived_at, due_at=mark.submission.due_at, rule=rules.lateness
    )
    return late.sentence if late.late_by else ""


@dataclass(frozen=True)
class Judged:
    """One criterion as the student reads it."""

    title: str
    question: str
    weight: int
    level: int
    sentence: str
    """What the level means in the rubric."""
    feedback: str


def judged(assessment: Assessment, assignment: Assignment) -> list[Judged]:
    """The criteria of a released assessment in the order of the rubric."""
    given = {each.criterion: each for each in assessment.criteria.all()}
    return [
        Judged(
            title=criterion["title"],
            question=criterion["question"],
            weight=criterion["weight"],
            level=given[criterion["id"]].level,
            sentence=criterion["levels"].get(str(given[criterion["id"]].level), ""),
            feedback=given[criterion["id"]].feedback,
        )
        for criterion in assignment.rubric
        if criterion["id"] in given
    ]


@dataclass(frozen=True)
class Attempt:
    """One submission as its student sees it in a list."""

    submission: Submission
    run: Run | None
    """The newest; None only for work that was never queued."""
    state: str
    is_late: bool
    counts: bool
    """Known to the student only after the release: the best attempt is told by its hidden checks."""
    code: Decimal | None
    is_free: bool

    @property
    def number(self) -> int:
        return self.submission.attempt


def is_free(submission: Submission) -> bool:
    """Did it end by our fault or while it waited, so that it uses no attempt? It stays so if a regrade judges it."""
    return any(run.costs_nothing for run in submission.runs.all())


STATES = {
    "completed": "ran to the end",
    "crashed": "stopped with an error",
    "timed_out": "ran out of time",
    "out_of_memory": "ran out of memory",
    "too_much_output": "printed too much",
    "refused": "was refused",
}


def attempts_of(enrolment: Enrolment, assignment: Assignment) -> list[Attempt]:
    """Newest first. Code marks, and which attempt counts, only once they are released."""
    submissions = Submission.objects.filter(enrolment=enrolment, assignment__slug=assignment.slug)
    runs = Run.objects.order_by("-queued_at").defer("files", "message", "error", "usage")
    counting = (
        Mark.objects.released()
        .filter(enrolment=enrolment, submission__assignment__slug=assignment.slug)
        .filter(component=Component.of(assignment))
        .order_by("-created_at", "-pk")
        .first()
    )
    return [
        attempt(submission, counting)
        for submission in submissions.prefetch_related(Prefetch("runs", runs)).order_by("-attempt")
    ]


def attempt(submission: Submission, counting: Mark | None) -> Attempt:
    run = next(iter(submission.runs.all()), None)
    return Attempt(
        submission=submission,
        run=run,
        state=state_of(run),
        is_late=submission.arrived_at > submission.due_at,
        counts=counting is not None and counting.submission_id == submission.pk,
        code=run.auto_mark if run is not None and counting is not None else None,
        is_free=is_free(submission),
    )


def state_of(run: Run | None) -> str:
    if run is None:
        return "not run"
    if run.state == Run.State.FINISHED:
        return STATES.get(run.verdict, "has ended")
    return {"queued": "waits for a worker", "running": "is being run", "failed": "failed, our fault"}.get(
        run.state, "cancelled"
    )
