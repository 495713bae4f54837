"""The checklist of a project: what a run finds of each item, what a marker says of it, and what the gate holds back.

A run keeps its findings, so they never change: `Run.checklist` is a list of
{id, says, evidence, gate, look, check, passed, lacks}. `look` is whether the files show what is asked for, `passed`
whether the named check was passed ("hidden" in `check` when it is a hidden one); both are None where there is nothing
to look at, or it has not been looked at yet. A marker's word, in `Assessment.checklist`, stands above what was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from blobs import store
from courses.models import Assignment, AssignmentFile
from grading.checking import documents
from grading.models import CheckResult, Mark
from grading.models.submission import StoredFile
from grading.scoring import Result

MISSING, PARTIAL, MET = 0, 1, 2
SCORES = {MISSING: "missing", PARTIAL: "partial", MET: "met"}
LARGEST = 1024 * 1024  # bytes of a file that is looked into
Finding = dict[str, Any]


def findings(
    assignment: Assignment, files: Iterable[StoredFile], results: Iterable[Result | CheckResult] = ()
) -> list[Finding]:
    """What the files show, and what the checks found, item by item. Nothing for an assignment without a checklist."""
    if not assignment.checklist:
        return []
    read = Reader(assignment, files)
    passed = {result.name: result.earned == result.points for result in results}
    found = []
    for item in assignment.checklist:
        lacks = list(dict.fromkeys(sentence for look in item["look"] for sentence in read.lacks(look)))
        is_passed = passed.get(item["check"])
        found.append(
            {
                **{key: item[key] for key in ("id", "says", "evidence", "gate")},
                "look": not lacks if item["look"] else None,
                "check": ("hidden" if item["is_hidden"] else "visible") if item["check"] else "",
                "passed": is_passed,
                "lacks": lacks,
            }
        )
    return found


class Reader:
    """The files of one upload, each read once."""

    def __init__(self, assignment: Assignment, files: Iterable[StoredFile]) -> None:
        starter = assignment.files.filter(part=AssignmentFile.Part.STARTER)
        self.starter = dict(starter.values_list("name", "sha256"))
        self.files = {file["name"]: file for file in files}
        self.texts: dict[str, str] = {}

    def text(self, name: str) -> str:
        if name not in self.texts:
            content = store.read(self.files[name]["sha256"])
            self.texts[name] = content.decode("utf-8-sig", errors="replace")
        return self.texts[name]

    def lacks(self, look: dict[str, Any]) -> list[str]:
        """Sentences on what is not there, and where."""
        name = look["file"]
        if name not in self.files:
            return [f"{name} is not there."]
        if self.files[name]["sha256"] == self.starter.get(name):
            return [f"{name} is as it was in the starter: fill it in."]
        if self.files[name]["size"] > LARGEST:
            return [f"{name} is larger than 1 MB, which is too much to look into."]
        text = self.text(name)
        if not (name.endswith((".json", ".csv"))) and documents.is_next_to_nothing(text):
            return [f"There is next to nothing in {name}."]
        return [f"{name} has {lack}." for lack in lacking(text, look)]


def lacking(text: str, look: dict[str, Any]) -> list[str]:
    lacks = []
    if "headings" in look:
        lacks += documents.lacking_headings(text, look["headings"], look.get("holds", ""))
    if "words" in look:
        lacks += documents.lacking_words(text, look["words"])
    if "columns" in look or "rows" in look:
        lacks += documents.lacking_columns(text, look.get("columns", []), look.get("rows", 1))
    if look["file"].endswith(".json"):
        lacks += documents.lacking_keys(text, look.get("keys", []))
    return lacks


@dataclass(frozen=True)
class Item:
    """One item as a page shows it."""

    id: str
    says: str
    evidence: str
    is_gate: bool
    found: bool | None
    """None: not looked at yet, not told yet, or for a person alone."""
    lacks: tuple[str, ...]
    is_for_person: bool
    is_told_later: bool
    score: int | None = None
    """What a marker says: 0 missing, 1 partial, 2 met."""
    why: str = ""

    @property
    def is_met(self) -> bool:
        """A marker's word stands above what was found; a gate item that nobody has judged is met if it was found."""
        return self.score == MET if self.score is not None else self.found is True

    @property
    def in_words(self) -> str:
        if self.score is not None:
            return SCORES[self.score]
        if self.found is not None:
            return "found" if self.found else "not found"
        if self.is_for_person:
            return "a marker judges it"
        return "told after the release" if self.is_told_later else "not looked at yet"

    @property
    def is_pending(self) -> bool:
        return self.score is None and self.found is None

    @property
    def suggested(self) -> int | None:
        """Before a marker has said anything."""
        return None if self.found is None else MET if self.found else MISSING


def items(
    found: Sequence[Finding], judged: Mapping[str, Mapping[str, Any]] | None = None, *, is_told: bool = True
) -> list[Item]:
    """`is_told`: may the reader know what hidden checks found?"""
    return [item(finding, (judged or {}).get(finding["id"], {}), is_told=is_told) for finding in found]


def item(finding: Finding, said: Mapping[str, Any], *, is_told: bool) -> Item:
    is_hidden = finding["check"] == "hidden" and not is_told
    parts = [finding["look"]] if finding["look"] is not None else []
    parts += [None if is_hidden else finding["passed"]] if finding["check"] else []
    found = False if False in parts else None if None in parts or not parts else True
    lacks = list(finding["lacks"])
    if finding["check"] and not is_hidden and finding["passed"] is False:
        lacks.append("Its check is not passed: see what the check says.")
    return Item(
        id=finding["id"],
        says=finding["says"],
        evidence=finding["evidence"],
        is_gate=finding["gate"],
        found=found,
        lacks=tuple(lacks),
        is_for_person=not parts,
        is_told_later=is_hidden,
        score=said.get("score"),
        why=said.get("why", ""),
    )


def unmet(found: Sequence[Finding], judged: Mapping[str, Mapping[str, Any]] | None = None) -> tuple[str, ...]:
    """The items of the gate that are not met."""
    return tuple(one.id for one in items(found, judged) if one.is_gate and not one.is_met)


def held_by(auto: Mark | None, rubric: Mark | None) -> tuple[str, ...]:
    """The unmet gate items of the work behind the marks of a module, on which `module_mark` does not let it pass.

    Give marks from `Mark.objects.with_checklists()`, or their runs and assessments are fetched one by one.
    """
    if auto is None or auto.run is None or not auto.run.checklist:
        return ()
    assessment = rubric.assessment if rubric is not None and rubric.submission_id == auto.submission_id else None
    return unmet(auto.run.checklist, assessment.checklist if assessment else None)


@dataclass(frozen=True)
class Tally:
    """How a list of items stands."""

    items: list[Item]

    @property
    def met(self) -> int:
        return sum(one.is_met for one in self.items)

    @property
    def failing(self) -> list[Item]:
        """Items of the gate that are known not to be met."""
        return [one for one in self.gate if not one.is_met and not one.is_pending]

    @property
    def pending(self) -> list[Item]:
        """Items of the gate of which it is not known yet."""
        return [one for one in self.gate if one.is_pending]

    @property
    def gate(self) -> list[Item]:
        return [one for one in self.items if one.is_gate]

    @property
    def score(self) -> int | None:
        """Of the items outside the gate, as a marker counts them; None before a marker has."""
        counted = [one.score for one in self.items if not one.is_gate]
        return None if None in counted or not counted else sum(score for score in counted if score is not None)

    @property
    def most(self) -> int:
        return MET * sum(not one.is_gate for one in self.items)


def lacking_files(assignment: Assignment, names: Iterable[str]) -> list[str]:
    """What the repository lacks by the layout that the assignment asks for, each with what to do."""
    given = list(names)
    lacks = []
    for wanted in assignment.layout:
        if wanted in given:
            continue
        last = wanted.rpartition("/")[2]
        near = [name for name in given if name.lower() == wanted.lower()]
        elsewhere = [name for name in given if name.rpartition("/")[2].lower() == last.lower()]
        if near:
            lacks.append(f"{wanted} is written {near[0]}: rename it.")
        elif elsewhere:
            place = wanted.rpartition("/")[0]
            where = f"into {place}/" if place else "to the top level"
            lacks.append(f"{wanted} is at {elsewhere[0]}: move it {where}.")
        else:
            lacks.append(f"{wanted} is not there: begin with the one of the starter.")
    return lacks
