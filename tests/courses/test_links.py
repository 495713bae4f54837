"""Links of the programme, without opening one; and the command that opens them, on answers of ours."""

from __future__ import annotations

from collections import defaultdict
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from courses.links import bare_addresses, links_in
from courses.management.commands import check_links
from courses.markdown.addresses import is_web_address

LESSON = """+++
title = "One"
[[further]]
title = "A book"
url = "https://example.org/book"
+++
See [this](https://example.org/gone) and `example.com`, but not example.net.
"""


def test_every_link_is_a_whole_https_address() -> None:
    found = links_in(settings.PROGRAMME_DIR)
    assert len(found) > 200
    assert [each for each in found if not (each.url.startswith("https://") and is_web_address(each.url))] == []
    assert [each for each in found if set(each.url) & set('<>"{}|\\^`')] == []


def test_one_address_has_one_title() -> None:
    titles = defaultdict(set)
    for each in links_in(settings.PROGRAMME_DIR):
        if each.title:
            titles[each.url].add(each.title)
    assert {url: found for url, found in titles.items() if len(found) > 1} == {}


def test_no_address_stands_bare_in_a_text() -> None:
    assert list(bare_addresses(settings.PROGRAMME_DIR)) == []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "lesson.md").write_text(LESSON)
    return tmp_path


def test_links_are_found_in_front_matter_and_text_but_not_in_code(folder: Path) -> None:
    assert [each.url for each in links_in(folder)] == ["https://example.org/book", "https://example.org/gone"]
    assert [found for _, found in bare_addresses(folder)] == ["example.net"]


def test_a_link_that_is_gone_is_told_with_its_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"https://example.org/book": (200, "200"), "https://example.org/gone": (404, "404 Not Found")}
    monkeypatch.setattr(check_links, "opened", lambda url, timeout: answers[url])
    out = StringIO()

    with pytest.raises(SystemExit):
        call_command("check_links", str(folder), stdout=out)

    assert out.getvalue().splitlines() == [
        "404 Not Found: https://example.org/gone (lesson.md)",
        "2 links, 1 gone, 1 opened",
    ]


def test_what_gives_no_answer_is_told_and_is_not_gone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError("no network here")

    monkeypatch.setattr(check_links.urllib.request, "urlopen", refuse)
    out = StringIO()

    call_command("check_links", str(folder), stdout=out)

    assert "no answer (no network here): https://example.org/book (lesson.md)" in out.getvalue()


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no folder"):
        call_command("check_links", str(tmp_path / "nowhere"))
