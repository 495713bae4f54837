"""The office's pages: cohorts, applications, roles, extensions."""

from datetime import date, timedelta
from typing import Any

import factories
import pytest
from django.utils import timezone
from pages import queries_of, soup, words

from accounts.models import User
from accounts.roles import Role
from courses import dates
from courses.models import Assignment, Cohort, CohortRole, Enrolment, Extension, Revision

SPRING = "/office/cohorts/spring/"


def application(cohort: Cohort, **fields: Any) -> Enrolment:
    return factories.enrolment(cohort, state="applied", enrolled_at=None, statement="I run a stroke unit.", **fields)


def decide(browser: Any, enrolment: Enrolment, decision: str, reason: str = "") -> Any:
    form = {"decision": decision, "reason": reason}
    return browser.post(f"/office/enrolments/{enrolment.pk}/application/", form, follow=True)


@pytest.mark.parametrize("who", ["amara", "tutor", "oscar"])
@pytest.mark.parametrize("path", ["/office/", "/office/cohorts/new/", SPRING])
def test_the_office_is_not_there_for_others(
    signed_in: Any, amara: Enrolment, tutor: User, oscar: User, who: str, path: str
) -> None:
    user = {"amara": amara.user, "tutor": tutor, "oscar": oscar}[who]
    assert signed_in(user).get(path).status_code == 404


@pytest.mark.parametrize("who", ["amara", "tutor", "oscar", "leader", "external"])
def test_nobody_else_changes_anything(
    signed_in: Any, amara: Enrolment, bruno: Enrolment, request: pytest.FixtureRequest, who: str
) -> None:
    user = request.getfixturevalue(who)
    browser = signed_in(getattr(user, "user", user))
    role = CohortRole.objects.create(cohort=amara.cohort, user=factories.person(), role=Role.TUTOR)
    posts: list[tuple[str, dict[str, str]]] = [
        (f"/office/enrolments/{bruno.pk}/application/", {"decision": "refuse", "reason": "No."}),
        (f"/office/enrolments/{bruno.pk}/withdraw/", {"reason": "No."}),
        (f"/office/enrolments/{bruno.pk}/extension/", {"reason": "Yes."}),
        (f"{SPRING}roles/", {"email": "oscar@example.org", "role": "tutor"}),
        (f"{SPRING}roles/{role.pk}/remove/", {}),
        ("/office/cohorts/new/", {}),
    ]
    assert [browser.post(path, form).status_code for path, form in posts] == [404] * len(posts)
    bruno.refresh_from_db()
    assert (bruno.state, CohortRole.objects.count()) == ("enrolled", 1)


def test_the_list_counts_who_studies_applies_and_waits(signed_in: Any, spring: Cohort, office: User) -> None:
    factories.enrolment(spring)
    application(spring)
    factories.enrolment(spring, state="waiting", enrolled_at=None)
    response = signed_in(office).get("/office/")
    assert "1 application to decide on" in words(response)
    cells = [" ".join(cell.get_text(" ").split()) for cell in soup(response).select("tbody tr > *")]
    assert cells[-3:] == ["1 of 30", "1", "1"]
    assert cells[1] == "15 of 52"


def test_the_cohort_page_shows_students_dates_and_roles(
    signed_in: Any, amara: Enrolment, office: User, tutor: User
) -> None:
    CohortRole.objects.create(cohort=amara.cohort, user=tutor, role=Role.TUTOR, granted_by=office)
    response = signed_in(office).get(SPRING)
    page = words(response)
    assert f"Amara Okafor amara@example.org {amara.candidate} Enrolled" in page
    assert "Tomasz Zielinski , tutor since" in page
    assert len(soup(response).select("[aria-label='Dates of the modules'] tbody tr")) == 9


def test_who_only_sees_records_sees_candidates_without_names(signed_in: Any, amara: Enrolment, external: User) -> None:
    application(amara.cohort)
    response = signed_in(external).get(SPRING)
    assert str(amara.candidate) in words(response)
    page = response.content.decode()
    assert "Amara" not in page
    assert "stroke unit" not in page
    assert not soup(response).select("main form")


def test_accepting_gives_a_place(signed_in: Any, spring: Cohort, office: User) -> None:
    enrolment = application(spring)
    response = decide(signed_in(office), enrolment, "accept")
    assert f"{enrolment.user} has a place. We have told them." in words(response)
    enrolment.refresh_from_db()
    assert (enrolment.state, enrolment.decided_by) == ("enrolled", office)


def test_refusing_needs_a_reason_and_keeps_the_page(signed_in: Any, spring: Cohort, office: User) -> None:
    enrolment = application(spring)
    response = decide(signed_in(office), enrolment, "refuse")
    assert response.status_code == 422
    assert "Say why. The applicant reads the reason" in words(response)
    assert "is refused" in words(decide(signed_in(office), enrolment, "refuse", "No degree yet."))


@pytest.mark.parametrize("form", [{}, {"decision": "perhaps"}, {"decision": "refuse", "reason": "x" * 10_240}])
def test_a_decision_that_is_none_changes_nothing(
    signed_in: Any, spring: Cohort, office: User, form: dict[str, str]
) -> None:
    enrolment = application(spring)
    assert signed_in(office).post(f"/office/enrolments/{enrolment.pk}/application/", form).status_code == 422
    enrolment.refresh_from_db()
    assert enrolment.state == "applied"


def test_a_decision_sent_twice_counts_once(signed_in: Any, spring: Cohort, office: User) -> None:
    enrolment = application(spring)
    for _ in range(2):
        assert "has a place" in words(decide(signed_in(office), enrolment, "accept"))
    assert enrolment.user.notices.count() == 1


def test_who_is_accepted_into_a_full_cohort_waits_and_cannot_be_accepted_again(
    signed_in: Any, spring: Cohort, office: User
) -> None:
    Cohort.objects.update(capacity=1)
    factories.enrolment(spring)
    enrolment = application(spring)
    response = decide(signed_in(office), enrolment, "accept")
    assert "accepted and on the waiting list" in words(response)
    assert "Waiting list" in words(response)
    assert "All 1 places are taken" in words(decide(signed_in(office), enrolment, "accept"))


def test_the_office_cannot_decide_on_its_own_application(signed_in: Any, spring: Cohort, office: User) -> None:
    assert decide(signed_in(office), application(spring, user=office), "accept").status_code == 404


def test_withdrawing_moves_the_first_who_waits_up(signed_in: Any, amara: Enrolment, office: User) -> None:
    Cohort.objects.update(capacity=1)
    waiting = factories.enrolment(amara.cohort, state="waiting", enrolled_at=None)
    browser = signed_in(office)
    path = f"/office/enrolments/{amara.pk}/withdraw/"
    assert browser.post(path, {"reason": ""}).status_code == 422
    assert "Amara Okafor is withdrawn" in words(browser.post(path, {"reason": "Moves abroad."}, follow=True))
    waiting.refresh_from_db()
    assert waiting.state == "enrolled"


def test_a_role_is_given_by_e_mail_and_removed(signed_in: Any, spring: Cohort, office: User, oscar: User) -> None:
    browser = signed_in(office)
    for _ in range(2):
        response = browser.post(f"{SPRING}roles/", {"email": "OSCAR@example.org", "role": "tutor"}, follow=True)
    assert "Oscar Outsider is tutor in Spring, part-time." in words(response)
    granted = CohortRole.objects.get()
    assert (granted.user, granted.granted_by) == (oscar, office)
    for _ in range(2):
        browser.post(f"{SPRING}roles/{granted.pk}/remove/")
    assert not CohortRole.objects.exists()


@pytest.mark.parametrize(
    ("email", "role", "sentence"),
    [
        ("nobody@example.org", "tutor", "Nobody has signed up as nobody@example.org"),
        ("not an address", "tutor", "Enter a valid email address"),
        ("oscar@example.org", "administrator", "not one of the available choices"),
        ("amara@example.org", "tutor", "studies in"),
        ("office", "tutor", "You cannot give yourself a role"),
    ],
)
def test_a_role_that_cannot_be_is_refused(
    signed_in: Any, amara: Enrolment, office: User, oscar: User, email: str, role: str, sentence: str
) -> None:
    form = {"email": office.email if email == "office" else email, "role": role}
    response = signed_in(office).post(f"{SPRING}roles/", form)
    assert response.status_code == 422
    assert sentence in words(response)
    assert not CohortRole.objects.exists()


def test_a_role_of_another_cohort_is_not_removed_from_here(signed_in: Any, spring: Cohort, office: User) -> None:
    factories.cohort_role(factories.cohort(), Role.TUTOR)
    signed_in(office).post(f"{SPRING}roles/{CohortRole.objects.get().pk}/remove/")
    assert CohortRole.objects.exists()


@pytest.fixture
def due_on(amara: Enrolment, assignment: Assignment) -> Any:
    """The day on which module 4 is due without an extension."""
    return dates.school_day(dates.effective_dates(amara, assignment).due_at)


def test_an_extension_is_granted_once_and_moves_the_date(
    signed_in: Any, amara: Enrolment, assignment: Assignment, office: User, due_on: Any
) -> None:
    browser = signed_in(office)
    path = f"/office/enrolments/{amara.pk}/extension/"
    form = {"assignment": assignment.pk, "due_on": (due_on + timedelta(days=7)).isoformat(), "reason": "Ill"}
    for _ in range(2):
        response = browser.post(path, form, follow=True)
    assert "for Amara Okafor. We have told them." in words(response)
    assert Extension.objects.count() == 1
    moved = timezone.localtime(dates.effective_dates(amara, assignment).due_at)
    assert (moved.date(), moved.hour, moved.minute) == (due_on + timedelta(days=7), 23, 59)
    assert ", extended" in words(browser.get(path))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"due_on": "2020-01-01"}, "1 January 2020 is past"),
        ({"due_on": "0001-01-01"}, "is past"),
        ({"due_on": "9999-12-31"}, "at the latest"),
        ({"due_on": "tomorrow"}, "This is not a date"),
        ({"due_on": ""}, "This field is required"),
        ({"reason": ""}, "This field is required"),
        ({"reason": "x" * 10_240}, "Use at most 500 characters"),
        ({"assignment": "999999"}, "not part of the cohort"),
        ({"assignment": "x"}, "not part of the cohort"),
    ],
)
def test_an_extension_that_cannot_be_is_refused(
    signed_in: Any,
    amara: Enrolment,
    assignment: Assignment,
    office: User,
    due_on: Any,
    fields: dict[str, str],
    sentence: str,
) -> None:
    good = {"assignment": assignment.pk, "due_on": (due_on + timedelta(days=7)).isoformat(), "reason": "Ill"}
    response = signed_in(office).post(f"/office/enrolments/{amara.pk}/extension/", good | fields)
    assert response.status_code == 422
    assert sentence in words(response)
    assert not Extension.objects.exists()


def test_an_assignment_of_another_programme_cannot_be_extended(
    signed_in: Any, amara: Enrolment, office: User, due_on: Any
) -> None:
    foreign = Assignment.objects.get(module__revision=factories.revision())
    form = {"assignment": foreign.pk, "due_on": (due_on + timedelta(days=7)).isoformat(), "reason": "Ill"}
    assert signed_in(office).post(f"/office/enrolments/{amara.pk}/extension/", form).status_code == 422


@pytest.fixture
def new_cohort(db: Any) -> dict[str, Any]:
    monday = factories.monday(-4)
    return {
        "name": "Spring 2027, full-time",
        "revision": factories.revision().pk,
        "regulations_version": "2026",
        "pace": "full_time",
        "starts_on": monday.isoformat(),
        "enrol_until": (monday - timedelta(days=1)).isoformat(),
        "enrolling": "approval",
        "capacity": "24",
    }


def test_a_cohort_is_set_up_with_all_its_dates(signed_in: Any, office: User, new_cohort: dict[str, Any]) -> None:
    browser = signed_in(office)
    assert "New cohort" in words(browser.get("/office/cohorts/new/"))
    response = browser.post("/office/cohorts/new/", new_cohort, follow=True)
    assert response.redirect_chain == [("/office/cohorts/spring-2027-full-time/", 302)]
    made = Cohort.objects.get()
    assert (made.capacity, made.pace, made.enrolling) == (24, "full_time", "approval")
    assert [row.td.text for row in soup(response).select("[aria-label='Dates of the modules'] tbody tr")][
        3
    ] == "7 to 10"


def test_the_form_replayed_sets_up_one_cohort(signed_in: Any, office: User, new_cohort: dict[str, Any]) -> None:
    browser = signed_in(office)
    browser.post("/office/cohorts/new/", new_cohort)
    response = browser.post("/office/cohorts/new/", new_cohort)
    assert response.status_code == 422
    assert "already a cohort" in words(response)
    assert Cohort.objects.count() == 1


TUESDAY = factories.monday(-4) + timedelta(days=1)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": ""}, "This field is required"),
        ({"name": "x" * 10_240}, "Use at most 120 characters"),
        ({"name": "new"}, "cannot be made into an address"),
        ({"name": "!!!"}, "cannot be made into an address"),
        ({"revision": "999999"}, "There is no such revision"),
        ({"revision": "x"}, "There is no such revision"),
        ({"regulations_version": "1999"}, "There is no such version. There are: 2026"),
        ({"regulations_version": "../../etc/passwd"}, "There is no such version"),
        ({"pace": "leisurely"}, "not one of the available choices"),
        ({"starts_on": TUESDAY.isoformat()}, f"{TUESDAY.day} {TUESDAY:%B %Y} is a Tuesday"),
        ({"starts_on": "2020-01-06"}, "is past"),
        ({"starts_on": "9999-12-27"}, "more than 3 years away"),
        ({"starts_on": "6 January"}, "This is not a date"),
        ({"enrol_until": "2020-01-06"}, "nobody could enrol"),
        ({"enrol_until": "9999-12-31"}, "more than four weeks after the start"),
        ({"enrolling": "by lot"}, "not one of the available choices"),
        ({"capacity": "0"}, "at least one place"),
        ({"capacity": "-1"}, "at least one place"),
        ({"capacity": "501"}, "at most 500 places"),
        ({"capacity": "many"}, "Write a whole number"),
        ({"capacity": "9" * 400}, "at most 500 places"),
    ],
)
def test_a_cohort_that_cannot_be_is_refused_in_a_sentence(
    signed_in: Any, office: User, new_cohort: dict[str, Any], fields: dict[str, str], sentence: str
) -> None:
    response = signed_in(office).post("/office/cohorts/new/", new_cohort | fields)
    assert response.status_code == 422
    assert sentence in words(response)
    assert not Cohort.objects.exists()


def test_without_a_programme_the_form_says_how_to_load_one(signed_in: Any, office: User) -> None:
    response = signed_in(office).post("/office/cohorts/new/", {"name": "Spring"})
    assert "No programme is loaded" in words(response)


def test_an_office_of_one_cohort_sets_up_no_other(signed_in: Any, spring: Cohort) -> None:
    browser = signed_in(factories.cohort_role(spring, Role.OFFICE))
    assert browser.get("/office/").status_code == 200
    assert browser.get(SPRING).status_code == 200
    assert browser.get("/office/cohorts/new/").status_code == 404


def test_the_number_of_queries_does_not_grow_with_students(signed_in: Any, spring: Cohort, office: User) -> None:
    counts = []
    for size in (10, 200):
        while spring.enrolments.count() < size * 2:
            factories.enrolment(spring).progress.create(module_number=4, lesson_slug="lesson-1")
            application(spring)
        counts.append(queries_of(signed_in(office), SPRING))
    assert counts[0] == counts[1]


def test_the_number_of_queries_does_not_grow_with_cohorts(signed_in: Any, office: User) -> None:
    revision: Revision = factories.revision()
    counts = []
    for size in (10, 200):
        while Cohort.objects.count() < size:
            application(factories.cohort(revision, name=f"Cohort number {Cohort.objects.count()}"))
        counts.append(queries_of(signed_in(office), "/office/"))
    assert counts[0] == counts[1]


def test_enrolling_that_has_ended_is_said_to_have_ended(signed_in: Any, office: User) -> None:
    cohort = factories.cohort(enrol_until=date(2020, 1, 5))
    page = words(signed_in(office).get(f"/office/cohorts/{cohort.slug}/"))
    assert "ended Sun 5 Jan 2020" in page
