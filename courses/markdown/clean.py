"""The last gate before a page is stored: what is not named here does not get out."""

import nh3

from courses.markdown import maths, svg

TEXT = {
    "a", "aside", "b", "blockquote", "br", "code", "div", "em", "figcaption", "figure", "h2", "h3", "h4", "h5", "h6",
    "hr", "li", "ol", "p", "pre", "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul", "use",
}  # fmt: skip
ATTRIBUTES = {
    "*": {"class", "id"},
    "a": {"href"},
    "aside": {"aria-labelledby", "role"},
    "div": {"aria-label", "role", "tabindex"},
    "ol": {"start"},
    "pre": {"aria-label", "role", "tabindex"},
    "span": {"role"},
    "svg": {"aria-hidden", "aria-labelledby", "role"} | svg.ATTRIBUTES,
    "th": {"scope"},
    **dict.fromkeys(svg.ELEMENTS - {"svg"}, svg.ATTRIBUTES),
    **dict.fromkeys(maths.ELEMENTS, maths.ATTRIBUTES),
}


def clean(page: str) -> str:
    """The page without anything that the lists do not name.

    Everything in it was built from allow-lists already, so on a page without a defect of ours this changes nothing but
    spelling. It is done all the same, because a parser of HTML sees what a browser sees and the renderer does not. SVG
    and MathML survive it: the cleaner parses both in their own namespaces, and refuses an element that has got into the
    wrong one. `use` can only name the one icon that pitfalls have.
    """
    return nh3.clean(
        page,
        tags=TEXT | svg.ELEMENTS | set(maths.ELEMENTS),
        attributes=ATTRIBUTES,
        tag_attribute_values={"use": {"href": {"#i-warn"}}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )
