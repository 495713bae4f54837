"""What people write: comments of tutors, statements of students."""

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

TAGS = {"a", "blockquote", "br", "code", "em", "li", "ol", "p", "pre", "strong", "ul"}

# Paragraphs, emphasis, code, lists, quotations and links. No headings, pictures, tables or HTML.
_writing = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(
    ["heading", "lheading", "hr", "image", "code", "reference", "html_block", "html_inline"]
)


def render_comment(text: str) -> SafeString:
    """The text as safe HTML. Any text is accepted; what is not understood is shown as it was written."""
    html = nh3.clean(
        _writing.render(text),
        tags=TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer",
    )
    return mark_safe(html)  # noqa: S308 - cleaned by nh3 on the line above
