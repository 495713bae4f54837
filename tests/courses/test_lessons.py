"""Reading: modules, lessons, progress, data; open and locked."""

from typing import Any

import factories
import pytest
from pages import queries_of, soup, words

from accounts.models import User
from blobs import store
from courses.models import AssignmentFile, Cohort, Enrolment, Lesson, LessonProgress, Module

MODULES = "/cohorts/spring/modules/"
LESSON = f"{MODULES}4/lesson-1/"
READ = f"{LESSON}read/"


@pytest.fixture
def locked(amara: Enrolment) -> Lesson:
    return factories.lesson(Module.objects.get(revision=amara.cohort.revision, number=5), 1, title="Groups of patients")


@pytest.fixture
def data(amara: Enrolment) -> AssignmentFile:
    content = b"patient,outcome\n1,live\n"
    module = Module.objects.get(revision=amara.cohort.revision, number=4)
    return AssignmentFile.objects.create(
        assignment=module.assignments.get(),
        part=AssignmentFile.Part.VISIBLE_DATA,
        name="monica_visible.csv",
        sha256=store.put(content),
        size=len(content),
    )


def status(response: Any) -> int:
    """Of a page or a download, which is read to its end so that its file is closed."""
    if response.streaming:
        b"".join(response.streaming_content)
    return int(response.status_code)


def progress(enrolment: Enrolment) -> LessonProgress:
    return enrolment.progress.get(lesson_slug="lesson-1")


def test_the_modules_stand_on_the_path_with_their_dates(signed_in: Any, amara: Enrolment) -> None:
    response = signed_in(amara.user).get(MODULES)
    assert len(soup(response).select(".modules > li")) == 9
    assert "0 of 2 read" in words(response)


def test_a_module_shows_what_it_is_about_and_where_to_begin(signed_in: Any, amara: Enrolment, data: Any) -> None:
    response = signed_in(amara.user).get(f"{MODULES}4/")
    page = words(response)
    assert "10 of 60, must be passed" in page
    assert "60% from checks of your code, 40% from a tutor" in page
    assert "Begin: Lesson 1" in page
    assert "Death in hospital after a heart attack" in page
    links = [link["href"] for link in soup(response).select("main a")]
    assert "/cohorts/spring/assignments/hospital-death/data/monica_visible.csv" in links


def test_a_module_that_has_not_opened_shows_everything_but_a_way_in(
    signed_in: Any, amara: Enrolment, locked: Lesson
) -> None:
    response = signed_in(amara.user).get(f"{MODULES}5/")
    page = words(response)
    assert "What module 5 is for." in page
    assert "A topic" in page
    assert "Groups of patients" in page
    assert "Its lessons, data and assignment open in" in page
    links = [link["href"] for link in soup(response).select("main a")]
    assert not [link for link in links if "/modules/5/" in link or "/assignments/" in link]


def test_a_locked_lesson_says_when_it_opens_and_nothing_of_its_text(
    signed_in: Any, amara: Enrolment, locked: Lesson
) -> None:
    response = signed_in(amara.user).get(f"{MODULES}5/lesson-1/")
    assert response.status_code == 403
    assert "“Groups of patients” opens in" in words(response)
    assert "<p>Text.</p>" not in response.content.decode()
    assert not amara.progress.exists()
    assert signed_in(amara.user).post(f"{MODULES}5/lesson-1/read/").status_code == 404


def test_staff_read_a_locked_lesson_and_leave_no_progress(signed_in: Any, tutor: User, locked: Lesson) -> None:
    browser = signed_in(tutor)
    response = browser.get(f"{MODULES}5/lesson-1/")
    assert response.status_code == 200
    assert "I have read it" not in words(response)
    assert browser.post(f"{MODULES}5/lesson-1/read/").status_code == 404
    assert not LessonProgress.objects.exists()


def test_opening_a_lesson_is_remembered(signed_in: Any, amara: Enrolment) -> None:
    response = signed_in(amara.user).get(LESSON)
    assert "<p>Text.</p>" in response.content.decode()
    assert progress(amara).read_at is None
    pager = [" ".join(link.get_text(" ").split()) for link in soup(response).select(".pager a")]
    assert pager == ["Up Module 4", "Next, 12 minutes 4.2 Lesson 2"]


def test_the_last_lesson_leads_to_the_assignment(signed_in: Any, amara: Enrolment) -> None:
    links = soup(signed_in(amara.user).get(f"{MODULES}4/lesson-2/")).select(".pager a")
    assert [link["href"] for link in links] == [LESSON, "/cohorts/spring/assignments/hospital-death/"]


def test_i_have_read_it_works_without_javascript(signed_in: Any, amara: Enrolment) -> None:
    browser = signed_in(amara.user)
    response = browser.post(READ, {"read": "yes"}, follow=True)
    assert response.redirect_chain == [(LESSON, 302)]
    assert "1 of 2 lessons of this module" in words(response)
    first = progress(amara).read_at
    browser.post(READ, {"read": "yes"})
    assert first is not None
    assert progress(amara).read_at == first


def test_i_have_read_it_swaps_what_has_changed(signed_in: Any, amara: Enrolment) -> None:
    response = signed_in(amara.user).post(READ, {"read": "yes"}, headers={"HX-Request": "true"})
    fragment = soup(response)
    assert fragment.find("html") is None
    assert fragment.select_one("#lesson-act input[name=read]")["value"] == "no"
    assert [part["id"] for part in fragment.select("[hx-swap-oob]")] == ["lesson-contents", "lesson-side"]
    assert "HX-Request" in response["Vary"]


def test_a_slip_can_be_taken_back(signed_in: Any, amara: Enrolment) -> None:
    browser = signed_in(amara.user)
    browser.post(READ, {"read": "yes"})
    assert "I have read it" in words(browser.post(READ, {"read": "no"}, follow=True))
    assert progress(amara).read_at is None


def test_the_contents_lead_to_the_sections_of_this_lesson(signed_in: Any, amara: Enrolment) -> None:
    module = Module.objects.get(revision=amara.cohort.revision, number=4)
    factories.lesson(module, 3, headings=[["draw-it-first", "Draw it first"], ["check-yourself", "Check yourself"]])
    contents = soup(signed_in(amara.user).get(f"{MODULES}4/lesson-3/")).select(".toc .within a")
    assert [(link["href"], link.text) for link in contents] == [
        ("#draw-it-first", "Draw it first"),
        ("#check-yourself", "Check yourself"),
    ]


@pytest.mark.parametrize(
    "path", ["modules/", "modules/4/", "modules/4/lesson-1/", "assignments/hospital-death/data/monica_visible.csv"]
)
def test_another_cohort_is_not_there(signed_in: Any, amara: Enrolment, oscar: User, data: Any, path: str) -> None:
    factories.cohort(amara.cohort.revision, slug="other", enrolling=Cohort.Enrolling.CLOSED)
    assert status(signed_in(amara.user).get(f"/cohorts/spring/{path}")) == 200
    assert signed_in(amara.user).get(f"/cohorts/other/{path}").status_code == 404
    assert signed_in(oscar).get(f"/cohorts/spring/{path}").status_code == 404


@pytest.mark.parametrize("path", ["10/", "0/", "4/nothing/", "5/lesson-1/", "99999999999999999999/"])
def test_what_is_not_in_the_programme_is_not_there(signed_in: Any, amara: Enrolment, path: str) -> None:
    assert signed_in(amara.user).get(MODULES + path).status_code == 404


def test_data_come_as_a_download_that_no_browser_opens(signed_in: Any, amara: Enrolment, data: AssignmentFile) -> None:
    response = signed_in(amara.user).get("/cohorts/spring/assignments/hospital-death/data/monica_visible.csv")
    assert b"".join(response.streaming_content) == b"patient,outcome\n1,live\n"
    assert response["Content-Disposition"] == 'attachment; filename="monica_visible.csv"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Type"] == "application/octet-stream"


def test_data_wait_for_the_module_to_open(signed_in: Any, amara: Enrolment, tutor: User, data: AssignmentFile) -> None:
    Cohort.objects.update(starts_on=factories.monday(2))
    path = "/cohorts/spring/assignments/hospital-death/data/monica_visible.csv"
    assert signed_in(amara.user).get(path).status_code == 404
    assert status(signed_in(tutor).get(path)) == 200


@pytest.mark.parametrize(
    "part", [AssignmentFile.Part.HIDDEN_DATA, AssignmentFile.Part.CHECKS, AssignmentFile.Part.STARTER]
)
@pytest.mark.parametrize("who", ["student", "tutor"])
def test_only_visible_data_can_be_had_here(
    signed_in: Any, amara: Enrolment, tutor: User, data: AssignmentFile, part: str, who: str
) -> None:
    AssignmentFile.objects.filter(pk=data.pk).delete()
    AssignmentFile.objects.create(assignment=data.assignment, part=part, name="secret.csv", sha256=data.sha256, size=9)
    browser = signed_in(amara.user if who == "student" else tutor)
    assert browser.get("/cohorts/spring/assignments/hospital-death/data/secret.csv").status_code == 404


@pytest.mark.parametrize("name", ["..%2f..%2fpathway.sqlite3", "%00", "monica_visible.csv%00"])
def test_a_name_that_is_none_finds_nothing(signed_in: Any, amara: Enrolment, data: AssignmentFile, name: str) -> None:
    assert signed_in(amara.user).get(f"/cohorts/spring/assignments/hospital-death/data/{name}").status_code == 404


def test_the_number_of_queries_does_not_grow_with_lessons(signed_in: Any, amara: Enrolment) -> None:
    module = Module.objects.get(revision=amara.cohort.revision, number=4)
    counts = []
    browser = signed_in(amara.user)
    browser.get(LESSON)
    for size in (10, 200):
        for number in range(module.lessons.count() + 1, size + 1):
            factories.lesson(module, number)
        counts.append([queries_of(browser, path) for path in (MODULES, f"{MODULES}4/", LESSON)])
    assert counts[0] == counts[1]
