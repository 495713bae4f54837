from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit import log
from audit.log import Event
from courses.dates import effective_dates, latest_extension, school_day
from courses.models import Assignment, Enrolment, Extension
from courses.refusal import Refused
from notices.actions import tell


@transaction.atomic
def grant_extension(
    *, enrolment: Enrolment, assignment: Assignment, due_at: datetime, reason: str, by: User
) -> Extension:
    """Move the due time of one assignment for one student. A later grant replaces an earlier one.

    Late work that has already arrived stays late: a submission keeps the due time that was in force when it came.
    """
    enrolment = Enrolment.objects.select_for_update(of=("self",)).select_related("cohort", "user").get(pk=enrolment.pk)
    newest = enrolment.extensions.filter(assignment_slug=assignment.slug).first()
    if newest and newest.due_at == due_at:
        return newest
    if enrolment.user == by:
        raise Refused("You cannot extend your own due time. Ask a colleague.")
    if enrolment.state != Enrolment.State.ENROLLED:
        raise Refused(f"{enrolment.user} is {enrolment.get_state_display().lower()}: there is no due time to move.")
    if not reason.strip():
        raise Refused("Say why. The reason is kept on record.")
    if due_at <= timezone.now():
        raise Refused(f"{school_day(due_at):%-d %B %Y} is past. Choose a day from today on.")
    latest = latest_extension(enrolment.cohort, assignment)
    if due_at > latest:
        raise Refused(
            f"The regulations let this assignment move to {school_day(latest):%-d %B %Y} at the latest. "
            "Choose a day up to then."
        )
    before = effective_dates(enrolment, assignment)
    if not before.extended and due_at <= before.due_at:
        raise Refused(f"Without an extension it is due on {school_day(before.due_at):%-d %B %Y}. Choose a later day.")
    extension = Extension.objects.create(
        enrolment=enrolment, assignment_slug=assignment.slug, due_at=due_at, reason=reason.strip(), granted_by=by
    )
    log.record(
        Event.EXTENSION_GRANTED,
        by=by,
        on=enrolment,
        assignment=assignment.slug,
        due_before=before.due_at.isoformat(),
        due_at=due_at.isoformat(),
        reason=extension.reason,
    )
    tell(
        to=enrolment.user,
        subject=f"{assignment.title}: due on {school_day(due_at):%-d %B %Y}",
        text=f"The office has moved it from {school_day(before.due_at):%-d %B %Y}. The new date counts everywhere.",
        url=reverse("module", args=[enrolment.cohort.slug, assignment.module.number]),
    )
    return extension
