"""Exactly what was awarded, fixed at issue, and its digest.

Every value is text, a whole number, a list or an object, so that the canonical form is the same in every language.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from datetime import date, datetime, timedelta
from typing import TypedDict

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from courses.models import Cohort
from courses.refusal import Refused
from courses.regulations import Regulations, regulations
from graduation.awards.models import Award

FORMAT = 1
JOINERS = "\u200c\u200d"  # Persian and the scripts of India spell with them.


class AwardedModule(TypedDict):
    code: str
    title: str
    credits: int
    mark: int | None
    """None where the credits were recognised for prior learning."""
    how: str
    """passed, compensated or recognised"""


class Studied(TypedDict):
    start: str
    end: str
    pace: str


class Content(TypedDict):
    format: int
    number: str
    address: str
    school: str
    award: str
    recipient: str
    outcome: str
    by_uplift: bool
    mean: str
    credits: int
    level: int
    modules: list[AwardedModule]
    studied: Studied
    board_on: str
    issued_on: str
    regulations: str


def content_of(award: Award, *, number: str, code: str, issued_at: datetime) -> Content:
    """Of a confirmed award. Marks are those that the board confirmed, whatever the record says now."""
    cohort, decision = award.enrolment.cohort, award.decision
    rules = regulations(award.regulations_version)
    if award.confirmed_at is None:
        raise ValueError(f"{award} is not confirmed.")
    board_on = school_day(award.confirmed_at)
    return Content(
        format=FORMAT,
        number=number,
        address=settings.SITE_URL.rstrip("/") + reverse("certificate", args=[code]),
        school=settings.SCHOOL_NAME,
        award=cohort.revision.award,
        recipient=printable(award.enrolment.user.name),
        outcome=award.outcome,
        by_uplift=decision["uplifted"],
        mean=str(award.mean),
        credits=award.credits,
        level=cohort.revision.level,
        modules=[
            AwardedModule(
                code=module.code,
                title=module.title,
                credits=rules.modules[module.code].credits,
                mark=decision["recorded"].get(module.code),
                how=_how(module.code, decision),
            )
            for module in cohort.revision.modules.all()
        ],
        studied=_studied(cohort, rules, board_on),
        board_on=board_on.isoformat(),
        issued_on=school_day(issued_at).isoformat(),
        regulations=award.regulations_version,
    )


def canonical(content: Content) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest_of(content: Content) -> str:
    return hashlib.sha256(canonical(content)).hexdigest()


def printable(name: str) -> str:
    """The name as it is printed: without control characters and without the marks that turn the reading direction."""
    composed = unicodedata.normalize("NFC", name)
    kept = (
        char for char in composed if char in JOINERS or not unicodedata.category(char).startswith("C") or char == "\t"
    )
    cleaned = " ".join("".join(kept).split())
    if not any(char.isalnum() for char in cleaned):
        raise Refused("The student has no name that can be printed. Ask them to enter it in their profile.")
    return cleaned


def school_day(moment: datetime) -> date:
    """The day at the school, not where the person at the keyboard is."""
    return timezone.localdate(moment, timezone.get_default_timezone())


def _how(code: str, decision: dict[str, list[str]]) -> str:
    if code in decision["compensated"]:
        return "compensated"
    return "passed" if code in decision["credited"] else "recognised"


def _studied(cohort: Cohort, rules: Regulations, board_on: date) -> Studied:
    pace = rules.pace.full_time if cohort.pace == Cohort.Pace.FULL_TIME else rules.pace.part_time
    # Whoever is assessed sooner has not studied until the last planned week.
    end = min(cohort.starts_on + timedelta(weeks=pace.weeks, days=-1), board_on)
    return Studied(start=cohort.starts_on.isoformat(), end=end.isoformat(), pace=cohort.get_pace_display())
