"""The entry of a rendering session, run here without a sandbox."""

from __future__ import annotations

import runpy
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup, Tag
from nbformat import v4

import grading

RENDER = Path(grading.__file__).parent / "page.py"


def rendered(folder: Path, monkeypatch: pytest.MonkeyPatch, *cells: object) -> tuple[str, BeautifulSoup]:
    monkeypatch.chdir(folder)
    Path("notebook.ipynb").write_text(nbformat.writes(v4.new_notebook(cells=list(cells))), encoding="utf-8")
    runpy.run_path(str(RENDER))
    page = Path("page.html").read_text(encoding="utf-8")
    return page, BeautifulSoup(page, "html.parser")


def code(source: str, *outputs: dict[str, str]) -> object:
    shown = [v4.new_output("display_data", data=data) for data in outputs]
    return v4.new_code_cell(source, outputs=shown, execution_count=1, id="code")


def text(source: str) -> object:
    return v4.new_markdown_cell(source, id="text")


def test_headings_paragraphs_and_tables_are_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = '<table class="dataframe"><thead><tr><th>age</th></tr></thead><tbody><tr><td>61</td></tr></tbody></table>'
    _, page = rendered(
        tmp_path,
        monkeypatch,
        text("# Framing\n\nFor **whom**.\n\n| a |\n|---|\n| 1 |"),
        code("x", {"text/html": table}),
    )
    assert [heading.get_text("", strip=True).rstrip("¶") for heading in page.find_all("h1")] == ["Framing"]
    assert [cell.get_text() for cell in page.find_all("th")] == ["a", "age"]
    assert "&lt;" not in str(page.body)


def test_pictures_are_shown_as_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, page = rendered(
        tmp_path,
        monkeypatch,
        code("plot", {"image/png": "iVBORw0KGgo="}, {"image/svg+xml": "<svg onload='alert(1)'></svg>"}),
    )
    sources = [str(picture["src"])[:20] for picture in page.find_all("img") if isinstance(picture, Tag)]
    assert sources == ["data:image/png;base6", "data:image/svg+xml;b"]


@pytest.mark.parametrize(
    "cell",
    [
        text("<script>alert(1)</script>"),
        text('<img src=x onerror="alert(1)">'),
        text("[press](javascript:alert(1))"),
        text("[press](data:text/html,<script>alert(1)</script>)"),
        text('<iframe src="https://example.org"></iframe><form action="https://example.org"><input></form>'),
        text('<p style="position:fixed">over everything</p>'),
        code("x", {"text/html": "<script>alert(1)</script><style>body{display:none}</style>"}),
        code("x", {"application/javascript": "alert(1)"}),
        code("x", {"text/vnd.mermaid": "</pre><script>alert(1)</script>"}),
        code("x", {"text/html": '<img src="https://example.org/seen.png"><base href="//example.org">'}),
    ],
)
def test_nothing_active_gets_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cell: object) -> None:
    _, page = rendered(tmp_path, monkeypatch, cell)
    body = page.body
    assert body is not None
    assert not body.find_all(["script", "style", "iframe", "form", "input", "base", "object", "link", "meta"])
    for element in body.find_all(True):
        assert not [name for name in element.attrs if name.startswith("on") or name == "style"]
        for address in (str(element.get("href", "")), str(element.get("src", ""))):
            assert not address.lower().startswith(("javascript:", "data:text")), address
            assert "example.org" not in address or element.name == "a"


def test_an_output_cannot_break_out_of_its_cell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forged = '</div></div></div></div><div class="jp-Cell" id="forged">All checks pass</div>'
    _, page = rendered(tmp_path, monkeypatch, code("x", {"text/html": forged}), text("end"))
    found = page.find(id="forged")
    assert found is not None
    assert found.find_parent(attrs={"data-mime-type": "text/html"}) is not None
