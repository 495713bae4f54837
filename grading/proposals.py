"""Where a proposal stands: every version with its decision, and which one is approved."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from config.templatetags.pathway import day
from courses.models import Assignment, Enrolment
from grading.models import Proposal, ProposalDecision

Outcome = ProposalDecision.Outcome


@dataclass(frozen=True)
class Version:
    """One version, its decision if there is one, and the answers beside their questions."""

    proposal: Proposal
    decision: ProposalDecision | None
    former: Proposal | None

    @property
    def is_approved(self) -> bool:
        return self.decision is not None and self.decision.outcome == Outcome.APPROVED

    @property
    def in_words(self) -> str:
        return self.decision.get_outcome_display().lower() if self.decision else "waits for a decision"

    @cached_property
    def answers(self) -> list[Answer]:
        given, before = self.proposal.answers, self.former.answers if self.former else {}
        return [
            Answer(question["title"], text, self.former is not None and before.get(question["id"], "") != text)
            for question in self.proposal.assignment.proposal
            if (text := given.get(question["id"], ""))
        ]


@dataclass(frozen=True)
class Answer:
    title: str
    text: str
    has_changed: bool
    """Since the version before."""


@dataclass(frozen=True)
class Standing:
    """All versions of one student for one assignment, newest first."""

    versions: list[Version]

    @property
    def newest(self) -> Version | None:
        return self.versions[0] if self.versions else None

    @property
    def is_waiting(self) -> bool:
        return self.newest is not None and self.newest.decision is None

    @property
    def approved(self) -> Version | None:
        """The one that stands: the newest that was approved."""
        return next((version for version in self.versions if version.is_approved), None)

    @property
    def obstacle(self) -> str:
        """Why nothing can be submitted yet, and what to do; empty once a version is approved."""
        if self.approved:
            return ""
        if self.newest is None:
            return "This assignment asks for a proposal first. Write it and hand it in; a tutor approves it."
        if self.newest.decision is None:
            since = day(self.newest.proposal.handed_in_at)
            return f"Your proposal waits for a tutor since {since}. You can submit once it is approved."
        if self.newest.decision.outcome == Outcome.CHANGES:
            return "A tutor asked for changes of your proposal. Make them and hand it in again."
        return "Your proposal was declined. Read why, and hand in another one."


def standings_of(enrolment: Enrolment) -> dict[str, Standing]:
    """By the slug of the assignment; where nothing was handed in there is none. One query."""
    rows = Proposal.objects.filter(enrolment=enrolment).select_related("assignment", "decision__decided_by")
    versions: dict[str, list[Version]] = {}
    for row in rows.order_by("number"):
        former = versions.setdefault(row.assignment.slug, [])
        decision = getattr(row, "decision", None)
        former.insert(0, Version(row, decision, former[0].proposal if former else None))
    return {slug: Standing(found) for slug, found in versions.items()}


def standing(enrolment: Enrolment, assignment: Assignment) -> Standing:
    return standings_of(enrolment).get(assignment.slug, Standing([]))


def obstacle(enrolment: Enrolment, assignment: Assignment) -> str:
    """Why the assignment cannot be submitted for want of an approved proposal; empty if nothing is in the way."""
    return standing(enrolment, assignment).obstacle if assignment.proposal else ""
