"""How somebody gets into a cohort, and out of it.

Each action locks the cohort's row first, so that two people cannot take one place. (SQLite has no row locks: there
the IMMEDIATE transaction itself lets one writer in at a time.) Asking twice changes nothing the second time.
"""

import secrets

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit import log
from audit.log import Event
from courses.models import Cohort, Enrolment
from courses.refusal import Refused
from notices.actions import tell

State = Enrolment.State
CANDIDATES = range(1000, 10_000)


@transaction.atomic
def enrol(*, cohort: Cohort, by: User) -> Enrolment:
    """Take a place in an open cohort, or one on its waiting list."""
    cohort = _locked(cohort)
    if found := _already_asked(cohort, by):
        return found
    _must_take(cohort, Cohort.Enrolling.OPEN)
    _move_up(cohort)
    enrolment = _new(cohort, by)
    _admit(enrolment, by=by)
    return enrolment


@transaction.atomic
def apply(*, cohort: Cohort, statement: str, by: User) -> Enrolment:
    """Ask for a place in a cohort that decides on each application."""
    cohort = _locked(cohort)
    if found := _already_asked(cohort, by):
        return found
    _must_take(cohort, Cohort.Enrolling.APPROVAL)
    if not statement.strip():
        raise Refused("Say in a few sentences why you want to take this course. The office decides by it.")
    enrolment = _new(cohort, by, statement=statement.strip())
    enrolment.save()
    log.record(Event.APPLIED, by=by, on=enrolment)
    return enrolment


@transaction.atomic
def decide_application(*, enrolment: Enrolment, accept: bool, by: User, reason: str = "") -> Enrolment:
    """Accept or refuse. Accepted into a full cohort means the waiting list; accepting from there needs a place."""
    cohort = _locked(enrolment.cohort)
    enrolment = Enrolment.objects.select_for_update(of=("self",)).select_related("user").get(pk=enrolment.pk)
    enrolment.cohort = cohort
    wanted = {State.ENROLLED} if accept else {State.REFUSED}
    if enrolment.state in wanted:
        return enrolment
    if enrolment.user == by:
        raise Refused("You cannot decide on your own application. Ask a colleague.")
    if enrolment.state not in {State.APPLIED, State.WAITING}:
        raise Refused(
            f"{enrolment.user} is {enrolment.get_state_display().lower()} already: there is nothing to decide."
        )
    enrolment.decided_by = by
    enrolment.reason = reason.strip()
    if not accept:
        return _refuse(enrolment, by=by)
    if enrolment.state == State.WAITING and not cohort_has_a_place(cohort):
        raise Refused(f"All {cohort.capacity} places are taken. {enrolment.user} stays on the waiting list.")
    _admit(enrolment, by=by)
    return enrolment


@transaction.atomic
def withdraw(*, enrolment: Enrolment, reason: str, by: User) -> Enrolment:
    """Somebody leaves the cohort, or its waiting list. The first who waits moves up."""
    cohort = _locked(enrolment.cohort)
    enrolment = Enrolment.objects.select_for_update(of=("self",)).select_related("user").get(pk=enrolment.pk)
    if enrolment.state == State.WITHDRAWN:
        return enrolment
    if enrolment.state in {State.REFUSED, State.COMPLETED}:
        raise Refused(
            f"{enrolment.user} is {enrolment.get_state_display().lower()}: nobody can be withdrawn from that."
        )
    if not reason.strip():
        raise Refused("Say why. The reason is kept on record.")
    enrolment.state = State.WITHDRAWN
    enrolment.reason = reason.strip()
    enrolment.decided_by = by
    enrolment.save()
    log.record(Event.WITHDRAWN, by=by, on=enrolment, reason=enrolment.reason)
    _move_up(cohort)
    return enrolment


def places_taken(cohort: Cohort) -> int:
    return cohort.enrolments.filter(state__in=[State.ENROLLED, State.INTERRUPTED, State.COMPLETED]).count()


def cohort_has_a_place(cohort: Cohort) -> bool:
    return places_taken(cohort) < cohort.capacity


def _locked(cohort: Cohort) -> Cohort:
    return Cohort.objects.select_for_update().get(pk=cohort.pk)


def _already_asked(cohort: Cohort, user: User) -> Enrolment | None:
    """What an earlier click, or an earlier day, has left. Who was refused or has withdrawn is told so."""
    found = Enrolment.objects.filter(cohort=cohort, user=user).first()
    if found and found.state == State.REFUSED:
        raise Refused(f"The office refused your application to {cohort}. Write to the office if you think it is wrong.")
    if found and found.state == State.WITHDRAWN:
        raise Refused(f"You withdrew from {cohort}. Write to the office if you want to come back.")
    return found


def _must_take(cohort: Cohort, way: Cohort.Enrolling) -> None:
    if not Cohort.objects.open_to_students().filter(pk=cohort.pk).exists():
        raise Refused(f"{cohort} takes no more students: enrolling ended on {cohort.enrol_until:%-d %B %Y}.")
    if cohort.enrolling != way:
        raise Refused(f"{cohort} enrols {cohort.get_enrolling_display()}. Load its page again and use the form there.")


def _new(cohort: Cohort, user: User, statement: str = "") -> Enrolment:
    if cohort.roles.filter(user=user).exists():
        raise Refused(f"You work for {cohort}, so you cannot study in it. The office can remove your role first.")
    return Enrolment(
        cohort=cohort, user=user, state=State.APPLIED, statement=statement, candidate=_candidate_number(cohort)
    )


def _candidate_number(cohort: Cohort) -> int:
    """Random: it says nothing about the order of arrival. The lock on the cohort keeps it free until it is saved."""
    taken = set(cohort.enrolments.values_list("candidate", flat=True))
    return secrets.choice([number for number in CANDIDATES if number not in taken])


def _admit(enrolment: Enrolment, *, by: User | None) -> None:
    """Give a place, or one on the waiting list."""
    cohort = enrolment.cohort
    if not cohort_has_a_place(cohort):
        enrolment.state = State.WAITING
        enrolment.save()
        log.record(Event.PUT_ON_WAITING_LIST, by=by, on=enrolment)
        tell(
            to=enrolment.user,
            subject=f"You are on the waiting list of {cohort}",
            text=f"All {cohort.capacity} places are taken. The first who waits gets the next free one, and we write.",
            url=reverse("cohort", args=[cohort.slug]),
        )
        return
    enrolment.state = State.ENROLLED
    enrolment.enrolled_at = timezone.now()
    enrolment.save()
    log.record(Event.ENROLLED, by=by, on=enrolment)
    tell(
        to=enrolment.user,
        subject=f"You have a place in {cohort}",
        text=f"It starts on {cohort.starts_on:%A %-d %B %Y}. Until then you can read what awaits you.",
        url=reverse("modules", args=[cohort.slug]),
    )


def _refuse(enrolment: Enrolment, *, by: User) -> Enrolment:
    if not enrolment.reason:
        raise Refused("Say why. The applicant reads the reason, and it is kept on record.")
    enrolment.state = State.REFUSED
    enrolment.save()
    log.record(Event.ENROLMENT_REFUSED, by=by, on=enrolment, reason=enrolment.reason)
    tell(
        to=enrolment.user,
        subject=f"Your application to {enrolment.cohort} was not accepted",
        text=f"The office gave this reason: {enrolment.reason}",
        url=reverse("cohorts"),
    )
    return enrolment


def _move_up(cohort: Cohort) -> None:
    """Fill free places from the waiting list, first come first."""
    for enrolment in cohort.enrolments.filter(state=State.WAITING).select_related("user").order_by("applied_at", "pk"):
        if not cohort_has_a_place(cohort):
            return
        enrolment.cohort = cohort
        _admit(enrolment, by=None)
