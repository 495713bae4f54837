"""The checklist of a project: what is found in its files, what a marker says, and what the gate holds back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import factories
import pytest
from bs4 import BeautifulSoup
from django.db import DatabaseError, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from courses.models import Assignment, Enrolment
from courses.refusal import Refused
from grading import results
from grading.actions.marking import NotMarked, release, save_assessment
from grading.checking import documents
from grading.checklist import findings, items, lacking_files, unmet
from grading.feedback import marks_by_module
from grading.models import Mark, Run, Submission
from graduation.awards.actions import record_mark
from graduation.awards.records import record_of

HAZARDS = "hazard,control\n" + "Too low,Ask again\n" * 6
README = "# It\n\n## Intended use\n\nA doctor, after surgery, to decide with her.\n"
GOOD = {"README.md": README, "hazard_log.csv": HAZARDS, "results.json": '{"groups": {"women": 1}}'}
CHECKLIST = [
    {"id": "P01", "look": [{"file": "README.md", "headings": ["intended use"]}]},
    {"id": "P12", "look": [{"file": "results.json", "keys": ["groups"]}], "check": "adds", "is_hidden": True},
    {"id": "P14", "look": [{"file": "hazard_log.csv", "columns": ["hazard", "control"], "rows": 6}], "gate": True},
    {"id": "P20", "check": "says_hello", "gate": True},
    {"id": "P99"},
]


def listed(**changes: Any) -> list[dict[str, Any]]:
    usual = {"says": "It is shown", "evidence": "a file", "from": ["TRIPOD"], "gate": False, "check": "", "look": []}
    return [usual | {"is_hidden": False} | item | changes.get(item["id"], {}) for item in CHECKLIST]


@pytest.fixture
def project(assignment: Assignment) -> Assignment:
    """Of module 4, in which code counts 60 and the rubric 40 per cent."""
    Assignment.objects.filter(pk=assignment.pk).update(checklist=listed(), layout=["README.md", "tests/test_model.py"])
    assignment.refresh_from_db()
    return assignment


def hand_in(by: Enrolment, files: dict[str, str] | None = None, **failing: Any) -> Submission:
    """Work with these files whose run has ended; of the checks named, nothing was earned."""
    handed_in = [factories.stored(name, text) for name, text in (GOOD if files is None else files).items()]
    work = factories.submission(by, files=handed_in)
    run = factories.finished_run(work, "80.00")
    factories.rewrite(run.results.filter(name__in=failing), earned=0)
    factories.rewrite(Run.objects.filter(pk=run.pk), checklist=findings(work.assignment, work.files, run.results.all()))
    with transaction.atomic():
        results.settle_auto_mark(work)
    return work


def mark(work: Submission, by: User, level: int = 72, **said: tuple[int, str]) -> None:
    """Everything met, but for what is said of an item."""
    judged = {item["id"]: {"score": 2, "why": ""} for item in CHECKLIST} | {
        id: {"score": score, "why": why} for id, (score, why) in said.items()
    }
    criteria = {each["id"]: {"level": level, "feedback": "Clear."} for each in work.assignment.rubric}
    save_assessment(submission=work, judgements=criteria, comment="", by=by, checklist=judged)  # type: ignore[arg-type]


def found(work: Submission, **kwargs: Any) -> dict[str, Any]:
    return {item.id: item for item in items(work.runs.get().checklist, **kwargs)}


def words(response: Any) -> str:
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split())


# What is found


def test_each_item_is_looked_for_in_its_file(amara: Enrolment, project: Assignment) -> None:
    by_id = found(hand_in(amara))
    assert {id: item.found for id, item in by_id.items()} == {
        "P01": True,
        "P12": True,
        "P14": True,
        "P20": True,
        "P99": None,
    }
    assert by_id["P99"].in_words == "a marker judges it"


@pytest.mark.parametrize(
    ("name", "text", "item", "says"),
    [
        ("README.md", None, "P01", "README.md is not there."),
        ("README.md", "# It", "P01", "There is next to nothing in README.md."),
        ("README.md", "# It\n\nA text of some words.", "P01", "README.md has no heading on “intended use”."),
        (
            "README.md",
            "## Intended use\n<!-- Say who uses it, and when. -->\n## Run\n\nThree more words here.",
            "P01",
            "README.md has nothing below the heading on “intended use”.",
        ),
        ("README.md", "x " * 600_000, "P01", "README.md is larger than 1 MB, which is too much to look into."),
        ("results.json", "[" * 9000, "P12", "results.json has no JSON that can be read."),
        ("results.json", '{"groups": {}}', "P12", "results.json has nothing under groups."),
        ("hazard_log.csv", "hazard\nToo low\n", "P14", "hazard_log.csv has no column control."),
        ("hazard_log.csv", "hazard,control\nToo low,\n" * 3, "P14", "hazard_log.csv has 3 empty fields."),
        ("hazard_log.csv", "hazard,control\na,b\n", "P14", "hazard_log.csv has 1 of at least 6 rows."),
    ],
)
def test_what_is_lacking_is_said_with_its_place(
    name: str, text: str | None, item: str, says: str, amara: Enrolment, project: Assignment
) -> None:
    files = {key: value for key, value in GOOD.items() if key != name} | ({name: text} if text is not None else {})
    one = found(hand_in(amara, files))[item]
    assert one.found is False
    assert says in one.lacks


def test_a_file_as_it_was_in_the_starter_counts_for_nothing(amara: Enrolment, project: Assignment) -> None:
    stored = factories.stored("README.md", README)
    project.files.create(part="starter", **stored)
    assert found(hand_in(amara))["P01"].lacks == ("README.md is as it was in the starter: fill it in.",)


def test_a_check_that_is_not_passed_is_an_item_not_found(amara: Enrolment, project: Assignment) -> None:
    assert found(hand_in(amara, says_hello=True))["P20"].found is False


def test_what_a_hidden_check_found_is_not_told_before_the_release(amara: Enrolment, project: Assignment) -> None:
    work = hand_in(amara, adds=True)
    before, after = found(work, is_told=False)["P12"], found(work)["P12"]
    assert (before.found, before.in_words) == (None, "told after the release")
    assert (after.found, after.in_words) == (False, "not found")


def test_what_was_found_never_changes(amara: Enrolment, project: Assignment) -> None:
    run = hand_in(amara).runs.get()
    with pytest.raises(DatabaseError, match="immutable"), transaction.atomic():
        Run.objects.filter(pk=run.pk).update(checklist=[])


@given(st.text(st.sampled_from('#|-<!>`~\n ,"{}[]:019ab\r\x00'), max_size=200))
def test_any_text_is_looked_through_without_a_fault(text: str) -> None:
    for lacks in (
        documents.lacking_headings(text, ["a|b"], "table"),
        documents.lacking_words(text, ["a"]),
        documents.lacking_columns(text, ["a", "b"], 2),
        documents.lacking_keys(text, ["a/b"]),
    ):
        assert all(isinstance(lack, str) for lack in lacks)


# The layout


def test_what_the_repository_lacks_is_said_plainly(project: Assignment) -> None:
    assert lacking_files(project, ["README.md", "tests/test_model.py"]) == []
    assert lacking_files(project, ["readme.md", "test_model.py"]) == [
        "README.md is written readme.md: rename it.",
        "tests/test_model.py is at test_model.py: move it into tests/.",
    ]
    assert lacking_files(project, ["docs/README.md"]) == [
        "README.md is at docs/README.md: move it to the top level.",
        "tests/test_model.py is not there: begin with the one of the starter.",
    ]


def test_the_draft_says_what_is_missing_before_anything_is_run(
    signed_in: Any, amara: Enrolment, project: Assignment
) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    browser = signed_in(amara.user)
    file = SimpleUploadedFile("analysis.ipynb", factories.notebook("x = 1"))
    browser.post(reverse("draft", args=["spring", project.slug]), {"file": file})
    text = words(browser.get(reverse("assignment", args=["spring", project.slug])))
    assert "2 of the 2 files asked for are not in place" in text
    assert "The gate: 1 of 2 not met yet" in text
    assert "not known yet: P20 (not looked at yet)" in text
    assert "hazard_log.csv is not there." in text


# The gate


def of_module(enrolment: Enrolment, project: Assignment) -> Any:
    return marks_by_module(enrolment, [project.module])[0].whole


def released(work: Submission, by: User) -> None:
    assert release(cohort=work.enrolment.cohort, assignment=work.assignment, by=by)


def test_with_every_item_of_the_gate_the_mark_is_what_it_is(
    amara: Enrolment, project: Assignment, tutor: User, leader: User
) -> None:
    work = hand_in(amara)
    mark(work, tutor)
    released(work, leader)
    whole = of_module(amara, project)
    assert (whole.mark, whole.held_by) == (77, ())


@pytest.mark.parametrize("score", [0, 1])
def test_an_unmet_item_of_the_gate_holds_the_module_at_49(
    score: int, signed_in: Any, amara: Enrolment, project: Assignment, tutor: User, leader: User, office: User
) -> None:
    work = hand_in(amara)
    mark(work, tutor, P14=(score, "Controls are wishes."))
    assert "held by the gate" in words(signed_in(tutor).get(reverse("desk", args=[work.pk])))
    released(work, leader)
    whole = of_module(amara, project)
    assert (whole.mark, whole.held_by) == (49, ("P14",))
    record = next(each for each in record_of(amara).modules if each.rules.id == "M4")
    assert record.mark == whole
    assert record_of(amara).profile.marks["M4"] == 49
    sentence = "Held at 49: P14 of the gate is not met."
    for person, url in (
        (amara.user, reverse("work", args=[work.pk])),
        (amara.user, reverse("marks")),
        (office, reverse("record", args=[amara.pk])),
    ):
        assert sentence in words(signed_in(person).get(url))
    assert "not met of the gate: P14" in words(signed_in(amara.user).get(reverse("portfolio")))
    assert "Controls are wishes." in words(signed_in(amara.user).get(reverse("work", args=[work.pk])))


def test_a_gate_item_that_was_not_found_holds_until_a_marker_says_otherwise(
    amara: Enrolment, project: Assignment, tutor: User, leader: User
) -> None:
    work = hand_in(amara, says_hello=True)
    with pytest.raises(NotMarked, match=r"P20: it was not found\. Say in a few words why it is met"):
        mark(work, tutor)
    mark(work, tutor, P20=(0, ""))
    mark(work, tutor, P20=(2, "Run by hand with the versions of the lock."))
    released(work, leader)
    assert of_module(amara, project).mark == 77


def test_a_mark_below_the_pass_mark_is_not_moved_by_the_gate(
    amara: Enrolment, project: Assignment, tutor: User, leader: User
) -> None:
    work = hand_in(amara, {}, says_hello=True, adds=True)
    assert unmet(work.runs.get().checklist) == ("P14", "P20")
    mark(work, tutor, 20, **dict.fromkeys(("P01", "P12", "P14", "P20"), (0, "")))
    released(work, leader)
    whole = of_module(amara, project)
    assert (whole.mark, whole.component_fail) == (49, True)


def test_a_whole_mark_does_not_go_round_the_gate(
    amara: Enrolment, project: Assignment, tutor: User, leader: User, office: User
) -> None:
    work = hand_in(amara)
    mark(work, tutor, P14=(0, "None."))
    released(work, leader)
    with pytest.raises(Refused, match=r"P14 of the gate is not met in the work that is marked here"):
        record_mark(enrolment=amara, module_number=4, value=Decimal(60), reason="Board.", by=office)
    assert record_mark(enrolment=amara, module_number=4, value=Decimal(45), reason="Board.", by=office).value == 45


# The desk


def form_of(page: Any) -> dict[str, str]:
    form = BeautifulSoup(page.content, "html.parser").find(id="rubric")
    assert form is not None
    fields = {str(one["name"]): str(one.get("value", "")) for one in form.select("input[name^=item], input[name=seen]")}
    for select in form.find_all("select"):
        chosen = select.find("option", selected=True)
        fields[str(select["name"])] = str(chosen["value"]) if chosen else ""
    return fields


def test_the_desk_begins_with_what_was_found_and_keeps_what_is_said(
    signed_in: Any, amara: Enrolment, project: Assignment, tutor: User
) -> None:
    browser, work = signed_in(tutor), hand_in(amara, adds=True)
    desk = reverse("desk", args=[work.pk])
    fields = form_of(browser.get(desk))
    assert {fields[f"item-{id}"] for id in ("P01", "P14", "P20")} == {"2"}
    assert (fields["item-P12"], fields["item-P99"]) == ("0", "")
    rubric = {
        f"{each['id']}-{what}": value
        for each in project.rubric
        for what, value in (("level", "72"), ("feedback", "Clear."))
    }
    refused = browser.post(desk, fields | rubric)
    assert refused.status_code == 422
    assert "Checklist, P99 is open: choose missing, partial or met." in words(refused)
    refused = browser.post(desk, fields | rubric | {"item-P99": "2", "item-P14": "1"})
    assert "P14: it was found. Say in a few words why it is partial." in words(refused)
    assert not Mark.objects.filter(component="rubric").exists()
    browser.post(desk, fields | rubric | {"item-P99": "2", "item-P14": "1", "item-P14-why": "Wishes."})
    again = form_of(browser.get(desk))
    assert (again["item-P99"], again["item-P14"], again["item-P14-why"]) == ("2", "1", "Wishes.")


def test_an_assignment_without_a_checklist_shows_none(
    signed_in: Any, amara: Enrolment, assignment: Assignment, tutor: User, graded: Any
) -> None:
    assert "Checklist" not in words(signed_in(tutor).get(reverse("desk", args=[graded(amara).pk])))
