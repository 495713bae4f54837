"""An executed notebook, which is hostile, as HTML without scripts.

Loading this shows one, before any session is forked: templates, styles and selectors are compiled the first time.
"""

from __future__ import annotations

from typing import Any

import nbformat as _nbformat
import nh3
from nbconvert.exporters import HTMLExporter as _HTMLExporter

# None of these libraries is typed all through.
nbformat: Any = _nbformat
HTMLExporter: Any = _HTMLExporter

ATTRIBUTES = {
    "*": {"class", "id", "title", "data-mime-type"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}


def as_html(notebook: Any) -> str:
    """The cells of the notebook, one below the other."""
    body, _ = _exporter.from_notebook_node(notebook)
    # Each part was cleaned on its own, so that none reaches into its neighbours; but nbconvert lets some parts through.
    return clean(body)


def clean(html: object) -> str:
    """nbconvert's own filter escapes headings, paragraphs and the heads of tables."""
    text = html.decode() if isinstance(html, bytes) else str(html)
    return nh3.clean(
        text,
        tags=nh3.ALLOWED_TAGS | {"tfoot"},
        attributes=ATTRIBUTES,
        attribute_filter=only_pictures,
        url_schemes={"http", "https", "mailto", "data"},
        link_rel="noopener noreferrer",
    )


def only_pictures(tag: str, attribute: str, value: str) -> str | None:
    """Data addresses are for pictures, and only pictures inside the page are shown."""
    is_data = value.strip().lower().startswith("data:")
    if attribute == "src" and not value.startswith("data:image/"):
        return None
    return None if attribute == "href" and is_data else value


def _made() -> Any:
    exporter = HTMLExporter(
        template_name="lab",
        template_file="base.html.j2",
        sanitize_html=True,
        mathjax_url="",
        require_js_url="",
        mermaid_js_url="",
        embed_images=True,
        # Those that come with it look for tags that mean nothing here, and each checks the whole notebook again.
        default_preprocessors=[],
    )
    exporter.register_filter("clean_html", clean)
    return exporter


def _sample() -> Any:
    v4 = nbformat.v4
    outputs = [
        v4.new_output("stream", text="\x1b[31ma\x1b[0m"),
        v4.new_output("display_data", data={"image/png": "iVBORw0KGgo=", "text/plain": "a"}),
        v4.new_output("execute_result", data={"text/html": "<table><tr><th>a</th></tr></table>"}, execution_count=1),
        v4.new_output("error", ename="E", evalue="a", traceback=["a"]),
    ]
    code = v4.new_code_cell("def f(a):\n    return 'a'  # a", outputs=outputs)
    return v4.new_notebook(cells=[v4.new_markdown_cell("# a\n\n- [a](a) **a** $a$\n\n```python\na\n```"), code])


_exporter = _made()
as_html(_sample())
