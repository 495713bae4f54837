import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from accounts.models import User

pytestmark = pytest.mark.django_db
NEW = {
    "name": "Nadia Petrov",
    "email": "nadia@example.org",
    "password1": "a long enough sentence",
    "password2": "a long enough sentence",
}


def link_in_mail() -> str:
    return re.search(r"http://testserver(\S+)", str(mail.outbox[-1].body)).group(1)


def test_somebody_signs_up_confirms_by_mail_and_signs_in(client: Client) -> None:
    sent = client.post("/accounts/signup/", NEW, follow=True)
    assert "Now open the link in our e-mail" in sent.content.decode()
    assert mail.outbox[0].subject == "Confirm your e-mail to open your account"
    assert mail.outbox[0].to == ["nadia@example.org"]
    link = link_in_mail()
    assert "Is this your address?" in client.get(link).content.decode()
    assert not EmailAddress.objects.get().verified  # opening the link, as mail scanners do, confirms nothing

    client.post(link)
    signed_in = client.post("/accounts/login/", {"login": NEW["email"], "password": NEW["password1"]})

    assert signed_in.status_code == 302
    assert signed_in.url == "/"
    assert User.objects.get(pk=client.session["_auth_user_id"]).name == "Nadia Petrov"


def test_before_the_confirmation_nobody_gets_in(client: Client) -> None:
    client.post("/accounts/signup/", NEW)
    client.post("/accounts/login/", {"login": NEW["email"], "password": NEW["password1"]})
    assert "_auth_user_id" not in client.session


def test_signing_up_with_a_known_address_looks_the_same_from_outside(client: Client, oscar: User) -> None:
    fresh = client.post("/accounts/signup/", NEW, follow=True)
    known = Client().post("/accounts/signup/", NEW | {"email": oscar.email}, follow=True)
    assert known.redirect_chain == fresh.redirect_chain
    assert mail.outbox[-1].subject == "You already have an account"
    assert mail.outbox[-1].to == [oscar.email]
    assert User.objects.filter(email=oscar.email).count() == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "Full name"),
        ({"password1": "short", "password2": "short"}, "too short"),
        ({"password2": "another long sentence"}, "same password"),
        ({"email": "nadia"}, "valid email"),
    ],
)
def test_a_form_with_a_mistake_says_which_and_keeps_the_rest(client: Client, wrong: dict[str, str], said: str) -> None:
    page = client.post("/accounts/signup/", NEW | wrong).content.decode()
    assert said in page
    assert 'role="alert"' in page
    assert 'aria-invalid="true"' in page
    assert not User.objects.exists()


def test_nobody_can_send_their_own_words_through_our_mail(client: Client) -> None:
    client.post("/accounts/signup/", NEW | {"name": "You won, see evil.example"})
    assert "evil.example" not in str(mail.outbox[0].body)


def test_a_link_that_was_cut_off_says_what_to_do(client: Client) -> None:
    page = client.get("/accounts/confirm-email/cut-off/").content.decode()
    assert "This link does not work any more" in page
