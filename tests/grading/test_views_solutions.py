"""The authors' page: what it says before, while and after workers try an assignment's own solutions."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import factories
import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pages import queries_of, words

from accounts.models import User
from blobs import store
from config import hints
from courses.models import Assignment, Cohort, Solution
from grading import execution
from grading.authoring import trying
from grading.models import SolutionRun
from grading.tasks import try_solution
from sandbox import SandboxUnavailable

pytestmark = pytest.mark.django_db


@pytest.fixture
def solutions(assignment: Assignment) -> list[Solution]:
    """A reference, and a wrong solution that only the hidden check catches."""
    wrong = "def hello():\n    return 'hello'\n\ndef add(a, b):\n    return 0"
    made = []
    for kind, name, cells, caught_by in (
        ("reference", "analysis.ipynb", factories.GOOD, []),
        ("wrong", "nothing.ipynb", (wrong,), ["adds"]),
    ):
        content = factories.notebook(*cells)
        files = [{"name": "analysis.ipynb", "sha256": store.put(content), "size": len(content)}]
        about: dict[str, Any] = {"caught_by": caught_by, "why": "It adds nothing." if caught_by else ""}
        made.append(Solution.objects.create(assignment=assignment, kind=kind, name=name, files=files, **about))
    return made


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids that workers were told."""
    told: list[str] = []
    monkeypatch.setattr(hints, "send", lambda task, run_id: told.append(run_id) or True)
    return told


def address(spring: Cohort) -> str:
    return reverse("solutions", args=[spring.slug, "hospital-death"])


def page(client: Client, spring: Cohort) -> str:
    return words(client.get(address(spring)))


@pytest.mark.sandbox
@pytest.mark.usefixtures("warm_sandbox", "solutions")
def test_a_button_has_everything_tried_by_workers_and_the_page_keeps_the_result(
    spring: Cohort,
    leader: User,
    signed_in: Any,
    sent: list[str],
    django_capture_on_commit_callbacks: Any,
) -> None:
    client = signed_in(leader)
    assert "The solutions have not been tried yet" in page(client, spring)

    with django_capture_on_commit_callbacks(execute=True):
        client.post(address(spring))
    assert len(sent) == 2
    assert "2 solutions still to be tried" in page(client, spring)
    for run_id in [*sent, sent[0]]:  # a message may come twice
        try_solution(run_id)

    said = page(client, spring)
    assert "The checks do what their author wants" in said
    assert "adds 0 of 70" in said
    assert "add(2, 3) was not right." in said
    assert SolutionRun.objects.filter(complaint="").count() == 2
    reference = SolutionRun.objects.get(solution__kind="reference")
    assert reference.auto_mark == 100
    assert {check["name"] for check in reference.checks} == {"says_hello", "adds"}


def finished(solution: Solution, by: User, **fields: Any) -> SolutionRun:
    values: dict[str, Any] = {"state": "finished", "finished_at": timezone.now(), "verdict": "completed"}
    return SolutionRun.objects.create(solution=solution, asked_by=by, **(values | fields))


def test_what_is_not_as_expected_is_told(
    spring: Cohort, leader: User, signed_in: Any, solutions: list[Solution]
) -> None:
    finished(solutions[0], leader)
    finished(solutions[1], leader, complaint="Full points on adds, which should catch it.")

    said = page(signed_in(leader), spring)

    assert "0 of 1 wrong solutions are caught" in said
    assert "Full points on adds, which should catch it." in said


def test_only_the_newest_result_counts(spring: Cohort, leader: User, signed_in: Any, solutions: list[Solution]) -> None:
    for solution in solutions:
        finished(solution, leader, complaint="Old.", queued_at=timezone.now() - timedelta(days=1))
        finished(solution, leader)

    assert "The checks do what their author wants" in page(signed_in(leader), spring)


def test_htmx_gets_the_fragment_which_asks_again_until_all_is_done(
    spring: Cohort, leader: User, signed_in: Any, solutions: list[Solution]
) -> None:
    client = signed_in(leader)
    SolutionRun.objects.create(solution=solutions[0], asked_by=leader)

    waiting = client.get(address(spring), headers={"HX-Request": "true"}).content.decode()
    SolutionRun.objects.update(state="finished")
    over = client.get(address(spring), headers={"HX-Request": "true"}).content.decode()

    assert "<html" not in waiting
    assert "every 2s" in waiting
    assert "every 2s" not in over


@pytest.mark.usefixtures("solutions")
def test_asking_twice_queues_once(assignment: Assignment, leader: User) -> None:
    assert len(trying.try_solutions(assignment=assignment, by=leader)) == 2
    assert trying.try_solutions(assignment=assignment, by=leader) == []


def test_a_solution_is_tried_once_at_a_time(leader: User, solutions: list[Solution]) -> None:
    SolutionRun.objects.create(solution=solutions[0], asked_by=leader)

    with pytest.raises(IntegrityError), transaction.atomic():
        SolutionRun.objects.create(solution=solutions[0], asked_by=leader)


def test_without_a_sandbox_it_waits(leader: User, solutions: list[Solution], monkeypatch: pytest.MonkeyPatch) -> None:
    run = SolutionRun.objects.create(solution=solutions[0], asked_by=leader)

    def unavailable(*_: Any, **__: Any) -> None:
        raise SandboxUnavailable("bubblewrap is not installed")

    monkeypatch.setattr(execution, "execute", unavailable)
    try_solution(str(run.pk))

    run.refresh_from_db()
    assert (run.state, run.lease) == ("queued", None)


def test_a_platform_fault_is_a_result_for_the_author(
    leader: User, solutions: list[Solution], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = SolutionRun.objects.create(solution=solutions[0], asked_by=leader)

    def broken(*_: Any, **__: Any) -> None:
        raise execution.PlatformFault("The check adds broke: KeyError")

    monkeypatch.setattr(execution, "execute", broken)
    try_solution(str(run.pk))

    run.refresh_from_db()
    assert (run.state, run.verdict) == ("finished", "platform_fault")
    assert run.complaint == "Platform fault: The check adds broke: KeyError"


def test_the_sweeper_takes_up_what_a_dead_worker_left(leader: User, solutions: list[Solution], sent: list[str]) -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    run = SolutionRun.objects.create(
        solution=solutions[0], asked_by=leader, state="running", lease=uuid.uuid4(), lease_until=long_ago
    )

    assert trying.sweep() == 1

    run.refresh_from_db()
    assert run.state == "queued"
    assert sent == [str(run.pk)]


def test_the_page_costs_the_same_however_many_solutions_there_are(
    spring: Cohort, assignment: Assignment, leader: User, signed_in: Any, solutions: list[Solution]
) -> None:
    client = signed_in(leader)
    client.get(address(spring))
    counts = []
    result = {"name": "adds", "points": 70, "earned": 0, "seconds": 1, "message": ""}
    for number in (1, 5):
        for each in range(number):
            solution = Solution.objects.create(assignment=assignment, kind="wrong", name=f"{number}-{each}", files=[])
            finished(solution, leader, checks=[result])
        counts.append(queries_of(client, address(spring)))
    assert counts[0] == counts[1]


def test_staff_who_may_try_find_the_way_there(spring: Cohort, leader: User, tutor: User, signed_in: Any) -> None:
    assignment = reverse("assignment", args=[spring.slug, "hospital-death"])

    assert address(spring) in signed_in(leader).get(assignment).content.decode()
    assert address(spring) not in signed_in(tutor).get(assignment).content.decode()
