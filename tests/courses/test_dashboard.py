"""The first page: what is next, and when; and what the rooms above add to it."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import factories
import pytest
from django.utils import timezone
from pages import queries_of, soup, words

from accounts.models import User
from accounts.roles import Role
from courses import actions, dashboard, dates
from courses.dashboard import Panel, ShownMark, Waiting, Work
from courses.models import Assignment, Cohort, Enrolment, Lesson, Module


@pytest.fixture(autouse=True)
def sources() -> Iterator[None]:
    """Only what a test registers; put back afterwards."""
    registers = (dashboard._work, dashboard._marks, dashboard._waiting, dashboard._panels)
    before = [list(each) for each in registers]
    for each in registers:
        each.clear()
    yield
    for each, found in zip(registers, before, strict=True):
        each[:] = found


@pytest.fixture
def amara(amara: Enrolment) -> Enrolment:
    """In a cohort from 11 January 2027: module 4 opens on 5 April and is due on 27 May, module 5 opens on 31 May."""
    amara.cohort.starts_on = date(2027, 1, 11)
    amara.cohort.save()
    return amara


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """today(2027, 5, 20) makes it noon of that day."""

    def make_it(year: int, month: int, day: int, hour: int = 12) -> None:
        now = datetime(year, month, day, hour, tzinfo=UTC)
        monkeypatch.setattr(timezone, "now", lambda: now)

    make_it(2027, 5, 20)
    return make_it


def read_all(by: Enrolment) -> None:
    for lesson in Lesson.objects.filter(module__revision=by.cohort.revision).select_related("module"):
        actions.finish_lesson(lesson=lesson, by=by)


def heading(response: Any) -> str:
    return " ".join(soup(response).h1.get_text().split())


def test_reading_comes_first_while_there_is_time(signed_in: Any, amara: Enrolment, today: Any) -> None:
    response = signed_in(amara.user).get("/")
    assert heading(response) == "Next: read “Lesson 1”"
    assert "0 of 2 read, 24 minutes left" in words(response)
    assert "Thursday 20 May 2027, week 19 of 52" in words(response)
    assert soup(response).select_one(".btn.go")["href"] == "/cohorts/spring/modules/4/lesson-1/"


def test_when_all_is_read_the_assignment_is_next_with_its_due_time(
    signed_in: Any, amara: Enrolment, today: Any
) -> None:
    read_all(amara)
    response = signed_in(amara.user).get("/")
    assert heading(response) == "Next: hand in “Death in hospital after a heart attack”"
    assert "Due Thu 27 May 2027, 23:59 BST in 7 days" in words(response)
    assert "Thu 27 May Module 4 due, 23:59 Mon 31 May Module 5 opens" in words(response)
    assert soup(response).select_one(".btn.go")["href"] == "/cohorts/spring/assignments/hospital-death/"


@pytest.mark.parametrize(("hour", "act"), [(22, "Next: read"), (23, "Next: hand in")])
def test_from_three_days_before_the_due_time_handing_in_comes_before_reading(
    signed_in: Any, amara: Enrolment, today: Any, hour: int, act: str
) -> None:
    today(2027, 5, 24, hour)
    assert heading(signed_in(amara.user).get("/")).startswith(act)


def test_overdue_work_says_until_when_it_is_taken_and_what_it_costs(
    signed_in: Any, amara: Enrolment, today: Any
) -> None:
    today(2027, 5, 29)
    response = signed_in(amara.user).get("/")
    assert heading(response) == "Overdue: “Death in hospital after a heart attack”"
    assert "It was due 2 days ago and is still taken until Thu 3 Jun 2027, 23:59 BST." in words(response)
    assert "5 marks are taken for each started day" in words(response)
    assert "1 overdue." in words(response)
    assert "Thu 3 Jun Module 4 closes, 23:59" in words(response)


def test_between_modules_the_next_opening_is_next(signed_in: Any, amara: Enrolment, today: Any) -> None:
    dashboard.register(work=lambda enrolment: {work.pk: Work(handed_in=True) for work in Assignment.objects.all()})
    read_all(amara)
    response = signed_in(amara.user).get("/")
    assert heading(response) == "Next: module 5 opens in 11 days"
    assert "Mon 31 May 2027, 00:00 BST" in words(response)
    assert "handed in" in words(response)


def test_before_the_first_week_the_start_is_next(signed_in: Any, amara: Enrolment, today: Any) -> None:
    today(2027, 1, 10)
    response = signed_in(amara.user).get("/")
    assert heading(response) == "Spring, part-time starts tomorrow"
    assert "week" not in soup(response).select_one(".kicker").text


def test_after_the_last_week_nothing_is_left(signed_in: Any, amara: Enrolment, today: Any) -> None:
    today(2028, 3, 1)
    response = signed_in(amara.user).get("/")
    assert heading(response) == "Nothing is left to hand in"
    assert "not handed in" in words(response)


@pytest.mark.parametrize(
    ("state", "said"), [("interrupted", "Your studies are interrupted"), ("completed", "You have completed")]
)
def test_who_does_not_study_now_is_not_pressed(signed_in: Any, spring: Cohort, state: str, said: str) -> None:
    enrolment = factories.enrolment(spring, state=state)
    assert heading(signed_in(enrolment.user).get("/")).startswith(said)


def test_the_path_is_drawn_to_scale_by_attributes_alone(signed_in: Any, amara: Enrolment, today: Any) -> None:
    response = signed_in(amara.user).get("/")
    path = soup(response).select_one(".path")
    assert [int(item["data-w"]) for item in path.select("li")] == [4, 4, 4, 8, 4, 6, 4, 8, 10]
    bars = path.select(".track rect:not(.t-now)")
    assert [(bar["x"], bar["width"]) for bar in bars][3:5] == [("12", "7.78"), ("20", "3.78")]
    assert path.select_one(".axis rect")["x"] == "35.58%", "18 and a half weeks of 52"
    assert "style=" not in response.content.decode()
    assert [item["class"] for item in path.select("li")] == [["done"]] * 3 + [["now"]] + [["ahead"]] * 5


def test_full_time_weeks_are_half_as_long(signed_in: Any, amara: Enrolment) -> None:
    Cohort.objects.update(pace=Cohort.Pace.FULL_TIME)
    path = soup(signed_in(amara.user).get("/")).select_one(".path")
    assert path["data-weeks"] == "26"
    assert [int(item["data-w"]) for item in path.select("li")] == [2, 2, 2, 4, 2, 3, 2, 4, 5]


def test_an_extension_moves_every_date_on_the_page(
    signed_in: Any, amara: Enrolment, assignment: Assignment, office: User, today: Any
) -> None:
    read_all(amara)
    due_at = dates.effective_dates(amara, assignment).due_at + timedelta(days=7)
    actions.grant_extension(enrolment=amara, assignment=assignment, due_at=due_at, reason="Ill", by=office)
    page = words(signed_in(amara.user).get("/"))
    assert "Due Thu 3 Jun 2027, 23:59 BST in 14 days" in page
    assert "Thu 3 Jun Module 4 due, 23:59, extended" in page
    assert "yours; the cohort’s due time was Thu 27 May 2027, 23:59 BST" in page


def test_dates_are_those_on_the_wall_of_whoever_looks(signed_in: Any, amara: Enrolment, today: Any) -> None:
    amara.user.time_zone = "Asia/Kathmandu"
    amara.user.save()
    page = words(signed_in(amara.user).get("/"))
    assert "Fri 28 May 2027, 04:44 +0545" in page
    assert "Fri 28 May Module 4 due, 04:44" in page
    assert "In your time zone, Asia/Kathmandu." in page


def test_a_lesson_that_was_begun_waits(signed_in: Any, amara: Enrolment, today: Any) -> None:
    lesson = Lesson.objects.select_related("module").get(module__revision=amara.cohort.revision, number=2)
    actions.open_lesson(lesson=lesson, by=amara)
    assert "Lesson 4.2, Lesson 2" in words(signed_in(amara.user).get("/"))


def test_the_rooms_above_add_work_waiting_rows_and_panels(
    signed_in: Any, amara: Enrolment, assignment: Assignment, today: Any
) -> None:
    read = []

    def work(enrolment: Enrolment) -> dict[int, Work]:
        read.append(enrolment)
        return {
            assignment.pk: Work(
                started=True,
                lede="Your draft passes three of the four visible checks.",
                act="Continue the assignment",
                facts=(("Attempts", "1 of 5 used; your best counts"),),
            )
        }

    dashboard.register(
        work=work,
        waiting=lambda user, enrolment: [Waiting("Feedback on module 3", "/marks/", "66, provisional.")],
        panels=lambda enrolment: [Panel("Marks so far", "courses/_waiting.html", {"mean": "71.7"})],
    )
    response = signed_in(amara.user).get("/")
    page = words(response)
    assert heading(response).startswith("Next: hand in"), "a draft comes before reading"
    assert "Your draft passes three of the four visible checks." in page
    assert "Continue the assignment" in page
    assert "1 of 5 used; your best counts" in page
    assert "Feedback on module 3" in page
    assert "Marks so far" in page
    assert read == [amara]


def test_released_marks_stand_on_the_path(signed_in: Any, amara: Enrolment, today: Any) -> None:
    dashboard.register(marks=lambda enrolment: {1: ShownMark("78"), 2: ShownMark("71", is_provisional=False)})
    first, second, third = soup(signed_in(amara.user).get("/")).select(".path li")[:3]
    assert "78 , provisional" in " ".join(first.get_text(" ").split())
    assert first.select_one(".p").text == "78"
    assert "71" in second.text and "provisional" not in second.text
    assert "provisional" not in third.text


def test_a_draft_newer_than_the_last_attempt_is_handed_in_again_while_that_is_not_late(
    signed_in: Any, amara: Enrolment, assignment: Assignment, today: Any
) -> None:
    dashboard.register(work=lambda enrolment: {assignment.pk: Work(handed_in=True, started=True, has_newer_draft=True)})
    response = signed_in(amara.user).get("/")
    assert heading(response) == "Next: hand in “Death in hospital after a heart attack” again"
    assert "Thu 27 May Module 4 due, 23:59" in words(response)
    assert "now" in soup(response).select(".path li")[3]["class"]
    waiting = [row["href"] for row in soup(response).select(".wait a")]
    assert waiting == ["/cohorts/spring/modules/4/lesson-1/"], "what the heading says is not said again below"
    today(2027, 5, 29)
    assert not heading(signed_in(amara.user).get("/")).startswith(("Overdue", "Next: hand in"))


def test_a_draft_waits_while_something_else_is_next(
    signed_in: Any, amara: Enrolment, assignment: Assignment, today: Any
) -> None:
    factories.assignment(assignment.module, "second")
    dashboard.register(work=lambda enrolment: {work.pk: Work(started=True) for work in Assignment.objects.all()})
    response = signed_in(amara.user).get("/")
    assert [row["href"] for row in soup(response).select(".wait a")] == [
        "/cohorts/spring/assignments/second/",
        "/cohorts/spring/modules/4/lesson-1/",
    ]


def test_staff_see_what_waits_for_them(signed_in: Any, office: User, tutor: User) -> None:
    cohort = factories.cohort(slug="autumn", name="Autumn", enrolling=Cohort.Enrolling.APPROVAL)
    browser = signed_in(office)
    assert heading(browser.get("/")) == "Nothing waits for you"
    for _ in range(2):
        actions.apply(cohort=cohort, statement="Because.", by=factories.person())
    response = browser.get("/")
    assert heading(response) == "2 applications to Autumn", "one thing that waits is the heading"
    assert soup(response).select_one(".btn.go")["href"] == "/office/cohorts/autumn/#applications"
    assert "2 applications to Autumn" in words(response)
    assert heading(signed_in(tutor).get("/")) == "Nothing waits for you", "a tutor decides on no application"


def test_marking_can_wait_for_a_tutor(signed_in: Any, tutor: User, spring: Cohort) -> None:
    dashboard.register(waiting=lambda user, enrolment: [Waiting("3 notebooks to mark", "/marking/")])
    assert "3 notebooks to mark" in words(signed_in(tutor).get("/"))


def test_who_has_nothing_is_told_so(signed_in: Any, oscar: User) -> None:
    assert heading(signed_in(oscar).get("/")) == "No cohort takes students today"


def test_a_student_with_a_role_elsewhere_sees_their_own_path(signed_in: Any, amara: Enrolment) -> None:
    factories.cohort_role(factories.cohort(), Role.TUTOR, amara.user)
    assert "Your path" in words(signed_in(amara.user).get("/"))


def test_the_number_of_queries_does_not_grow(signed_in: Any, amara: Enrolment, office: User) -> None:
    module = Module.objects.get(revision=amara.cohort.revision, number=4)
    student, staff = [], []
    for size in (10, 200):
        for number in range(module.lessons.count() + 1, size + 1):
            actions.open_lesson(lesson=factories.lesson(module, number), by=amara)
        while Cohort.objects.count() < size:
            made = factories.cohort(amara.cohort.revision, name=f"Cohort number {Cohort.objects.count()}")
            factories.enrolment(made, state="applied", enrolled_at=None)
        student.append(queries_of(signed_in(amara.user), "/"))
        staff.append(queries_of(signed_in(office), "/"))
    assert (student[0], staff[0]) == (student[1], staff[1])
