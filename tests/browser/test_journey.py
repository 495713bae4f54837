"""The main job in a real browser, from sign-up to certificate, with axe on every page that it visits."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from graduation.demo.people import PASSWORD

ROOT = Path(__file__).resolve().parents[2]
ASSIGNMENT = ROOT / "courses/programme/m4-supervised-learning/assignments/hospital-death"
EMAIL = "browser.person@ashdown.example"
NAME = "Bea Browser"
PATIENT = 120_000


def mail_to(folder: Path, containing: str) -> str:
    """The newest link of this kind in a message to the student."""
    for message in sorted(folder.glob("*"), key=lambda path: path.stat().st_mtime, reverse=True):
        text = message.read_text(encoding="utf-8", errors="replace")
        if EMAIL in text and (found := re.search(rf"https?://[^/]+(/\S*{containing}\S+)", text)):
            return found.group(1)
    pytest.fail(f"no message to {EMAIL} with {containing}")


def test_from_sign_up_to_certificate(
    visit: Callable[..., Page], state_dir: Path, no_violations: Callable[[Page], None], sign_in: Callable[..., None]
) -> None:
    student = visit()

    student.goto("/accounts/login/")
    no_violations(student)
    student.get_by_role("link", name="Create an account").click()
    student.get_by_label("Full name").fill(NAME)
    student.get_by_label("E-mail").fill(EMAIL)
    student.locator("[name=password1]").fill(PASSWORD)
    student.locator("[name=password2]").fill(PASSWORD)
    no_violations(student)
    student.get_by_role("button", name="Create the account").click()
    student.wait_for_url("**/confirm-email/")
    no_violations(student)
    student.goto(mail_to(state_dir / "mail", "confirm-email"))
    no_violations(student)
    student.get_by_role("button", name="Yes, confirm it").click()
    student.wait_for_load_state()
    sign_in(student, EMAIL)
    no_violations(student)

    student.goto("/cohorts/")
    no_violations(student)
    student.get_by_role("link", name=re.compile("full-time")).first.click()
    no_violations(student)
    student.get_by_role("button", name=re.compile("^Enrol in")).click()
    student.wait_for_load_state()
    student.goto("/")
    expect(student.get_by_role("heading", name="Your path")).to_be_visible()
    no_violations(student)

    student.get_by_role("link", name="Modules").first.click()
    no_violations(student)
    student.get_by_role("link", name="Supervised learning").first.click()
    no_violations(student)
    student.get_by_role("link", name="Straight lines and odds").first.click()
    expect(student.locator("math").first).to_be_visible()
    no_violations(student)
    student.get_by_role("button", name="I have read it").click()
    expect(student.get_by_role("button", name="Mark it as unread")).to_be_visible()

    cohort = re.search(r"/cohorts/([-\w]+)/", student.url)
    assert cohort
    work_on = f"/cohorts/{cohort.group(1)}/assignments/hospital-death/"
    student.goto(work_on)
    no_violations(student)
    student.locator("input[type=file]").set_input_files(
        {"name": "analysis.ipynb", "mimeType": "application/json", "buffer": b"{ not a notebook"}
    )
    student.get_by_role("button", name="Upload", exact=True).click()
    expect(student.get_by_text("is not JSON")).to_be_visible()
    no_violations(student)
    student.locator("input[type=file]").set_input_files(ASSIGNMENT / "reference" / "analysis.ipynb")
    student.get_by_role("button", name="Upload", exact=True).click()
    expect(student.get_by_role("button", name="Run the visible checks")).to_be_enabled()
    student.get_by_role("button", name="Run the visible checks").click()
    expect(student.get_by_text("No attempt used", exact=False).first).to_be_visible(timeout=PATIENT)
    expect(student.get_by_text("10 of 10")).to_have_count(2)
    frame = student.frame_locator("iframe").first
    expect(frame.locator("img").first).to_be_visible(timeout=PATIENT)
    no_violations(student)

    student.locator("[name=confirm]").check()
    student.get_by_role("button", name="Submit", exact=True).click()
    student.wait_for_url("**/work/**")
    expect(student.get_by_text("with a marker").first).to_be_visible(timeout=PATIENT)
    assert "Sensitivity at 90%" not in student.get_by_role("main").inner_text()
    no_violations(student)
    work = re.search(r"/work/([-0-9a-f]{36})/", student.url)
    assert work
    code = work.group(1)
    student.get_by_role("link", name="Receipt").first.click()
    no_violations(student)

    tutor = visit()
    sign_in(tutor, "tomasz@ashdown.example")
    no_violations(tutor)
    tutor.goto("/marking/")
    assert NAME not in tutor.content()
    no_violations(tutor)
    tutor.goto(f"/marking/{code}/")
    no_violations(tutor)
    mark_by_keyboard(tutor)
    expect(tutor.get_by_text(re.compile("saved", re.IGNORECASE)).first).to_be_visible()
    no_violations(tutor)

    leader = visit()
    sign_in(leader, "leila@ashdown.example")
    leader.goto(f"/marking/{cohort.group(1)}/hospital-death/release/")
    no_violations(leader)
    leader.get_by_role("button", name=re.compile("^Release to")).click()
    leader.wait_for_load_state()
    no_violations(leader)

    student.goto(f"/work/{code}/")
    expect(student.get_by_text("100.00").first).to_be_visible()
    expect(student.get_by_text("Argued from the brief").first).to_be_visible()
    no_violations(student)
    for address in ("/marks/", "/notices/", "/people/me/", "/portfolio/"):
        student.goto(address)
        no_violations(student)
    student.locator("[name=slug]").fill(f"bea-{time.time_ns():x}")
    student.get_by_role("button", name="Save").click()
    student.goto(f"/portfolio/artefacts/{code}/")
    no_violations(student)
    student.locator("[name=title]").fill("Who dies in hospital, and how sure we are")
    student.get_by_role("button", name="Put it on the portfolio").click()
    student.get_by_role("button", name="Publish").click()
    student.wait_for_load_state()
    student.goto("/portfolio/")
    public = student.locator("a[href^='/portfolio/bea-']").first.get_attribute("href")
    assert public

    office = visit()
    sign_in(office, "office@ashdown.example")
    no_violations(office)
    office.goto("/office/")
    no_violations(office)
    office.goto(f"/office/cohorts/{cohort.group(1)}/")
    no_violations(office)
    office.get_by_role("row", name=re.compile(EMAIL)).get_by_role("link", name=re.compile("^Record")).click()
    no_violations(office)
    for module in (1, 2, 3, 5, 6, 7, 8, 9):
        office.locator("[name=module]").select_option(str(module))
        office.locator("[name=mark]").fill(str(60 + module))
        office.locator("[name=reason]").fill("Assessed in the skills laboratory.")
        office.get_by_role("button", name="Record the mark").click()
        expect(office.get_by_text(f"M{module}: {60 + module} is recorded")).to_be_visible()
    office.get_by_role("button", name="Ask the regulations").click()
    no_violations(office)
    office.get_by_role("button", name=re.compile("^Confirm")).click()
    office.get_by_role("button", name="Issue the certificate").click()
    no_violations(office)
    office.get_by_role("link", name=re.compile("^See certificate")).click()
    certificate = office.url

    visitor = visit()
    visitor.goto(certificate)
    expect(visitor.get_by_text("Valid.", exact=False).first).to_be_visible()
    expect(visitor.get_by_text(NAME).first).to_be_visible()
    no_violations(visitor)
    visitor.goto(public)
    expect(visitor.get_by_text("Who dies in hospital").first).to_be_visible()
    no_violations(visitor)


def mark_by_keyboard(tutor: Page) -> None:
    """Digits choose the level, a sentence follows, and no mouse is used."""
    criteria = tutor.locator("article.crit, fieldset.crit, .crit").count()
    for number in range(criteria):
        block = tutor.locator(".crit").nth(number)
        block.locator("input[type=radio]").first.focus()
        tutor.keyboard.press("7")
        block.locator("textarea").fill("Argued from the brief, not from habit.")
    tutor.get_by_role("button", name=re.compile("^Save")).focus()
    tutor.keyboard.press("Enter")
    tutor.wait_for_load_state()
