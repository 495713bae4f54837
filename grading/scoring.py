"""The author's checks, one by one, in a scoring session; what they ask of the student's code goes through here.

Whose time and whose fault is kept apart. What the student's calls take in a check may come to its `time_limit`; beyond
it the check fails. The check's own code may take as long again; when it does not end, or breaks, that is a platform
fault.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from courses.models import Check
from grading.canaries import Canaries, Leak, texts_in
from sandbox import Handle, Outcome, Reply, Session, Verdict
from sandbox.values import NotPlain, encode

MAX_MESSAGE = 2000
MAX_REASON = 1000
MAX_ARTEFACT = 48 * 1024 * 1024


class PlatformFault(RuntimeError):
    """Ours: the sandbox or a check broke. The run is repeated; it costs the student nothing."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one check found. `details` are {expected, got, where, differences}, `reports` what the check showed."""

    number: int
    name: str
    title: str
    is_visible: bool
    feedback: str = Check.Feedback.AFTER_RELEASE.value
    points: Decimal
    earned: Decimal
    message: str
    details: dict[str, Any] = field(default_factory=dict)
    reports: list[dict[str, Any]] = field(default_factory=list)
    seconds: float
    measured: dict[str, float] = field(default_factory=dict)
    """What the check told its author: for a rehearsal, never kept."""

    def to_keep(self) -> dict[str, Any]:
        """The fields of a CheckResult."""
        return {name: value for name, value in asdict(self).items() if name != "measured"}


@dataclass
class Performed:
    """A run of the student's code that calls can be made to."""

    session: Session
    outcome: Outcome
    source: str
    entry: str
    died: bool = False
    """In a call: nothing more can be asked of it."""

    @property
    def answers(self) -> bool:
        return self.outcome.verdict == Verdict.COMPLETED and not self.died


@dataclass
class Asking:
    """What one check asks of the student's code, and the time that this takes."""

    check: Check
    runs: list[Performed]
    call_s: float
    """The limit of one call."""
    canaries: Canaries
    seconds: float = 0.0

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """A value, or why there is none in words for the student. Raises Leak, or PlatformFault."""
        number = question["run"]
        performed = self.runs[number]
        if "artefact" in question:
            return artefact(performed.outcome.artefacts, question["artefact"])
        again = "Run once more with another seed: " if number else ""
        if performed.outcome.verdict != Verdict.COMPLETED:
            when = again or "Run once more, after it had ended Python itself in a call: "
            return {"ok": False, "reason": f"{when}your code did not run to the end. {performed.outcome.message}"}
        name = question.get("call") or question["value"]
        if performed.died:
            return {"ok": False, "reason": f"{name} could not be asked: your code has ended Python itself."}
        left = self.check.time_limit - self.seconds
        if left <= 0:
            return {"ok": False, "reason": self.out_of_time(name)}
        reply = ask(performed.session, question, min(left, self.call_s))
        self.seconds += reply.seconds
        if reply.verdict == Verdict.PLATFORM_FAULT:
            raise PlatformFault(f"The check {self.check.name}: {reply.message}")
        self.canaries.search_bytes(f"what {name} printed", reply.stdout.encode())
        if reply.verdict == Verdict.COMPLETED:
            return self.passed_on(name, reply.value, performed.source)
        performed.died = reply.error is None
        if reply.verdict == Verdict.TIMED_OUT and self.seconds >= self.check.time_limit:
            return {"ok": False, "reason": again + self.out_of_time(name)}
        return {
            "ok": False,
            "reason": again + self.reason(question, reply, performed),
            "where": where(reply, performed),
            "raised": known_name(reply.error.type, performed.source, "") if reply.error else "",
        }

    def passed_on(self, name: str, value: Any, source: str) -> dict[str, Any]:
        """What a call or a variable gave, once it has been searched."""
        try:
            content = encode(value)
        except NotPlain as reason:
            return {"ok": False, "reason": f"{name} gave something that cannot be passed on: {reason}."}
        self.canaries.search_bytes(f"what {name} gave", content)
        return {"ok": True, "value": value if self.check.is_visible else with_known_names(value, source)}

    def out_of_time(self, name: str) -> str:
        limit = self.check.time_limit
        return f"Your code took longer than the {limit} s that this check gives it: {name} was still running."

    def reason(self, question: dict[str, Any], reply: Reply, performed: Performed) -> str:
        """Why a call gave nothing. What an exception of a hidden check says may hold hidden data, so it is not told."""
        name = f"{question['call']}()" if "call" in question else question["value"]
        if reply.error is None:
            return reply.message or f"{name} did not give an answer."
        if not self.check.is_visible:
            return f"{name} stopped with {known_name(reply.error.type, performed.source, 'an exception')}."
        if reply.error.type == "NameError" and reply.error.message.startswith("There is no "):
            return reply.error.message
        return f"{name} stopped with {reply.error.type}: {reply.error.message}"[:MAX_REASON]


def ask(session: Session, question: dict[str, Any], limit_s: float) -> Reply:
    if "call" in question:
        return session.call(question["call"], *question["args"], limit_s=limit_s, **question["kwargs"])
    return session.value(question["value"], limit_s=limit_s)


def artefact(found: Mapping[str, bytes], name: str) -> dict[str, Any]:
    if name not in found:
        made = ", ".join(sorted(found)[:10])
        return {
            "ok": False,
            "reason": f"Your code did not write the file {name}. {f'It wrote {made}.' if made else ''}",
        }
    if len(found[name]) > MAX_ARTEFACT:
        return {"ok": False, "reason": f"The file {name} is larger than {MAX_ARTEFACT >> 20} MB."}
    return {"ok": True, "value": found[name]}


def where(reply: Reply, performed: Performed) -> str:
    """Where in the student's code it happened."""
    error = reply.error
    if error is None or not error.line:
        return ""
    return f"cell {error.cell}, line {error.line}" if error.cell else f"{performed.entry}, line {error.line}"


def known_name(name: str, source: str, otherwise: str) -> str:
    """The name of a type, unless the student's code has made it up while it saw hidden data."""
    is_known = name.isidentifier() and len(name) <= 60 and (hasattr(builtins, name) or name in source)
    return name if is_known else otherwise


def with_known_names(value: Any, source: str) -> Any:
    """A plain value whose handles tell no name that the student's code does not hold."""
    match value:
        case Handle():
            return Handle(value.id, known_name(value.type_name, source, "object"))
        case list() | tuple():
            return type(value)(with_known_names(each, source) for each in value)
        case dict():
            return {key: with_known_names(each, source) for key, each in value.items()}
    return value


def run_check(scorer: Session, check: Check, runs: list[Performed], *, call_s: float, canaries: Canaries) -> Result:
    """One check. Raises Leak, or PlatformFault when its own code breaks, does not end, or tells hidden data."""
    asking = Asking(check, runs, call_s, canaries)
    reply = scorer.call(
        "run_check", check.name, check.is_visible, on_ask=asking.answer, limit_s=float(check.time_limit)
    )
    if reply.verdict == Verdict.TIMED_OUT:
        raise PlatformFault(f"The check {check.name} took longer than its {check.time_limit} s by itself.")
    if reply.verdict != Verdict.COMPLETED:
        raise PlatformFault(f"The check {check.name} did not end: {reply.message or reply.error}")
    if "fault" in reply.value:
        raise PlatformFault(f"The check {check.name} broke: {reply.value['fault']}")
    found = reply.value
    try:
        canaries.search("", "\n".join([found["message"], *texts_in([found["details"], found["reports"]])]))
    except Leak:
        raise PlatformFault(f"What the check {check.name} says holds hidden data.") from None
    return result_of(
        check,
        found["fraction"],
        found["message"],
        found["details"],
        found["reports"],
        seconds=reply.seconds,
        measured=found["measured"],
    )


def result_of(
    check: Check,
    fraction: float,
    message: str,
    details: dict[str, Any] | None = None,
    reports: list[dict[str, Any]] | None = None,
    *,
    seconds: float = 0.0,
    measured: dict[str, float] | None = None,
) -> Result:
    earned = (check.points * Decimal(repr(fraction))).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return Result(
        number=check.number,
        name=check.name,
        title=check.title,
        is_visible=check.is_visible,
        feedback=check.feedback,
        points=check.points,
        earned=earned,
        message=message[:MAX_MESSAGE],
        details=details or {},
        reports=reports or [],
        seconds=round(seconds, 3),
        measured=measured or {},
    )


def waits_for(check: Check, checks: list[Check], results: list[Result]) -> Result | None:
    """A result without a run, when the check that must have passed has not."""
    passed = {result.name for result in results if result.earned == result.points}
    if not check.after or check.after in passed:
        return None
    needed = next((other.title for other in checks if other.name == check.after), check.after)
    return result_of(check, 0.0, f"Not run: it needs “{needed}” to pass first.")


def auto_mark(results: list[Result]) -> Decimal:
    """0 to 100 with two decimals. Visible checks sum to 30 points and hidden ones to 70, so points are per cent."""
    return sum((result.earned for result in results), Decimal("0.00"))
