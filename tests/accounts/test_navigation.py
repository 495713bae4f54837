from typing import Any

import factories
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.roles import Role
from courses.models import Cohort, Enrolment
from notices.models import Notice

pytestmark = pytest.mark.django_db


def bar(client: Any, path: str = "/people/me/") -> list[str]:
    return [item.label for item in client.get(path).context["navigation"].items]


def test_a_student_sees_the_way_through_the_course(signed_in, amara: Enrolment) -> None:
    assert bar(signed_in(amara.user)) == ["Next", "Modules", "Marks", "Portfolio"]


def test_somebody_without_a_place_sees_where_to_get_one(signed_in, oscar: User) -> None:
    assert bar(signed_in(oscar)) == ["Next", "Cohorts"]


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        (Role.TUTOR, ["Marking"]),
        (Role.MODULE_LEADER, ["Marking", "Office"]),
        (Role.OFFICE, ["Office"]),
        (Role.EXTERNAL, ["Office"]),
        (Role.ADMINISTRATOR, ["Office", "People"]),
    ],
)
def test_staff_see_their_rooms(signed_in, role: Role, sees: list[str]) -> None:
    assert bar(signed_in(factories.staff(role))) == ["Next", "Cohorts", *sees]


def test_a_role_in_one_cohort_opens_the_room_too(signed_in, spring: Cohort) -> None:
    assert "Marking" in bar(signed_in(factories.cohort_role(spring, Role.TUTOR)))


def test_the_page_that_is_open_is_marked(signed_in, administrator: User, oscar: User) -> None:
    client = signed_in(administrator)

    def current(path: str) -> dict[str, str]:
        return {item.label: item.current for item in client.get(path).context["navigation"].items if item.current}

    assert current("/people/") == {"People": "page"}
    assert current(f"/people/{oscar.pk}/") == {"People": "true"}
    assert current("/people/me/") == {}


def test_unread_notices_are_counted_in_words(signed_in, oscar: User) -> None:
    client = signed_in(oscar)
    assert "unread" not in client.get("/people/me/").content.decode()
    Notice.objects.create(to=oscar, subject="A mark", text="It is there.")
    assert "Notices, 1 unread" in client.get("/people/me/").content.decode()


def test_the_bar_costs_three_queries_however_much_there_is(signed_in, amara: Enrolment) -> None:
    client = signed_in(amara.user)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get("/nothing-here/")
        return len(queries)

    few = cost()
    assert few == 2 + 3  # session, person; roles, cohort, notices
    for _ in range(5):
        factories.enrolment(factories.cohort(amara.cohort.revision), amara.user)
        Notice.objects.create(to=amara.user, subject="A mark", text="It is there.")
    assert cost() == few


def test_a_visitor_costs_no_query(client: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert "Sign in" in client.get("/nothing-here/").content.decode()
