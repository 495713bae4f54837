"""The figures of a reference beside those that were stated beforehand and those of others."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from courses.models import Assignment, Solution
from grading.authoring.rehearsal import Rehearsal


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One figure. `ours` is None where the reference did not give it; `why` says that a difference is known."""

    module: str
    name: str
    ours: float | None
    stated: float
    tolerance: float
    outside: str
    why: str

    @property
    def is_within(self) -> bool:
        return self.ours is not None and abs(self.ours - self.stated) <= self.tolerance + 1e-9

    @property
    def complaint(self) -> str:
        """What is not in order; a difference that is declared is."""
        if self.ours is None:
            return f"{self.module}: no check told “{self.name}”."
        if not self.is_within and not self.why:
            return f"{self.module}: “{self.name}” is {self.ours:.4g}, stated {self.stated:.4g} ± {self.tolerance:g}."
        return ""

    def as_json(self) -> dict[str, Any]:
        return {
            "module": self.module,
            "figure": self.name,
            "ours": self.ours,
            "stated": self.stated,
            "tolerance": self.tolerance,
            "outside": self.outside,
            "within": self.is_within,
            "declared": self.why,
        }


def compare(folder: Path, assignment: Assignment, rehearsals: list[Rehearsal]) -> list[Compared]:
    """What anchors.toml names, beside what the checks told while the reference ran."""
    file = folder / assignment.module.slug / "assignments" / assignment.slug / "anchors.toml"
    told = {
        name: value
        for each in rehearsals
        if each.done and each.solution.kind == Solution.Kind.REFERENCE
        for result in each.done.results
        for name, value in result.measured.items()
    }
    if not file.is_file():
        return []
    return [
        Compared(
            module=assignment.module.code,
            name=each["name"],
            ours=told.get(each["name"]),
            stated=each["stated"],
            tolerance=each["tolerance"],
            outside=each.get("outside", ""),
            why=each.get("why", ""),
        )
        for each in tomllib.loads(file.read_text(encoding="utf-8")).get("anchor", [])
    ]


def lines_of_anchors(found: list[Compared]) -> list[str]:
    if not found:
        return []
    lines = ["", f"{'figure':52}{'ours':>10}{'stated':>10}{'tolerance':>11}  {'within':20}outside"]
    for each in found:
        ours = "not told" if each.ours is None else f"{each.ours:.6g}"
        within = "yes" if each.is_within else "no, declared" if each.why else "NO"
        name = f"{each.module} {each.name}"
        lines.append(
            f"{name:52}{ours:>10}{each.stated:>10.6g}{each.tolerance:>11.3g}  {within:20}{each.outside}".rstrip()
        )
        if each.why:
            lines.append(f"      {each.why}")
    return [*lines, "", *(each.complaint for each in found if each.complaint)]
