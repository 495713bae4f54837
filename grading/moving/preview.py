from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property

from courses.models import Cohort, Enrolment, Revision
from courses.revisions.comparing import Comparison
from grading.moving.altered import altered
from grading.moving.blockers import blockers
from grading.moving.rows import Row, row_of
from grading.moving.state import State, state_of


@dataclass(frozen=True)
class Preview:
    """What moving the cohort would do now."""

    state: State
    rows: list[Row]
    blockers: list[str]
    seen: str
    """Changes when what the preview says, or the work and marks that it is made from, have changed."""

    @property
    def comparison(self) -> Comparison:
        return self.state.comparison

    @property
    def is_back(self) -> bool:
        return self.comparison.new.number < self.comparison.old.number

    @property
    def affected(self) -> list[Row]:
        return [row for row in self.rows if row.is_affected]

    @property
    def told(self) -> list[Row]:
        """Who gets a notice: everybody but those whose marks the board has confirmed."""
        return [row for row in self.rows if row.enrolment.state != Enrolment.State.COMPLETED]

    @cached_property
    def totals(self) -> dict[str, int]:
        rows = self.rows
        return {
            "students": len(rows),
            "affected": len(self.affected),
            "lessons_read": sum(row.lessons_read for row in rows),
            "reread": sum(len(row.reread) for row in rows),
            "set_aside": sum(len(row.aside) for row in rows),
            "quizzes_kept": sum(row.quizzes_kept for row in rows),
            "quizzes_anew": sum(len(row.quizzes_anew) for row in rows),
            "marks": sum(len(row.marks) for row in rows),
            "work": sum(bool(row.work) for row in rows),
            "due": sum(len(row.due) for row in rows),
            "again": sum(bool(row.again) for row in rows),
        }

    @cached_property
    def by_module(self) -> list[str]:
        """What changes for everybody, a line for each module; nothing that a student may not know."""
        lines = []
        for each in self.comparison.modules:
            shown = [change for change in each.changes if not change.is_for_authors]
            said = [f"{change.kind.lower()} “{change.name}” {WORDS[change.state]}" for change in shown]
            if not each.itself.is_empty:
                said.insert(0, f"the module {WORDS[each.itself.state]}")
            if said:
                lines.append(f"Module {each.module.number}: {', '.join(said)}.")
        return lines


WORDS = {"added": "is new", "removed": "is gone", "changed": "has changed"}


def preview(cohort: Cohort, revision: Revision) -> Preview:
    """In a constant number of queries."""
    state = state_of(cohort, revision)
    pairs = state.comparison.pairs.assignments
    assignments = [altered(pair, state.old, state.new) for pair in pairs if pair.old and pair.new]
    gone = [pair.old for pair in pairs if pair.old and not pair.new]
    rows = [row_of(state, enrolment, assignments, gone) for enrolment in state.enrolments]
    found = blockers(state, rows, assignments, gone)
    return Preview(state, rows, found, fingerprint(state, rows, found))


def fingerprint(state: State, rows: list[Row], found: list[str]) -> str:
    """One hash over what the preview says and the rows it was made from. Reading on changes it only where a lesson that
    is read is altered: a cohort that reads could never be moved else."""
    facts = [
        (state.old.revision.pk, state.new.revision.pk),
        found,
        [
            (
                row.enrolment.pk,
                row.enrolment.state,
                row.reread,
                row.aside,
                row.quizzes_anew,
                row.work,
                [str(change) for change in row.due],
                row.again,
            )
            for row in rows
        ],
        sorted((mark.pk, mark.release_id or 0) for marks in state.marks.values() for mark in marks),
        sorted(str(each.pk) for submissions in state.submissions.values() for each in submissions),
        sorted(draft.pk for drafts in state.drafts.values() for draft in drafts),
    ]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()
