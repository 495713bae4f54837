"""The programme that is taught."""

import re
from typing import Any

import pytest
from django.conf import settings as project

from courses.data import freeze
from courses.loading import load
from courses.models import Revision


@pytest.fixture
def revision(tmp_path: Any, db: Any) -> Revision:
    list(freeze(project.PROGRAMME_DIR, tmp_path))
    return load(project.PROGRAMME_DIR, data_dir=tmp_path, by=None)


def test_the_programme_loads(revision: Revision) -> None:
    assert revision.award == "Postgraduate Certificate in Machine Learning for Healthcare System Design"
    assert [module.number for module in revision.modules.all()] == list(range(1, 10))


def test_no_page_of_the_programme_carries_a_script_or_a_style(revision: Revision) -> None:
    pages = [lesson.html for module in revision.modules.all() for lesson in module.lessons.all()]
    pages += [work.brief_html for module in revision.modules.all() for work in module.assignments.all()]

    assert pages
    for page in pages:
        assert not re.search(r"<(script|style|img|iframe)\b|<[^>]*\s(style|on\w+)=", page)
