"""Every address as every role. An address without a row here fails; so does a row for an address that is gone.

The table says who gets in. Everybody else sees 404; who is not signed in is sent to sign in, unless it is public.
The scene: Amara handed in, was marked and released, and has a certificate and a portfolio; Bruno studies beside her;
Cleo applied; Oscar has an account and nothing else. Staff have site-wide roles.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import factories
import pytest
from django.core.signals import request_finished
from django.db import close_old_connections, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from blobs import store
from courses.actions import give_evidence
from courses.dates import school_day
from courses.models import AssignmentFile, Enrolment, Lesson, Programme
from grading.actions.regrade import ask_for_regrade
from grading.drafts import add_version, put
from grading.models import DraftVersion, Incident, Release, Run
from graduation.awards.actions import confirm_award, decide_award, record_mark
from graduation.certificates.actions import issue
from graduation.portfolio.models import Artefact, Portfolio

pytestmark = pytest.mark.django_db

PEOPLE = ["oscar", "amara", "bruno", "cleo", "tutor", "leader", "office", "external", "administrator"]
EVERYBODY = set(PEOPLE)
STUDENTS = {"amara", "bruno"}
STAFF = {"tutor", "leader", "office", "external", "administrator"}
READERS = STUDENTS | STAFF
SEE_WORK = {"tutor", "leader", "external"}
MARKERS = {"tutor", "leader"}
RECORDS = {"leader", "office", "external"}
COHORTS = {"office", "administrator"}
REVISIONS = {"tutor", "leader", "office", "administrator"}


@dataclass(frozen=True)
class Address:
    """Who gets in (their answer is not 404 or 403), with which arguments, by which method."""

    who: set[str]
    method: str = "get"
    given: dict[str, str] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    public: bool = False


COHORT = {"slug": "spring"}
WORK = {"cohort": "spring", "assignment": "hospital-death"}
QUIZ = {"cohort": "spring", "assignment": "short-quiz"}
TYPED = {"cell": "code a", "source": "1", "window": "00000000-0000-0000-0000-000000000001", "base": ""}
LESSON = {"slug": "spring", "number": "4", "lesson": "lesson-1"}
REVISION = {"programme": "pgcert", "number": "1"}
PUBLIC = Address(EVERYBODY, public=True)
INCIDENT = {"started_at": "2026-11-21T14:02", "ended_at": "2026-11-21T14:09", "sentence": "The power failed."}

ADDRESSES = {
    # courses
    "next": Address(EVERYBODY),
    "cohorts": Address(EVERYBODY),
    "cohort": Address(EVERYBODY, given=COHORT),
    "enrol": Address(EVERYBODY, "post", COHORT),
    "modules": Address(READERS, given=COHORT),
    "module": Address(READERS, given={"slug": "spring", "number": "4"}),
    "lesson": Address(READERS, given=LESSON),
    "quiz_answer": Address(READERS, "post", LESSON, {"question": "leaf", "sitting": "1", "answer": "0"}),
    "quiz_again": Address(READERS, "post", LESSON),
    "lesson_read": Address(STUDENTS, "post", LESSON),
    "data_file": Address(READERS, given={"slug": "spring", "assignment": "hospital-death", "name": "monica.csv"}),
    "coverage": Address(SEE_WORK, given=COHORT),
    "quiz_items": Address(SEE_WORK, given=LESSON),
    "programmes": Address(REVISIONS),
    "compare_revisions": Address(REVISIONS, given={"programme": "pgcert"}),
    "preview": Address(REVISIONS, given=REVISION),
    "preview_module": Address(REVISIONS, given=REVISION | {"module": "4"}),
    "preview_lesson": Address(REVISIONS, given=REVISION | {"module": "4", "lesson": "lesson-1"}),
    "preview_data_set": Address(REVISIONS, given=REVISION | {"data": "toy"}),
    "data_sets": Address(READERS, given=COHORT),
    "data_set": Address(READERS, given={"slug": "spring", "data": "toy"}),
    "data_set_file": Address(READERS, given={"slug": "spring", "data": "toy", "name": "toy_visible.csv"}),
    "give_evidence": Address(READERS, "post", {"slug": "spring", "data": "secret"}, {"requirement": "agreement"}),
    "evidence": Address({"leader", "office"}),
    "evidence_decide": Address({"leader", "office"}, "post", {"pk": "EVIDENCE"}),
    "office": Address(EVERYBODY & (COHORTS | RECORDS)),
    "cohort_new": Address(COHORTS),
    "office_cohort": Address(COHORTS | RECORDS, given=COHORT),
    "cohort_role": Address(COHORTS, "post", COHORT),
    "cohort_role_remove": Address(COHORTS, "post", {"slug": "spring", "pk": "ROLE"}),
    "application": Address(COHORTS, "post", {"pk": "CLEO"}),
    "withdraw": Address(COHORTS, "post", {"pk": "BRUNO"}),
    "extension": Address(COHORTS, given={"pk": "BRUNO"}),
    # grading
    "assignment": Address(READERS, given=WORK),
    "quiz_begin": Address(STUDENTS, "post", QUIZ),
    "quiz_answers": Address(
        STUDENTS,
        "post",
        QUIZ,
        {
            "sitting": "1",
            "answer-glucose": "5.5",
            "seen-glucose": "",
            "answer-steps": "0",
            "seen-steps": "",
            "act": "save",
        },
    ),
    "draft": Address(STUDENTS, "post", WORK),
    "check": Address(STUDENTS, "post", WORK),
    "submit": Address(STUDENTS, "post", WORK),
    "starter": Address(READERS, given=WORK),
    "workspace": Address(STUDENTS, given=WORK),
    "workspace_run": Address(STUDENTS, "post", WORK, TYPED),
    "workspace_start": Address(STUDENTS, "post", WORK),
    "draft_file": Address({"amara"}, given=WORK),
    "draft_versions": Address(STUDENTS, given=WORK),
    "draft_version": Address({"amara"}, given=WORK | {"number": "1"}),
    "draft_version_file": Address({"amara"}, given=WORK | {"number": "1"}),
    "run_cells": Address({"amara"}, given={"run_id": "CELLS"}),
    "proposal": Address(STUDENTS, given={"cohort": "spring", "assignment": "project"}),
    "proposals": Address(MARKERS | {"office"}),
    "proposal_review": Address(MARKERS | {"office"}, given={"pk": "PROPOSAL"}),
    "proposal_decide": Address(MARKERS, "post", {"pk": "PROPOSAL"}, {"decision": "declined", "reason": "Too wide."}),
    "solutions": Address({"leader", "administrator"}, given=WORK),
    "preview_assignment": Address(REVISIONS, given=REVISION | {"assignment": "hospital-death"}),
    "preview_starter": Address(REVISIONS, given=REVISION | {"assignment": "hospital-death"}),
    "preview_solutions": Address({"leader", "administrator"}, given=REVISION | {"assignment": "hospital-death"}),
    "move": Address(REVISIONS, given={"cohort": "spring"}, data={"to": "1"}),
    "work": Address({"amara"} | SEE_WORK, given={"submission_id": "SUBMISSION"}),
    "receipt": Address({"amara"}, given={"submission_id": "SUBMISSION"}),
    "work_file": Address({"amara"} | SEE_WORK, given={"submission_id": "SUBMISSION"}),
    "run": Address({"amara"} | SEE_WORK, given={"run_id": "RUN"}),
    "run_cancel": Address({"amara"}, "post", {"run_id": "RUN"}),
    "run_record": Address(SEE_WORK, given={"run_id": "RUN"}),
    "run_reproduce": Address(SEE_WORK, "post", {"run_id": "RUN"}),
    "run_notebook": Address({"amara"} | SEE_WORK, given={"run_id": "RUN"}),
    "status": PUBLIC,
    "incidents": Address({"office", "administrator"}),
    "incident": Address({"office", "administrator"}, "post", {"pk": "INCIDENT"}, INCIDENT),
    "marks": Address(EVERYBODY),
    "marking": Address(MARKERS | {"office"}),
    "desk": Address(SEE_WORK, given={"submission_id": "SUBMISSION"}),
    "release": Address({"leader", "office"}, given=WORK),
    "quiz_words": Address(MARKERS, "post", QUIZ, {"question": "word", "text": "recall", "reason": "It is."}),
    "quiz_statistics": Address(SEE_WORK, given=QUIZ),
    "regrades": Address({"leader", "office"}, given=WORK),
    "regrade": Address({"leader", "office"}, given={"regrade_id": "REGRADE"}),
    "regrade_apply": Address({"leader", "office"}, "post", {"regrade_id": "REGRADE"}),
    "regrade_discard": Address({"leader", "office"}, "post", {"regrade_id": "REGRADE"}),
    "regrade_repeat": Address({"leader", "office"}, "post", {"regrade_id": "REGRADE"}),
    # graduation
    "record": Address(RECORDS, given={"pk": "AMARA"}),
    "record_mark": Address({"office"}, "post", {"pk": "AMARA"}),
    "decide": Address({"office"}, "post", {"pk": "AMARA"}),
    "confirm": Address({"office"}, "post", {"pk": "AMARA"}, {"award": "AWARD"}),
    "issue": Address({"office"}, "post", {"pk": "AMARA"}, {"award": "AWARD"}),
    "certificates": Address({"office"}),
    "revoke": Address({"office"}, given={"code": "CERTIFICATE"}),
    "certificate": Address(EVERYBODY, given={"code": "CERTIFICATE"}, public=True),
    "certificate_pdf": Address(EVERYBODY, given={"code": "CERTIFICATE"}, public=True),
    "portfolio": Address(EVERYBODY),
    "artefact": Address({"amara"}, given={"submission": "SUBMISSION"}),
    "publish": Address({"amara"}, "post", {"submission": "SUBMISSION"}),
    "unpublish": Address({"amara"}, "post", {"submission": "SUBMISSION"}),
    "public_portfolio": Address(EVERYBODY, given={"slug": "amara"}, public=True),
    "public_artefact": Address(EVERYBODY, given={"slug": "amara", "submission": "SUBMISSION"}, public=True),
    "artefact_notebook": Address(EVERYBODY, given={"slug": "amara", "submission": "SUBMISSION"}, public=True),
    # platform
    "notices": Address(EVERYBODY),
    "notices_read": Address(EVERYBODY, "post"),
    "people": Address({"administrator"}),
    "person": Address({"administrator"}, given={"pk": "USER"}),
    "person_role": Address({"administrator"}, given={"pk": "USER", "role": "tutor"}),
    "profile": Address(EVERYBODY),
    "audit_log": Address({"administrator"}),
    "health": PUBLIC,
    "theme": Address(EVERYBODY, "post", public=True),
    # allauth, whose pages look after themselves
    "account_login": PUBLIC,
    "account_logout": Address(EVERYBODY),
    "account_inactive": PUBLIC,
    "account_signup": PUBLIC,
    "account_reauthenticate": Address(EVERYBODY),
    "account_email": Address(EVERYBODY),
    "account_email_verification_sent": PUBLIC,
    "account_change_password": Address(EVERYBODY),
    "account_set_password": Address(EVERYBODY),
    "account_reset_password": PUBLIC,
    "account_reset_password_done": PUBLIC,
    "account_confirm_login_code": Address(EVERYBODY),
    "account_confirm_email": Address(EVERYBODY, given={"key": "none"}, public=True),
    "account_reset_password_from_key": Address(EVERYBODY, given={"uidb36": "1", "key": "none"}, public=True),
    "account_reset_password_from_key_done": PUBLIC,
}


def names(resolver: URLResolver) -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            if entry.app_name != "admin":
                yield from names(entry)
        elif isinstance(entry, URLPattern):
            assert entry.name, f"{entry.pattern} has no name"
            yield entry.name


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    assert set(names(get_resolver())) == set(ADDRESSES)


@pytest.fixture
def cast(request: Any, spring: Any, amara: Any, bruno: Any) -> dict[str, User]:
    cleo = factories.person("Cleo Applicant")
    factories.enrolment(spring, cleo, state="applied", enrolled_at=None)
    others = ["oscar", "tutor", "leader", "office", "external", "administrator"]
    by_name = {name: request.getfixturevalue(name) for name in others}
    return {**by_name, "amara": amara.user, "bruno": bruno.user, "cleo": cleo}


@pytest.fixture
def scene(cast: dict[str, User], amara: Any, bruno: Any, spring: Any) -> dict[str, str]:
    """What the names in capitals stand for."""
    Programme.objects.update(slug="pgcert")
    factories.quiz(Lesson.objects.get(module__revision=spring.revision, slug="lesson-1"))
    factories.data_set(spring.revision)
    factories.data_set(spring.revision, "secret", requires=[factories.AGREEMENT])
    evidence = give_evidence(
        requirement=factories.AGREEMENT, done_on=school_day(), reference=amara.user.name, by=amara.user
    )
    submission = factories.submission(amara)
    run = factories.finished_run(submission, page=store.put(b"<p>page</p>"), notebook=store.put(b"{}"))
    released = Release.objects.create(cohort=spring, assignment=submission.assignment, by=cast["leader"])
    for component in ("auto", "rubric"):
        factories.mark(amara, 4, component, "70", submission=submission, release=released, run=run)
    AssignmentFile.objects.create(
        assignment=submission.assignment, part="visible", name="monica.csv", sha256=store.put(b"a,b\n"), size=4
    )
    regrade = ask_for_regrade(
        cohort=spring, assignment=submission.assignment, reason="A check.", may_only_rise=False, by=cast["leader"]
    )
    others = [1, 2, 3, 5, 6, 7, 8, 9]
    for number in others:
        record_mark(enrolment=amara, module_number=number, value=Decimal(55), reason="Paper.", by=cast["office"])
    award = confirm_award(award=decide_award(enrolment=amara, by=cast["office"]), by=cast["office"])
    certificate = issue(award=award, by=cast["office"])
    portfolio = Portfolio.objects.create(user=amara.user, slug="amara")
    Artefact.objects.create(portfolio=portfolio, submission=submission, title="A piece", published_at=timezone.now())
    factories.cohort_role(spring, Role.TUTOR)
    quiz = factories.quiz_assignment(spring.revision.modules.get(number=4))
    factories.open_sitting(amara, quiz)
    factories.handed_in_quiz(bruno, quiz, word="recall")
    draft = put(amara, submission.assignment, submission.files)
    add_version(draft, submission.files, DraftVersion.Way.UPLOAD)
    in_editor = Run.objects.create(
        kind="cells", enrolment=amara, assignment=submission.assignment, files=submission.files, digest=draft.digest
    )
    project = factories.project(submission.assignment.module)
    return {
        "AMARA": str(amara.pk),
        "BRUNO": str(bruno.pk),
        "CLEO": str(Enrolment.objects.get(user=cast["cleo"]).pk),
        "SUBMISSION": str(submission.pk),
        "RUN": str(run.pk),
        "CELLS": str(in_editor.pk),
        "REGRADE": str(regrade.pk),
        "AWARD": str(award.pk),
        "CERTIFICATE": certificate.code,
        "EVIDENCE": str(evidence.pk),
        "USER": str(cast["bruno"].pk),
        "PROPOSAL": str(factories.proposal(bruno, project).pk),
        "INCIDENT": str(Incident.objects.create(sentence="No power.").pk),
        "ROLE": str(spring.roles.get().pk),
    }


def address_of(name: str, scene: dict[str, str]) -> str:
    return reverse(name, kwargs={key: scene.get(value, value) for key, value in ADDRESSES[name].given.items()})


def data_of(name: str, scene: dict[str, str]) -> dict[str, str]:
    return {key: scene.get(value, value) for key, value in ADDRESSES[name].data.items()}


def answer(client: Client, name: str, scene: dict[str, str]) -> Any:
    """What the address answers; what the request changed is undone."""
    with transaction.atomic():
        point = transaction.savepoint()
        response = getattr(client, ADDRESSES[name].method)(address_of(name, scene), data_of(name, scene))
        # As Django's own test client does: closing a response must not close the test's connection.
        request_finished.disconnect(close_old_connections)
        response.close()
        request_finished.connect(close_old_connections)
        transaction.savepoint_rollback(point)
    return response


def test_only_those_who_should_get_in(cast: dict[str, User], scene: dict[str, str]) -> None:
    wrong = []
    for who in PEOPLE:
        client = Client()
        for name, address in ADDRESSES.items():
            client.force_login(cast[who], backend="django.contrib.auth.backends.ModelBackend")
            status = answer(client, name, scene).status_code
            may = who in address.who
            if may and (status in {403, 404, 405} or status >= 500):
                wrong.append(f"{name}: {who} should get in, and got {status}")
            if not may and status != 404:
                wrong.append(f"{name}: {who} should see 404, and got {status}")
    assert not wrong, "\n".join(wrong)


def test_who_is_not_signed_in_is_asked_to(scene: dict[str, str]) -> None:
    wrong = []
    for name, address in ADDRESSES.items():
        response = answer(Client(), name, scene)
        is_sent_away = response.status_code == 302 and response["Location"].startswith("/accounts/login/")
        if is_sent_away == address.public or (address.public and response.status_code >= 500):
            wrong.append(f"{name}: {response.status_code}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "name",
    ["health", "status", "certificate", "certificate_pdf", "public_portfolio", "public_artefact", "artefact_notebook"],
)
def test_what_anyone_may_see_answers_to_those_who_only_try_the_link(name: str, scene: dict[str, str]) -> None:
    assert Client().head(address_of(name, scene)).status_code == 200


def test_what_does_not_exist_looks_like_what_is_forbidden(cast: dict[str, User], scene: dict[str, str]) -> None:
    client = Client()
    client.force_login(cast["bruno"], backend="django.contrib.auth.backends.ModelBackend")
    forbidden = client.get(reverse("work", args=[scene["SUBMISSION"]]))
    missing = client.get(reverse("work", args=[uuid.uuid4()]))
    assert forbidden.status_code == missing.status_code == 404
    assert without_token(forbidden.content) == without_token(missing.content)


def without_token(page: bytes) -> bytes:
    """Without the form token and the address itself, which the page repeats."""
    return re.sub(rb"[A-Za-z0-9]{64}|[-0-9a-f]{36}", b"", page)


def test_the_admin_is_for_superusers_only(cast: dict[str, User]) -> None:
    for user in cast.values():
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        assert client.get("/admin/").status_code == 302


def test_runs_of_trials_are_their_students_alone(cast: dict[str, User], amara: Any) -> None:
    submission = factories.submission(amara)
    trial = Run.objects.create(
        kind=Run.Kind.TRIAL,
        enrolment=amara,
        assignment=submission.assignment,
        files=submission.files,
        digest=submission.digest,
    )
    client = Client()
    client.force_login(cast["tutor"], backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("run", args=[trial.pk])).status_code == 404
