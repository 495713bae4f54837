"""What differs in one assignment for somebody who has work in it: the same for all students."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from courses.marks import half_up
from courses.models import Assignment, DataSet
from courses.revisions.code import code_of
from courses.revisions.contents import Contents
from courses.revisions.identity import Pair
from grading.actions.marking import CriterionJudgement, rubric_mark
from grading.models import CheckResult, CriterionMark
from grading.provenance import provenance


@dataclass(frozen=True)
class Altered:
    """An assignment that is in both revisions."""

    old: Assignment
    new: Assignment
    judges_otherwise: bool
    """Would the same work be judged by something else: checks, data, limits?"""
    only_points: bool
    """Do the checks find the same, and only count it otherwise?"""
    marks_otherwise: bool
    """Is the rubric another?"""
    asks_for: dict[str, str]
    """Evidence that is asked for now and was not before: titles by the id of the requirement."""

    @property
    def takes_another_file(self) -> bool:
        return (self.old.kind, self.old.entry) != (self.new.kind, self.new.entry)

    @property
    def has_moved(self) -> bool:
        return self.old.module.number != self.new.module.number

    def auto_again(self, results: list[CheckResult]) -> Decimal | None:
        """The auto mark that the same results would make by the new points; None when that cannot be known."""
        found = {result.name: result.earned / result.points for result in results}
        checks = list(self.new.checks.all())
        if not self.only_points or any(check.name not in found for check in checks):
            return None
        return half_up(sum((found[check.name] * check.points for check in checks), Decimal(0)), 2)

    def rubric_again(self, criteria: list[CriterionMark]) -> Decimal | None:
        """The rubric mark that the same levels would make by the new weights; None when a criterion is new."""
        given = {each.criterion: CriterionJudgement(level=each.level, feedback=each.feedback) for each in criteria}
        if not criteria or any(
            criterion["id"] not in given or str(given[criterion["id"]]["level"]) not in criterion["levels"]
            for criterion in self.new.rubric
        ):
            return None
        return rubric_mark(self.new.rubric, given)


def altered(pair: Pair[Assignment], old: Contents, new: Contents) -> Altered:
    assert pair.old and pair.new
    return Altered(
        pair.old,
        pair.new,
        judges_otherwise=judged_by(pair.old) != judged_by(pair.new),
        only_points=same_but_points(pair.old, pair.new),
        marks_otherwise=pair.old.rubric != pair.new.rubric,
        asks_for=asked(pair.new, new.data_sets, but=asked(pair.old, old.data_sets, but={})),
    )


def judged_by(assignment: Assignment) -> str:
    return provenance(assignment, hidden=True, limits={}, backend="").assignment_digest


def same_but_points(old: Assignment, new: Assignment) -> bool:
    was, now = code_of(old), code_of(new)
    return (
        (was.functions, was.shared) == (now.functions, now.shared)
        and bool(was.functions)
        and surroundings(old) == surroundings(new)
    )


def surroundings(assignment: Assignment) -> list[object]:
    """What else a run depends on."""
    data = sorted((file.part, file.name, file.sha256) for file in assignment.files.all() if file.part in DATA)
    checks = [(check.name, check.is_visible, check.time_limit, check.after) for check in assignment.checks.all()]
    return [
        assignment.kind,
        assignment.entry,
        assignment.limits,
        assignment.artefacts,
        assignment.repeat,
        data,
        checks,
    ]


DATA = {"visible", "hidden"}


def asked(assignment: Assignment, data_sets: list[DataSet], *, but: dict[str, str]) -> dict[str, str]:
    names = {file.name for file in assignment.files.all() if file.part in DATA}
    return {
        requirement["id"]: requirement["title"]
        for data in data_sets
        if names & {file["name"] for file in data.files}
        for requirement in data.requires
        if requirement["id"] not in but
    }
