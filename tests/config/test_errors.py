from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from accounts.models import User
from config.errors import too_large


def test_the_page_for_our_faults_needs_neither_request_nor_database() -> None:
    page = render_to_string("500.html")
    assert "Something broke on our side" in page
    assert "css/tokens" in page


@pytest.mark.parametrize(("name", "said"), [("400", "could not read"), ("429", "Too many requests")])
def test_refusals_before_a_view_need_no_database_either(name: str, said: str) -> None:
    assert said in render_to_string(f"{name}.html")


@pytest.mark.django_db
def test_a_missing_page_has_the_bar_of_whoever_looks(signed_in: Any, oscar: User) -> None:
    answer = signed_in(oscar).get("/nothing/")
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.content.decode()
    assert "Oscar Outsider" in answer.content.decode()


@pytest.mark.django_db
def test_a_form_without_its_token_is_refused_in_plain_words() -> None:
    answer = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "a@example.org"})
    assert answer.status_code == 403
    assert "This form was too old to accept" in answer.content.decode()


@pytest.mark.django_db
def test_a_token_that_lay_behind_a_file_too_large_is_not_called_missing(settings: Any) -> None:
    settings.UPLOAD_MAX_MB = 0
    answer = Client(enforce_csrf_checks=True).post(
        "/accounts/login/", {"f": SimpleUploadedFile("a.ipynb", b"x" * 9000)}
    )
    assert answer.status_code == 413
    assert "Nothing was submitted, no attempt used." in answer.content.decode()


def test_too_large_says_why_and_how_much_is_allowed() -> None:
    request = RequestFactory().post("/")
    request.resolver_match = None  # type: ignore[assignment]
    answer = too_large(request, "The file is larger than 20 MB.")
    assert answer.status_code == 413
    assert "The file is larger than 20 MB." in answer.content.decode()
