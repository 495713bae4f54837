"""Moving a cohort to another revision: what is said before, what happens, and what never does."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import factories
import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from audit.models import Entry
from blobs import store
from courses import actions
from courses.access import get_reader_or_404
from courses.dates import effective_dates
from courses.models import (
    Assignment,
    AssignmentFile,
    Check,
    Cohort,
    Enrolment,
    Extension,
    Lesson,
    LessonProgress,
    Module,
    Revision,
)
from courses.path import path_of
from courses.refusal import Refused
from courses.sittings import quiz_page
from grading.actions import work
from grading.actions.move import move_cohort
from grading.models import Draft, Mark, Submission
from grading.moving import Preview, preview
from notices.models import Notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def newer(spring: Cohort) -> Revision:
    """The same programme once more; tests change it."""
    return factories.next_revision(spring.revision)


@pytest.fixture
def move(spring: Cohort, office: User) -> Callable[..., Preview]:
    def make(revision: Revision, reason: str = "A better text.") -> Preview:
        seen = preview(Cohort.objects.get(pk=spring.pk), revision).seen
        return move_cohort(cohort=spring, revision=revision, seen=seen, reason=reason, by=office)

    return make


def lesson(revision: Revision, slug: str = "lesson-1") -> Lesson:
    return Lesson.objects.select_related("module").get(module__revision=revision, slug=slug)


def assignment_in(revision: Revision) -> Assignment:
    return Assignment.objects.select_related("module").get(module__revision=revision)


def renumber(revision: Revision, **numbers: int) -> None:
    """renumber(revision, m4=6, m6=4): two modules change places."""
    modules = Module.objects.filter(revision=revision)
    for slug, number in numbers.items():
        modules.filter(slug=slug).update(number=number + 100)
    for slug, number in numbers.items():
        modules.filter(slug=slug).update(number=number)


def other_checks(revision: Revision, checks: bytes) -> None:
    found = AssignmentFile.objects.filter(assignment__module__revision=revision, part="checks")
    found.update(sha256=store.put(checks), size=len(checks))


def row_of(found: Preview, enrolment: Enrolment) -> Any:
    return next(row for row in found.rows if row.enrolment == enrolment)


def test_what_was_read_stays_read_and_what_was_changed_since_is_named(
    spring: Cohort, newer: Revision, amara: Enrolment, move: Any
) -> None:
    actions.finish_lesson(lesson=lesson(spring.revision), by=amara)
    Lesson.objects.filter(pk=lesson(newer).pk).update(source="Other text.")
    row = row_of(preview(spring, newer), amara)
    assert (row.lessons_read, row.reread, row.aside) == (1, ["4.1 Lesson 1"], [])
    move(newer)
    spring.refresh_from_db()
    assert spring.revision == newer
    amara = Enrolment.objects.get(pk=amara.pk)
    assert path_of(spring, amara).step(4).lessons_read == 1


def test_a_lesson_that_goes_is_set_aside_and_comes_back_as_it_was_left(
    spring: Cohort, newer: Revision, amara: Enrolment, move: Any
) -> None:
    old = spring.revision
    left = actions.finish_lesson(lesson=lesson(old), by=amara)
    lesson(newer).delete()
    assert row_of(preview(spring, newer), amara).aside == ["4.1 Lesson 1"]
    move(newer)
    aside = LessonProgress.objects.get()
    assert (aside.module_number, aside.module_name, aside.read_at) == (None, "m4", left.read_at)
    move(old)
    back = LessonProgress.objects.get()
    assert (back.module_number, back.read_at) == (4, left.read_at)


def test_a_module_that_moves_behind_others_stays_open_and_read(
    spring: Cohort, newer: Revision, amara: Enrolment, move: Any
) -> None:
    """Module 4 is open and becomes module 9, which opens in months."""
    actions.finish_lesson(lesson=lesson(spring.revision), by=amara)
    renumber(newer, m4=9, m9=4)
    move(newer)
    reader = get_reader_or_404(amara.user, spring.slug)
    assert reader.may_open_lesson(lesson(newer)) and reader.may_open_module(lesson(newer, "lesson-2").module)
    assert path_of(reader.cohort, reader.enrolment).step(9).lessons_read == 1
    assert effective_dates(reader.enrolment or amara, assignment_in(newer)).opens_at <= timezone.now()


def test_a_lesson_put_into_a_module_that_is_not_open_stays_open_for_who_had_opened_it(
    spring: Cohort, newer: Revision, amara: Enrolment, bruno: Enrolment, move: Any, signed_in: Any
) -> None:
    actions.open_lesson(lesson=lesson(spring.revision), by=amara)
    Lesson.objects.filter(pk=lesson(newer).pk).update(module=newer.modules.get(number=9))
    move(newer)
    address = reverse("lesson", args=["spring", 9, "lesson-1"])
    assert signed_in(amara.user).get(address).status_code == 200
    assert address in signed_in(amara.user).get(reverse("module", args=["spring", 9])).content.decode()
    assert signed_in(bruno.user).get(address).status_code == 403


def test_a_draft_goes_along_unless_another_file_is_asked_for(
    spring: Cohort, newer: Revision, amara: Enrolment, assignment: Assignment, move: Any
) -> None:
    files = [factories.stored("analysis.ipynb", factories.notebook("x = 1"))]
    draft = work.save_draft(enrolment=amara, assignment=assignment, files=files, by=amara.user)
    other = factories.next_revision(newer)
    Assignment.objects.filter(module__revision=other).update(entry="report.ipynb")
    move(newer)
    assert Draft.objects.get().assignment == assignment_in(newer)
    said = row_of(preview(Cohort.objects.get(), other), amara).work
    assert said == [
        "“Death in hospital after a heart attack”: the draft is analysis.ipynb; report.ipynb has to be uploaded anew."
    ]
    move(other)
    assert Draft.objects.get(pk=draft.pk).assignment == assignment_in(newer)


def test_no_mark_changes_and_work_that_is_judged_stays_judged(
    spring: Cohort, newer: Revision, amara: Enrolment, released: Any, move: Any
) -> None:
    submission = released(amara, "70.00", 65)
    other_checks(newer, factories.CHECKS.replace(b"hello() did", b"It did"))
    before = list(Mark.objects.order_by("pk").values())
    row = row_of(preview(spring, newer), amara)
    title = "“Death in hospital after a heart attack”"
    assert row.work == [f"{title}: attempt 1 stays judged as before; a later attempt is judged by the newer checks."]
    assert row.again == [f"{title}: code 70; not known before the work is judged again."]
    move(newer)
    assert list(Mark.objects.order_by("pk").values()) == before
    assert Submission.objects.get() == submission


def test_what_a_mark_would_be_by_other_points_and_weights_is_told_beforehand(
    spring: Cohort, newer: Revision, amara: Enrolment, graded: Any, judged: Any
) -> None:
    """The factory's run earned every visible point and 40 of 70 hidden ones; the rubric gives 45 and 85."""
    submission = graded(amara, "70.00")
    factories.rewrite(submission.runs.get().results.filter(name="adds"), earned=Decimal(40))
    judged(submission, 65)
    Check.objects.filter(assignment__module__revision=newer, name="says_hello").update(points=60)
    Check.objects.filter(assignment__module__revision=newer, name="adds").update(points=40)
    row = row_of(preview(spring, newer), amara)
    # Code 70 becomes 60 + 40 × 40/70 = 82.86; by the regulations code makes 60 of 100 in module 4.
    assert row.again == ["Module 4: 68; 76 if judged again (+8)."]


def test_work_for_an_assignment_that_is_gone_stands_against_the_move(
    spring: Cohort, newer: Revision, amara: Enrolment, graded: Any, move: Any
) -> None:
    graded(amara)
    Assignment.objects.filter(module__revision=newer).update(slug="another")
    found = preview(spring, newer)
    (sentence,) = found.blockers
    assert "is not in revision 2, and 1 student handed in work for it. Put it back into the programme" in sentence
    with pytest.raises(Refused, match="cannot be moved"):
        move(newer)
    assert Cohort.objects.get().revision == spring.revision
    assert not Notice.objects.exists() and not Entry.objects.filter(event="cohort_moved").exists()


def test_marks_never_become_those_of_another_module(
    spring: Cohort, newer: Revision, amara: Enrolment, graded: Any
) -> None:
    graded(amara)
    factories.mark(amara, 2, "module", "60")
    renumber(newer, m4=6, m6=4, m2=3, m3=2)
    found = " ".join(preview(spring, newer).blockers)
    assert "would be module 6, and 1 student has marks in it" in found
    assert "would be module 3, and 1 student has marks in it" in found
    assert "moves from module 4 to 6, and 1 student handed in work for it" in found


def test_a_second_assignment_in_a_module_with_marks_stands_against_the_move(
    spring: Cohort, newer: Revision, amara: Enrolment, graded: Any
) -> None:
    graded(amara)
    factories.assignment(newer.modules.get(number=4), slug="second")
    assert preview(spring, newer).blockers == [
        "Module 4 has marks and would have 1 assignment more: both would write on the same mark."
    ]


def test_a_due_time_that_would_be_past_stands_against_the_move(
    spring: Cohort, newer: Revision, amara: Enrolment, bruno: Enrolment
) -> None:
    renumber(newer, m4=1, m1=4)
    (sentence,) = preview(spring, newer).blockers
    assert "which is past, and 2 students have not handed it in" in sentence


def test_an_extension_never_ends_before_the_new_due_time(
    spring: Cohort, newer: Revision, amara: Enrolment, bruno: Enrolment, due: Any, move: Any
) -> None:
    due(amara, weeks=4)
    renumber(newer, m4=9, m9=4)
    found = preview(spring, newer)
    assert [len(row.due) for row in found.rows] == [1, 1]
    move(newer)
    both = {effective_dates(Enrolment.objects.get(pk=each.pk), assignment_in(newer)).due_at for each in (amara, bruno)}
    assert both == {found.rows[0].due[0].after}
    assert Extension.objects.filter(enrolment=amara).count() == 2


def test_regulations_for_other_modules_stand_against_the_move(spring: Cohort, newer: Revision) -> None:
    newer.modules.get(number=9).delete()
    assert "written for 9 modules. Revision 2 has 8." in preview(spring, newer).blockers[0]


def test_a_quiz_that_asks_the_same_stays_finished_and_another_can_be_taken(
    spring: Cohort, amara: Enrolment, move: Any
) -> None:
    for slug in ("lesson-1", "lesson-2"):
        quiz = factories.quiz(lesson(spring.revision, slug), ask=1)
        sitting = quiz.sittings.create(
            user=amara.user, enrolment=amara, number=1, drawn=[{"id": "leaf", "order": [0, 1]}]
        )
        sitting.answers.create(question="leaf", given=[0], is_right=True)
    newer = factories.next_revision(spring.revision)
    changed = lesson(newer, "lesson-2").quiz
    type(changed).objects.filter(pk=changed.pk).update(ask=2)
    row = row_of(preview(spring, newer), amara)
    assert (row.quizzes_kept, row.quizzes_anew) == (1, ["4.2 Lesson 2"])
    move(newer)
    kept, anew = (quiz_page(lesson(newer, slug), amara.user) for slug in ("lesson-1", "lesson-2"))
    assert kept and kept.is_finished and kept.sittings == 1
    assert anew and not anew.is_finished


def test_new_evidence_is_told_to_who_lacks_it(spring: Cohort, amara: Enrolment) -> None:
    factories.data_set(spring.revision)
    AssignmentFile.objects.create(
        assignment=assignment_in(spring.revision), part="visible", name="toy_visible.csv", sha256="0" * 64, size=1
    )
    newer = factories.next_revision(spring.revision)
    newer.data_sets.update(requires=[factories.AGREEMENT])
    (said,) = row_of(preview(spring, newer), amara).work
    assert said.endswith("its data ask for something new first: Data use agreement.")


def test_each_student_gets_one_notice_that_names_no_hidden_check(
    spring: Cohort, newer: Revision, amara: Enrolment, bruno: Enrolment, move: Any
) -> None:
    Lesson.objects.filter(pk=lesson(newer).pk).update(source="Other text.")
    Check.objects.filter(assignment__module__revision=newer, name="adds").update(title="Adds secretly")
    actions.finish_lesson(lesson=lesson(spring.revision), by=amara)
    factories.enrolment(spring, state="completed")
    factories.enrolment(spring, state="withdrawn")
    move(newer, "The text was wrong.")
    texts = {notice.to: notice.text for notice in Notice.objects.all()}
    assert set(texts) == {amara.user, bruno.user}
    assert "Why: The text was wrong." in texts[bruno.user]
    assert "Module 4: lesson “Lesson 1” has changed, assignment" in texts[bruno.user]
    assert "Read already, and changed since: 4.1 Lesson 1." in texts[amara.user]
    assert "Read already" not in texts[bruno.user] and "secretly" not in texts[bruno.user]


def test_the_audit_log_says_from_where_to_where_and_why(
    spring: Cohort, newer: Revision, move: Any, office: User
) -> None:
    move(newer, "The text was wrong.")
    entry = Entry.objects.get(event="cohort_moved")
    assert (entry.by, entry.details["before"], entry.details["after"]) == (office, 1, 2)
    assert entry.details["reason"] == "The text was wrong."


def test_a_confirmation_of_what_has_changed_since_is_refused_and_the_new_preview_shown(
    spring: Cohort, newer: Revision, amara: Enrolment, graded: Any, office: User, signed_in: Any
) -> None:
    browser, address = signed_in(office), reverse("move", args=["spring"])
    form = {"to": "2", "reason": "Better.", "seen": seen_on(browser.get(address))}
    graded(amara)
    answer = browser.post(address, form)
    assert answer.status_code == 422 and "Something has changed since you looked" in answer.content.decode()
    assert Cohort.objects.get().revision == spring.revision
    again = browser.post(address, form | {"seen": seen_on(answer)}, follow=True)
    assert "is on revision 2. We have told 1 student." in again.content.decode()
    twice = browser.post(address, form, follow=True)
    assert "is on that revision already. Nothing was changed." in twice.content.decode()
    assert Entry.objects.filter(event="cohort_moved").count() == 1


def seen_on(answer: Any) -> str:
    field = BeautifulSoup(answer.content, "html.parser").find("input", attrs={"name": "seen"})
    return str(field["value"]) if field else ""


def test_reading_on_does_not_make_a_preview_stale(spring: Cohort, newer: Revision, amara: Enrolment) -> None:
    seen = preview(spring, newer).seen
    actions.finish_lesson(lesson=lesson(spring.revision), by=amara)
    assert preview(spring, newer).seen == seen


def test_a_reason_is_needed(spring: Cohort, newer: Revision, office: User, signed_in: Any) -> None:
    browser, address = signed_in(office), reverse("move", args=["spring"])
    answer = browser.post(address, {"to": "2", "reason": " ", "seen": seen_on(browser.get(address))})
    assert answer.status_code == 422 and "the students will read it" in answer.content.decode()
    assert Cohort.objects.get().revision == spring.revision


def test_tutors_look_and_do_not_move(spring: Cohort, newer: Revision, signed_in: Any) -> None:
    browser, address = signed_in(factories.cohort_role(spring, Role.TUTOR)), reverse("move", args=["spring"])
    page = browser.get(address)
    assert page.status_code == 200 and not seen_on(page)
    assert browser.post(address, {"to": "2", "reason": "Mine.", "seen": preview(spring, newer).seen}).status_code == 404
    assert Cohort.objects.get().revision == spring.revision


def test_a_revision_of_another_programme_is_refused(spring: Cohort, office: User) -> None:
    with pytest.raises(Refused, match="another programme"):
        move_cohort(cohort=spring, revision=factories.revision(), seen="", reason="Why not.", by=office)


def test_work_sent_from_a_page_of_the_former_revision_is_refused(
    spring: Cohort, newer: Revision, amara: Enrolment, assignment: Assignment, move: Any
) -> None:
    files = [factories.stored("analysis.ipynb", factories.notebook("x = 1"))]
    work.save_draft(enrolment=amara, assignment=assignment, files=files, by=amara.user)
    move(newer)
    amara = Enrolment.objects.get(pk=amara.pk)
    with pytest.raises(Refused, match="has changed since you opened this page"):
        work.save_draft(enrolment=amara, assignment=assignment, files=files, by=amara.user)
    assert Draft.objects.get().assignment == assignment_in(newer)


def test_the_page_of_regrades_says_how_later_work_is_judged_by_the_newer_checks(
    spring: Cohort, newer: Revision, leader: User, signed_in: Any
) -> None:
    page = signed_in(leader).get(reverse("regrades", args=["spring", "hospital-death"])).content.decode()
    assert reverse("move", args=["spring"]) in page


def test_a_preview_takes_the_same_number_of_queries_for_ten_and_sixty_students(
    spring: Cohort, newer: Revision, office: User, signed_in: Any
) -> None:
    other_checks(newer, factories.CHECKS + b"\n")
    browser, address = signed_in(office), reverse("move", args=["spring"])

    def add(students: int) -> None:
        for number in range(students):
            name = f"{students}-{number}"
            user = User.objects.create(email=f"{name}@example.org", name=name, password="!")
            one = factories.enrolment(spring, user)
            actions.open_lesson(lesson=lesson(spring.revision), by=one)
            submission = factories.submission(one, assignment=assignment_in(spring.revision), content=b"{}")
            run = factories.finished_run(submission)
            factories.mark(one, 4, "auto", "70", submission=submission, run=run, origin="auto")

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(address).status_code == 200
        return len(queries)

    add(10)
    count()
    few = count()
    add(50)
    assert count() == few
    assert few < 50
