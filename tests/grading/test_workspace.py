"""Working in the browser: what is typed is kept, run, and never lost to another window."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import factories
import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as some

from accounts.models import User
from blobs import store
from courses.models import Assignment, AssignmentFile, Enrolment
from grading import cells, drafts, ledger, outputs, tasks
from grading.actions import work
from grading.differences import between_cells, lines_between
from grading.models import Draft, DraftVersion, Run, RunOutput
from grading.models.submission import digest_of

WORK = ("spring", "hospital-death")
JSON = {"Accept": "application/json"}
HTMX = {"HX-Request": "true"}
TEXT = some.text(some.characters(exclude_categories=["Cs"]), max_size=40)
HERE, THERE = uuid.UUID(int=1), uuid.UUID(int=2)


@pytest.fixture(autouse=True)
def _no_heartbeat(settings: Any) -> None:
    """Its thread has a connection of its own, which does not see what a test has not committed."""
    settings.RUN_LEASE_SECONDS = 600


@pytest.fixture
def browser(amara: Enrolment, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(amara.user)


def url(name: str, *more: Any) -> str:
    return reverse(name, args=[*WORK, *more])


def words(response: Any) -> str:
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split())


def typed(*sources: str, window: uuid.UUID = HERE, base: str = "", **more: Any) -> dict[str, Any]:
    """What a window sends: one code cell for each source."""
    heads = [f"code cell-{number}" for number in range(1, len(sources) + 1)]
    return {"cell": heads, "source": list(sources), "window": str(window), "base": base, **more}


def save(browser: Client, *sources: str, name: str = "workspace", **more: Any) -> Any:
    return browser.post(url(name), typed(*sources, **more), headers=JSON)


def kept(draft: Draft | DraftVersion) -> list[str]:
    content = store.read(draft.files[0]["sha256"])
    return [cell.source for cell in cells.cells_of("analysis.ipynb", content)]


# Typing


def test_the_workspace_begins_with_the_starter_and_keeps_nothing_before_somebody_types(browser: Client) -> None:
    page = BeautifulSoup(browser.get(url("workspace")).content, "html.parser")
    assert [area.get_text().strip() for area in page.select("form textarea")] == ["x = 1"]
    assert not Draft.objects.exists()


def test_what_is_typed_becomes_the_draft(browser: Client, amara: Enrolment) -> None:
    response = save(browser, "x = 2", "x")
    assert response.status_code == 200
    draft = Draft.objects.get(enrolment=amara)
    assert kept(draft) == ["x = 2", "x"]
    assert response.json()["digest"] == draft.digest == digest_of(draft.files)
    assert save(browser, "x = 3", base=draft.digest).status_code == 200
    assert kept(Draft.objects.get()) == ["x = 3"]


def test_without_a_script_the_form_does_the_same(browser: Client) -> None:
    response = browser.post(url("workspace"), typed("x = 2"))
    assert response.status_code == 302
    assert response["Location"] == url("workspace")
    assert kept(Draft.objects.get()) == ["x = 2"]


def test_lines_end_as_in_files(browser: Client) -> None:
    save(browser, "x = 1\r\ny = 2\rz = 3")
    assert kept(Draft.objects.get()) == ["x = 1\ny = 2\nz = 3"]


def test_ids_and_metadata_of_cells_stay_and_outputs_go() -> None:
    book = json.loads(factories.notebook("x", "y"))
    book["cells"][0]["metadata"] = {"tags": ["parameters"]}
    book["cells"][0]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "old"}]
    book["metadata"] = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    content = json.dumps(book).encode()
    moved = [cells.Cell("new", "markdown", "Text."), cells.Cell("cell-1", "code", "changed")]
    made = json.loads(cells.with_cells("a.ipynb", content, moved))
    assert [(cell["id"], cell["cell_type"]) for cell in made["cells"]] == [("new", "markdown"), ("cell-1", "code")]
    assert made["cells"][1]["metadata"] == {"tags": ["parameters"]}
    assert made["cells"][1]["outputs"] == []
    assert made["metadata"] == book["metadata"]


@given(some.lists(some.tuples(some.sampled_from(cells.KINDS), TEXT), min_size=1, max_size=8))
def test_every_list_of_cells_comes_back_as_it_went(given_cells: list[tuple[str, str]]) -> None:
    sent = [cells.Cell(f"c{n}", kind, text) for n, (kind, text) in enumerate(given_cells)]
    content = cells.with_cells("a.ipynb", drafts.EMPTY_NOTEBOOK, sent)
    assert cells.cells_of("a.ipynb", content) == sent


def test_old_notebooks_without_ids_get_the_same_ones_every_time() -> None:
    cell = {"cell_type": "code", "source": ["x"], "metadata": {}, "outputs": [], "execution_count": None}
    same = {"cell_type": "markdown", "source": "y", "metadata": {}, "id": "cell-1"}
    content = json.dumps({"cells": [cell, same], "metadata": {}, "nbformat": 4, "nbformat_minor": 2}).encode()
    ids = [each.id for each in cells.cells_of("a.ipynb", content)]
    assert ids == [each.id for each in cells.cells_of("a.ipynb", content)]
    assert len(set(ids)) == 2


def test_another_file_of_the_draft_is_changed_alone(browser: Client, amara: Enrolment, assignment: Assignment) -> None:
    files = [factories.stored("analysis.ipynb", factories.notebook("x")), factories.stored("tools.py", "a = 1\n")]
    work.save_draft(enrolment=amara, assignment=assignment, files=files, by=amara.user)
    assert "a = 1" in words(browser.get(url("workspace") + "?file=tools.py"))
    base = Draft.objects.get().digest
    sent = {"cell": "code script", "source": "a = 2\n", "window": str(HERE), "base": base, "file": "tools.py"}
    assert browser.post(url("workspace"), sent, headers=JSON).status_code == 200
    draft = Draft.objects.get()
    assert store.read(draft.files[1]["sha256"]) == b"a = 2\n"
    assert draft.files[0] == files[0]


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ({"cell": ["code a"], "source": []}, "not whole"),
        ({"cell": ["code a", "code a"], "source": ["", ""]}, "not whole"),
        ({"cell": ["code ../a"], "source": [""]}, "no proper name"),
        ({"cell": ["widget a"], "source": [""]}, "no proper name"),
        ({"cell": ["markdown a"], "source": ["Text."]}, "no code cell"),
        ({"cell": ["code a"], "source": ["x"], "window": "mine"}, "not whole"),
        ({"cell": ["code a"], "source": ["x"], "file": "other.py"}, "has no file"),
        ({"cell": ["code a"], "source": ["x" * 1_000_001]}, "1 MB"),
        ({"cell": [f"code c{n}" for n in range(301)], "source": [""] * 301}, "300 cells"),
    ],
)
def test_a_form_that_is_not_right_is_refused_and_keeps_nothing(sent: dict[str, Any], why: str, browser: Client) -> None:
    data = {"window": str(HERE), "base": ""} | sent
    response = browser.post(url("workspace"), data, headers=JSON)
    assert response.status_code == 422
    assert why in response.json()["refused"]
    page = browser.post(url("workspace"), data)
    assert page.status_code == 422
    assert why in words(page)
    assert not Draft.objects.exists()


def test_what_could_not_be_kept_is_shown_again(browser: Client, amara: Enrolment, due: Any) -> None:
    due(amara, days=-30)
    response = browser.post(url("workspace"), typed("my_work = 1"))
    assert response.status_code == 422
    assert "closed on" in words(response)
    assert "my_work = 1" in words(response)


def test_what_the_editor_cannot_open_is_said(browser: Client, amara: Enrolment, assignment: Assignment) -> None:
    book = factories.notebook(*["x"] * 301)
    files = [factories.stored("analysis.ipynb", book), factories.stored("plot.png", b"\x89PNG")]
    files.append(factories.stored("broken.py", b"\xff\xfe"))
    work.save_draft(enrolment=amara, assignment=assignment, files=files, by=amara.user)
    assert "301 cells" in words(browser.get(url("workspace")))
    assert "broken.py cannot be read" in words(browser.get(url("workspace") + "?file=broken.py"))
    assert "plot.png" not in words(browser.get(url("workspace")))


def test_before_the_assignment_opens_there_is_no_workspace(browser: Client, amara: Enrolment) -> None:
    amara.cohort.starts_on = timezone.localdate() + timedelta(days=10)
    amara.cohort.save()
    assert browser.get(url("workspace")).status_code == 404
    assert save(browser, "x").status_code == 422


# Two windows


def test_two_windows_never_overwrite_each_other(browser: Client) -> None:
    first = save(browser, "x = 'first'").json()["digest"]
    response = save(browser, "x = 'second'", window=THERE, base="")
    assert response.status_code == 409
    told = response.json()
    assert told["digest"] == first
    assert "x = 'first'" in told["conflict"].replace("&#x27;", "'")
    assert "x = 'second'" in told["conflict"].replace("&#x27;", "'")
    assert kept(Draft.objects.get()) == ["x = 'first'"]
    aside = DraftVersion.objects.get(way="aside")
    assert kept(aside) == ["x = 'second'"]


def test_without_a_script_the_second_window_sees_both(browser: Client) -> None:
    save(browser, "x = 1")
    response = browser.post(url("workspace"), typed("x = 2", window=THERE), follow=True)
    assert response.redirect_chain[-1][0] == url("draft_version", 2)
    assert "kept as version 2" in words(response)


def test_whoever_decides_for_their_own_text_goes_on_with_it(browser: Client) -> None:
    save(browser, "x = 1")
    digest = save(browser, "x = 2", window=THERE).json()["digest"]
    assert save(browser, "x = 2", window=THERE, base=digest).status_code == 200
    assert kept(Draft.objects.get()) == ["x = 2"]
    assert any(kept(version) == ["x = 1"] for version in DraftVersion.objects.all())


def test_a_window_whose_answer_got_lost_is_no_other_window(browser: Client) -> None:
    base = save(browser, "x = 1").json()["digest"]
    save(browser, "x = 2", base=base)
    assert save(browser, "x = 3", base=base).status_code == 200
    assert kept(Draft.objects.get()) == ["x = 3"]


def test_the_same_text_from_two_windows_is_no_conflict(browser: Client) -> None:
    save(browser, "x = 1")
    assert save(browser, "x = 1", window=THERE).status_code == 200


# Versions


def test_a_few_minutes_of_typing_are_one_version(browser: Client) -> None:
    base = ""
    for text in ("a", "ab", "abc"):
        base = save(browser, text, base=base).json()["digest"]
    assert [kept(version) for version in DraftVersion.objects.all()] == [["abc"]]
    DraftVersion.objects.update(begun_at=timezone.now() - drafts.ONE_VERSION - timedelta(seconds=1))
    save(browser, "abcd", base=base)
    assert [kept(version) for version in DraftVersion.objects.order_by("number")] == [["abc"], ["abcd"]]


def test_an_upload_and_going_back_are_versions_of_their_own(browser: Client, amara: Enrolment) -> None:
    save(browser, "typed")
    files = [factories.stored("analysis.ipynb", factories.notebook("uploaded"))]
    work.save_draft(enrolment=amara, assignment=Draft.objects.get().assignment, files=files, by=amara.user)
    page = words(browser.get(url("draft_versions")))
    assert "typed here" in page
    assert "uploaded" in page
    differing = words(browser.get(url("draft_version", 1)))
    assert "typed" in differing
    assert "uploaded" in differing
    assert browser.post(url("draft_version", 1)).status_code == 302
    assert kept(Draft.objects.get()) == ["typed"]
    assert [version.way for version in DraftVersion.objects.order_by("number")] == ["editor", "upload", "restored"]


def test_starting_again_takes_the_starter_and_loses_nothing(browser: Client) -> None:
    save(browser, "mine")
    browser.post(url("workspace_start"))
    assert kept(Draft.objects.get()) == ["x = 1"]
    assert {"".join(kept(version)) for version in DraftVersion.objects.all()} == {"mine", "x = 1"}


def test_versions_are_their_students_alone(browser: Client, bruno: Enrolment, signed_in: Any) -> None:
    save(browser, "mine")
    other = signed_in(bruno.user)
    assert other.get(url("draft_version", 1)).status_code == 404
    assert other.post(url("draft_version", 1)).status_code == 404
    assert other.get(url("draft_version_file", 1)).status_code == 404
    assert other.get(url("draft_file")).status_code == 404


def test_the_list_of_versions_takes_the_same_queries_however_long(
    browser: Client,
) -> None:
    save(browser, "x")
    draft = Draft.objects.get()
    with CaptureQueriesContext(connection) as few:
        browser.get(url("draft_versions"))
    for number in range(2, 30):
        draft.versions.create(number=number, way="editor", files=draft.files, digest=draft.digest)
    with CaptureQueriesContext(connection) as many:
        browser.get(url("draft_versions"))
    assert len(many) == len(few)


# Running


def run_now(browser: Client, *sources: str, until: str = "", **more: Any) -> Run:
    response = save(browser, *sources, name="workspace_run", until=until, **more)
    assert "ran" in response.json(), response.json()
    run = Run.objects.latest("queued_at")
    tasks.perform(claimed(run))
    run.refresh_from_db()
    return run


def claimed(run: Run) -> Run:
    found = ledger.claim(run.pk, worker="test")
    assert found is not None
    return found


@pytest.mark.sandbox
@pytest.mark.usefixtures("warm_sandbox")
def test_running_to_a_cell_runs_all_before_it_and_none_after(browser: Client) -> None:
    run = run_now(browser, "x = 40", "print(x + 2)", "1 / 0", until="cell-2")
    assert (run.state, run.verdict) == ("finished", "completed")
    fragment = browser.get(reverse("run_cells", args=[run.pk]), headers=HTMX)
    assert "42" in words(fragment)
    page = BeautifulSoup(browser.get(url("workspace")).content, "html.parser")
    assert "42" in page.select_one("#out-cell-2").get_text()
    assert "ZeroDivisionError" not in page.get_text()
    assert not RunOutput.objects.exists()


@pytest.mark.sandbox
@pytest.mark.usefixtures("warm_sandbox")
def test_an_error_stands_in_its_cell(browser: Client) -> None:
    run = run_now(browser, "x = 1", "x / 0")
    assert run.verdict == "crashed"
    page = BeautifulSoup(browser.get(url("workspace")).content, "html.parser")
    assert "ZeroDivisionError: division by zero" in page.select_one("#out-cell-2").get_text()


@pytest.mark.sandbox
@pytest.mark.usefixtures("warm_sandbox")
def test_outputs_that_came_before_an_edit_say_so(browser: Client) -> None:
    run_now(browser, "print('one')")
    save(browser, "print('two')", base=Draft.objects.get().digest)
    assert "ran before your last edit" in words(browser.get(url("workspace")))


@pytest.mark.sandbox
@pytest.mark.usefixtures("warm_sandbox")
def test_a_script_runs_in_the_editor_too(browser: Client, amara: Enrolment) -> None:
    module = amara.cohort.revision.modules.get(number=4)
    found = factories.script_assignment(module, factories.CHECKS.decode())
    here = reverse("workspace", args=["spring", found.slug])
    sent = {"cell": "code script", "source": "print('hello')", "window": str(HERE), "base": ""}
    assert browser.post(f"{here}run/", sent, headers=JSON).status_code == 200
    tasks.perform(claimed(Run.objects.get()))
    assert "hello" in words(browser.get(here))


def test_what_has_been_shown_so_far_is_shown_while_it_runs(browser: Client, amara: Enrolment) -> None:
    save(browser, "print('so far')", "2", name="workspace_run")
    run = claimed(Run.objects.get())
    shown = [{"output_type": "stream", "name": "stdout", "text": "so far"}]
    RunOutput.objects.create(run=run, cell=1, outputs=shown)
    first = browser.get(reverse("run_cells", args=[run.pk]), headers=HTMX)
    assert "so far" in words(first)
    seen = BeautifulSoup(first.content, "html.parser").select_one("#ran")["hx-get"].split("seen=")[1]
    assert browser.get(reverse("run_cells", args=[run.pk]) + f"?seen={seen}", headers=HTMX).status_code == 204


def test_one_run_at_a_time_and_so_many_in_an_hour(browser: Client, monkeypatch: Any) -> None:
    save(browser, "1", name="workspace_run")
    told = save(browser, "1", name="workspace_run").json()
    assert "has not ended yet" in told["not_run"]
    factories.rewrite(Run.objects.all(), state="cancelled", started_at=timezone.now(), finished_at=timezone.now())
    monkeypatch.setattr(work, "CELL_RUNS_PER_HOUR", 1)
    assert "times in an hour" in save(browser, "1", name="workspace_run").json()["not_run"]
    assert Run.objects.count() == 1


def test_a_cell_that_is_gone_cannot_be_run_to(browser: Client) -> None:
    assert "not in the draft any more" in save(browser, "1", name="workspace_run", until="gone").json()["not_run"]
    assert kept(Draft.objects.get()) == ["1"]


def test_a_run_in_the_editor_is_nobody_elses(browser: Client, bruno: Enrolment, tutor: User, signed_in: Any) -> None:
    save(browser, "1", name="workspace_run")
    address = reverse("run_cells", args=[Run.objects.get().pk])
    assert browser.get(address, headers=HTMX).status_code == 200
    for user in (bruno.user, tutor):
        assert signed_in(user).get(address, headers=HTMX).status_code == 404


def test_the_checks_answer_in_place(browser: Client) -> None:
    save(browser, "1")
    response = browser.post(url("check"), headers=HTMX)
    assert response.status_code == 200
    assert "The checks are running" in words(response)
    Draft.objects.all().delete()
    refused = browser.post(url("check"), headers=HTMX)
    assert refused.status_code == 422
    assert "no draft yet" in words(refused)


# What cells show


def shown(**output: Any) -> list[outputs.Part]:
    return outputs.parts_of([output])


def test_a_table_keeps_nothing_but_its_cells() -> None:
    cell = '<td style="x" colspan="2">7<script>alert(1)</script></td>'
    html = f'<style>p {{}}</style><table onclick="x()"><tr>{cell}</tr></table>'
    (part,) = shown(output_type="display_data", data={"text/html": html, "text/plain": "7"})
    assert part.kind == "table"
    assert part.text == '<table><tbody><tr><td colspan="2">7</td></tr></tbody></table>'


def test_other_html_is_shown_as_its_text() -> None:
    data = {"text/html": "<iframe src=x></iframe><b>bold</b>", "text/plain": "Model()"}
    assert shown(output_type="execute_result", data=data) == [outputs.Part("text", "Model()")]


@pytest.mark.parametrize("data", ["not base64!", "x" * 2_000_001, ["a", 1], None])
def test_a_picture_that_is_none_is_not_shown(data: Any) -> None:
    assert shown(output_type="display_data", data={"image/png": data, "text/plain": "Figure"})[0].kind == "text"


def test_colours_of_terminals_are_taken_out() -> None:
    (part,) = shown(output_type="error", ename="E", evalue="m", traceback=["\x1b[31mline\x1b[0m"])
    assert (part.text, part.more) == ("E: m", "line")


def test_a_flood_is_cut_in_its_middle() -> None:
    (part,) = shown(output_type="stream", name="stdout", text="a" * 150_000 + "end")
    assert len(part.text) < 101_000
    assert part.text.endswith("end")
    assert "characters are left out" in part.text


def test_what_is_kept_while_it_runs_has_an_end() -> None:
    picture = {"output_type": "display_data", "data": {"image/png": "A" * 100_000}}
    kept_now = outputs.shortened([picture] * 5)
    assert len(kept_now) == 3
    assert "shown when the run has ended" in kept_now[-1]["text"]


# Differences


@given(some.text(alphabet="ab\n", max_size=30), some.text(alphabet="ab\n", max_size=30))
def test_both_texts_can_be_read_from_their_difference(before: str, after: str) -> None:
    lines = lines_between(before, after)
    assert [line.text for line in lines if line.kind != "new"] == before.splitlines()
    assert [line.text for line in lines if line.kind != "gone"] == after.splitlines()


def test_cells_are_the_same_by_their_id_wherever_they_stand() -> None:
    before = [cells.Cell("a", "code", "1"), cells.Cell("b", "code", "2"), cells.Cell("c", "code", "3")]
    after = [cells.Cell("b", "code", "2"), cells.Cell("a", "code", "one"), cells.Cell("d", "code", "4")]
    found = [(each.place, each.sentence) for each in between_cells(before, after)]
    assert found == [("Cell 2", "changed"), ("Cell 3", "new"), ("Cell 3, before", "taken out")]


def test_an_assignment_without_a_starter_begins_with_an_empty_cell(assignment: Assignment) -> None:
    AssignmentFile.objects.filter(part="starter").delete()
    (file,) = drafts.starter(assignment)
    assert cells.cells_of(file["name"], store.read(file["sha256"])) == [cells.Cell("cell-1", "code", "")]
