"""A student's page: what may go on it, and who sees it."""

from __future__ import annotations

import uuid
from typing import Any

import factories
import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from audit.models import Entry, Event
from courses.models import Enrolment
from courses.refusal import Refused
from grading.models import Mark, Submission
from graduation.certificates.actions import revoke
from graduation.certificates.models import Certificate
from graduation.portfolio.actions import publish, save_artefact, save_portfolio, unpublish
from graduation.portfolio.addresses import RESERVED, checked, suggested
from graduation.portfolio.models import Artefact, Portfolio

FORM = {"title": "Whom does the model miss?", "reflection": "I wrote the limits first."}


@pytest.fixture
def artefact(work: Submission, amara: Enrolment) -> Artefact:
    save_portfolio(slug="amara-okafor", headline="Data analyst in Leeds", about="", by=amara.user)
    return save_artefact(submission=work, **FORM, by=amara.user)


@pytest.fixture
def shown(artefact: Artefact, amara: Enrolment) -> Artefact:
    return publish(artefact=artefact, by=amara.user)


def public(work: Submission, tail: str = "") -> str:
    return f"/portfolio/amara-okafor/{work.pk}/{tail}"


def test_from_released_work_to_a_public_page(work: Submission, amara: Enrolment, signed_in: Any) -> None:
    client = signed_in(amara.user)
    assert work.assignment.title in client.get("/portfolio/").text
    client.post("/portfolio/", {"slug": "Amara-Okafor", "headline": "Data analyst in Leeds", "about": "I build."})
    assert Client().get("/portfolio/amara-okafor/").status_code == 404
    client.post(f"/portfolio/artefacts/{work.pk}/", FORM)
    assert Client().get("/portfolio/amara-okafor/").status_code == 404
    assert Client().get(public(work)).status_code == 404
    client.post(f"/portfolio/artefacts/{work.pk}/publish/")
    text = Client().get("/portfolio/amara-okafor/").text
    for words in ("Amara Okafor", "Data analyst in Leeds", FORM["title"], FORM["reflection"]):
        assert words in text
    assert FORM["title"] in Client().get(public(work)).text


def test_publishing_and_unpublishing_is_on_record_once(shown: Artefact, amara: Enrolment) -> None:
    publish(artefact=shown, by=amara.user)
    unpublish(artefact=shown, by=amara.user)
    unpublish(artefact=shown, by=amara.user)
    assert Entry.objects.filter(event=Event.ARTEFACT_PUBLISHED).count() == 1
    assert Entry.objects.filter(event=Event.ARTEFACT_UNPUBLISHED).count() == 1


def test_unpublishing_takes_everything_away_and_keeps_the_words(
    shown: Artefact, work: Submission, amara: Enrolment, signed_in: Any
) -> None:
    addresses = ["/portfolio/amara-okafor/", public(work), public(work, "notebook/")]
    assert [Client().get(address).status_code for address in addresses] == [200, 200, 200]
    signed_in(amara.user).post(f"/portfolio/artefacts/{work.pk}/unpublish/")
    assert [Client().get(address).status_code for address in addresses] == [404, 404, 404]
    shown.refresh_from_db()
    assert shown.reflection == FORM["reflection"]


def test_the_owner_sees_it_before_it_is_public_and_nobody_else_does(
    artefact: Artefact, work: Submission, amara: Enrolment, bruno: Enrolment, office: User, signed_in: Any
) -> None:
    addresses = ["/portfolio/amara-okafor/", public(work), public(work, "notebook/")]
    for address in addresses:
        assert signed_in(amara.user).get(address).status_code == 200
        for other in (bruno.user, office):
            assert signed_in(other).get(address).status_code == 404


def test_unpublished_pieces_stay_hidden_beside_published_ones(
    shown: Artefact, work: Submission, amara: Enrolment
) -> None:
    other = factories.submission(amara)
    Artefact.objects.create(portfolio=shown.portfolio, submission=other, title="Not yet")
    assert "Not yet" not in Client().get("/portfolio/amara-okafor/").text
    assert Client().get(public(other)).status_code == 404
    assert Client().get(public(other, "notebook/")).status_code == 404


def test_a_piece_is_not_found_under_another_address(shown: Artefact, work: Submission, bruno: Enrolment) -> None:
    save_portfolio(slug="bruno", headline="", about="", by=bruno.user)
    assert Client().get(f"/portfolio/bruno/{work.pk}/").status_code == 404


def test_unreleased_work_cannot_be_added(amara: Enrolment, assessed: Any, signed_in: Any) -> None:
    work = assessed(amara, is_released=False)
    client = signed_in(amara.user)
    assert work.assignment.title not in client.get("/portfolio/").text
    assert client.get(f"/portfolio/artefacts/{work.pk}/").status_code == 404
    assert client.post(f"/portfolio/artefacts/{work.pk}/", FORM).status_code == 404
    with pytest.raises(Refused, match="marks are released"):
        save_artefact(submission=work, **FORM, by=amara.user)
    assert not Artefact.objects.exists()


def test_half_released_work_cannot_be_added(amara: Enrolment, released: Any) -> None:
    work = factories.submission(amara)
    released(amara, 4, 80, "auto", submission=work)
    factories.mark(amara, 4, "rubric", "60", submission=work)
    with pytest.raises(Refused, match="marks are released"):
        save_artefact(submission=work, **FORM, by=amara.user)


def test_an_attempt_that_did_not_count_cannot_be_added(amara: Enrolment, work: Submission) -> None:
    with pytest.raises(Refused, match="marks are released"):
        save_artefact(submission=factories.submission(amara), **FORM, by=amara.user)


def test_the_work_of_others_cannot_be_added_published_or_unpublished(
    shown: Artefact, work: Submission, bruno: Enrolment, signed_in: Any
) -> None:
    client = signed_in(bruno.user)
    assert client.post(f"/portfolio/artefacts/{work.pk}/", FORM).status_code == 404
    for act in ("publish", "unpublish"):
        assert client.post(f"/portfolio/artefacts/{work.pk}/{act}/").status_code == 404
    with pytest.raises(Refused):
        save_artefact(submission=work, **FORM, by=bruno.user)
    for action in (publish, unpublish):
        with pytest.raises(Refused, match="not yours"):
            action(artefact=shown, by=bruno.user)
    shown.refresh_from_db()
    assert shown.published_at is not None


def test_work_whose_marks_are_being_changed_cannot_be_published(
    artefact: Artefact, work: Submission, amara: Enrolment, signed_in: Any
) -> None:
    former = Mark.objects.get(submission=work, component="rubric")
    factories.mark(amara, 4, "rubric", "70", submission=work, supersedes=former)
    response = signed_in(amara.user).post(f"/portfolio/artefacts/{work.pk}/publish/", follow=True)
    assert "marks are released" in response.text
    artefact.refresh_from_db()
    assert artefact.published_at is None


def test_checks_are_counted_and_hidden_ones_not_named(shown: Artefact, work: Submission) -> None:
    hidden = work.runs.get().results.filter(is_visible=False)
    factories.rewrite(hidden, earned=0, message="add(2, 3) was 6", title="Secret check")
    assert "1 of 1 visible and 0 of 1 hidden checks passed" in Client().get("/portfolio/amara-okafor/").text
    text = Client().get(public(work)).text
    assert "Says hello" in text
    for secret in ("Secret check", "add(2, 3)", "80.00", "65.00"):
        assert secret not in text


def test_the_notebook_can_only_be_framed_by_us_and_runs_nothing(shown: Artefact, work: Submission) -> None:
    response = Client().get(public(work, "notebook/"))
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in policy
    assert "frame-ancestors 'self'" in policy
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert b"executed cells" in response.content
    text = Client().get(public(work)).text
    assert '<iframe class="notebook-frame" sandbox=""' in text
    assert f'src="{public(work, "notebook/")}"' in text


def test_a_run_that_is_not_released_is_not_shown(shown: Artefact, work: Submission) -> None:
    from blobs import store

    factories.finished_run(work, page=store.put(b"graded again, not released"))
    body = Client().get(public(work, "notebook/")).content
    assert b"executed cells" in body


def test_a_lost_notebook_is_said_to_be_missing(shown: Artefact, work: Submission) -> None:
    factories.rewrite(work.runs.all(), page="0" * 64)
    assert b"no notebook that can be shown" in Client().get(public(work, "notebook/")).content


def test_ones_own_page_leads_to_the_certificate(certificate: Certificate, amara: Enrolment, signed_in: Any) -> None:
    assert f"/certificates/{certificate.code}/" in signed_in(amara.user).get("/portfolio/").text


def test_work_without_a_run_has_no_notebook(amara: Enrolment, released: Any) -> None:
    work = factories.submission(amara)
    released(amara, 4, 80, "auto", submission=work)
    save_portfolio(slug="amara-okafor", headline="", about="", by=amara.user)
    publish(artefact=save_artefact(submission=work, **FORM, by=amara.user), by=amara.user)
    assert "no executed notebook" in Client().get(public(work)).text
    assert Client().get(public(work, "notebook/")).status_code == 404


def test_the_public_page_is_not_indexed_or_tracked(shown: Artefact, work: Submission) -> None:
    for address in ("/portfolio/amara-okafor/", public(work), public(work, "notebook/")):
        response = Client().get(address)
        assert "noindex" in response["X-Robots-Tag"]
        assert not response.cookies


def test_somebody_who_has_left_has_no_page(shown: Artefact, amara: Enrolment) -> None:
    amara.user.is_active = False
    amara.user.save()
    assert Client().get("/portfolio/amara-okafor/").status_code == 404


def test_the_certificate_is_linked_while_it_is_valid(
    certificate: Certificate, amara: Enrolment, assessed: Any, office: User
) -> None:
    work = assessed(amara)
    save_portfolio(slug="amara-okafor", headline="", about="", by=amara.user)
    publish(artefact=save_artefact(submission=work, **FORM, by=amara.user), by=amara.user)
    link = f"/certificates/{certificate.code}/"
    assert link in Client().get("/portfolio/amara-okafor/").text
    assert "/portfolio/amara-okafor/" in Client().get(link).text
    revoke(certificate=certificate, reason="Name changed.", by=office)
    assert link not in Client().get("/portfolio/amara-okafor/").text


def test_what_people_write_is_text(artefact: Artefact, work: Submission, amara: Enrolment) -> None:
    hostile = "<script>alert(1)</script>"
    save_portfolio(slug="amara-okafor", headline=hostile, about=hostile, by=amara.user)
    publish(artefact=save_artefact(submission=work, title=hostile, reflection=hostile, by=amara.user), by=amara.user)
    for address in ("/portfolio/amara-okafor/", public(work)):
        assert "<script>alert" not in Client().get(address).text


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("", "required"),
        ("ab", "3 to 60"),
        ("a" * 61, "3 to 60"),
        ("artefacts", "kept for pages"),
        ("Admin", "kept for pages"),
        ("-amara", "single hyphens"),
        ("amara--okafor", "single hyphens"),
        ("amara_okafor", "single hyphens"),
        ("ámara", "single hyphens"),
        ("аmara", "single hyphens"),
        ("../../etc", "single hyphens"),
        ("a%2fb", "single hyphens"),
        ("amara\u202eokafor", "single hyphens"),
        ("<b>amara</b>", "single hyphens"),
    ],
)
def test_a_word_that_cannot_be_an_address_is_explained(
    amara: Enrolment, signed_in: Any, word: str, sentence: str
) -> None:
    response = signed_in(amara.user).post("/portfolio/", {"slug": word, "headline": "", "about": ""})
    assert response.status_code == 422
    assert sentence in response.text
    assert not Portfolio.objects.exists()


@given(st.text(max_size=80))
def test_what_is_accepted_is_always_a_safe_address(word: str) -> None:
    try:
        slug = checked(word)
    except Refused:
        return
    assert slug.isascii()
    assert slug.replace("-", "").isalnum()
    assert slug not in RESERVED


def test_an_address_belongs_to_one_person(shown: Artefact, bruno: Enrolment, signed_in: Any) -> None:
    response = signed_in(bruno.user).post("/portfolio/", {"slug": "AMARA-okafor", "headline": "", "about": ""})
    assert response.status_code == 422
    assert "Somebody else has this address" in response.text


def test_the_suggested_address_is_free_and_allowed(db: None) -> None:
    first, second = factories.person("Amara Okafor"), factories.person("Amara Okafor")
    assert suggested(first) == "amara-okafor"
    save_portfolio(slug="amara-okafor", headline="", about="", by=first)
    assert suggested(second) == "amara-okafor-2"
    for name in ("Admin", "王小明", "Li", "x" * 200):
        assert checked(suggested(factories.person(name)))


def test_adding_work_first_makes_the_page(work: Submission, amara: Enrolment) -> None:
    assert save_artefact(submission=work, **FORM, by=amara.user).portfolio.slug == "amara-okafor"


def test_looking_at_ones_page_writes_nothing(work: Submission, amara: Enrolment, signed_in: Any) -> None:
    client = signed_in(amara.user)
    client.get("/portfolio/")
    client.get(f"/portfolio/artefacts/{work.pk}/")
    assert not Portfolio.objects.exists()


def test_a_piece_that_does_not_exist_is_not_found(amara: Enrolment, signed_in: Any) -> None:
    client, nothing = signed_in(amara.user), uuid.uuid4()
    assert client.get(f"/portfolio/artefacts/{nothing}/").status_code == 404
    assert client.post(f"/portfolio/artefacts/{nothing}/publish/").status_code == 404
    assert client.get(f"/portfolio/artefacts/{nothing}/publish/").status_code == 405


def test_pages_cost_the_same_at_ten_and_two_hundred(
    shown: Artefact, amara: Enrolment, signed_in: Any, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    def more(count: int) -> None:
        for _ in range(count):
            work = factories.submission(amara)
            run = factories.finished_run(work)
            lowest = Mark.objects.current().get(enrolment=amara, component="auto")
            factories.mark(amara, 4, "auto", "80", submission=work, run=run, release=lowest.release, supersedes=lowest)
            Artefact.objects.create(
                portfolio=shown.portfolio, submission=work, title="Another", published_at=timezone.now()
            )

    own, visitor = signed_in(amara.user), Client()
    costs = {}
    more(9)
    for name, client, address in (("own", own, "/portfolio/"), ("public", visitor, "/portfolio/amara-okafor/")):
        with CaptureQueriesContext(connection) as at_ten:
            assert client.get(address).status_code == 200
        costs[name] = len(at_ten)
    more(190)
    with django_assert_num_queries(costs["own"]):
        own.get("/portfolio/")
    with django_assert_num_queries(costs["public"]):
        assert visitor.get("/portfolio/amara-okafor/").text.count('class="piece"') == 200
