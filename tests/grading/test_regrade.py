"""Judging an assignment again: nothing changes until it is applied, and then everything at once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from decimal import Decimal
from typing import Any

import factories
import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import Entry
from courses.models import Assignment, Cohort, Enrolment
from courses.refusal import Refused
from grading import ledger, results, tasks
from grading.actions import marking
from grading.actions.regrade import apply_regrade, ask_for_regrade, discard_regrade, repeat_failed
from grading.actions.work import attempts_used
from grading.feedback import attempts_of
from grading.models import CheckResult, Mark, Regrade, RegradeItem, Run, Submission
from grading.regrading import preview
from notices.models import Notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(spring: Cohort, assignment: Assignment, leader: User) -> Callable[..., Regrade]:
    def make(**fields: Any) -> Regrade:
        values = {"reason": "The second check was too strict.", "may_only_rise": False} | fields
        return ask_for_regrade(cohort=spring, assignment=assignment, by=leader, **values)

    return make


@pytest.fixture
def judge(gave: Any) -> Callable[..., None]:
    """judge(regrade, amara="90", ...): the new run of every submission of that student gives that much."""

    def end(regrade: Regrade, marks: dict[Enrolment, str], **outcome: Any) -> None:
        for item in regrade.items.select_related("submission"):
            run = ledger.claim(str(item.run_id), worker="test")
            assert run is not None
            assert results.keep(run, gave(marks[item.submission.enrolment], **outcome))

    return end


@pytest.fixture
def apply(leader: User) -> Callable[[Regrade], Any]:
    return lambda regrade: apply_regrade(regrade=regrade, seen=preview(regrade).seen, by=leader)


def auto(enrolment: Enrolment) -> Mark:
    return Mark.objects.current().get(enrolment=enrolment, component="auto")


def test_nothing_of_a_regrade_is_seen_or_counts_before_it_is_applied(
    amara: Enrolment, graded: Any, ask: Any, judge: Any, tutor: User
) -> None:
    submission = graded(amara, "70.00")
    regrade = ask()
    judge(regrade, {amara: "100"})
    assert auto(amara).value == 70
    assert submission.runs.count() == 1
    assert attempts_used(amara, submission.assignment) == 1
    new = regrade.items.get().run
    assert not Run.objects.visible_to(amara.user).filter(pk=new.pk).exists()
    assert not Run.objects.visible_to(tutor).filter(pk=new.pk).exists()
    assert not Notice.objects.exists()


def test_the_preview_says_who_moves_and_which_checks_and_boundaries(
    amara: Enrolment, bruno: Enrolment, graded: Any, judged: Any, ask: Any, judge: Any
) -> None:
    judged(graded(amara, "50.00"), 45)
    graded(bruno, "100.00")
    regrade = ask()
    judge(regrade, {amara: "75", bruno: "60"})
    found = preview(regrade)
    by_student = {row.enrolment: row for row in found.rows}
    assert (found.risen, found.fallen, found.same, found.kept, found.is_complete) == (1, 1, 0, 0, True)
    risen = by_student[amara]
    assert (risen.before, risen.value, risen.change) == (Decimal(50), Decimal(75), Decimal(25))
    # The factory's earlier run earned every point, the new one 45 of the 70 hidden ones.
    assert [str(change) for change in risen.checks] == ["adds: 70 → 45"]
    assert risen.crossed == ("module reaches 60 (48 → 63)",)
    assert by_student[bruno].value == 60


def test_applying_changes_all_marks_at_once_and_keeps_the_old_record(
    amara: Enrolment, bruno: Enrolment, graded: Any, ask: Any, judge: Any, apply: Any, leader: User
) -> None:
    submission = graded(amara, "50.00")
    graded(bruno, "100.00")
    old = auto(amara)
    regrade = ask()
    judge(regrade, {amara: "75", bruno: "100"})
    apply(regrade)
    new = auto(amara)
    assert (new.value, new.supersedes, new.release, new.created_by) == (Decimal(75), old, None, leader)
    assert new.reason == "Judged again: The second check was too strict."
    assert new.run == regrade.items.get(submission=submission).run
    assert auto(bruno).value == 100
    assert submission.runs.count() == 2
    assert Entry.objects.get(event="regrade_applied").details == {"risen": 1, "fallen": 0, "same": 1, "kept": 0}
    regrade.refresh_from_db()
    assert [row["after"] for row in regrade.outcome] == ["75.00", "100.00"]


def test_a_released_mark_is_replaced_and_told_in_one_notice_that_says_why(
    amara: Enrolment, released: Any, ask: Any, judge: Any, apply: Any
) -> None:
    released(amara, "50.00", 65)
    Notice.objects.all().delete()
    regrade = ask()
    judge(regrade, {amara: "75"})
    apply(regrade)
    mark = auto(amara)
    assert mark.value == 75
    assert mark.release is not None
    notice = Notice.objects.get(to=amara.user)
    assert notice.subject == "Your code mark for “Death in hospital after a heart attack” has changed: 50 → 75"
    assert "Why: The second check was too strict." in notice.text
    assert "adds: 70 → 45" in notice.text


def test_before_the_release_a_student_is_told_of_visible_checks_only(
    amara: Enrolment, graded: Any, ask: Any, judge: Any, apply: Any
) -> None:
    graded(amara, "100.00")
    regrade = ask()
    judge(regrade, {amara: "20"})
    apply(regrade)
    notice = Notice.objects.get(to=amara.user)
    assert notice.subject == "Your work for “Death in hospital after a heart attack” was judged again"
    assert "says_hello: 30 → 20" in notice.text
    assert "adds" not in notice.text
    assert "20.00" not in notice.text


def test_a_student_whose_hidden_checks_changed_hears_nothing_before_the_release(
    amara: Enrolment, graded: Any, ask: Any, judge: Any, apply: Any
) -> None:
    graded(amara, "100.00")
    regrade = ask()
    judge(regrade, {amara: "60"})
    apply(regrade)
    assert not Notice.objects.exists()


def test_marks_that_may_only_rise_do_not_fall(
    amara: Enrolment, bruno: Enrolment, graded: Any, ask: Any, judge: Any, apply: Any
) -> None:
    work = graded(amara, "80.00")
    graded(bruno, "50.00")
    regrade = ask(may_only_rise=True)
    judge(regrade, {amara: "60", bruno: "90"})
    rows = {row.enrolment: row for row in preview(regrade).rows}
    assert rows[amara].kept == "It would fall to 60, and marks may only rise."
    apply(regrade)
    assert auto(amara).value == 80
    assert work.runs.count() == 1
    assert auto(bruno).value == 90


@pytest.mark.parametrize("origin", ["board", "moderated", "agreed"])
def test_a_mark_that_a_person_gave_is_not_touched(
    origin: str, amara: Enrolment, graded: Any, ask: Any, judge: Any, apply: Any
) -> None:
    work = graded(amara, "40.00")
    factories.mark(amara, 4, "auto", "55", origin=origin, submission=work, supersedes=auto(amara))
    regrade = ask()
    judge(regrade, {amara: "90"})
    assert preview(regrade).kept == 1
    apply(regrade)
    assert auto(amara).value == 55


def test_what_the_board_has_confirmed_is_not_touched(
    amara: Enrolment, graded: Any, ask: Any, judge: Any, apply: Any
) -> None:
    graded(amara, "40.00")
    regrade = ask()
    judge(regrade, {amara: "90"})
    Enrolment.objects.filter(pk=amara.pk).update(state=Enrolment.State.COMPLETED)
    assert [row.kept for row in preview(regrade).rows] == ["The board has confirmed the marks."]
    apply(regrade)
    assert auto(amara).value == 40


def test_the_best_of_the_new_runs_counts_and_the_late_rule_stays(
    amara: Enrolment, graded: Any, ask: Any, judge: Any, apply: Any, gave: Any
) -> None:
    late = graded(amara, "90.00", arrived_at=timezone.now(), due_at=timezone.now() - timedelta(hours=30))
    early = graded(amara, "75.00")
    assert auto(amara).submission == late
    regrade = ask()
    judge(regrade, {amara: "80"})
    apply(regrade)
    assert (auto(amara).submission, auto(amara).value) == (early, Decimal(80))


def test_after_the_release_the_attempt_that_was_marked_goes_on_counting(
    amara: Enrolment, released: Any, graded: Any, ask: Any, gave: Any, apply: Any
) -> None:
    graded(amara, "40.00")
    marked = released(amara, "60.00")
    regrade = ask()
    for item in regrade.items.all():
        run = ledger.claim(str(item.run_id), worker="test")
        assert run and results.keep(run, gave("70" if item.submission == marked else "95"))
    apply(regrade)
    assert (auto(amara).submission, auto(amara).value) == (marked, Decimal(70))


def test_a_preview_that_is_out_of_date_is_not_applied(
    amara: Enrolment, graded: Any, judged: Any, ask: Any, judge: Any, leader: User, assignment: Assignment
) -> None:
    judged(graded(amara, "50.00"))
    regrade = ask()
    judge(regrade, {amara: "75"})
    seen = preview(regrade).seen
    marking.release(cohort=amara.cohort, assignment=assignment, by=leader)
    with pytest.raises(Refused, match="changed since you looked"):
        apply_regrade(regrade=regrade, seen=seen, by=leader)
    assert auto(amara).value == 50


def test_work_that_came_in_later_keeps_its_mark(
    amara: Enrolment, graded: Any, ask: Any, judge: Any, apply: Any
) -> None:
    graded(amara, "50.00")
    regrade = ask()
    later = graded(amara, "95.00")
    judge(regrade, {amara: "75"})
    assert [row.kept for row in preview(regrade).rows] == ["A later attempt counts, judged after the regrade began."]
    apply(regrade)
    assert (auto(amara).submission, auto(amara).value) == (later, Decimal(95))


def test_a_regrade_that_runs_or_met_our_fault_cannot_be_applied(
    amara: Enrolment, graded: Any, ask: Any, apply: Any, leader: User, judge: Any
) -> None:
    graded(amara, "50.00")
    regrade = ask()
    with pytest.raises(Refused, match="not ended yet"):
        apply(regrade)
    factories.rewrite(Run.objects.filter(kind="regrade"), state="failed", finished_at=timezone.now())
    with pytest.raises(Refused, match="our fault"):
        apply(regrade)
    assert repeat_failed(regrade=regrade, by=leader) == 1
    judge(regrade, {amara: "75"})
    apply(regrade)
    assert auto(amara).value == 75


def test_a_discarded_regrade_leaves_everything_and_stops_its_runs(
    amara: Enrolment, graded: Any, ask: Any, apply: Any, leader: User
) -> None:
    graded(amara, "50.00")
    regrade = ask()
    discard_regrade(regrade=regrade, by=leader)
    assert auto(amara).value == 50
    assert list(Run.objects.filter(kind="regrade").values_list("state", flat=True)) == ["cancelled"]
    with pytest.raises(Refused, match="discarded already"):
        apply(regrade)


def test_a_second_regrade_waits_for_the_first(amara: Enrolment, graded: Any, ask: Any) -> None:
    graded(amara, "50.00")
    ask()
    with pytest.raises(Refused, match="open already"):
        ask()


def test_without_any_judged_work_there_is_nothing_to_judge_again(amara: Enrolment, ask: Any) -> None:
    factories.submission(amara)
    with pytest.raises(Refused, match="Nothing has been judged"):
        ask()


def test_students_go_first_and_only_a_few_runs_of_a_regrade_are_out(
    spring: Cohort, amara: Enrolment, graded: Any, ask: Any, settings: Any
) -> None:
    for _ in range(5):
        graded(factories.enrolment(spring), "50.00")
    regrade = ask()
    waiting = factories.queued_run(factories.submission(amara))
    first = ledger.claim_next(worker="test")
    assert first is not None and first.pk == waiting.pk
    taken = [ledger.claim_next(worker="test") for _ in range(settings.REGRADE_RUNS_AT_ONCE + 1)]
    assert taken.pop() is None, "enough are running; others may hand in"
    assert {run.pk for run in taken if run} < {item.run_id for item in regrade.items.all()}
    later = factories.queued_run(factories.submission(amara))
    found = ledger.claim_next(worker="test")
    assert found is not None and found.pk == later.pk


def test_two_regrades_take_turns(spring: Cohort, graded: Any, ask: Any, settings: Any) -> None:
    settings.REGRADE_RUNS_AT_ONCE = 9
    for _ in range(3):
        graded(factories.enrolment(spring), "50.00")
    ask()
    Regrade.objects.update(state=Regrade.State.DISCARDED, ended_at=timezone.now(), ended_by=F("asked_by"))
    ask()
    taken = [ledger.claim_next(worker="test") for _ in range(4)]
    of = [RegradeItem.objects.get(run=run).regrade_id for run in taken]
    assert len(set(of[:2])) == len(set(of[2:])) == 2


def test_a_regrade_of_500_is_complete_and_exact_though_workers_die_in_the_middle(
    spring: Cohort, assignment: Assignment, ask: Any, gave: Any, apply: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker is the real one but for the sandbox; every fifth run loses its worker once."""
    students = [factories.enrolment(spring) for _ in range(250)]
    for student in students:
        for _ in range(2):
            work = factories.submission(student)
            factories.finished_run(work, "100.00")
        results.settle_auto_mark(work)
    regrade = ask()
    assert regrade.items.count() == 500
    expected = {str(item.run_id): str(n % 100) for n, item in enumerate(regrade.items.order_by("pk"))}
    died: set[str] = set()

    class Killed(BaseException):
        pass

    def execute(assignment: Assignment, files: Any, *, run_id: str, **_: Any) -> Any:
        if int(expected[run_id]) % 5 == 0 and run_id not in died:
            died.add(run_id)
            raise Killed
        return gave(expected[run_id])

    claim = ledger.claim_next

    def claim_and_note(*, worker: str) -> Run | None:
        run = claim(worker=worker)
        monkeypatch.setattr("grading.execution.execute", lambda *a, **k: execute(*a, run_id=str(run and run.pk), **k))
        return run

    monkeypatch.setattr(ledger, "claim_next", claim_and_note)
    monkeypatch.setattr(ledger, "heartbeat", nullcontext)
    while preview_waits(regrade):
        try:
            tasks.grade("a hint")
            tasks.grade("a hint")  # delivered twice
        except Killed:
            Run.objects.filter(state="running").update(lease_until=timezone.now() - timedelta(seconds=1))
            assert ledger.sweep()["abandoned"] == 1
    found = preview(regrade)
    assert len(died) == 100
    assert (found.total, found.waiting, found.failed, len(found.rows)) == (500, 0, 0, 250)
    by_submission = {item.submission_id: item for item in regrade.items.all()}
    for row in found.rows:
        of_student = [expected[str(by_submission[work.pk].run_id)] for work in row.enrolment.submissions.all()]
        assert row.value == max(map(Decimal, of_student))
    apply(regrade)
    values = Mark.objects.current().filter(component="auto").values_list("enrolment", "value")
    assert dict(values) == {row.enrolment.pk: row.value for row in found.rows}


def preview_waits(regrade: Regrade) -> bool:
    return Run.objects.filter(regrade_item__regrade=regrade).exclude(state="finished").exists()


# Pages


def address(regrade: Regrade, what: str = "regrade") -> str:
    return reverse(what, args=[regrade.pk])


@pytest.fixture
def browser(signed_in: Any, leader: User) -> Client:
    client: Client = signed_in(leader)
    return client


def test_the_leader_asks_looks_and_applies(
    amara: Enrolment, bruno: Enrolment, graded: Any, judge: Any, browser: Client, assignment: Assignment
) -> None:
    graded(amara, "50.00")
    graded(bruno, "80.00")
    form = reverse("regrades", args=["spring", "hospital-death"])
    assert "Marks may only rise" in browser.get(form).content.decode()
    asked = browser.post(form, {"assignment": assignment.pk, "reason": "A check was wrong."})
    regrade = Regrade.objects.get()
    assert asked["Location"] == address(regrade)
    running = BeautifulSoup(browser.get(address(regrade)).content, "html.parser")
    assert running.h1 and running.h1.text == "0 of 2 are judged again"
    assert running.find(id="apply") is None
    judge(regrade, {amara: "75", bruno: "70"})
    page = BeautifulSoup(browser.get(address(regrade), headers={"hx-request": "true"}).content, "html.parser")
    assert page.h1 and page.h1.text == "1 would rise, 1 would fall"
    seen = page.find("input", {"name": "seen"})["value"]  # type: ignore[index]
    browser.post(address(regrade, "regrade_apply"), {"seen": seen})
    after = browser.get(address(regrade)).content.decode()
    assert "The regrade is applied" in after
    assert "75.00" in after
    assert auto(amara).value == 75


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"reason": "  "}, "Say what changed and why"),
        ({"reason": "x" * 401}, "at most 400"),
        ({"assignment": "0", "reason": "x"}, "no such assignment"),
        ({"reason": "x"}, "Nothing has been judged"),
    ],
)
def test_a_form_that_cannot_be_used_says_why(
    given: dict[str, str], said: str, spring: Cohort, browser: Client, assignment: Assignment
) -> None:
    form = {"assignment": assignment.pk} | given
    response = browser.post(reverse("regrades", args=["spring", "hospital-death"]), form)
    assert response.status_code == 422
    assert said in response.content.decode()
    assert not Regrade.objects.exists()


def test_an_old_page_applies_nothing(amara: Enrolment, graded: Any, ask: Any, judge: Any, browser: Client) -> None:
    graded(amara, "50.00")
    regrade = ask()
    judge(regrade, {amara: "75"})
    page = browser.post(address(regrade, "regrade_apply"), {"seen": "old"}, follow=True)
    assert "changed since you looked" in page.content.decode()
    assert auto(amara).value == 50


def test_the_preview_takes_the_same_number_of_queries_for_few_and_many(
    spring: Cohort, graded: Any, ask: Any, gave: Any, browser: Client, leader: User
) -> None:
    def queries(students: int) -> int:
        for _ in range(students):
            graded(factories.enrolment(spring), "50.00")
        regrade = ask()
        for item in regrade.items.all():
            run = ledger.claim(str(item.run_id), worker="test")
            assert run and results.keep(run, gave("75"))
        with CaptureQueriesContext(
            connection,
        ) as few:
            assert browser.get(address(regrade)).status_code == 200
        discard_regrade(regrade=regrade, by=leader)
        return len(few)

    browser.get("/")
    assert queries(3) == queries(20)


def test_work_of_a_run_that_failed_by_our_fault_gets_its_mark(
    amara: Enrolment, ask: Any, judge: Any, apply: Any
) -> None:
    work: Submission = factories.submission(amara)
    factories.queued_run(work, state="failed", finished_at=timezone.now(), verdict="platform_fault")
    regrade = ask()
    judge(regrade, {amara: "75"})
    apply(regrade)
    assert auto(amara).value == 75
    assert attempts_used(amara, work.assignment) == 0, "the student was told so"


def test_a_check_whose_feedback_is_never_given_is_not_named_in_a_notice(
    amara: Enrolment, released: Any, ask: Any, judge: Any, apply: Any
) -> None:
    released(amara, "50.00", 65)
    Notice.objects.all().delete()
    regrade = ask()
    judge(regrade, {amara: "75"})
    factories.rewrite(CheckResult.objects.filter(name="adds"), feedback="never")
    apply(regrade)
    notice = Notice.objects.get(to=amara.user)
    assert "has changed: 50 → 75" in notice.subject
    assert "adds" not in notice.text


def test_an_attempt_that_our_fault_made_free_stays_free_once_it_is_judged_again(
    amara: Enrolment, graded: Any, ask: Any, judge: Any, apply: Any
) -> None:
    work = factories.submission(amara)
    factories.queued_run(work, state="failed", verdict="platform_fault", finished_at=timezone.now())
    graded(amara, "50.00")
    assert attempts_used(amara, work.assignment) == 1
    regrade = ask()
    judge(regrade, {amara: "75"})
    apply(regrade)
    assert auto(amara).value == 75
    assert attempts_used(amara, work.assignment) == 1
    assert [each.is_free for each in attempts_of(amara, work.assignment)] == [False, True]
