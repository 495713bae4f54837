"""Issuing, numbering, revoking."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator
from typing import Any

import factories
import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from audit.models import Entry, Event
from courses.models import Cohort, Enrolment
from courses.refusal import Refused
from graduation.awards.actions import decide_award
from graduation.certificates import actions
from graduation.certificates.actions import issue, revoke
from graduation.certificates.content import canonical, digest_of
from graduation.certificates.models import Certificate, new_code
from notices.models import Notice


def test_the_content_says_everything_that_was_awarded(certificate: Certificate, amara: Enrolment) -> None:
    certificate.refresh_from_db()
    content = certificate.content
    assert content["recipient"] == "Amara Okafor"
    assert (content["outcome"], content["mean"], content["by_uplift"]) == ("Distinction", "69.3", True)
    assert (content["credits"], content["level"], content["regulations"]) == (60, 7, "2026")
    assert [module["mark"] for module in content["modules"]] == [78, 71, 66, 80, 58, 64, 62, 66, 70]
    assert sum(module["credits"] for module in content["modules"]) == 60
    assert content["address"] == f"http://127.0.0.1:8000/certificates/{certificate.code}/"
    assert content["number"] == certificate.number
    assert content["studied"]["pace"] == "part-time"
    assert content["studied"]["start"] == amara.cohort.starts_on.isoformat()
    assert content["studied"]["end"] <= content["board_on"]
    assert digest_of(content) == certificate.digest


def test_a_compensated_module_says_so(amara: Enrolment, confirmed: Any, office: User) -> None:
    content = issue(award=confirmed(amara, 60, 60, 60, 60, 45, 60, 60, 60, 60), by=office).content
    assert content["modules"][4]["how"] == "compensated"
    assert content["modules"][4]["mark"] == 45


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value in the content that is neither list nor object."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if children is None:
        yield path
        return
    for key, child in children:
        yield from paths(child, (*path, key))


def test_the_digest_changes_when_anything_changes(certificate: Certificate) -> None:
    seen = {certificate.digest}
    for path in paths(certificate.content):
        altered = copy.deepcopy(certificate.content)
        place = altered
        for key in path[:-1]:
            place = place[key]
        value = place[path[-1]]
        place[path[-1]] = not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else f"{value}x"
        seen.add(digest_of(altered))
    assert len(seen) == 1 + len(list(paths(certificate.content)))
    for key in certificate.content:
        shorter = {name: value for name, value in certificate.content.items() if name != key}
        assert digest_of(shorter) not in seen  # type: ignore[arg-type]


def test_the_canonical_form_does_not_depend_on_the_order_of_keys(certificate: Certificate) -> None:
    turned = dict(reversed(certificate.content.items()))
    assert canonical(turned) == canonical(certificate.content)  # type: ignore[arg-type]


def test_issuing_twice_gives_the_same_certificate(certificate: Certificate, office: User) -> None:
    assert issue(award=certificate.award, by=office) == certificate
    assert Certificate.objects.count() == 1
    assert Entry.objects.filter(event=Event.CERTIFICATE_ISSUED).count() == 1
    assert Notice.objects.filter(subject__contains=certificate.number).count() == 1


def test_the_database_refuses_a_second_valid_certificate(certificate: Certificate, office: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Certificate.objects.create(
            award=certificate.award,
            code=new_code(),
            number="PC-2000-0001",
            content=certificate.content,
            digest=certificate.digest,
            pdf=certificate.pdf,
            issued_by=office,
        )


def test_an_unconfirmed_award_gets_none(amara: Enrolment, complete: Any, office: User) -> None:
    award = decide_award(enrolment=complete(amara), by=office)
    with pytest.raises(Refused, match="not confirmed"):
        issue(award=award, by=office)
    assert not Certificate.objects.exists()


def test_a_fail_gets_none(amara: Enrolment, confirmed: Any, office: User) -> None:
    with pytest.raises(Refused, match="not for Fail"):
        issue(award=confirmed(amara, 65, 65, 65, 20, 20, 65, 65, 20, 20), by=office)


def test_a_record_that_changed_after_the_board_gets_none(
    amara: Enrolment, confirmed: Any, released: Any, office: User
) -> None:
    award = confirmed(amara)
    former = amara.marks.get(module_number=9)
    released(amara, 9, 40, supersedes=former)
    with pytest.raises(Refused, match="record has changed"):
        issue(award=award, by=office)


def test_reissue_after_revocation_keeps_the_history(certificate: Certificate, amara: Enrolment, office: User) -> None:
    revoke(certificate=certificate, reason="Replaced after a change of name.", by=office)
    amara.user.name = "Amara Bello"
    amara.user.save()
    second = issue(award=certificate.award, by=office)
    assert second.code != certificate.code
    assert second.number != certificate.number
    assert second.content["recipient"] == "Amara Bello"
    certificate.refresh_from_db()
    assert certificate.content["recipient"] == "Amara Okafor"
    assert certificate.award.certificates.count() == 2


def test_revoking_twice_keeps_the_first_reason(certificate: Certificate, office: User) -> None:
    first = revoke(certificate=certificate, reason="Name changed.", by=office)
    again = revoke(certificate=certificate, reason="Another reason.", by=office)
    assert again.revocation_reason == "Name changed."
    assert again.revoked_at == first.revoked_at
    assert Entry.objects.filter(event=Event.CERTIFICATE_REVOKED).count() == 1


def test_revoking_needs_a_reason(certificate: Certificate, office: User) -> None:
    with pytest.raises(Refused, match="Say why"):
        revoke(certificate=certificate, reason=" \n", by=office)
    certificate.refresh_from_db()
    assert certificate.is_valid


def award_for(cohort: Cohort, confirmed: Any) -> Any:
    return confirmed(factories.enrolment(cohort))


def test_numbers_are_sequential_beyond_four_digits(
    certificate: Certificate, spring: Cohort, confirmed: Any, office: User
) -> None:
    year = certificate.number.split("-")[1]
    assert certificate.number == f"PC-{year}-0001"
    assert issue(award=award_for(spring, confirmed), by=office).number == f"PC-{year}-0002"
    Certificate.objects.filter(pk=certificate.pk).update(number=f"PC-{year}-9999")
    assert issue(award=award_for(spring, confirmed), by=office).number == f"PC-{year}-10000"
    assert issue(award=award_for(spring, confirmed), by=office).number == f"PC-{year}-10001"


def test_whoever_loses_the_race_for_a_number_takes_the_next(
    certificate: Certificate, spring: Cohort, confirmed: Any, office: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = certificate.number.replace("0001", "0002")
    monkeypatch.setattr(actions, "_next_numbers", lambda _: iter([certificate.number, second]))
    assert issue(award=award_for(spring, confirmed), by=office).number == second


def test_a_number_that_was_not_used_is_used_next(
    certificate: Certificate, spring: Cohort, confirmed: Any, office: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    award = award_for(spring, confirmed)
    with monkeypatch.context() as patched, pytest.raises(RuntimeError):
        patched.setattr(actions, "tell", lambda **_: (_ for _ in ()).throw(RuntimeError("outbox")))
        issue(award=award, by=office)
    assert Certificate.objects.count() == 1
    assert issue(award=award, by=office).number.endswith("-0002")


def test_many_at_once_take_each_number_once(
    transactional_db: None, spring: Cohort, confirmed: Any, office: User
) -> None:
    awards = [award_for(spring, confirmed) for _ in range(3)]
    failures: list[BaseException] = []

    def issue_in_thread(award: Any) -> None:
        try:
            issue(award=award, by=office)
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=issue_in_thread, args=[award]) for award in awards * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures
    numbers = sorted(Certificate.objects.values_list("number", flat=True))
    assert [number[-4:] for number in numbers] == ["0001", "0002", "0003"]
