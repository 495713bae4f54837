"""The office's record page, through HTTP."""

from __future__ import annotations

from typing import Any

import factories
import pytest
from bs4 import BeautifulSoup

from accounts.models import User
from accounts.roles import Role
from courses.models import Enrolment
from grading.models import Mark
from graduation.awards.models import Award
from graduation.certificates.models import Certificate


def url(enrolment: Enrolment, act: str = "") -> str:
    return f"/office/enrolments/{enrolment.pk}/{act}"


def page(response: Any) -> BeautifulSoup:
    assert response.status_code in (200, 422), response.status_code
    return BeautifulSoup(response.content, "html.parser")


MARK = {"module": "5", "mark": "61", "reason": "Oral exam, minutes kept by the office."}


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.TUTOR, 404),
        (Role.MODULE_LEADER, 200),
        (Role.OFFICE, 200),
        (Role.EXTERNAL, 200),
        (Role.ADMINISTRATOR, 404),
    ],
)
def test_who_sees_a_record(amara: Enrolment, signed_in: Any, role: Role, status: int) -> None:
    assert signed_in(factories.staff(role)).get(url(amara)).status_code == status


@pytest.mark.parametrize("role", [Role.MODULE_LEADER, Role.EXTERNAL])
def test_who_marks_or_examines_sees_a_number_and_no_name(amara: Enrolment, signed_in: Any, role: Role) -> None:
    text = page(signed_in(factories.staff(role)).get(url(amara))).get_text()
    assert f"Candidate {amara.candidate}" in text
    assert amara.user.name not in text and amara.user.email not in text


def test_a_student_sees_no_record_not_even_their_own(amara: Enrolment, bruno: Enrolment, signed_in: Any) -> None:
    for student in (amara.user, bruno.user):
        assert signed_in(student).get(url(amara)).status_code == 404


def test_a_visitor_is_asked_to_sign_in(amara: Enrolment, client: Any) -> None:
    assert client.get(url(amara)).status_code == 302


def test_the_office_does_not_see_its_own_record(office: User, spring: Any, signed_in: Any) -> None:
    own = factories.enrolment(spring, office)
    assert signed_in(office).get(url(own)).status_code == 404
    assert signed_in(office).post(url(own, "mark/"), MARK).status_code == 404


@pytest.mark.parametrize("act", ["mark/", "decide/", "confirm/", "issue/"])
@pytest.mark.parametrize("role", [Role.TUTOR, Role.MODULE_LEADER, Role.EXTERNAL, Role.ADMINISTRATOR])
def test_only_the_office_acts(amara: Enrolment, complete: Any, signed_in: Any, role: Role, act: str) -> None:
    complete(amara)
    marks = Mark.objects.count()
    assert signed_in(factories.staff(role)).post(url(amara, act), MARK).status_code == 404
    assert (Mark.objects.count(), Award.objects.count()) == (marks, 0)


@pytest.mark.parametrize("act", ["mark/", "decide/", "confirm/", "issue/"])
def test_acts_are_posts(amara: Enrolment, office: User, signed_in: Any, act: str) -> None:
    assert signed_in(office).get(url(amara, act)).status_code == 405


def test_whoever_has_only_applied_has_no_record(amara: Enrolment, office: User, signed_in: Any) -> None:
    Enrolment.objects.filter(pk=amara.pk).update(state=Enrolment.State.APPLIED)
    assert signed_in(office).get(url(amara)).status_code == 404


def test_what_is_missing_disables_the_act_and_says_why(amara: Enrolment, office: User, signed_in: Any) -> None:
    found = page(signed_in(office).get(url(amara)))
    (button,) = found.select(".btn.go")
    assert button.has_attr("disabled")
    reason = found.find(id=button["aria-describedby"])
    assert reason is not None
    assert "M4 (nothing handed in)" in reason.text
    assert found.h1 is not None
    assert found.h1.text == "9 of 9 modules are open"


def test_from_a_recorded_mark_to_the_certificate(amara: Enrolment, complete: Any, office: User, signed_in: Any) -> None:
    complete(amara, 78, 71, 66, 80, 58, 64, 62, 66)
    client = signed_in(office)
    saved = client.post(url(amara, "mark/"), {"module": "9", "mark": "70", "reason": "Viva."}, follow=True)
    assert "M9: 70 is recorded and released." in saved.text

    decided = page(client.post(url(amara, "decide/"), follow=True))
    assert decided.h1 is not None
    assert decided.h1.text == "Distinction, by uplift"
    assert len(decided.select("ol.steps > li")) >= 3
    (button,) = decided.select(".btn.go")
    assert button.text == "Confirm Distinction"

    award = {"award": str(Award.objects.get().pk)}
    confirmed = page(client.post(url(amara, "confirm/"), award, follow=True))
    (button,) = confirmed.select(".btn.go")
    assert button.text == "Issue the certificate"
    assert "Provisional" not in confirmed.text

    issued = page(client.post(url(amara, "issue/"), award, follow=True))
    certificate = Certificate.objects.get()
    (link,) = issued.select(".btn.go")
    assert link["href"] == f"/certificates/{certificate.code}/"
    assert certificate.number in issued.text


def test_nobody_confirms_a_decision_that_they_have_not_seen(
    amara: Enrolment, bruno: Enrolment, confirmed: Any, complete: Any, office: User, signed_in: Any
) -> None:
    other = confirmed(bruno)
    client = signed_in(office)
    complete(amara)
    client.post(url(amara, "decide/"))
    for award in ("", "x", "-1", "９", "9" * 30, str(other.pk)):
        assert client.post(url(amara, "confirm/"), {"award": award}).status_code == 404
    assert Award.objects.get(enrolment=amara).confirmed_at is None


def test_refer_cannot_be_confirmed_and_the_page_says_why(
    amara: Enrolment, complete: Any, office: User, signed_in: Any
) -> None:
    complete(amara, 80, 80, 80, 80, 80, 80, 80, 80, 45)
    found = page(signed_in(office).post(url(amara, "decide/"), follow=True))
    (button,) = found.select(".btn.go")
    assert button.has_attr("disabled")
    assert "record the resit of M9" in found.text


def test_whoever_is_referred_resits_and_the_second_board_decides(
    amara: Enrolment, complete: Any, office: User, signed_in: Any
) -> None:
    complete(amara, 80, 80, 80, 80, 80, 80, 80, 80, 45)
    client = signed_in(office)
    assert page(client.get(url(amara))).find("input", {"name": "sit"}) is None
    referred = page(client.post(url(amara, "decide/"), follow=True))
    assert [each["value"] for each in referred.find_all("input", {"name": "sit"})] == ["resit", "first"]
    resit = {"module": "9", "mark": "68", "reason": "Resit project, marked twice."}
    undecided = client.post(url(amara, "mark/"), resit)
    assert undecided.status_code == 422  # Nobody makes a resit a first sit by not looking.
    client.post(url(amara, "mark/"), resit | {"sit": "resit"})
    found = page(client.post(url(amara, "decide/"), follow=True))
    assert found.h1 is not None
    assert found.h1.text == "Distinction"
    assert "resit 68" in found.text
    client.post(url(amara, "confirm/"), {"award": Award.objects.get(superseded_by=None).pk})
    client.post(url(amara, "issue/"), {"award": Award.objects.get(superseded_by=None).pk})
    assert Certificate.objects.get().content["modules"][8]["mark"] == 50


def test_a_changed_record_asks_for_a_new_decision(
    amara: Enrolment, confirmed: Any, office: User, signed_in: Any
) -> None:
    confirmed(amara)
    client = signed_in(office)
    client.post(url(amara, "mark/"), {"module": "9", "mark": "69", "reason": "Sum was wrong."})
    found = page(client.get(url(amara)))
    assert found.h1 is not None
    assert found.h1.text == "The record has changed since the decision"
    (button,) = found.select(".btn.go")
    assert button.text == "Ask the regulations"


def test_an_outdated_certificate_is_revoked_before_another_is_issued(
    certificate: Certificate, amara: Enrolment, office: User, signed_in: Any
) -> None:
    client = signed_in(office)
    client.post(url(amara, "mark/"), {"module": "9", "mark": "69", "reason": "Sum was wrong."})
    client.post(url(amara, "decide/"))
    newest = Award.objects.get(superseded_by=None)
    (button,) = page(client.get(url(amara))).select(".btn.go")
    assert button.text == "Confirm Merit"
    found = page(client.post(url(amara, "confirm/"), {"award": newest.pk}, follow=True))
    (button,) = found.select(".btn.go")
    assert button["href"] == f"/office/certificates/{certificate.code}/revoke/"
    refused = client.post(url(amara, "issue/"), {"award": newest.pk}, follow=True)
    assert "Revoke it first" in refused.text


def test_superseded_marks_are_struck_through_beside_their_successor(
    amara: Enrolment, office: User, signed_in: Any
) -> None:
    client = signed_in(office)
    client.post(url(amara, "mark/"), MARK)
    client.post(url(amara, "mark/"), MARK | {"mark": "64", "reason": "Sum was wrong."})
    lineage = page(client.get(url(amara))).select("ol.line > li")
    assert [line.b is not None for line in lineage] == [True, False]
    former = lineage[1].select_one(".gone")
    assert former is not None
    assert former.text == "61"
    assert "Oral exam" in lineage[1].text


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"mark": "101"}, "whole number from 0 to 100"),
        ({"mark": "59.5"}, "whole number from 0 to 100"),
        ({"mark": "NaN"}, "Enter a number"),
        ({"mark": ""}, "This field is required"),
        ({"module": "10"}, "Select a valid choice"),
        ({"reason": " "}, "This field is required"),
        ({"reason": "x" * 501}, "at most 500 characters"),
    ],
)
def test_what_cannot_be_recorded_is_explained_and_nothing_is_lost(
    amara: Enrolment, office: User, signed_in: Any, change: dict[str, str], sentence: str
) -> None:
    response = signed_in(office).post(url(amara, "mark/"), MARK | change)
    assert response.status_code == 422
    found = page(response)
    assert sentence in found.text
    assert found.find("textarea", {"name": "reason"}) is not None
    assert not Mark.objects.exists()


def test_hostile_text_is_shown_as_text(amara: Enrolment, office: User, signed_in: Any) -> None:
    amara.user.name = "<script>alert(1)</script>"
    amara.user.save()
    client = signed_in(office)
    client.post(url(amara, "mark/"), MARK | {"reason": "<img src=x onerror=alert(1)>"})
    text = client.get(url(amara)).text
    assert "<script>alert" not in text
    assert "<img src=x" not in text


def test_the_page_costs_the_same_with_a_long_history(
    amara: Enrolment, bruno: Enrolment, complete: Any, office: User, signed_in: Any, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(office)
    for value in range(30):
        client.post(url(bruno, "mark/"), MARK | {"mark": str(value)})
    for enrolment in (amara, bruno):
        with django_assert_max_num_queries(22):
            client.get(url(enrolment))
