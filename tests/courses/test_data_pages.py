"""Pages of data sets: what is in them, who may download, and what some ask for first."""

from datetime import timedelta
from typing import Any

import factories
import pytest
from pages import queries_of, soup, words

from accounts.models import User
from accounts.roles import Role
from audit.models import Entry, Event
from courses.actions import decide_evidence, give_evidence
from courses.actions.evidence import months_after
from courses.dates import school_day
from courses.evidence import lacking, lacking_for
from courses.models import Assignment, AssignmentFile, Cohort, DataSet, Enrolment, Evidence
from courses.refusal import Refused
from grading.actions.work import check_draft, may_submit, save_draft
from notices.models import Notice

LIST = "/cohorts/spring/data/"
TOY = f"{LIST}toy/"
FILE = f"{TOY}files/toy_visible.csv"
TODAY = school_day()


@pytest.fixture
def toy(spring: Cohort) -> DataSet:
    return factories.data_set(spring.revision)


@pytest.fixture
def secret(spring: Cohort) -> DataSet:
    return factories.data_set(spring.revision, "secret", requires=[factories.AGREEMENT, factories.TRAINING])


@pytest.fixture
def used(secret: DataSet, assignment: Assignment) -> Assignment:
    """An assignment that reads the restricted data."""
    AssignmentFile.objects.create(
        assignment=assignment, part="visible", name="secret_visible.csv", sha256=secret.files[0]["sha256"], size=1
    )
    return assignment


def confirmed(user: User, by: User, requirement: Any, days_ago: int = 0) -> Evidence:
    given = give_evidence(requirement=requirement, done_on=TODAY - timedelta(days_ago), reference=user.name, by=user)
    return decide_evidence(evidence=given, is_confirmed=True, reason="", by=by)


def test_the_list_says_how_much_where_and_under_which_licence(signed_in: Any, amara: Enrolment, toy: DataSet) -> None:
    page = words(signed_in(amara.user).get(LIST))
    assert "The toy data 2 and 7 hidden 4 unconfirmed" in page


def test_a_page_says_who_is_in_it_where_it_comes_from_and_which_bytes(
    signed_in: Any, amara: Enrolment, toy: DataSet
) -> None:
    response = signed_in(amara.user).get(TOY)
    page = words(response)
    assert "Who is in it Patients." in page
    assert "A hospital." in page
    assert "None was found." in page
    assert toy.files[0]["sha256"] in page
    assert "7 more rows are kept for hidden checks" in page
    assert "toy_hidden" not in page
    assert "/cohorts/spring/modules/4/lesson-1/" in [link["href"] for link in soup(response).select("dd a")]


def test_a_lesson_leads_to_the_data_it_reads(signed_in: Any, amara: Enrolment, toy: DataSet) -> None:
    browser = signed_in(amara.user)
    beside = soup(browser.get("/cohorts/spring/modules/4/lesson-1/")).select_one(".side a")
    assert beside["href"] == TOY
    assert "The toy data" not in words(browser.get("/cohorts/spring/modules/4/lesson-2/"))


def test_a_file_comes_as_a_download(signed_in: Any, amara: Enrolment, toy: DataSet) -> None:
    response = signed_in(amara.user).get(FILE)
    assert b"".join(response.streaming_content).startswith(b"patient,")
    assert response["Content-Disposition"] == 'attachment; filename="toy_visible.csv"'
    assert response["X-Content-Type-Options"] == "nosniff"


def test_hidden_files_are_not_there_for_anybody(signed_in: Any, amara: Enrolment, office: User, toy: DataSet) -> None:
    for person in (amara.user, office):
        assert signed_in(person).get(f"{TOY}files/toy_hidden.csv").status_code == 404


def test_files_wait_for_the_first_module_that_reads_them(signed_in: Any, amara: Enrolment, toy: DataSet) -> None:
    Cohort.objects.update(starts_on=factories.monday(2))
    browser = signed_in(amara.user)
    assert browser.get(FILE).status_code == 404
    assert "when the first module that uses them opens" in words(browser.get(TOY))


def test_another_cohort_has_its_own(signed_in: Any, amara: Enrolment, oscar: User, toy: DataSet) -> None:
    assert signed_in(oscar).get(TOY).status_code == 404
    assert signed_in(amara.user).get(f"{LIST}nothing/").status_code == 404


def test_restricted_data_are_refused_with_what_is_lacking_and_what_to_do(
    signed_in: Any, amara: Enrolment, secret: DataSet
) -> None:
    browser = signed_in(amara.user)
    response = browser.get(f"{LIST}secret/files/secret_visible.csv", follow=True)
    page = words(response)
    assert response.redirect_chain == [(f"{LIST}secret/", 302)]
    assert (
        "The data “The secret data” ask for “Data use agreement” (not given yet) and “Governance training” (not given "
        "yet). Give the evidence on the page of the data set."
    ) in page
    assert f"{LIST}secret/files/secret_visible.csv" not in response.content.decode()


def test_the_assignment_does_not_hand_restricted_data_out_either(
    signed_in: Any, amara: Enrolment, office: User, used: Assignment
) -> None:
    browser = signed_in(amara.user)
    path = f"/cohorts/spring/assignments/{used.slug}/data/secret_visible.csv"
    assert browser.get(path)["Location"] == f"{LIST}secret/"
    for requirement in (factories.AGREEMENT, factories.TRAINING):
        confirmed(amara.user, office, requirement)
    assert b"".join(browser.get(path).streaming_content).startswith(b"patient,")


def test_work_on_restricted_data_is_neither_run_nor_taken_without_evidence(
    amara: Enrolment, office: User, used: Assignment
) -> None:
    draft = save_draft(enrolment=amara, assignment=used, files=[factories.stored("a.ipynb", "{}")], by=amara.user)
    for refused in (lambda: check_draft(draft=draft, by=amara.user), lambda: may_submit(amara, used)):
        with pytest.raises(Refused, match="ask for “Data use agreement”"):
            refused()
    for requirement in (factories.AGREEMENT, factories.TRAINING):
        confirmed(amara.user, office, requirement)
    assert check_draft(draft=draft, by=amara.user).pk
    assert may_submit(amara, used)


def test_an_assignment_with_open_data_asks_for_nothing(amara: Enrolment, toy: DataSet, assignment: Assignment) -> None:
    assert lacking_for(amara.user, assignment) == ""


def test_evidence_is_given_on_the_page_and_waits(signed_in: Any, amara: Enrolment, secret: DataSet) -> None:
    browser = signed_in(amara.user)
    data = {"requirement": "training", "done_on": TODAY.isoformat(), "reference": "IG-2291"}
    page = words(browser.post(f"{LIST}secret/evidence/", data, follow=True))
    assert "Governance training not confirmed yet" in page
    given = Evidence.objects.get()
    assert (given.user, given.reference, given.expires_on) == (amara.user, "IG-2291", months_after(TODAY, 12))
    assert Entry.objects.filter(event=Event.EVIDENCE_GIVEN, by=amara.user).count() == 1
    assert browser.post(f"{LIST}secret/evidence/", data | {"requirement": "nothing"}).status_code == 404


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"reference": "Somebody else"}, "Sign with your name as it is in your profile: Amara Okafor."),
        ({"done_on": (TODAY + timedelta(1)).isoformat()}, "The day is in the future."),
        ({"done_on": "yesterday"}, "This is not a date. Write it as 2027-01-11."),
        ({"reference": ""}, "Write your name."),
        ({"requirement": "training", "reference": ""}, "Write the number of the certificate."),
        (
            {"requirement": "training", "done_on": (TODAY - timedelta(400)).isoformat()},
            "Do the training again, then come back.",
        ),
    ],
)
def test_evidence_that_is_none_is_refused_with_a_sentence(
    signed_in: Any, amara: Enrolment, secret: DataSet, data: dict[str, str], sentence: str
) -> None:
    given = {"requirement": "agreement", "done_on": TODAY.isoformat(), "reference": "amara okafor"} | data
    response = signed_in(amara.user).post(f"{LIST}secret/evidence/", given)
    assert response.status_code == 422
    assert sentence in words(response)
    assert not Evidence.objects.exists()


def test_the_office_confirms_and_the_student_is_told(
    signed_in: Any, amara: Enrolment, office: User, secret: DataSet
) -> None:
    given = give_evidence(requirement=factories.TRAINING, done_on=TODAY, reference="IG-1", by=amara.user)
    browser = signed_in(office)
    assert "Amara Okafor Governance training" in words(browser.get("/office/evidence/"))
    assert "1 evidence for data to confirm" in words(browser.get("/office/"))
    browser.post(f"/office/evidence/{given.pk}/", {"decision": "confirm"})
    given.refresh_from_db()
    assert (given.state, given.decided_by) == (Evidence.State.CONFIRMED, office)
    assert Entry.objects.filter(event=Event.EVIDENCE_CONFIRMED, by=office).count() == 1
    assert Notice.objects.filter(to=amara.user, subject="Governance training: confirmed").exists()


def test_evidence_is_refused_with_a_reason_and_can_be_given_again(
    signed_in: Any, amara: Enrolment, office: User, secret: DataSet
) -> None:
    given = give_evidence(requirement=factories.TRAINING, done_on=TODAY, reference="IG-1", by=amara.user)
    browser = signed_in(office)
    page = words(browser.post(f"/office/evidence/{given.pk}/", {"decision": "refuse"}, follow=True))
    assert "Say why. Whoever gave it reads the reason." in page
    browser.post(f"/office/evidence/{given.pk}/", {"decision": "refuse", "reason": "There is no such number."})
    page = words(signed_in(amara.user).get(f"{LIST}secret/"))
    assert "Governance training refused “There is no such number.”" in page
    again = give_evidence(requirement=factories.TRAINING, done_on=TODAY, reference="IG-2", by=amara.user)
    assert again.pk != given.pk


def test_nobody_confirms_their_own_evidence_or_twice(office: User, amara: Enrolment, signed_in: Any) -> None:
    own = give_evidence(requirement=factories.TRAINING, done_on=TODAY, reference="IG-1", by=office)
    with pytest.raises(Refused, match="your own"):
        decide_evidence(evidence=own, is_confirmed=True, reason="", by=office)
    assert signed_in(office).post(f"/office/evidence/{own.pk}/", {"decision": "confirm"}).status_code == 404
    done = confirmed(amara.user, office, factories.TRAINING)
    with pytest.raises(Refused, match="This is confirmed already"):
        decide_evidence(evidence=done, is_confirmed=False, reason="No.", by=office)


def test_a_leader_of_one_cohort_sees_only_its_students(signed_in: Any, amara: Enrolment, oscar: User) -> None:
    other = factories.cohort(amara.cohort.revision, slug="other")
    leader = factories.cohort_role(other, Role.MODULE_LEADER)
    given = give_evidence(requirement=factories.TRAINING, done_on=TODAY, reference="IG-1", by=amara.user)
    browser = signed_in(leader)
    assert "No evidence waits" in words(browser.get("/office/evidence/"))
    assert browser.post(f"/office/evidence/{given.pk}/", {"decision": "confirm"}).status_code == 404


def test_training_that_has_expired_must_be_done_again(amara: Enrolment, office: User, secret: DataSet) -> None:
    for requirement in (factories.AGREEMENT, factories.TRAINING):
        confirmed(amara.user, office, requirement)
    assert lacking(amara.user, secret) == ""
    Evidence.objects.filter(requirement="training").update(expires_on=TODAY)
    assert lacking(amara.user, secret) == ""
    Evidence.objects.filter(requirement="training").update(expires_on=TODAY - timedelta(1))
    assert "“Governance training” (expired on" in lacking(amara.user, secret)
    give_evidence(requirement=factories.TRAINING, done_on=TODAY, reference="IG-2", by=amara.user)
    assert "“Governance training” (not confirmed yet)" in lacking(amara.user, secret)


def test_one_piece_of_evidence_waits_at_a_time(amara: Enrolment) -> None:
    give_evidence(requirement=factories.TRAINING, done_on=TODAY, reference="IG-1", by=amara.user)
    with pytest.raises(Refused, match="waits to be confirmed already"):
        give_evidence(requirement=factories.TRAINING, done_on=TODAY, reference="IG-1", by=amara.user)


@pytest.mark.parametrize(
    ("day", "months", "after"),
    [("2026-01-31", 1, "2026-02-28"), ("2026-11-20", 12, "2027-11-20"), ("2028-02-29", 12, "2029-02-28")],
)
def test_months_after_a_day_end_with_the_month(day: str, months: int, after: str) -> None:
    assert months_after(type(TODAY).fromisoformat(day), months).isoformat() == after


def test_queries_do_not_grow(signed_in: Any, amara: Enrolment, office: User, spring: Cohort) -> None:
    student, staff = signed_in(amara.user), signed_in(office)
    counts = []
    for size in (1, 9):
        for number in range(DataSet.objects.count(), size):
            factories.data_set(spring.revision, f"set-{number}", requires=[factories.TRAINING])
            other = factories.enrolment(spring)
            give_evidence(requirement=factories.TRAINING, done_on=TODAY, reference="IG", by=other.user)
        counts.append(
            (queries_of(student, LIST), queries_of(student, f"{LIST}set-0/"), queries_of(staff, "/office/evidence/"))
        )
    assert counts[0] == counts[1]


def test_a_reason_with_a_null_is_kept_without_it(
    signed_in: Any, amara: Enrolment, office: User, secret: DataSet
) -> None:
    given = give_evidence(requirement=factories.TRAINING, done_on=TODAY, reference="77", by=amara.user)
    signed_in(office).post(f"/office/evidence/{given.pk}/", {"decision": "refuse", "reason": "Too\x00 old."})
    given.refresh_from_db()
    assert (given.state, given.reason) == ("refused", "Too old.")


def test_evidence_that_expired_while_it_waited_is_not_confirmed(
    amara: Enrolment, office: User, secret: DataSet
) -> None:
    given = give_evidence(requirement=factories.TRAINING, done_on=TODAY, reference="77", by=amara.user)
    Evidence.objects.update(expires_on=TODAY - timedelta(1))
    with pytest.raises(Refused, match="has passed"):
        decide_evidence(evidence=given, is_confirmed=True, reason="", by=office)


@pytest.mark.parametrize("signed", ["Zoë van Dam", "Zoe\u0308 van Dam", "zoë  VAN dam", "Zoë\u00a0van Dam"])
def test_a_name_is_signed_however_it_is_typed(signed: str, oscar: User) -> None:
    oscar.name = "Zoë  van Dam"
    assert give_evidence(requirement=factories.AGREEMENT, done_on=TODAY, reference=signed, by=oscar)
