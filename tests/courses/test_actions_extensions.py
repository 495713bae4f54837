from datetime import datetime, timedelta

import factories
import pytest

from accounts.models import User
from audit.models import Entry, Event
from courses import actions, dates
from courses.models import Assignment, Enrolment, Extension
from courses.refusal import Refused


@pytest.fixture
def due_at(amara: Enrolment, assignment: Assignment) -> datetime:
    return dates.effective_dates(amara, assignment).due_at


def grant(amara: Enrolment, assignment: Assignment, due_at: datetime, by: User, reason: str = "Ill") -> Extension:
    return actions.grant_extension(enrolment=amara, assignment=assignment, due_at=due_at, reason=reason, by=by)


def test_an_extension_moves_the_date_tells_the_student_and_is_on_record(
    amara: Enrolment, assignment: Assignment, due_at: datetime, office: User
) -> None:
    grant(amara, assignment, due_at + timedelta(days=7), office)
    assert dates.effective_dates(amara, assignment).due_at == due_at + timedelta(days=7)
    assert amara.user.notices.get().subject.startswith("Death in hospital after a heart attack: due on")
    entry = Entry.objects.get(event=Event.EXTENSION_GRANTED)
    assert (entry.by, entry.details["reason"]) == (office, "Ill")
    assert entry.details["due_before"] == due_at.isoformat()


def test_the_same_form_sent_twice_grants_once(
    amara: Enrolment, assignment: Assignment, due_at: datetime, office: User
) -> None:
    for _ in range(2):
        grant(amara, assignment, due_at + timedelta(days=7), office)
    assert (Extension.objects.count(), amara.user.notices.count()) == (1, 1)


def test_a_later_grant_may_shorten_an_earlier_one(
    amara: Enrolment, assignment: Assignment, due_at: datetime, office: User
) -> None:
    grant(amara, assignment, due_at + timedelta(days=14), office)
    grant(amara, assignment, due_at + timedelta(days=7), office)
    assert dates.effective_dates(amara, assignment).due_at == due_at + timedelta(days=7)


@pytest.mark.parametrize(
    ("days", "sentence"), [(0, "Choose a later day"), (-60, "is past"), (15, "at the latest"), (4000, "at the latest")]
)
def test_a_date_that_cannot_be_is_refused(
    amara: Enrolment, assignment: Assignment, due_at: datetime, office: User, days: int, sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        grant(amara, assignment, due_at + timedelta(days=days), office)
    assert not Extension.objects.exists()


def test_an_extension_needs_a_reason(amara: Enrolment, assignment: Assignment, due_at: datetime, office: User) -> None:
    with pytest.raises(Refused, match="Say why"):
        grant(amara, assignment, due_at + timedelta(days=7), office, reason="  ")


def test_nobody_extends_their_own_time(amara: Enrolment, assignment: Assignment, due_at: datetime) -> None:
    with pytest.raises(Refused, match="your own"):
        grant(amara, assignment, due_at + timedelta(days=7), amara.user)


def test_who_does_not_study_has_no_date_to_move(amara: Enrolment, assignment: Assignment, office: User) -> None:
    waiting = factories.enrolment(amara.cohort, state="waiting")
    with pytest.raises(Refused, match="no due time"):
        grant(waiting, assignment, dates.effective_dates(amara, assignment).due_at + timedelta(days=7), office)
