"""Moving a cohort to another revision of its programme: all at once, and only as it was looked at."""

from __future__ import annotations

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.log import Event, record
from courses.actions.moving import take_along
from courses.models import Cohort, Enrolment, Extension, Revision
from courses.refusal import Refused
from grading.models import Draft
from grading.moving import Preview, preview
from grading.moving.rows import Row
from notices.actions import tell

MOST_LINES = 12


@transaction.atomic
def move_cohort(*, cohort: Cohort, revision: Revision, seen: str, reason: str, by: User) -> Preview:
    """Put the cohort on another revision. No mark changes, nothing that was read or handed in is lost.

    `seen` is the fingerprint of the preview that was looked at. Raises Refused, and nothing has changed.
    """
    # Without a join: PostgreSQL finds no row by it once somebody else has moved the cohort.
    cohort = Cohort.objects.select_for_update().get(pk=cohort.pk)
    reason = " ".join(reason.split())
    if revision.programme_id != cohort.revision.programme_id:
        raise Refused("That revision is of another programme. Choose one of the cohort’s own.")
    if revision.pk == cohort.revision_id:
        raise Refused(f"{cohort} is on revision {revision.number} already. Nothing was changed.")
    if not reason:
        raise Refused("Write why: the students read it. Nothing was changed.")
    # Nobody hands in, is marked or read meanwhile.
    list(Enrolment.objects.select_for_update().filter(cohort=cohort).order_by("pk"))
    found = preview(cohort, revision)
    if found.blockers:
        raise Refused("The cohort cannot be moved to this revision, for the reasons below. Nothing was changed.")
    if found.seen != seen:
        raise Refused("Something has changed since you looked. Look again; nothing was changed.")
    state = found.state
    take_drafts(found)
    lengthen_extensions(found, by)
    take_along(cohort=cohort, old=state.old, new=state.new, pairs=found.comparison.pairs, now=state.now)
    record(
        Event.COHORT_MOVED,
        by=by,
        on=cohort,
        before=found.comparison.old.number,
        after=revision.number,
        reason=reason,
        **found.totals,
    )
    for row in found.told:
        tell_student(found, row, reason)
    return found


def take_drafts(found: Preview) -> None:
    """To the same assignment of the newer revision, where it takes the same file."""
    for pair in found.comparison.pairs.assignments:
        old, new = pair.old, pair.new
        if old and new and (old.kind, old.entry) == (new.kind, new.entry):
            drafts = Draft.objects.filter(assignment=old, enrolment__cohort=found.state.cohort)
            newer = drafts.values("enrolment")
            Draft.objects.filter(assignment=new, enrolment__in=list(newer.values_list("enrolment", flat=True))).delete()
            drafts.update(assignment=new)


def lengthen_extensions(found: Preview, by: User) -> None:
    """An extension that would end before everybody's due time ends with it."""
    Extension.objects.bulk_create(
        Extension(
            enrolment=row.enrolment,
            assignment_slug=change.assignment.slug,
            due_at=change.after,
            reason=f"Moved to revision {found.comparison.new.number}, where everybody has until then.",
            granted_at=timezone.now(),
            granted_by=by,
        )
        for row in found.rows
        for change in row.due
        if change.extends
    )


def tell_student(found: Preview, row: Row, reason: str) -> None:
    """One notice: why, what has changed, what it means for them."""
    cohort = found.state.cohort
    changes = found.by_module[:MOST_LINES]
    more = len(found.by_module) - len(changes)
    lines = [f"Why: {reason}"]
    lines += ["What has changed:", *(f"  {line}" for line in changes)] if changes else []
    lines += [f"  And {more} more modules."] if more > 0 else []
    mine = [f"{change}." for change in row.due] + row.work
    lines += [f"Read already, and changed since: {', '.join(row.reread)}."] if row.reread else []
    lines += ["For you:", *(f"  {line}" for line in mine)] if mine else []
    lines += ["What you have read, finished and handed in stays so, and no mark has changed."]
    tell(
        to=row.enrolment.user,
        subject=f"{cohort}: the programme has changed",
        text="\n".join(lines),
        url=reverse("modules", args=[cohort.slug]),
    )
