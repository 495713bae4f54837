import unicodedata
from datetime import date

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from audit import log
from audit.log import Event
from courses.dates import school_day
from courses.evidence import Requirement
from courses.models import Evidence
from courses.refusal import Refused
from notices.actions import tell


@transaction.atomic
def give_evidence(*, requirement: Requirement, done_on: date, reference: str, by: User) -> Evidence:
    """Say that one has signed an agreement, or completed a training. It holds once somebody else has confirmed it."""
    reference = " ".join(reference.split())
    User.objects.select_for_update().get(pk=by.pk)
    if Evidence.objects.waiting().filter(user=by, requirement=requirement["id"]).exists():
        raise Refused("What you gave waits to be confirmed already.")
    if not reference:
        raise Refused(
            "Write your name." if requirement["kind"] == "agreement" else "Write the number of the certificate."
        )
    if requirement["kind"] == "agreement" and same_name(reference) != same_name(by.name):
        raise Refused(f"Sign with your name as it is in your profile: {by.name}.")
    today = school_day()
    if done_on > today:
        raise Refused("The day is in the future. Write the day on which it was done.")
    expires_on = months_after(done_on, requirement["months"]) if requirement["months"] else None
    if expires_on and expires_on < today:
        raise Refused(f"It held until {expires_on:%-d %B %Y}. Do the training again, then come back.")
    evidence = Evidence.objects.create(
        user=by,
        requirement=requirement["id"],
        title=requirement["title"],
        done_on=done_on,
        reference=reference[:200],
        expires_on=expires_on,
    )
    log.record(Event.EVIDENCE_GIVEN, by=by, on=evidence, done_on=done_on.isoformat(), reference=evidence.reference)
    return evidence


@transaction.atomic
def decide_evidence(*, evidence: Evidence, is_confirmed: bool, reason: str, by: User) -> Evidence:
    """Confirm evidence, or refuse it with a reason that its giver reads."""
    evidence = Evidence.objects.select_for_update(of=("self",)).select_related("user").get(pk=evidence.pk)
    if evidence.state != Evidence.State.GIVEN:
        raise Refused(f"This is {evidence.get_state_display().lower()} already.")
    if is_confirmed and evidence.expires_on and evidence.expires_on < school_day():
        raise Refused(f"It held until {evidence.expires_on:%-d %B %Y}, which has passed. Refuse it, and say so.")
    if evidence.user == by:
        raise Refused("You cannot confirm your own evidence. Ask a colleague.")
    if not is_confirmed and not reason.strip():
        raise Refused("Say why. Whoever gave it reads the reason.")
    evidence.state = Evidence.State.CONFIRMED if is_confirmed else Evidence.State.REFUSED
    evidence.reason = "" if is_confirmed else reason.strip()
    evidence.decided_at, evidence.decided_by = timezone.now(), by
    evidence.save()
    event = Event.EVIDENCE_CONFIRMED if is_confirmed else Event.EVIDENCE_REFUSED
    log.record(event, by=by, on=evidence, reason=evidence.reason)
    tell(
        to=evidence.user,
        subject=f"{evidence.title}: {evidence.get_state_display().lower()}",
        text=evidence.reason
        or (f"It holds until {evidence.expires_on:%-d %B %Y}." if evidence.expires_on else "It holds from now on."),
    )
    return evidence


def same_name(name: str) -> str:
    """What two spellings of a name have in common: keyboards differ in how they write ë, and in spaces."""
    return " ".join(unicodedata.normalize("NFC", name.casefold()).split())


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or its last day."""
    later: date = day + relativedelta(months=months)
    return later
