import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_a_theme_is_kept_and_can_be_given_up(client: Client) -> None:
    back = client.post("/theme/", {"theme": "dark", "next": "/accounts/login/?next=/marks/"})
    assert back.url == "/accounts/login/?next=/marks/"
    assert '<html lang="en-GB" data-theme="dark">' in client.get("/accounts/login/").content.decode()
    client.post("/theme/", {"theme": "", "next": "/"})
    assert '<html lang="en-GB">' in client.get("/accounts/login/").content.decode()


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "", "\\\\evil"]
)
def test_the_way_back_stays_on_this_site(client: Client, elsewhere: str) -> None:
    assert client.post("/theme/", {"theme": "dark", "next": elsewhere}).url == "/"


def test_a_cookie_with_rubbish_is_ignored(client: Client) -> None:
    client.cookies["theme"] = '"><script>'
    assert '<html lang="en-GB">' in client.get("/accounts/login/").content.decode()
    client.post("/theme/", {"theme": "pink"})
    assert client.cookies["theme"].value == ""
