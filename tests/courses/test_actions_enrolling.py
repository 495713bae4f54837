"""Getting into a cohort and out of it: places, the waiting list, decisions, two people for one place."""

import threading
from datetime import timedelta
from typing import Any

import factories
import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from audit.models import Entry, Event
from courses import actions
from courses.actions import enrolling
from courses.models import Cohort, Enrolment
from courses.refusal import Refused
from notices.models import Notice

State = Enrolment.State


@pytest.fixture
def one_place(db: Any) -> Cohort:
    return factories.cohort(capacity=1, name="One place")


@pytest.fixture
def on_approval(db: Any) -> Cohort:
    return factories.cohort(capacity=1, enrolling=Cohort.Enrolling.APPROVAL, name="On approval")


def events(on: Enrolment) -> list[str]:
    return list(Entry.objects.filter(on_type="courses.enrolment", on_id=str(on.pk)).values_list("event", flat=True))


def subjects(to: User) -> list[str]:
    return list(to.notices.values_list("subject", flat=True))


def test_enrolling_takes_a_place_and_says_so(one_place: Cohort, oscar: User) -> None:
    enrolment = actions.enrol(cohort=one_place, by=oscar)
    assert (enrolment.state, enrolment.user) == (State.ENROLLED, oscar)
    assert enrolment.enrolled_at is not None
    assert events(enrolment) == [Event.ENROLLED]
    assert subjects(oscar) == ["You have a place in One place"]


def test_who_comes_when_all_places_are_taken_waits(one_place: Cohort, oscar: User) -> None:
    actions.enrol(cohort=one_place, by=factories.person())
    enrolment = actions.enrol(cohort=one_place, by=oscar)
    assert enrolment.state == State.WAITING
    assert events(enrolment) == [Event.PUT_ON_WAITING_LIST]
    assert subjects(oscar) == ["You are on the waiting list of One place"]


@pytest.mark.parametrize("state", [State.INTERRUPTED, State.COMPLETED])
def test_whoever_has_begun_keeps_their_place(one_place: Cohort, oscar: User, state: str) -> None:
    factories.enrolment(one_place, state=state)
    assert actions.enrol(cohort=one_place, by=oscar).state == State.WAITING


def test_asking_twice_changes_nothing(one_place: Cohort, oscar: User) -> None:
    first = actions.enrol(cohort=one_place, by=oscar)
    assert actions.enrol(cohort=one_place, by=oscar) == first
    assert (Enrolment.objects.count(), Notice.objects.count(), len(events(first))) == (1, 1, 1)


def test_applying_twice_keeps_the_first_statement(on_approval: Cohort, oscar: User) -> None:
    first = actions.apply(cohort=on_approval, statement=" I run a stroke unit. ", by=oscar)
    again = actions.apply(cohort=on_approval, statement="Something else.", by=oscar)
    assert again == first
    assert again.statement == "I run a stroke unit."
    assert (first.state, events(first), subjects(oscar)) == (State.APPLIED, [Event.APPLIED], [])


def test_an_application_needs_a_reason(on_approval: Cohort, oscar: User) -> None:
    with pytest.raises(Refused, match="why you want"):
        actions.apply(cohort=on_approval, statement=" \n ", by=oscar)


def test_nobody_gets_into_a_cohort_on_approval_by_enrolling(on_approval: Cohort, oscar: User) -> None:
    with pytest.raises(Refused, match="on approval"):
        actions.enrol(cohort=on_approval, by=oscar)
    assert not Enrolment.objects.exists()


@pytest.mark.parametrize(
    "fields", [{"enrolling": Cohort.Enrolling.CLOSED}, {"enrol_until": timezone.localdate() - timedelta(days=1)}]
)
def test_a_cohort_that_takes_nobody_says_so(db: Any, oscar: User, fields: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="takes no more students"):
        actions.enrol(cohort=factories.cohort(**fields), by=oscar)


@pytest.mark.parametrize("state", [State.REFUSED, State.WITHDRAWN])
def test_who_is_out_does_not_come_back_by_a_button(one_place: Cohort, oscar: User, state: str) -> None:
    factories.enrolment(one_place, oscar, state=state)
    with pytest.raises(Refused, match="Write to the office"):
        actions.enrol(cohort=one_place, by=oscar)


def test_who_works_in_a_cohort_cannot_study_in_it(one_place: Cohort) -> None:
    tutor = factories.cohort_role(one_place, Role.TUTOR)
    with pytest.raises(Refused, match="cannot study in it"):
        actions.enrol(cohort=one_place, by=tutor)


def test_accepting_gives_the_place(on_approval: Cohort, oscar: User, office: User) -> None:
    enrolment = actions.apply(cohort=on_approval, statement="Because.", by=oscar)
    decided = actions.decide_application(enrolment=enrolment, accept=True, by=office)
    assert (decided.state, decided.decided_by) == (State.ENROLLED, office)
    assert set(events(decided)) == {Event.APPLIED, Event.ENROLLED}
    assert subjects(oscar) == ["You have a place in On approval"]


def test_accepted_into_a_full_cohort_means_the_waiting_list(on_approval: Cohort, oscar: User, office: User) -> None:
    factories.enrolment(on_approval)
    enrolment = actions.apply(cohort=on_approval, statement="Because.", by=oscar)
    assert actions.decide_application(enrolment=enrolment, accept=True, by=office).state == State.WAITING
    with pytest.raises(Refused, match="All 1 places are taken"):
        actions.decide_application(enrolment=enrolment, accept=True, by=office)
    assert subjects(oscar) == ["You are on the waiting list of On approval"]


def test_refusing_tells_the_reason(on_approval: Cohort, oscar: User, office: User) -> None:
    enrolment = actions.apply(cohort=on_approval, statement="Because.", by=oscar)
    with pytest.raises(Refused, match="Say why"):
        actions.decide_application(enrolment=enrolment, accept=False, reason=" ", by=office)
    decided = actions.decide_application(enrolment=enrolment, accept=False, reason="No degree yet.", by=office)
    assert (decided.state, decided.reason) == (State.REFUSED, "No degree yet.")
    assert "No degree yet." in oscar.notices.get().text


@pytest.mark.parametrize("accept", [True, False])
def test_deciding_twice_the_same_way_changes_nothing(
    on_approval: Cohort, oscar: User, office: User, accept: bool
) -> None:
    enrolment = actions.apply(cohort=on_approval, statement="Because.", by=oscar)
    for _ in range(2):
        actions.decide_application(enrolment=enrolment, accept=accept, reason="So it is.", by=office)
    assert (len(events(enrolment)), oscar.notices.count()) == (2, 1)


def test_a_decision_is_not_turned_round_by_a_late_click(on_approval: Cohort, oscar: User, office: User) -> None:
    enrolment = actions.apply(cohort=on_approval, statement="Because.", by=oscar)
    actions.decide_application(enrolment=enrolment, accept=True, by=office)
    with pytest.raises(Refused, match="enrolled already"):
        actions.decide_application(enrolment=enrolment, accept=False, reason="Oh.", by=factories.staff(Role.OFFICE))


def test_nobody_decides_on_their_own_application(on_approval: Cohort, office: User) -> None:
    enrolment = actions.apply(cohort=on_approval, statement="Because.", by=office)
    with pytest.raises(Refused, match="your own"):
        actions.decide_application(enrolment=enrolment, accept=True, by=office)


def test_a_place_that_falls_free_goes_to_the_first_who_waits(one_place: Cohort, office: User) -> None:
    first, *later = (actions.enrol(cohort=one_place, by=factories.person()) for _ in range(3))
    actions.withdraw(enrolment=first, reason="Moves abroad.", by=office)
    assert [Enrolment.objects.get(pk=each.pk).state for each in (first, *later)] == ["withdrawn", "enrolled", "waiting"]
    assert subjects(later[0].user)[0] == "You have a place in One place"
    assert events(first) == [Event.WITHDRAWN, Event.ENROLLED]
    assert Entry.objects.filter(event=Event.ENROLLED, by=None, on_id=str(later[0].pk)).exists()


def test_nobody_overtakes_the_waiting_list(one_place: Cohort, oscar: User) -> None:
    actions.enrol(cohort=one_place, by=factories.person())
    waiting = actions.enrol(cohort=one_place, by=factories.person())
    Cohort.objects.filter(pk=one_place.pk).update(capacity=2)
    assert actions.enrol(cohort=one_place, by=oscar).state == State.WAITING
    waiting.refresh_from_db()
    assert waiting.state == State.ENROLLED


def test_withdrawing_needs_a_reason_and_happens_once(one_place: Cohort, oscar: User, office: User) -> None:
    enrolment = actions.enrol(cohort=one_place, by=oscar)
    with pytest.raises(Refused, match="Say why"):
        actions.withdraw(enrolment=enrolment, reason="", by=office)
    for _ in range(2):
        actions.withdraw(enrolment=enrolment, reason="Moves abroad.", by=office)
    assert events(enrolment).count(Event.WITHDRAWN) == 1


def test_nobody_withdraws_from_what_is_completed(spring: Cohort, office: User) -> None:
    enrolment = factories.enrolment(spring, state=State.COMPLETED)
    with pytest.raises(Refused, match="completed"):
        actions.withdraw(enrolment=enrolment, reason="Why not.", by=office)


def test_candidate_numbers_are_four_random_digits_once_a_cohort(db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enrolling, "CANDIDATES", range(1000, 1012))
    cohort = factories.cohort(capacity=12)
    numbers = [actions.enrol(cohort=cohort, by=factories.person()).candidate for _ in range(12)]
    assert sorted(numbers) == list(range(1000, 1012))
    assert numbers != sorted(numbers), "one in 479 million"


@pytest.mark.django_db(transaction=True)
def test_two_students_cannot_take_the_last_place() -> None:
    cohort = factories.cohort(capacity=3)
    people = [factories.person() for _ in range(8)]
    errors = at_once([lambda person=person: actions.enrol(cohort=cohort, by=person) for person in people])
    assert errors == []
    states = list(cohort.enrolments.values_list("state", flat=True))
    assert (states.count("enrolled"), states.count("waiting")) == (3, 5)
    assert len(set(cohort.enrolments.values_list("candidate", flat=True))) == 8


@pytest.mark.django_db(transaction=True)
def test_a_double_click_enrols_once() -> None:
    cohort = factories.cohort()
    person = factories.person()
    errors = at_once([lambda: actions.enrol(cohort=cohort, by=person)] * 4)
    assert errors == []
    assert (cohort.enrolments.count(), person.notices.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_colleagues_cannot_give_the_last_place_twice() -> None:
    cohort = factories.cohort(capacity=1, enrolling=Cohort.Enrolling.APPROVAL)
    asked = [actions.apply(cohort=cohort, statement="Because.", by=factories.person()) for _ in range(4)]
    colleagues = [factories.staff(Role.OFFICE) for _ in asked]
    errors = at_once(
        [
            lambda each=each, by=by: actions.decide_application(enrolment=each, accept=True, by=by)
            for each, by in zip(asked, colleagues, strict=True)
        ]
    )
    assert errors == []
    assert sorted(cohort.enrolments.values_list("state", flat=True)) == ["enrolled", "waiting", "waiting", "waiting"]


def at_once(calls: list[Any]) -> list[Exception]:
    """Run all calls in threads of their own, let loose together; what they raised."""
    barrier = threading.Barrier(len(calls))
    errors: list[Exception] = []

    def run(call: Any) -> None:
        try:
            barrier.wait(timeout=30)
            call()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return errors
