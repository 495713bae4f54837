"""Every address with rubbish in every field, by query and by form: an answer in words, never a fault of ours."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections, transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse
from test_urls_by_role import ADDRESSES, address_of, cast, data_of, scene  # noqa: F401  (fixtures)

from accounts.models import User

pytestmark = pytest.mark.django_db

FIELDS = """about act action_add answer answer-licence answer-question assignment award base capacity cell comment
confirm data_set days decision digest done_on due_on email ended_at enrol_until enrolling event file framing-feedback
framing-level headline login mark may_only_rise module name new next old pace page password password1 password2 q
question read reason reference reflection regulations_version requirement revision role seen sentence sit slug source
started_at starts_on statement theme time_zone title to token until who why window""".split()  # noqa: SIM905
RUBBISH = ["", "a\x00b", "9" * 30, "-1", "1e400", "two\r\nlines", "9999-12-31", "<script>", "\u202eevil", "x" * 30_000]
NUMBERS = ["0", "32768", "2147483648", "9223372036854775808", "9" * 40]


def answered(client: Client, method: str, url: str, data: Any) -> str:
    """What went wrong, if it did; what the request changed is undone."""
    with transaction.atomic():
        point = transaction.savepoint()
        try:
            response = getattr(client, method)(url, data)
            fault = str(response.status_code) if response.status_code >= 500 else ""
            # As Django's own test client does: closing a response must not close the test's connection.
            request_finished.disconnect(close_old_connections)
            response.close()
            request_finished.connect(close_old_connections)
        except Exception as error:
            fault = f"{type(error).__name__}: {error}"[:200]
        transaction.savepoint_rollback(point)
    return f"{method} {url[:80]}: {fault}" if fault else ""


def one_who_gets_in(name: str, cast: dict[str, User]) -> Client:  # noqa: F811
    client = Client()
    who = ADDRESSES[name].who
    found = next(person for person in ("amara", "office", "administrator", "leader", "tutor") if person in who)
    client.force_login(cast[found], backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize("rubbish", RUBBISH, ids=lambda text: repr(text[:12]))
def test_rubbish_in_every_field_is_answered(
    rubbish: str,
    cast: dict[str, User],  # noqa: F811
    scene: dict[str, str],  # noqa: F811
    settings: Any,
) -> None:
    settings.ACCOUNT_RATE_LIMITS = False
    faults = []
    for name in ADDRESSES:
        client, url = one_who_gets_in(name, cast), address_of(name, scene)
        everywhere = dict.fromkeys(FIELDS, rubbish)
        faults.append(answered(client, "get", url, dict.fromkeys(FIELDS, rubbish[:500])))
        faults.append(answered(client, "post", url, everywhere))
        # All but one field as they should be: further in, other code meets the rubbish.
        right = data_of(name, scene)
        faults += [answered(client, "post", url, everywhere | right | {field: rubbish}) for field in right]
    assert not any(faults), "\n".join(filter(None, faults))


def test_numbers_that_no_database_holds_are_answered(
    cast: dict[str, User],  # noqa: F811
    scene: dict[str, str],  # noqa: F811
) -> None:
    faults = []
    for name, address in ADDRESSES.items():
        client = one_who_gets_in(name, cast)
        for key in address.given:
            for number in NUMBERS:
                given = {each: scene.get(value, value) for each, value in address.given.items()} | {key: number}
                try:
                    url = reverse(name, kwargs=given)
                except NoReverseMatch:
                    continue
                faults += [answered(client, method, url, {}) for method in ("get", "post")]
    assert not any(faults), "\n".join(filter(None, faults))
