"""Pages of the seeded school at both widths, light and dark: no violation, nothing wider than the window."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from graduation.demo.people import GRADUATES, NAMES, email_of

STUDENT = email_of(NAMES[0])
PAGES = {
    STUDENT: ["/", "/cohorts/", "/marks/", "/notices/", "/portfolio/", "/people/me/", "/accounts/email/"],
    email_of(GRADUATES[0]): ["/", "/marks/", "/portfolio/"],
    "tomasz@ashdown.example": ["/", "/marking/"],
    "office@ashdown.example": ["/", "/office/", "/office/cohorts/new/", "/office/certificates/"],
    "external@ashdown.example": ["/", "/office/"],
    "admin@ashdown.example": ["/", "/people/", "/people/audit/"],
}
# From which page a link leads to one more page worth looking at.
LINKS = {
    STUDENT: [
        ("/", r"/cohorts/[-\w]+/modules/"),
        ("/", r"/cohorts/[-\w]+/modules/4/"),
        ("/", r"/cohorts/[-\w]+/modules/4/[-\w]+/"),
        ("/marks/", r"/work/[-0-9a-f]{36}/"),
    ],
    email_of(GRADUATES[0]): [("/portfolio/", r"/portfolio/artefacts/[-0-9a-f]{36}/")],
    "tomasz@ashdown.example": [("/marking/", r"/marking/[-0-9a-f]{36}/")],
    "office@ashdown.example": [("/office/", r"/office/cohorts/(?!new)[-\w]+/")],
}


@pytest.mark.parametrize(("width", "dark"), [(390, False), (390, True), (1280, True)])
@pytest.mark.parametrize("email", PAGES)
def test_pages_of(
    email: str,
    width: int,
    dark: bool,
    visit: Callable[..., Page],
    sign_in: Callable[..., None],
    no_violations: Callable[[Page], None],
) -> None:
    page = visit(width=width, dark=dark)
    sign_in(page, email)
    addresses = list(PAGES[email])
    for start, pattern in LINKS.get(email, []):
        page.goto(start)
        found = re.search(rf'href="({pattern})["#?]', page.content())
        assert found, f"{start} has no link like {pattern}"
        addresses.append(found.group(1))
    for address in addresses:
        page.goto(address)
        no_violations(page)


@pytest.mark.parametrize("address", ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/nowhere/"])
@pytest.mark.parametrize("dark", [False, True])
def test_pages_for_visitors(
    address: str, dark: bool, visit: Callable[..., Page], no_violations: Callable[[Page], None]
) -> None:
    page = visit(width=390, dark=dark)
    page.goto(address)
    no_violations(page)


def test_reading_works_without_javascript(visit: Callable[..., Page], sign_in: Callable[..., None]) -> None:
    page = visit(javascript=False)
    sign_in(page, STUDENT)
    found = re.search(r'href="(/cohorts/[-\w]+/modules/4/[-\w]+/)"', page.content())
    assert found
    page.goto(found.group(1))
    before = page.get_by_role("button", name="I have read it").count()
    page.locator("#lesson-act-button").click()
    page.wait_for_load_state()
    assert page.get_by_role("button", name="I have read it").count() != before


def test_the_keyboard_reaches_the_page_first(visit: Callable[..., Page], sign_in: Callable[..., None]) -> None:
    page = visit()
    sign_in(page, STUDENT)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").strip() == "Skip to the page"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"
