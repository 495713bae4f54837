"""Working in the browser: nothing that is typed is lost, by keyboard, on a phone, without a connection."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from graduation.demo.people import NAMES, email_of

WORKSPACE = "/cohorts/summer-2026-part-time/assignments/hospital-death/workspace/"


def open_workspace(page: Page) -> None:
    page.goto(WORKSPACE)
    expect(page.locator(".cm-content").first).to_be_visible()


def type_into_last_cell(page: Page, text: str) -> None:
    page.locator(".cell:not(.text) .cm-content").last.focus()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text(text)  # as pasted: Enter would indent it


def saved(page: Page) -> None:
    expect(page.locator("[data-saved]")).to_have_text(re.compile(r"^Saved \d\d:\d\d:\d\d$"), timeout=20_000)


def test_nothing_typed_is_lost(
    visit: Callable[..., Page], sign_in: Callable[..., None], no_violations: Callable[[Page], None]
) -> None:
    one = visit()
    sign_in(one, email_of(NAMES[20]))
    open_workspace(one)
    no_violations(one)
    type_into_last_cell(one, "\nprint(6 * 7)")
    one.keyboard.press("Control+Enter")
    expect(one.locator("[data-output]").last).to_contain_text("42", timeout=30_000)
    saved(one)

    one.context.set_offline(True)
    type_into_last_cell(one, "\nwithout_a_connection = 1")
    expect(one.locator("[data-saved]")).to_contain_text("No connection", timeout=20_000)
    no_violations(one)
    one.close()
    two = one.context.new_page()
    two.context.set_offline(False)
    open_workspace(two)
    expect(two.locator("[data-cells]")).to_contain_text("without_a_connection = 1")
    saved(two)

    three = two.context.new_page()
    open_workspace(three)
    type_into_last_cell(three, "\nin_the_third_window = 1")
    saved(three)
    type_into_last_cell(two, "\nin_the_second_window = 1")
    conflict = two.locator("[data-conflict]")
    expect(conflict).to_contain_text("in_the_third_window = 1", timeout=20_000)
    expect(conflict).to_contain_text("in_the_second_window = 1")
    no_violations(two)
    two.get_by_role("button", name="Go on with what I typed here").click()
    saved(two)
    two.goto(WORKSPACE.replace("workspace", "versions"))
    no_violations(two)
    two.get_by_role("link", name="Version 1", exact=True).click()
    no_violations(two)


def test_the_workspace_on_a_phone(
    visit: Callable[..., Page], sign_in: Callable[..., None], no_violations: Callable[[Page], None]
) -> None:
    page = visit(width=390, dark=True)
    sign_in(page, email_of(NAMES[21]))
    open_workspace(page)
    page.get_by_role("button", name="Run all").click()
    expect(page.locator("#ran")).to_contain_text("Ran on", timeout=60_000)
    no_violations(page)


def test_the_workspace_without_a_script(visit: Callable[..., Page], sign_in: Callable[..., None]) -> None:
    page = visit(javascript=False)
    sign_in(page, email_of(NAMES[22]))
    page.goto(WORKSPACE)
    page.locator("textarea").last.fill("by_hand = 1")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text("Saved at")
    expect(page.locator("textarea").last).to_have_value("by_hand = 1")
