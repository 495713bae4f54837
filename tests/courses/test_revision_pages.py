"""The pages of revisions: who is on which, what differs, and reading one without leaving a trace."""

from __future__ import annotations

from typing import Any

import factories
import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from courses.models import Cohort, Enrolment, Lesson, Revision

pytestmark = pytest.mark.django_db


@pytest.fixture
def newer(spring: Cohort) -> Revision:
    """Another revision, in which one lesson has another text, and links into its own revision."""
    factories.quiz(Lesson.objects.get(module__revision=spring.revision, slug="lesson-1"))
    factories.data_set(spring.revision)
    made = factories.next_revision(spring.revision)
    changed = {"source": "Other text.", "html": '<p>Other. <a href="../../../modules/4/lesson-2/">Next</a></p>'}
    Lesson.objects.filter(module__revision=made, slug="lesson-1").update(**changed)
    return made


def test_the_list_says_who_loaded_what_and_which_cohort_is_on_it(
    spring: Cohort, newer: Revision, tutor: User, signed_in: Any
) -> None:
    page = signed_in(tutor).get(reverse("programmes")).content.decode()
    assert spring.name in page and spring.revision.digest[:12] in page and newer.digest[:12] in page
    assert "See what a move would change" in page and "the command line" in page


def test_two_revisions_are_compared_and_the_same_twice_is_said_plainly(
    newer: Revision, leader: User, signed_in: Any
) -> None:
    browser, address = signed_in(leader), reverse("compare_revisions", args=[newer.programme.slug])
    page = browser.get(address).content.decode()
    assert "From revision 1 to 2: 1 of 9 modules changes" in page
    assert "<ins>Other text.</ins>" in page and "<del>Text.</del>" in page
    assert "the same revision twice" in browser.get(address, {"old": 2, "new": 2}).content.decode()
    assert browser.get(address, {"old": "x" * 500, "new": "-1"}).status_code == 200
    other = factories.next_revision(newer)
    assert f"Nothing has changed from revision 2 to {other.number}" in browser.get(address).content.decode()


def test_a_preview_reads_like_the_lesson_and_writes_nothing(newer: Revision, tutor: User, signed_in: Any) -> None:
    browser, programme = signed_in(tutor), newer.programme.slug

    def rows() -> dict[str, int]:
        kept = [model for model in apps.get_models() if model._meta.label != "sessions.Session"]
        return {model._meta.label: model._default_manager.count() for model in kept}

    before = rows()
    lesson = reverse("preview_lesson", args=[programme, 2, 4, "lesson-1"])
    page = browser.get(lesson).content.decode()
    assert "Preview of revision 2." in page and "No cohort is on it." in page and "Other." in page
    assert "32.4 %, give or take 0.5" in page and "dict_items" not in page and "tolerance" not in page
    assert '<form class="read' not in page and "I have read it" not in page
    for name, *given in (
        ("preview",),
        ("preview_module", 4),
        ("preview_lesson", 4, "lesson-2"),
        ("preview_assignment", "hospital-death"),
        ("preview_starter", "hospital-death"),
        ("preview_data_set", "toy"),
    ):
        answer = browser.get(reverse(name, args=[programme, 2, *given]))
        assert answer.status_code == 200, name
        assert name == "preview_starter" or "Preview of revision 2." in answer.content.decode()
    assert rows() == before


def test_links_inside_a_previewed_lesson_stay_in_the_preview(newer: Revision, tutor: User, signed_in: Any) -> None:
    from urllib.parse import urljoin

    here = reverse("preview_lesson", args=[newer.programme.slug, 2, 4, "lesson-1"])
    there = urljoin(here, "../../../modules/4/lesson-2/")
    assert there == reverse("preview_lesson", args=[newer.programme.slug, 2, 4, "lesson-2"])
    assert signed_in(tutor).get(there).status_code == 200


def test_hidden_checks_are_not_on_the_preview_of_an_assignment(newer: Revision, leader: User, signed_in: Any) -> None:
    page = signed_in(leader).get(reverse("preview_assignment", args=[newer.programme.slug, 2, "hospital-death"]))
    assert "Says hello" in page.content.decode() and ">Adds<" not in page.content.decode()


def test_who_studies_the_programme_sees_no_revision_of_it_whatever_their_role(
    spring: Cohort, newer: Revision, amara: Enrolment, signed_in: Any
) -> None:
    factories.cohort_role(factories.cohort(newer), Role.TUTOR, amara.user)
    browser = signed_in(amara.user)
    assert browser.get(reverse("programmes")).status_code == 404
    assert browser.get(reverse("preview", args=[newer.programme.slug, 2])).status_code == 404


def test_a_role_in_one_cohort_shows_that_programme_only(newer: Revision, spring: Cohort, signed_in: Any) -> None:
    tutor = factories.cohort_role(spring, Role.TUTOR)
    other = factories.revision()
    browser = signed_in(tutor)
    assert browser.get(reverse("preview", args=[newer.programme.slug, 2])).status_code == 200
    assert browser.get(reverse("preview", args=[other.programme.slug, 1])).status_code == 404


def test_the_pages_take_the_same_number_of_queries_at_any_size(newer: Revision, leader: User, signed_in: Any) -> None:
    browser = signed_in(leader)
    addresses = [
        reverse("programmes"),
        reverse("compare_revisions", args=[newer.programme.slug]),
        reverse("preview", args=[newer.programme.slug, 2]),
        reverse("preview_lesson", args=[newer.programme.slug, 2, 4, "lesson-1"]),
    ]

    def counts() -> list[int]:
        found = []
        for address in addresses:
            with CaptureQueriesContext(connection) as queries:
                assert browser.get(address).status_code == 200
            found.append(len(queries))
        return found

    counts()
    before = counts()
    module = newer.modules.get(number=4)
    for number in range(3, 8):
        factories.quiz(factories.lesson(module, number))
        factories.assignment(module, slug=f"work-{number}")
        factories.cohort(newer)
    assert counts() == before
