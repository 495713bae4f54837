import factories
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from audit import log
from audit.log import Event
from audit.models import Entry

pytestmark = pytest.mark.django_db


def write(event: Event, by: User | None, on: User, **details: str) -> Entry:
    with transaction.atomic():
        return log.record(event, by=by, on=on, **details)


def test_the_log_says_who_did_what_on_whom(signed_in, administrator: User, oscar: User) -> None:
    write(Event.ROLE_GRANTED, administrator, oscar, role="tutor")
    write(Event.RUN_FAILED, None, oscar)
    page = signed_in(administrator).get("/people/audit/").content.decode()
    for words in ("Role granted", "Ada Finch", "Oscar Outsider", "role: tutor", "the platform"):
        assert words in page
    assert page.index("Run failed") < page.index("Role granted</td>")  # newest first


def test_it_is_searched_by_event_and_by_person(signed_in, administrator: User, oscar: User, tutor: User) -> None:
    granted = write(Event.ROLE_GRANTED, administrator, oscar)
    marked = write(Event.MARKED, tutor, administrator)
    client = signed_in(administrator)

    def found(query: str) -> list[Entry]:
        return list(client.get(f"/people/audit/?{query}").context["page"])

    assert found("event=marked") == [marked]
    assert found("who=outsider") == [granted]
    assert found("who=ada") == [marked, granted]  # by her and about her
    assert found(f"who={tutor.email}") == [marked]
    assert found("who=ada&event=role_granted") == [granted]
    assert found("event=rubbish") == [marked, granted]
    assert found("who=nobodyhere") == []


def test_the_list_costs_the_same_for_ten_and_for_two_hundred(signed_in, administrator: User) -> None:
    client = signed_in(administrator)
    people = [factories.person() for _ in range(10)]

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/people/audit/").status_code == 200
        return len(queries)

    for person in people:
        write(Event.MARKED, person, administrator)
    few = cost()
    for person in people * 19:
        write(Event.MARKED, person, administrator)
    assert cost() == few
    assert len(client.get("/people/audit/?page=4").context["page"]) == 50
