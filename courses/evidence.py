"""Whether somebody has what a data set demands: a signed agreement, a training that has not expired."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from accounts.models import User
from courses.dates import school_day
from courses.models import Assignment, AssignmentFile, DataSet, Evidence

Requirement = dict[str, Any]


@dataclass(frozen=True)
class Standing:
    """One requirement and the newest evidence that somebody gave for it."""

    requirement: Requirement
    evidence: Evidence | None
    today: date

    @property
    def is_met(self) -> bool:
        return bool(self.evidence and self.evidence.state == Evidence.State.CONFIRMED and not self.has_expired)

    @property
    def has_expired(self) -> bool:
        return bool(self.evidence and self.evidence.expires_on and self.evidence.expires_on < self.today)

    @property
    def is_waiting(self) -> bool:
        return bool(self.evidence and self.evidence.state == Evidence.State.GIVEN)

    @property
    def in_words(self) -> str:
        if self.evidence is None:
            return "not given yet"
        if self.is_waiting:
            return "not confirmed yet"
        if self.evidence.state == Evidence.State.REFUSED:
            return "refused"
        if self.has_expired:
            return f"expired on {self.evidence.expires_on:%-d %B %Y}"
        return f"holds until {self.evidence.expires_on:%-d %B %Y}" if self.evidence.expires_on else "confirmed"


def standings(user: User, requirements: Iterable[Requirement]) -> list[Standing]:
    """One for each requirement, by one query: what holds, else what waits, else the newest."""
    today = school_day()
    wanted = list(requirements)
    rows = Evidence.objects.filter(user=user, requirement__in=[one["id"] for one in wanted]) if wanted else []
    given = [Standing({}, evidence, today) for evidence in rows]
    given.sort(key=lambda standing: (standing.is_met, standing.is_waiting))  # Rows come oldest first.
    newest = {standing.evidence.requirement: standing.evidence for standing in given if standing.evidence}
    return [Standing(one, newest.get(one["id"]), today) for one in wanted]


def lacking(user: User, data: DataSet) -> str:
    """What somebody lacks for a data set, as a sentence with what to do; nothing when they lack nothing."""
    missing = [standing for standing in standings(user, data.requires) if not standing.is_met]
    if not missing:
        return ""
    named = " and ".join(f"“{standing.requirement['title']}” ({standing.in_words})" for standing in missing)
    return f"The data “{data.title}” ask for {named}. Give the evidence on the page of the data set."


def restricted_sets(assignment: Assignment, name: str = "") -> list[DataSet]:
    """The data sets with requirements among those that an assignment uses; with a name, only the one of that file."""
    restricted = list(
        DataSet.objects.filter(revision=assignment.module.revision_id).exclude(requires=[]).defer("html", "uses")
    )
    if not restricted:
        return []
    parts = [AssignmentFile.Part.VISIBLE_DATA, AssignmentFile.Part.HIDDEN_DATA]
    names = {name} if name else set(assignment.files.filter(part__in=parts).values_list("name", flat=True))
    return [data for data in restricted if names & {file["name"] for file in data.files}]


def lacking_for(user: User, assignment: Assignment, name: str = "") -> str:
    """As `lacking`, for the data of an assignment, or for one file of them."""
    return next(filter(None, (lacking(user, data) for data in restricted_sets(assignment, name))), "")
