"""A decision as it is kept with an award: what was decided on, what came out, and how."""

from typing import Any

from graduation.awards.engine import Decision, Profile, Turn, decide, turning_points
from graduation.awards.records import Record


def decided(record: Record) -> tuple[Decision, dict[str, Any]]:
    """Raises ProfileError if the record cannot be decided."""
    decision = decide(record.profile, record.regulations)
    kept = {
        "regulations": record.regulations.version,
        "based_on": record.fingerprint,
        "profile": _profile(record.profile),
        "outcome": decision.outcome.value,
        "mean": None if decision.mean is None else str(decision.mean),
        "recorded": dict(decision.recorded),
        "referred": list(decision.referred),
        "compensated": list(decision.compensated),
        "credited": list(decision.credited),
        "credits_awarded": decision.credits_awarded,
        "credits_recognised": decision.credits_recognised,
        "uplifted": decision.uplifted,
        "board": decision.board,
        "steps": [{"rule": step.rule, "text": step.text, "margin": step.margin} for step in decision.steps],
        "turns": [_turn(turn) for turn in turning_points(record.profile, record.regulations)],
    }
    return decision, kept


def still_stands(kept: dict[str, Any], record: Record) -> bool:
    """Would the same be decided on: the same marks, the same flags, the same regulations?"""
    return (kept["based_on"], kept["profile"], kept["regulations"]) == (
        record.fingerprint,
        _profile(record.profile),
        record.regulations.version,
    )


def _profile(profile: Profile) -> dict[str, Any]:
    return {
        "marks": dict(profile.marks),
        "component_fails": sorted(profile.component_fails),
        "misconduct": sorted(profile.misconduct),
        "resits": dict(profile.resits),
        "recognised": sorted(profile.recognised),
        "withdrawn": profile.withdrawn,
        "registration_lapsed": profile.registration_lapsed,
        "interrupted": profile.interrupted,
        "open_case": profile.open_case,
        "resit_period_over": profile.resit_period_over,
    }


def _turn(turn: Turn) -> dict[str, Any]:
    return {"module": turn.module, "mark": turn.mark, "becomes": turn.becomes, "outcome": turn.outcome.value}
