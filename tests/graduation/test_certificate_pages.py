"""What anyone sees of a certificate, and the office's list."""

from __future__ import annotations

from typing import Any

import factories
import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from blobs import store
from courses.models import Cohort, Enrolment
from graduation.awards.models import Award
from graduation.certificates.actions import issue, revoke
from graduation.certificates.content import digest_of
from graduation.certificates.models import Certificate


def page(response: Any) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def url(certificate: Certificate) -> str:
    return f"/certificates/{certificate.code}/"


def test_anyone_sees_exactly_what_was_awarded(certificate: Certificate, client: Client) -> None:
    response = client.get(url(certificate))
    assert response.status_code == 200
    found = page(response)
    sheet = found.select_one(".sheet")
    assert sheet is not None
    text = " ".join(sheet.text.split())
    content = certificate.content
    for words in (
        "Amara Okafor",
        content["award"],
        "Distinction, mean 69.3, by uplift",
        "60 at level 7",
        content["number"],
    ):
        assert words in text
    rows = [[cell.text for cell in row.select("th, td")] for row in sheet.select("tbody tr")]
    assert rows == [[each["title"], str(each["credits"]), str(each["mark"])] for each in content["modules"]]
    said = found.select_one(".said")
    assert said is not None
    assert "Valid. Issued by Ashdown School of Medicine, unaltered, not revoked." in said.text


def test_the_page_is_not_indexed_kept_or_tracked(certificate: Certificate, client: Client) -> None:
    response = client.get(url(certificate))
    assert "noindex" in response["X-Robots-Tag"]
    assert response["Cache-Control"] == "no-store"
    assert not response.cookies
    assert "<script" not in response.text


def test_the_page_does_not_show_the_later_name(certificate: Certificate, amara: Enrolment, client: Client) -> None:
    amara.user.name = "Amara Bello"
    amara.user.save()
    assert "Amara Bello" not in client.get(url(certificate)).text


def test_an_unknown_code_is_told_kindly_what_to_do(certificate: Certificate, client: Client) -> None:
    for code in ("0000000000000000", "x", "-", "UNION-SELECT", "a" * 300):
        for address in (f"/certificates/{code}/", f"/certificates/{code}.pdf"):
            response = client.get(address)
            assert response.status_code == 404
            assert "Compare the address" in response.text
            assert "noindex" in response["X-Robots-Tag"]


def test_a_code_typed_in_capitals_or_groups_leads_to_the_page(certificate: Certificate, client: Client) -> None:
    code = certificate.code.upper()
    response = client.get(f"/certificates/{code[:4]}-{code[4:]}/")
    assert response.status_code == 302
    assert response["Location"] == url(certificate)


def test_the_pdf_is_the_one_that_was_issued(certificate: Certificate, client: Client) -> None:
    response = client.get(f"/certificates/{certificate.code}.pdf")
    assert response["Content-Type"] == "application/pdf"
    assert f'filename="{certificate.number}.pdf"' in response["Content-Disposition"]
    assert response.content == store.read(certificate.pdf)


def test_a_revoked_certificate_stays_with_reason_history_and_successor(
    certificate: Certificate, office: User, client: Client
) -> None:
    revoke(certificate=certificate, reason="Replaced after a change of name.", by=office)
    second = issue(award=certificate.award, by=office)
    response = client.get(url(certificate))
    assert response.status_code == 200
    found = page(response)
    said = found.select_one(".said")
    assert said is not None
    assert "Not valid since" in said.text
    assert "Replaced after a change of name." in said.text
    assert said.a is not None
    assert said.a["href"] == url(second)
    assert client.get(f"/certificates/{certificate.code}.pdf").status_code == 410
    history = page(client.get(url(second))).select("ol.line > li")
    assert [second.number in history[0].text, certificate.number in history[1].text] == [True, True]
    assert "Revoked on" in history[1].text


@pytest.mark.parametrize("change", [{"outcome": "Merit"}, {"recipient": "Mallory"}, {"number": "PC-2000-0001"}])
def test_altered_content_is_not_shown_and_not_called_valid(
    certificate: Certificate, client: Client, change: dict[str, str]
) -> None:
    Certificate.objects.filter(pk=certificate.pk).update(content=certificate.content | change)
    response = client.get(url(certificate))
    assert "Not reliable" in response.text
    assert "Valid." not in response.text
    assert "Mallory" not in response.text
    assert client.get(f"/certificates/{certificate.code}.pdf").status_code == 410


def test_content_moved_to_another_address_is_not_valid(
    certificate: Certificate, bruno: Enrolment, confirmed: Any, office: User, client: Client
) -> None:
    """Content and digest of one row, copied into another, match each other but not the register."""
    other = issue(award=confirmed(bruno, *[50] * 9), by=office)
    Certificate.objects.filter(pk=other.pk).update(content=certificate.content, digest=certificate.digest)
    assert "Not reliable" in client.get(url(other)).text


def test_content_that_lost_a_part_is_not_shown(certificate: Certificate, client: Client) -> None:
    Certificate.objects.filter(pk=certificate.pk).update(content={})
    response = client.get(url(certificate))
    assert response.status_code == 200
    assert "Not reliable" in response.text


def test_a_lost_pdf_does_not_break_the_page(certificate: Certificate, client: Client) -> None:
    Certificate.objects.filter(pk=certificate.pk).update(pdf="0" * 64)
    response = client.get(url(certificate))
    assert "Valid." in response.text
    assert "Download" not in response.text
    assert client.get(f"/certificates/{certificate.code}.pdf").status_code == 410


@pytest.mark.parametrize("content", [[], {}, "Distinction", 7, {"modules": 3, "address": ["x"]}])
def test_content_of_another_shape_is_not_shown(certificate: Certificate, client: Client, content: Any) -> None:
    Certificate.objects.filter(pk=certificate.pk).update(content=content, digest=digest_of(content))
    assert "Not reliable" in client.get(url(certificate)).text
    assert client.get(f"/certificates/{certificate.code}.pdf").status_code == 410


@pytest.mark.parametrize("pdf", ["", "not a hash", "0" * 64])
def test_a_pdf_that_is_none_is_not_offered(certificate: Certificate, client: Client, pdf: str) -> None:
    Certificate.objects.filter(pk=certificate.pk).update(pdf=pdf)
    assert "Download the PDF" not in client.get(url(certificate)).text
    assert client.get(f"/certificates/{certificate.code}.pdf").status_code == 410


def test_a_pdf_that_was_altered_on_disk_is_not_handed_out(certificate: Certificate, client: Client) -> None:
    path = store.path(certificate.pdf)
    path.write_bytes(path.read_bytes().replace(b"%PDF", b"%PDX"))
    assert client.get(f"/certificates/{certificate.code}.pdf").status_code == 410


def test_a_confirmation_that_was_taken_back_in_the_database_is_said(certificate: Certificate, client: Client) -> None:
    type(certificate.award).objects.filter(pk=certificate.award_id).update(confirmed_at=None, confirmed_by=None)
    page = client.get(url(certificate))
    assert page.status_code == 200
    assert "The board has not confirmed the award" in page.text


def test_a_newer_decision_of_the_board_is_said(certificate: Certificate, office: User, client: Client) -> None:
    first = certificate.award
    kept = {name: getattr(first, name) for name in ("enrolment", "mean", "credits", "regulations_version", "decision")}
    board = {"confirmed_by": office, "confirmed_at": timezone.now()}
    Award.objects.create(**kept, **board, outcome="Merit", decided_by=office, supersedes=first)
    text = client.get(url(certificate)).text
    assert "the board has decided anew" in text
    assert "Valid." not in text


def test_a_hostile_name_is_text_on_the_page(amara: Enrolment, confirmed: Any, office: User, client: Client) -> None:
    amara.user.name = '<img src=x onerror="alert(1)"> Amara'
    amara.user.save()
    certificate = issue(award=confirmed(amara), by=office)
    assert "<img" not in client.get(url(certificate)).text


@pytest.mark.parametrize("role", [Role.TUTOR, Role.MODULE_LEADER, Role.EXTERNAL, Role.ADMINISTRATOR])
def test_only_the_office_lists_and_revokes(certificate: Certificate, signed_in: Any, role: Role) -> None:
    client = signed_in(factories.staff(role))
    assert client.get("/office/certificates/").status_code == 404
    address = f"/office/certificates/{certificate.code}/revoke/"
    assert client.get(address).status_code == 404
    assert client.post(address, {"reason": "No."}).status_code == 404
    certificate.refresh_from_db()
    assert certificate.is_valid


def test_students_and_visitors_do_not_see_the_list(certificate: Certificate, amara: Enrolment, signed_in: Any) -> None:
    assert signed_in(amara.user).get("/office/certificates/").status_code == 404
    assert Client().get("/office/certificates/").status_code == 302


def test_the_office_revokes_with_a_reason(certificate: Certificate, office: User, signed_in: Any) -> None:
    client, address = signed_in(office), f"/office/certificates/{certificate.code}/revoke/"
    assert certificate.number in client.get(address).text
    refused = client.post(address, {"reason": ""})
    assert refused.status_code == 422
    certificate.refresh_from_db()
    assert certificate.is_valid
    done = client.post(address, {"reason": "Replaced after a change of name."}, follow=True)
    assert "Issue the certificate again" in done.text
    certificate.refresh_from_db()
    assert certificate.revocation_reason == "Replaced after a change of name."
    assert "is revoked" in client.get(address).text


def test_the_list_finds_by_number_and_name(
    certificate: Certificate, bruno: Enrolment, confirmed: Any, office: User, signed_in: Any
) -> None:
    other = issue(award=confirmed(bruno, *[50] * 9), by=office)
    client = signed_in(office)
    assert other.number in client.get("/office/certificates/").text
    for query in ("okafor", certificate.number.lower()):
        text = client.get("/office/certificates/", {"q": query}).text
        assert url(certificate) in text
        assert url(other) not in text
    assert "None has this number" in client.get("/office/certificates/", {"q": "%' OR 1=1 --"}).text


def test_an_empty_list_says_what_to_do(office: User, signed_in: Any) -> None:
    assert "after the board has confirmed" in signed_in(office).get("/office/certificates/").text


def test_the_list_costs_the_same_at_ten_and_two_hundred(
    certificate: Certificate, spring: Cohort, office: User, signed_in: Any, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def more(count: int) -> None:
        for _ in range(count):
            n = next(factories.count)
            values = {
                name: getattr(certificate.award, name)
                for name in ("outcome", "mean", "credits", "regulations_version", "decision", "decided_by")
            }
            award = Award.objects.create(enrolment=factories.enrolment(spring), **values)
            Certificate.objects.create(
                award=award,
                number=f"PC-1999-{n}",
                content=certificate.content,
                digest=certificate.digest,
                pdf=certificate.pdf,
                issued_by=office,
            )

    client = signed_in(office)
    client.get("/office/certificates/")
    more(9)
    with CaptureQueriesContext(connection) as at_ten:
        client.get("/office/certificates/")
    more(190)
    with django_assert_num_queries(len(at_ten)):
        response = client.get("/office/certificates/")
    assert "1 to 50 of 200" in response.text
    with django_assert_num_queries(len(at_ten)):
        assert "151 to 200 of 200" in client.get("/office/certificates/", {"page": 4}).text
