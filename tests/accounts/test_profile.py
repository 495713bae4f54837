import pytest

from accounts.models import User
from audit.models import Entry, Event

pytestmark = pytest.mark.django_db


def test_name_and_time_zone_are_saved_and_used(signed_in, oscar: User) -> None:
    client = signed_in(oscar)
    page = client.post("/people/me/", {"name": "Oscar Moved", "time_zone": "Asia/Kolkata"}, follow=True)
    oscar.refresh_from_db()
    assert (oscar.name, oscar.time_zone) == ("Oscar Moved", "Asia/Kolkata")
    assert "Saved." in page.content.decode()
    entry = Entry.objects.get()
    assert (entry.event, entry.by, entry.on_name, entry.details) == (
        Event.NAME_CHANGED,
        oscar,
        "Oscar Moved",
        {"before": "Oscar Outsider"},
    )
    client.post("/people/me/", {"name": "Oscar Moved", "time_zone": "Europe/Paris"})
    assert Entry.objects.count() == 1


@pytest.mark.parametrize("name", ["\u202eevil", "\u200b", "Oscar\nOutsider", "...", "O\x00scar"])
def test_a_name_that_cannot_be_read_is_refused(signed_in, oscar: User, name: str) -> None:
    refused = signed_in(oscar).post("/people/me/", {"name": name, "time_zone": "Europe/London"})
    assert refused.status_code == 422
    oscar.refresh_from_db()
    assert oscar.name == "Oscar Outsider"


@pytest.mark.parametrize("name", ["Nguyễn Thị Minh", "علی‌رضا", "O’Neill-Sørensen", "李小龙", "क्‍ष"])
def test_names_of_the_world_are_names(signed_in, oscar: User, name: str) -> None:
    signed_in(oscar).post("/people/me/", {"name": name, "time_zone": "Europe/London"})
    oscar.refresh_from_db()
    assert oscar.name == name


@pytest.mark.parametrize("rubbish", ["", "London", "../etc/passwd", "Europe/Londinium", "<script>"])
def test_a_time_zone_that_is_none_is_refused_and_the_page_still_works(signed_in, oscar: User, rubbish: str) -> None:
    client = signed_in(oscar)
    refused = client.post("/people/me/", {"name": "Somebody Else", "time_zone": rubbish})
    assert refused.status_code == 422
    assert 'aria-invalid="true"' in refused.content.decode()
    assert "<span>Oscar Outsider</span>" in refused.content.decode()  # the bar keeps the name that is true
    oscar.refresh_from_db()
    assert oscar.time_zone == "Europe/London"
    assert client.get("/people/me/").status_code == 200


def test_a_name_is_shown_as_text(signed_in, oscar: User) -> None:
    client = signed_in(oscar)
    client.post("/people/me/", {"name": "<b>Oscar</b>", "time_zone": "Europe/London"})
    page = client.get("/people/me/").content.decode()
    assert "<b>Oscar</b>" not in page
    assert "&lt;b&gt;Oscar&lt;/b&gt;" in page
