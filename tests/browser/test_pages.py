"""Pages of the seeded school at both widths, light and dark: no violation, nothing wider than the window."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from graduation.demo.people import GRADUATES, NAMES, email_of

STUDENT = email_of(NAMES[0])
LEADER = "leila@ashdown.example"
PAGES = {
    STUDENT: ["/", "/cohorts/", "/marks/", "/notices/", "/portfolio/", "/people/me/", "/accounts/email/"],
    email_of(GRADUATES[0]): ["/", "/marks/", "/portfolio/"],
    "tomasz@ashdown.example": ["/", "/marking/"],
    LEADER: ["/marking/"],
    "office@ashdown.example": ["/", "/office/", "/office/cohorts/new/", "/office/certificates/", "/office/evidence/"],
    "external@ashdown.example": ["/", "/office/", "/status/"],
    "admin@ashdown.example": ["/", "/people/", "/people/audit/", "/status/incidents/"],
}
COHORT = r"/cohorts/summer-[-\w]+/"
MODULES = r"/cohorts/[-\w]+/modules/"
WORK_OF_MODULE_4 = r"/cohorts/[-\w]+/assignments/hospital-death/"
# From which page links lead on, one after the other, to more pages worth looking at.
LINKS = {
    STUDENT: [
        ("/", MODULES, r"/cohorts/[-\w]+/data/", r"/cohorts/[-\w]+/data/admissions/"),
        ("/", rf"{MODULES}4/", rf"{MODULES}4/[-\w]+/"),
        ("/marks/", r"/work/[-0-9a-f]{36}/"),
    ],
    LEADER: [
        ("/cohorts/", COHORT, MODULES, r"/cohorts/[-\w]+/coverage/", rf"{MODULES}6/layers-that-learn/questions/"),
        ("/cohorts/", COHORT, MODULES, rf"{MODULES}4/", WORK_OF_MODULE_4, rf"{WORK_OF_MODULE_4}solutions/"),
        ("/marking/", r"/marking/[-\w]+/hospital-death/regrades/"),
    ],
    email_of(GRADUATES[0]): [("/portfolio/", r"/portfolio/artefacts/[-0-9a-f]{36}/")],
    "tomasz@ashdown.example": [("/marking/", r"/marking/[-0-9a-f]{36}/", r"/runs/[-0-9a-f]{36}/record/")],
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
    for address in PAGES[email]:
        page.goto(address)
        no_violations(page)
    seen = set(PAGES[email])
    for start, *patterns in LINKS.get(email, []):
        page.goto(start)
        for pattern in patterns:
            address = follow(page, pattern)
            if address not in seen:
                no_violations(page)
            seen.add(address)


def follow(page: Page, pattern: str) -> str:
    """Goes to the first address on the page that looks like this."""
    found = re.search(rf'href="({pattern})["#?]', page.content())
    assert found, f"{page.url} has no link like {pattern}"
    page.goto(found.group(1))
    return found.group(1)


def test_pages_that_say_right_wrong_or_what_is_missing(
    visit: Callable[..., Page], sign_in: Callable[..., None], no_violations: Callable[[Page], None]
) -> None:
    page = visit(width=390, dark=True)
    sign_in(page, STUDENT)
    follow(page, MODULES)
    follow(page, rf"{MODULES}2/")
    follow(page, rf"{MODULES}2/yes-or-no/")
    choices = page.locator("input[type=radio], input[type=checkbox]")
    for question in page.locator("#quiz .question").filter(has=choices).all():
        question.locator("input[type=radio], input[type=checkbox]").first.check()
        question.get_by_role("button", name="Check my answer").click()
        question.locator(".note").wait_for()
    no_violations(page)

    follow(page, MODULES)
    follow(page, r"/cohorts/[-\w]+/data/")
    follow(page, r"/cohorts/[-\w]+/data/admissions/")
    page.get_by_role("button", name="I agree and sign").click()
    page.get_by_text("Write your name.").first.wait_for()
    no_violations(page)

    page = visit(width=390)
    sign_in(page, LEADER)
    page.goto("/marking/")
    follow(page, r"/marking/[-\w]+/hospital-death/regrades/")
    page.locator("form").evaluate_all("forms => forms.forEach(form => { form.noValidate = true; })")
    page.get_by_role("button", name="Run everything again").click()
    page.get_by_text("Say what changed and why").first.wait_for()
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
