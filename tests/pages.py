"""Reading pages in tests."""

from typing import Any

from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext


def soup(response: Any) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def words(response: Any) -> str:
    """What a reader reads between the bar and the footer."""
    main = soup(response).main
    assert main is not None, response.content[:400]
    return " ".join(main.get_text(" ").split())


def queries_of(browser: Client, path: str) -> int:
    """How many queries a page takes."""
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(path).status_code == 200
    return len(captured)
