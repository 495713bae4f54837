import re

import factories
import pytest
from django.core import mail
from django.test import Client

from accounts.models import User

pytestmark = pytest.mark.django_db


def sign_in(client: Client, email: str, password: str) -> str:
    return client.post("/accounts/login/", {"login": email, "password": password}).content.decode()


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client: Client, oscar: User) -> None:
    wrong = sign_in(client, oscar.email, "not his password")
    unknown = sign_in(client, "nobody@example.org", "not his password")
    assert "This e-mail and this password do not belong together." in wrong

    def neutral(page: str) -> str:
        page = re.sub(r'(name="csrfmiddlewaretoken" value=|X-CSRFToken": )"[^"]*"', "", page)
        return page.replace(oscar.email, "nobody@example.org")

    assert neutral(wrong) == neutral(unknown)


def test_too_many_wrong_passwords_stop_even_the_right_one(client: Client, oscar: User) -> None:
    for _ in range(6):
        sign_in(client, oscar.email, "not his password")
    assert "Too many wrong attempts" in sign_in(client, oscar.email, factories.PASSWORD)
    assert "_auth_user_id" not in client.session


def test_the_admin_has_no_sign_in_of_its_own(client: Client) -> None:
    assert client.get("/admin/login/").url.startswith("/accounts/login/?next=")
    guess = client.post("/admin/login/", {"username": "first@example.org", "password": "a guess"})
    assert guess.url.startswith("/accounts/login/")


def test_somebody_comes_back_to_the_page_that_asked_them_to_sign_in(client: Client, oscar: User) -> None:
    asked = client.get("/people/me/")
    assert asked.url == "/accounts/login/?next=/people/me/"
    form = client.get(asked.url).content.decode()
    assert 'name="next" value="/people/me/"' in form
    signed_in = client.post(
        "/accounts/login/", {"login": oscar.email, "password": factories.PASSWORD, "next": "/people/me/"}
    )
    assert signed_in.url == "/people/me/"


def test_the_way_back_never_leads_to_another_site(client: Client, oscar: User) -> None:
    signed_in = client.post(
        "/accounts/login/", {"login": oscar.email, "password": factories.PASSWORD, "next": "https://evil.example/"}
    )
    assert signed_in.url == "/"


def test_signing_out_takes_a_post(signed_in, oscar: User) -> None:
    client = signed_in(oscar)
    assert "Sign out of this browser?" in client.get("/accounts/logout/").content.decode()
    assert "_auth_user_id" in client.session
    out = client.post("/accounts/logout/", follow=True)
    assert "You are signed out." in out.content.decode()
    assert "_auth_user_id" not in client.session


def test_a_new_password_is_set_through_a_link_in_the_mail(client: Client, oscar: User) -> None:
    done = client.post("/accounts/password/reset/", {"email": oscar.email}, follow=True)
    assert "Look into your mail" in done.content.decode()
    link = re.search(r"http://testserver(\S+)", str(mail.outbox[-1].body)).group(1)
    form = client.get(link, follow=True)
    assert "Choose a new password" in form.content.decode()
    new = {"password1": "an entirely new sentence", "password2": "an entirely new sentence"}
    client.post(form.request["PATH_INFO"], new)

    assert "do not belong together" in sign_in(client, oscar.email, factories.PASSWORD)
    sign_in(client, oscar.email, "an entirely new sentence")
    assert client.session["_auth_user_id"] == str(oscar.pk)
    assert mail.outbox[-1].subject == "Your password was set anew"
    assert "This link does not work any more" in Client().get(link, follow=True).content.decode()


def test_asking_for_a_new_password_does_not_tell_whether_there_is_an_account(client: Client, oscar: User) -> None:
    known = client.post("/accounts/password/reset/", {"email": oscar.email}, follow=True)
    unknown = Client().post("/accounts/password/reset/", {"email": "nobody@example.org"}, follow=True)
    assert known.redirect_chain == unknown.redirect_chain
    assert mail.outbox[-1].subject == "There is no account with this address"


def test_a_closed_account_stays_closed(client: Client, oscar: User) -> None:
    User.objects.filter(pk=oscar.pk).update(is_active=False)
    sign_in(client, oscar.email, factories.PASSWORD)
    assert "_auth_user_id" not in client.session


def test_a_changed_password_is_told_by_mail(client: Client, oscar: User) -> None:
    sign_in(client, oscar.email, factories.PASSWORD)
    wrong = client.post(
        "/accounts/password/change/",
        {"oldpassword": "no", "password1": "an entirely new sentence", "password2": "an entirely new sentence"},
    )
    assert "This is not your present password." in wrong.content.decode()
    client.post(
        "/accounts/password/change/",
        {
            "oldpassword": factories.PASSWORD,
            "password1": "an entirely new sentence",
            "password2": "an entirely new sentence",
        },
    )
    assert mail.outbox[-1].subject == "Your password was changed"
    assert "If this was not you" in str(mail.outbox[-1].body)


def test_another_address_is_added_confirmed_and_written_to(client: Client, oscar: User) -> None:
    sign_in(client, oscar.email, factories.PASSWORD)
    client.post("/accounts/email/", {"action_add": "", "email": "oscar.new@example.org"})
    # asked for the password first; what was typed is then carried out
    client.post("/accounts/reauthenticate/", {"password": factories.PASSWORD, "next": "/accounts/email/"})
    page = client.get("/accounts/email/").content.decode()
    assert "not confirmed yet" in page
    link = re.search(r"http://testserver(\S+)", str(mail.outbox[-1].body)).group(1)
    client.post(link)
    client.post("/accounts/email/", {"action_primary": "", "email": "oscar.new@example.org"})
    oscar.refresh_from_db()
    assert oscar.email == "oscar.new@example.org"
    assert mail.outbox[-1].subject == "We write to another address from now on"
    assert mail.outbox[-1].to == ["oscar@example.org"]


def test_nobody_adds_an_address_at_a_screen_that_was_left_open(signed_in, oscar: User) -> None:
    client = signed_in(oscar)
    asked = client.post("/accounts/email/", {"action_add": "", "email": "thief@example.org"}, follow=True)
    assert "Type your password once more" in asked.content.decode()
    guessed = client.post("/accounts/reauthenticate/", {"password": "a guess", "next": "/accounts/email/"})
    assert "This is not your password." in guessed.content.decode()
    assert not oscar.emailaddress_set.filter(email="thief@example.org").exists()


@pytest.mark.parametrize(
    "path",
    ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/accounts/password/reset/key/1-x-y/"],
)
def test_no_field_has_its_label_only_as_a_placeholder(client: Client, path: str) -> None:
    page = client.get(path).content.decode()
    assert "placeholder=" not in page
    assert "<h1" in page


def test_every_page_of_the_sign_in_library_has_our_look(client: Client, signed_in, oscar: User) -> None:
    from allauth.account import urls

    for pattern in urls.urlpatterns:
        path = "/accounts/" + str(pattern.pattern).lstrip("^")
        if "(?P" in path:
            continue
        for visitor in (client, signed_in(oscar)):
            answer = visitor.get(path)
            if answer.status_code == 200:
                assert '<a class="skip" href="#main">' in answer.content.decode(), path
