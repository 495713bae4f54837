from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit import log
from audit.log import Event
from courses.marks import MarkError, checked
from courses.models import Enrolment
from courses.refusal import Refused
from courses.regulations import regulations
from grading.checklist import held_by
from grading.models import Mark, Release
from graduation.awards.access import NOT_BEGUN
from graduation.awards.decisions import decided, still_stands
from graduation.awards.engine import Outcome, ProfileError
from graduation.awards.models import Award
from graduation.awards.records import Record, record_of
from notices.actions import tell


@transaction.atomic
def record_mark(*, enrolment: Enrolment, module_number: int, value: Decimal, reason: str, by: User) -> Mark:
    """Record the mark of a whole module that was assessed outside the platform, a whole number. Released at once.

    It is a first sit and stands instead of the components. The same mark for the same reason again changes nothing.
    """
    enrolment = _locked(enrolment)
    if sentence := _held_by_the_gate(enrolment, module_number, value):
        raise Refused(sentence)
    return _record(enrolment, module_number, Mark.Component.MODULE, value, reason, by)


def _held_by_the_gate(enrolment: Enrolment, module_number: int, value: Decimal) -> str:
    """Why a whole mark cannot pass a project whose gate is open; empty if it can."""
    pass_mark = regulations(enrolment.cohort.regulations_version).marks.pass_mark
    marks = Mark.objects.with_checklists().current().filter(enrolment=enrolment, module_number=module_number)
    present = {mark.component: mark for mark in marks}
    unmet = held_by(present.get(Mark.Component.AUTO), present.get(Mark.Component.RUBRIC))
    if not unmet or not value.is_finite() or value < pass_mark:
        return ""
    verb = "is" if len(unmet) == 1 else "are"
    return (
        f"{_listed(list(unmet))} of the gate {verb} not met in the work that is marked here: the module cannot be "
        f"{pass_mark} or more. A marker who sees otherwise says so on the checklist."
    )


@transaction.atomic
def record_resit(*, enrolment: Enrolment, module_number: int, value: Decimal, reason: str, by: User) -> Mark:
    """Record the resit of a referred module, before the cap of rule 5: 0 if nothing was handed in. Released at once."""
    enrolment = _locked(enrolment)
    has_resat = enrolment.marks.filter(module_number=module_number, component=Mark.Component.RESIT).exists()
    if not has_resat and module_number not in referred_modules(present_award(enrolment)):
        raise Refused(f"M{module_number} is not referred: only what the board refers can be resat, and once.")
    return _record(enrolment, module_number, Mark.Component.RESIT, value, reason, by)


def referred_modules(award: Award | None) -> list[int]:
    """Numbers of the modules that the present decision refers."""
    return [int(code.removeprefix("M")) for code in award.decision["referred"]] if award else []


def _record(
    enrolment: Enrolment, module_number: int, component: Mark.Component, value: Decimal, reason: str, by: User
) -> Mark:
    mark, reason = _whole_mark(value), reason.strip()
    if enrolment.state in NOT_BEGUN:
        raise Refused(f"{enrolment.user} has not begun in {enrolment.cohort}: there is nothing to mark.")
    if f"M{module_number}" not in regulations(enrolment.cohort.regulations_version).modules:
        raise Refused(f"There is no module {module_number} in this programme.")
    if not reason:
        raise Refused("Say why: who assessed the module, and where the evidence is kept.")
    lineage = Mark.objects.filter(enrolment=enrolment, module_number=module_number, component=component)
    former = lineage.current().first()
    if former and former.value == mark and former.reason == reason:
        return former
    made = Mark.objects.create(
        enrolment=enrolment,
        module_number=module_number,
        component=component,
        origin=Mark.Origin.BOARD,
        raw=mark,
        value=mark,
        reason=reason,
        supersedes=former,
        release=Release.objects.create(cohort=enrolment.cohort, assignment=None, by=by),
        created_by=by,
    )
    log.record(
        Event.MARK_RECORDED,
        by=by,
        on=made,
        enrolment=enrolment.pk,
        module=module_number,
        component=component.value,
        value=str(mark),
        superseded=str(former.value) if former else None,
        reason=reason,
    )
    what = "resit" if component == Mark.Component.RESIT else "mark"
    tell(
        to=enrolment.user,
        subject=f"Module {module_number}: {what} of {mark} recorded",
        text=f"The programme office recorded a {what} of {mark} for module {module_number}. {reason}",
        url=reverse("marks"),
    )
    return made


def _whole_mark(value: Decimal) -> Decimal:
    try:
        mark = checked(value, "Mark")
    except MarkError as error:
        raise Refused("A mark is a whole number from 0 to 100.") from error
    if mark != mark.to_integral_value():
        raise Refused(f"A module mark is a whole number from 0 to 100, not {mark}.")
    return mark.to_integral_value()


@transaction.atomic
def decide_award(*, enrolment: Enrolment, by: User) -> Award:
    """What the regulations give for the released marks. The present award, if it was decided on the same record."""
    enrolment = _locked(enrolment)
    record = record_of(enrolment)
    present = present_award(enrolment)
    if obstacle := why_not_decided(record, present):
        raise Refused(obstacle)
    if present and still_stands(present.decision, record):
        return present
    try:
        decision, kept = decided(record)
    except ProfileError as error:
        raise Refused(f"The record cannot be decided. {error}") from error
    award = Award.objects.create(
        enrolment=enrolment,
        outcome=decision.outcome,
        mean=decision.mean,
        credits=decision.credits_awarded + decision.credits_recognised,
        regulations_version=record.regulations.version,
        decision=kept,
        decided_by=by,
        supersedes=present,
    )
    log.record(
        Event.AWARD_DECIDED,
        by=by,
        on=award,
        outcome=award.outcome,
        mean=kept["mean"],
        superseded=present.pk if present else None,
    )
    return award


@transaction.atomic
def confirm_award(*, award: Award, by: User) -> Award:
    """The board confirms what was decided, which completes the enrolment. Confirming twice changes nothing."""
    enrolment = _locked(award.enrolment)
    award = Award.objects.select_related("enrolment__user").get(pk=award.pk)
    if award.confirmed_at:
        return award
    if award != present_award(enrolment):
        raise Refused("A newer decision has replaced this one. Look at that one.")
    if obstacle := why_not_confirmed(award, record_of(enrolment)):
        raise Refused(obstacle)
    award.confirmed_at, award.confirmed_by = timezone.now(), by
    award.save(update_fields=["confirmed_at", "confirmed_by"])
    if enrolment.state != Enrolment.State.WITHDRAWN:
        enrolment.state = Enrolment.State.COMPLETED
        enrolment.save(update_fields=["state"])
    log.record(Event.AWARD_CONFIRMED, by=by, on=award, outcome=award.outcome)
    tell(
        to=enrolment.user,
        subject=f"The board has decided: {award.outcome}",
        text=_told(award),
        url=reverse("marks"),
    )
    return award


def present_award(enrolment: Enrolment) -> Award | None:
    """The newest in the lineage."""
    awards = Award.objects.filter(enrolment=enrolment, superseded_by=None)
    return awards.select_related("decided_by", "confirmed_by").first()


def why_not_decided(record: Record, present: Award | None) -> str:
    """What keeps the regulations from being asked, in a sentence; empty if nothing does."""
    open_modules = [f"{each.rules.id} ({each.waiting.what})" for each in record.blocking if each.waiting]
    if open_modules:
        verb = "is" if len(open_modules) == 1 else "are"
        return f"{_listed(open_modules)} {verb} open. An award needs every mark, released."
    resat = {each.module.number for each in record.modules if each.resit.mark}
    not_resat = [f"M{number}" for number in referred_modules(present) if number not in resat]
    # The second board decides on all resits at once: what is missing there would be failed for good.
    if resat and not_resat:
        return f"The resit of {_listed(not_resat)} is open. Record it, 0 if nothing was handed in."
    return ""


def why_not_confirmed(award: Award, record: Record) -> str:
    """What keeps the board from confirming, in a sentence; empty if nothing does."""
    if not still_stands(award.decision, record):
        return "The record has changed since this was decided. Ask the regulations again."
    if award.outcome == Outcome.REFER:
        referred = _listed(award.decision["referred"])
        return f"Refer is not final: record the resit of {referred}, then ask again for the second board."
    if award.outcome == Outcome.WITHHELD:
        return "The result is withheld while a misconduct case is open."
    return ""


def _told(award: Award) -> str:
    credits = f"{award.credits} credits"
    if Outcome(award.outcome).is_award:
        return f"Your result is confirmed: {award.outcome}, mean {award.mean}, {credits}. Your certificate follows."
    if award.outcome == Outcome.FAIL:
        return (
            f"Your result is confirmed: the award was not reached. You keep {credits}. "
            f"Write to the programme office of {settings.SCHOOL_NAME} if you want to talk about it or to appeal."
        )
    return f"Your result is confirmed: {award.outcome}, {credits}."


def _locked(enrolment: Enrolment) -> Enrolment:
    """One decision at a time about one student. SQLite locks the whole database, PostgreSQL this row."""
    return (
        Enrolment.objects.select_for_update(of=("self",))
        .select_related("user", "cohort__revision")
        .get(pk=enrolment.pk)
    )


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
