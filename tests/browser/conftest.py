"""A running site (the demo, in a folder of its own) and a Chromium that looks at it.

Each file has a Chromium of its own: while one is driven, Django takes the process for an asynchronous one.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in Path(item.fspath).parts:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def state_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("site")


@pytest.fixture(scope="session")
def site(state_dir: Path) -> Iterator[str]:
    """The address of a demo of our own."""
    environment = {
        **{name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "CELERY_BROKER_URL"}},
        "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}",
        "DJANGO_SETTINGS_MODULE": "config.settings.dev",
        "PATHWAY_DEBUG": "0",
        "PATHWAY_STATE_DIR": str(state_dir),
        "PYTHONUNBUFFERED": "1",
    }
    process = subprocess.Popen(
        [sys.executable, "manage.py", "demo", "--quiet", "--port", "8600"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    said = []
    try:
        assert process.stdout
        for line in process.stdout:
            said.append(line)
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                yield found.group()
                break
        else:
            pytest.fail("The demo did not start:\n" + "".join(said))
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
        if process.stdout:
            process.stdout.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = os.environ.get("PATHWAY_CHROMIUM") or shutil.which("chromium")
    assert path, "The browser tests need Chromium: ./pathway test installs it."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """visit(width=390, dark=True) is a browser of one person. A script error or refused resource fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(*, width: int = 1280, dark: bool = False, javascript: bool = True) -> Page:
        context = chromium.new_context(
            base_url=site,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            java_script_enabled=javascript,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on("console", lambda said: complaints.append(f"{page.url}: {said.text}") if is_violation(said) else None)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints


@pytest.fixture
def sign_in() -> Callable[[Page, str], None]:
    """sign_in(page, email) with the demo's password."""
    from graduation.demo.people import PASSWORD

    def fill_in(page: Page, email: str) -> None:
        page.goto("/accounts/login/")
        page.get_by_label("E-mail").fill(email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/")

    return fill_in


def is_violation(said: Any) -> bool:
    return said.type == "error" and "Content Security Policy" in said.text


@pytest.fixture
def no_violations() -> Callable[[Page], None]:
    """no_violations(page) runs axe (WCAG 2.2 A and AA, best practice) on the page as it is."""
    axe = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()

    def check(page: Page) -> None:
        page.evaluate(axe)
        found = page.evaluate(
            """async () => {
                const runOnly = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'];
                const {violations} = await axe.run(document, {runOnly, iframes: false});
                return violations.map(v => v.id + ': ' + v.nodes.map(n => n.html.slice(0, 120)).join(' | '));
            }"""
        )
        assert not found, f"{page.url}:\n" + "\n".join(found)
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{page.url} is {overflow} px wider than the window"

    return check
