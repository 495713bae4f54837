import json
import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.files import File
from django.core.files.storage import FileSystemStorage

from config.context import fonts

STATIC = Path(settings.ROOT) / "static"
TEMPLATES = Path(settings.ROOT) / "templates"


def test_styles_can_be_collected_without_the_fonts(tmp_path: Path) -> None:
    """A stylesheet that refers to a file which may be absent would stop every deployment."""
    storage = ManifestStaticFilesStorage(location=str(tmp_path))
    source = FileSystemStorage(location=str(STATIC))
    paths = {}
    for file in STATIC.rglob("*"):
        name = file.relative_to(STATIC).as_posix()
        if file.is_file() and not name.startswith("vendor/"):
            with file.open("rb") as content:
                storage.save(name, File(content))
            paths[name] = (source, name)
    failed = [name for name, _, outcome in storage.post_process(paths) if isinstance(outcome, Exception)]
    assert failed == []


def test_pages_do_without_the_fonts_until_they_are_built(monkeypatch: Any) -> None:
    monkeypatch.setattr("config.context.finders.find", lambda path: None)
    monkeypatch.setattr("config.context.staticfiles_storage.exists", lambda path: False)
    fonts.cache_clear()
    assert fonts() == ""
    monkeypatch.setattr("config.context.finders.find", lambda path: "somewhere")
    fonts.cache_clear()
    assert fonts() == "/static/vendor/fonts.css"
    fonts.cache_clear()


def test_only_the_tokens_give_a_colour_a_value() -> None:
    for sheet in (STATIC / "css").rglob("*.css"):
        if sheet.name != "tokens.css":
            text = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.S)
            assert not re.search(r"#[0-9a-f]{3,8}\b(?=[\s;,)])", text), sheet.name


def test_no_page_carries_inline_style_or_script() -> None:
    for template in TEMPLATES.rglob("*.html"):
        text = template.read_text()
        name = template.relative_to(TEMPLATES)
        assert not re.search(
            r"\sstyle=|<style|\son(click|change|input|submit|load|error|key\w+)=|hx-on|javascript:", text
        ), name
        assert not re.search(r"<script(?![^>]*\ssrc=)(?![^>]*application/json)", text), name


def test_the_lock_names_no_registry() -> None:
    lock = json.loads((Path(settings.ROOT) / "package-lock.json").read_text())
    packages = [each for path, each in lock["packages"].items() if path]
    assert all(each["integrity"].startswith("sha512-") and "resolved" not in each for each in packages)
