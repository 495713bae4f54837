"""The cast: amara and bruno study in the spring cohort; the staff have site-wide roles; oscar has nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import factories
import pytest
from django.core.cache import cache
from django.test import Client
from pytest_socket import enable_socket, socket_allow_hosts

from accounts.models import User
from accounts.roles import Role
from config import hints
from courses.models import Assignment, Cohort, Enrolment
from grading import execution


@pytest.hookimpl(optionalhook=True)  # where xdist is switched off
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With several processes a file of tests stays in one of them, and so do all that look at one running site."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            folder = "tests/browser/"
            return folder if nodeid.startswith(folder) else nodeid.partition("::")[0]

    return ByFile(config, log)


@pytest.fixture(autouse=True)
def _no_network() -> Iterator[None]:
    """Only this machine can be reached: PostgreSQL, Redis, the site under test."""
    socket_allow_hosts(["127.0.0.1", "localhost", "::1"], allow_unix_socket=True)
    yield
    enable_socket()


@pytest.fixture(autouse=True)
def _broker_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that loses its broker leaves the next one its own."""
    monkeypatch.setattr(hints, "quiet_until", 0.0)


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> None:
    """What is looked up only every few seconds is looked up anew in every test."""
    cache.clear()


@pytest.fixture(scope="session")
def warm_sandbox() -> Iterator[None]:
    """The sandbox that grading opens, shared by the tests of this session."""
    yield
    execution.backend().close()
    execution.backend.cache_clear()


@pytest.fixture
def spring(db: Any) -> Cohort:
    return factories.cohort(slug="spring", name="Spring, part-time")


@pytest.fixture
def assignment(spring: Cohort) -> Assignment:
    return Assignment.objects.get(module__revision=spring.revision)


@pytest.fixture
def amara(spring: Cohort) -> Enrolment:
    return factories.enrolment(spring, factories.person("Amara Okafor", "amara@example.org"))


@pytest.fixture
def bruno(spring: Cohort) -> Enrolment:
    return factories.enrolment(spring, factories.person("Bruno Keller", "bruno@example.org"))


@pytest.fixture
def tutor(db: Any) -> User:
    return factories.staff(Role.TUTOR, "Tomasz Zielinski")


@pytest.fixture
def leader(db: Any) -> User:
    return factories.staff(Role.MODULE_LEADER, "Leila Haddad")


@pytest.fixture
def office(db: Any) -> User:
    return factories.staff(Role.OFFICE, "Olive Marsh")


@pytest.fixture
def external(db: Any) -> User:
    return factories.staff(Role.EXTERNAL, "Edwin Vale")


@pytest.fixture
def administrator(db: Any) -> User:
    return factories.staff(Role.ADMINISTRATOR, "Ada Finch")


@pytest.fixture
def oscar(db: Any) -> User:
    return factories.person("Oscar Outsider", "oscar@example.org")


@pytest.fixture
def signed_in(client: Client) -> Any:
    """signed_in(user) gives a client of that person."""

    def sign_in(user: User) -> Client:
        fresh = Client()
        fresh.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return fresh

    return sign_in
