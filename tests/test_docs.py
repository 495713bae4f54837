"""What the documentation says can be done."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md")), ROOT / "sandbox/README.md"]
# In development settings only.
DEMO = {"demo"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(), flags=re.DOTALL))
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert not missing


def test_every_command_of_the_front_door_in_the_docs_exists() -> None:
    usage = subprocess.run([ROOT / "pathway", "help"], capture_output=True, text=True, check=True).stdout
    known = set(re.findall(r"\./pathway (\w+)", usage)) | {"help"}
    for page in PAGES:
        for command in re.findall(r"\./pathway (\w+)", page.read_text()):
            assert command in known, f"{page.name}: ./pathway {command}"


def test_every_management_command_in_the_docs_exists_and_explains_itself() -> None:
    commands = get_commands()
    named = {
        command
        for page in PAGES
        for command in re.findall(r"(?:manage\.py|pathway manage) ([a-z_]+)", page.read_text())
    }
    assert named - DEMO <= set(commands), named - DEMO - set(commands)
    for name in named - DEMO:
        app = commands[name]
        command = load_command_class(app, name) if isinstance(app, str) else app
        assert command.help, f"{name} has no help"
