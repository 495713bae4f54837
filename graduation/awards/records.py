"""What stands behind an award: the nine modules of one enrolment, each mark with its lineage, and what is missing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from courses.marks import ModuleMark, half_up, module_mark
from courses.models import Assignment, Enrolment, Module
from courses.regulations import Module as ModuleRules
from courses.regulations import Regulations, regulations
from grading.checklist import held_by
from grading.models import Mark, Submission
from graduation.awards.engine import Profile

AUTO, RUBRIC, QUIZ = Mark.Component.AUTO, Mark.Component.RUBRIC, Mark.Component.QUIZ
MODULE, RESIT = Mark.Component.MODULE, Mark.Component.RESIT


@dataclass(frozen=True)
class Waiting:
    """One thing that is missing, and who must act."""

    what: str
    who: str


@dataclass(frozen=True)
class ComponentRecord:
    component: Mark.Component
    weight: int
    """Per cent of the module mark."""
    lineage: tuple[Mark, ...]
    """Newest first."""

    @property
    def mark(self) -> Mark | None:
        return self.lineage[0] if self.lineage else None

    @property
    def value(self) -> Decimal | None:
        return self.mark.value if self.mark else None

    @property
    def is_released(self) -> bool:
        return self.mark is not None and self.mark.release_id is not None


@dataclass(frozen=True)
class ModuleRecord:
    module: Module
    rules: ModuleRules
    regulations: Regulations
    auto: ComponentRecord
    rubric: ComponentRecord
    quiz: ComponentRecord
    whole: ComponentRecord
    """A mark for the whole module, recorded by the office. Where there is one, it stands and the components do not."""
    resit: ComponentRecord
    """Of the whole module, not yet capped."""
    assignments: int
    handed_in: int
    """How many of the assignments have at least one submission."""

    @property
    def components(self) -> tuple[ComponentRecord, ...]:
        """Those that count."""
        if self.whole.mark:
            return (self.whole,)
        return tuple(component for component in (self.auto, self.rubric, self.quiz) if component.weight)

    @property
    def lineages(self) -> tuple[ComponentRecord, ...]:
        """Every component that has ever had a mark, also those that no longer count."""
        every = (self.resit, self.whole, self.auto, self.rubric, self.quiz)
        return tuple(component for component in every if component.lineage)

    @cached_property
    def mark(self) -> ModuleMark | None:
        """Of the first sit, by rule 2, released or not; None while a component is missing."""
        if self.whole.mark:
            return ModuleMark(int(half_up(self.whole.mark.value)), component_fail=False)
        if any(component.mark is None for component in self.components):
            return None
        unmet = held_by(self.auto.mark, self.rubric.mark)
        return module_mark(
            self.auto.value, self.rubric.value, self.rules.weights, self.regulations, unmet, self.quiz.value
        )

    @property
    def is_released(self) -> bool:
        """Every component that counts is there and released."""
        return all(component.is_released for component in self.components)

    @property
    def resit_mark(self) -> int | None:
        """A resit of a module that was passed after all, by a correction, does not count."""
        if not self.resit.mark or not self.mark or self.mark.mark >= self.regulations.marks.pass_mark:
            return None
        return int(self.resit.mark.value)

    @property
    def marks(self) -> tuple[Mark, ...]:
        return tuple(component.mark for component in (*self.components, self.resit) if component.mark)

    @property
    def waiting(self) -> Waiting | None:
        if self.is_released:
            return None
        if all(component.mark for component in self.components):
            return Waiting("not released", "A module leader or the office releases the marks.")
        if not self.assignments:
            return Waiting("no mark", "The office records it: nothing of this module is handed in here.")
        if not self.handed_in:
            return Waiting("nothing handed in", "The student hands in, or the office records a mark.")
        if self.auto.weight and not self.auto.mark:
            return Waiting("no mark for code", "The checks have not marked the work yet.")
        if self.quiz.weight and not self.quiz.mark:
            return Waiting("no mark for the quiz", "The student sits it, or the office records a mark.")
        return Waiting("no mark by the rubric", "A marker marks the work.")


@dataclass(frozen=True)
class Record:
    enrolment: Enrolment
    regulations: Regulations
    modules: tuple[ModuleRecord, ...]

    @property
    def has_quiz(self) -> bool:
        """Whether a quiz counts in any module."""
        return any(each.quiz.weight for each in self.modules)

    @property
    def waiting(self) -> list[ModuleRecord]:
        """Modules without a released mark."""
        return [module for module in self.modules if module.waiting]

    @property
    def blocking(self) -> list[ModuleRecord]:
        """Those that keep an award from being decided. Who has withdrawn needs no mark, but none may be unreleased."""
        return self.waiting if self.profile.needs_every_mark else [each for each in self.waiting if each.mark]

    @cached_property
    def profile(self) -> Profile:
        """What the regulations decide on: released marks only."""
        marks = {each.rules.id: each.mark if each.is_released else None for each in self.modules}
        return Profile(
            marks={code: mark.mark if mark else None for code, mark in marks.items()},
            component_fails=frozenset(code for code, mark in marks.items() if mark and mark.component_fail),
            resits={each.rules.id: each.resit_mark for each in self.modules if each.resit_mark is not None},
            withdrawn=self.enrolment.state == Enrolment.State.WITHDRAWN,
        )

    @property
    def fingerprint(self) -> dict[str, list[int]]:
        """The marks that count, by module: two records with the same ones are the same."""
        return {each.rules.id: [mark.pk for mark in each.marks] for each in self.modules}


def record_of(enrolment: Enrolment) -> Record:
    rules = regulations(enrolment.cohort.regulations_version)
    modules = {module.code: module for module in enrolment.cohort.revision.modules.all()}
    lineages = _lineages(enrolment)
    counting = {modules[code].number for code, each in rules.modules.items() if each.weights.quiz}
    assignments, handed_in = _handed_in(enrolment, counting)
    return Record(
        enrolment,
        rules,
        tuple(
            ModuleRecord(
                module=modules[code],
                rules=module_rules,
                regulations=rules,
                auto=ComponentRecord(AUTO, module_rules.weights.auto, lineages[modules[code].number, AUTO]),
                rubric=ComponentRecord(RUBRIC, module_rules.weights.rubric, lineages[modules[code].number, RUBRIC]),
                quiz=ComponentRecord(QUIZ, module_rules.weights.quiz, lineages[modules[code].number, QUIZ]),
                whole=ComponentRecord(MODULE, 100, lineages[modules[code].number, MODULE]),
                resit=ComponentRecord(RESIT, 100, lineages[modules[code].number, RESIT]),
                assignments=assignments[modules[code].number],
                handed_in=handed_in[modules[code].number],
            )
            for code, module_rules in rules.modules.items()
        ),
    )


def profile_of(enrolment: Enrolment) -> Profile:
    return record_of(enrolment).profile


def _lineages(enrolment: Enrolment) -> dict[tuple[int, str], tuple[Mark, ...]]:
    """By module number and component. A lineage is a chain: its head is what nothing supersedes."""
    of_student = Mark.objects.filter(enrolment=enrolment).with_checklists()
    marks = list(of_student.select_related("created_by", "release", "submission"))
    by_pk = {mark.pk: mark for mark in marks}
    superseded = {mark.supersedes_id for mark in marks}
    found: dict[tuple[int, str], tuple[Mark, ...]] = defaultdict(tuple)
    for head in marks:
        if head.pk in superseded:
            continue
        chain = [head]
        while chain[-1].supersedes_id:
            chain.append(by_pk[chain[-1].supersedes_id])
        found[head.module_number, head.component] = tuple(chain)
    return found


def _handed_in(enrolment: Enrolment, counting: set[int]) -> tuple[dict[int, int], dict[int, int]]:
    """How many assignments each module has, and how many of them this student has handed in. `counting` are the numbers
    of the modules whose quiz counts."""
    assignments: dict[int, int] = defaultdict(int)
    handed_in: dict[int, int] = defaultdict(int)
    done = set(
        Submission.objects.filter(enrolment=enrolment)
        .order_by()
        .values_list("assignment__module__number", "assignment__slug")
        .distinct()
    )
    offered = Assignment.objects.filter(module__revision=enrolment.cohort.revision_id).order_by()
    for number, slug, kind in offered.values_list("module__number", "slug", "kind"):
        if kind == Assignment.Kind.QUIZ and number not in counting:
            continue
        assignments[number] += 1
        handed_in[number] += (number, slug) in done
    return assignments, handed_in
