"""What a result came from, as hashes: whoever has the same can make the same result again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from courses.models import Assignment, AssignmentFile

Part = AssignmentFile.Part
CHECKING = Path(__file__).resolve().parent / "checking"


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """All but the submission's own hash, which is that of its files."""

    assignment_digest: str = ""
    """SHA-256 over everything of the assignment that a run depends on."""
    hidden_digest: str = ""
    """SHA-256 over its hidden data files; empty when none were used."""
    environment: str = ""
    limits: dict[str, Any] = field(default_factory=dict)
    backend: str = ""


def provenance(assignment: Assignment, *, hidden: bool, limits: dict[str, Any], backend: str) -> Provenance:
    """Of a run of this assignment, here and now. Reads its files and checks."""
    files = [file for file in assignment.files.all() if file.part != Part.STARTER]
    hidden_files = [(file.name, file.sha256) for file in files if file.part == Part.HIDDEN_DATA]
    return Provenance(
        assignment_digest=digest(
            {
                "kind": assignment.kind,
                "entry": assignment.entry,
                "limits": assignment.limits,
                "artefacts": assignment.artefacts,
                "repeat": assignment.repeat,
                "files": sorted((file.part, file.name, file.sha256) for file in files),
                "checks": [
                    (check.name, str(check.points), check.is_visible, check.time_limit, check.after)
                    for check in assignment.checks.all()
                ],
            }
        ),
        hidden_digest=digest(sorted(hidden_files)) if hidden and hidden_files else "",
        environment=environment_digest(),
        limits=limits,
        backend=backend,
    )


def digest(value: Any) -> str:
    """SHA-256 of a plain value, written down in one way."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@cache
def environment_digest() -> str:
    """SHA-256 over the lock file and the library of checks: what lessons, checks and grading run on."""
    total = hashlib.sha256((settings.ROOT / "requirements.txt").read_bytes())
    for path in sorted(CHECKING.rglob("*.py")):
        total.update(path.relative_to(CHECKING).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()
