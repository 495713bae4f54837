import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from notices.models import Notice

pytestmark = pytest.mark.django_db


def notice(to: User, **fields: str) -> Notice:
    return Notice.objects.create(to=to, **({"subject": "Marks of module 4", "text": "They are released."} | fields))


def test_notices_are_shown_to_whom_they_were_written(signed_in, oscar: User, tutor: User) -> None:
    notice(oscar, url="/marks/")
    page = signed_in(oscar).get("/notices/").content.decode()
    assert "1 notice you have not read" in page
    assert '<a href="/marks/"><b>Marks of module 4</b></a>' in page
    assert "Marks of module 4" not in signed_in(tutor).get("/notices/").content.decode()


def test_looking_leaves_them_unread_and_the_button_does_not(signed_in, oscar: User, tutor: User) -> None:
    notice(oscar)
    other = notice(tutor)
    client = signed_in(oscar)
    client.get("/notices/")
    assert oscar.notices.filter(read_at=None).count() == 1
    page = client.post("/notices/read/", follow=True).content.decode()
    assert "<h1>Notices</h1>" in page
    assert "Mark all as read" not in page
    assert not oscar.notices.filter(read_at=None).exists()
    other.refresh_from_db()
    assert other.read_at is None


def test_a_notice_is_text_not_markup(signed_in, oscar: User) -> None:
    notice(oscar, text="<img src=x>", subject="<b>bold</b>")
    page = signed_in(oscar).get("/notices/").content.decode()
    assert "<img" not in page
    assert "<b>bold" not in page


def test_an_empty_page_says_when_we_write(signed_in, oscar: User) -> None:
    assert "Nothing has been written to you yet." in signed_in(oscar).get("/notices/").content.decode()


def test_the_list_costs_the_same_for_ten_and_for_two_hundred(signed_in, oscar: User) -> None:
    client = signed_in(oscar)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/notices/").status_code == 200
        return len(queries)

    for _ in range(10):
        notice(oscar)
    few = cost()
    for _ in range(190):
        notice(oscar)
    assert cost() == few
    assert "Next page" in client.get("/notices/").content.decode()
