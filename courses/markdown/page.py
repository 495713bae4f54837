"""A lesson or a brief: Markdown to the HTML that the stylesheet of a lesson expects."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from html import escape
from itertools import pairwise
from typing import Any
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from mdit_py_plugins.container import container_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin

from courses.markdown.addresses import is_web_address
from courses.markdown.clean import clean
from courses.markdown.colour import LANGUAGES, coloured
from courses.markdown.flaw import Flaw
from courses.markdown.maths import MathsError, mathml
from courses.markdown.svg import FIRST_COLUMN, Figure

CONTAINERS = ("note", "pitfall", "aside")
PITFALL = "A pitfall from practice"
DEEPEST_HEADING = 4

Link = Callable[[str], str | None]
Rule = Callable[["_Rendering", Sequence[Token], int], str]


@dataclass(frozen=True)
class Page:
    """A rendered text. `headings` are the (id, text) of its sections, for a table of contents."""

    html: str
    headings: list[tuple[str, str]]
    flaws: list[Flaw]


def _no_link(target: str) -> str | None:
    return None


def render(source: str, *, figures: Mapping[str, Figure] | None = None, link: Link = _no_link) -> Page:
    """The page of a Markdown text, with everything that is wrong in it; with a flaw, the HTML is not to be shown.

    `figures` are those that `![…](figures/NAME.svg)` may name. `link` turns a relative target into an address, or says
    None when nothing is there.
    """
    rendering = _Rendering(source, figures or {}, link)
    html = rendering.html()
    flaws = sorted(set(rendering.flaws), key=lambda flaw: (flaw.line, flaw.text))
    return Page(html=clean(html), headings=rendering.headings, flaws=flaws)


@dataclass
class _Rendering:
    source: str
    figures: Mapping[str, Figure]
    link: Link
    flaws: list[Flaw] = field(default_factory=list)
    headings: list[tuple[str, str]] = field(default_factory=list)
    ids: set[str] = field(default_factory=lambda: {"main"})
    footnotes: dict[int, list[Token]] = field(default_factory=dict)
    shown_footnotes: set[int] = field(default_factory=set)
    level: int = 1
    line: int = 1
    pictures: int = 0

    @property
    def lines(self) -> list[str]:
        return self.source.split("\n")

    def html(self) -> str:
        env: dict[str, Any] = {"page": self}
        tokens = _take_footnotes(self, _markdown.parse(self.source, env))
        _name_headings(self, tokens)
        html = str(_markdown.renderer.render(tokens, _markdown.options, env))
        for label, note in env.get("footnotes", {}).get("refs", {}).items():
            if note == -1:
                name = f"[^{label[1:]}]"
                line = next((n for n, line in enumerate(self.lines, 1) if line.lstrip().startswith(f"{name}:")), 1)
                self.flaw(f"the footnote {name} is never referred to: refer to it, or remove it.", line)
        return html

    def flaw(self, text: str, line: int | None = None) -> None:
        self.flaws.append(Flaw(line or self.line, text))

    def new_id(self, wanted: str) -> str:
        name, number = wanted, 1
        while name in self.ids:
            number += 1
            name = f"{wanted}-{number}"
        self.ids.add(name)
        return name


def _take_footnotes(page: _Rendering, tokens: list[Token]) -> list[Token]:
    """Set the footnotes aside: they are shown in the margin, beside what refers to them."""
    kept: list[Token] = []
    note: list[Token] | None = None
    for token in tokens:
        if token.type == "footnote_open":
            note = page.footnotes.setdefault(token.meta["id"], [])
        elif token.type == "footnote_close":
            note = None
        elif token.type in ("footnote_block_open", "footnote_block_close", "footnote_anchor"):
            continue
        elif note is not None:
            note.append(token)
        else:
            kept.append(token)
    return kept


def _name_headings(page: _Rendering, tokens: Sequence[Token]) -> None:
    """Before anything is rendered, so that a link may point further down."""
    for token, inline in pairwise(tokens):
        if token.type == "heading_open":
            text = "".join(child.content for child in inline.children or [] if not child.type.endswith("_open"))
            text = " ".join(text.split())
            name = page.new_id(re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "section")
            token.attrSet("id", name)
            if token.tag == "h2":
                page.headings.append((name, text))


class _Renderer(RendererHTML):
    def render(self, tokens: Sequence[Token], options: OptionsDict, env: Any) -> str:
        """As the parent does, while `page.line` follows the text, so that a flaw knows where it is."""
        page: _Rendering = env["page"]
        parts = []
        for index, token in enumerate(tokens):
            if token.map:
                page.line = token.map[0] + 1
            if token.type == "inline":
                parts.append(self.renderInline(token.children or [], options, env))
            elif token.type in self.rules:
                parts.append(self.rules[token.type](tokens, index, options, env))
            else:
                parts.append(self.renderToken(tokens, index, options, env))
        return "".join(parts)


# What becomes of each part of a text -------------------------------------------------------------------------------


def _heading(page: _Rendering, tokens: Sequence[Token], index: int) -> str:
    token = tokens[index]
    level = int(token.tag[1])
    if level == 1:
        page.flaw("# is the title of the page, which it has already: begin sections with ##.")
    elif level > DEEPEST_HEADING:
        page.flaw(f"{'#' * level} is too deep: use ## to {'#' * DEEPEST_HEADING}.")
    elif level > page.level + 1:
        page.flaw(f"{'#' * level} follows {'#' * page.level if page.level > 1 else 'no ##'}: leave no level out.")
    page.level = level
    return f'<{token.tag} id="{token.attrGet("id")}">'


def _text(page: _Rendering, tokens: Sequence[Token], index: int) -> str:
    content = tokens[index].content
    if found := re.match(r":::+\s*(\S+)", content):
        page.flaw(f'"{found[1][:40]}" is not known after :::, write one of {", ".join(CONTAINERS)}.')
    if "$$" in content:
        page.flaw("$$ stands alone: put it on lines of its own before and after the formula.")
    if found := re.search(r"\[\^[^\]]+\]", content):
        page.flaw(f"the footnote {found[0]} is not written: add a line {found[0]}: with its text.")
    return escape(content, quote=False)


def _softbreak(page: _Rendering, tokens: Sequence[Token], index: int) -> str:
    page.line += 1
    return "\n" if tokens[index].type == "softbreak" else "<br>\n"


def _raw_html(page: _Rendering, tokens: Sequence[Token], index: int) -> str:
    page.flaw("HTML is not read here: write Markdown, or put `code marks` around it.")
    return escape(tokens[index].content)


def _fence(page: _Rendering, tokens: Sequence[Token], index: int) -> str:
    token = tokens[index]
    language = token.info.strip()
    code = token.content.rstrip("\n")
    if language == "text":
        return f'<pre class="printout" tabindex="0" role="group" aria-label="Printed output">{escape(code)}</pre>\n'
    if language not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        said = f'the language "{language[:40]}" is not known' if language else "the language is missing"
        page.flaw(f"{said} after ```: write one of {known}, or text for what is printed.")
        return ""
    pre = f'<pre tabindex="0" role="group" aria-label="Code">{coloured(code, language)}</pre>'
    return f'<div class="code">{pre}</div>\n'


def _maths(page: _Rendering, tokens: Sequence[Token], index: int) -> str:
    token = tokens[index]
    display = token.type != "math_inline"
    try:
        drawn = mathml(token.content, display=display)
    except MathsError as error:
        shown = " ".join(token.content.split())
        page.flaw(f"the formula ${shown[:60]}{'…' if len(shown) > 60 else ''}$ {error}.")
        return ""
    if not display:
        page.line += token.content.count("\n")
        return drawn
    return f'<div class="eq" tabindex="0" role="group" aria-label="Equation">{drawn}</div>\n'


def _table(page: _Rendering, tokens: Sequence[Token], index: int) -> str:
    # What scrolls must be reachable with the keyboard.
    return '<div class="scroll" tabindex="0" role="group" aria-label="Table"><table>\n'


def _table_end(page: _Rendering, tokens: Sequence[Token], index: int) -> str:
    return "</table></div>\n"


def _table_cell(page: _Rendering, tokens: Sequence[Token], index: int) -> str:
    token = tokens[index]
    if token.tag == "th" and not tokens[index + 1].content:
        token.tag = tokens[index + 2].tag = "td"  # a header that names nothing is none
    number = ' class="num"' if token.attrGet("style") == "text-align:right" else ""
    return f'<th{number} scope="col">' if token.tag == "th" else f"<td{number}>"


def _paragraph(page: _Rendering, tokens: Sequence[Token], index: int) -> str:
    token = tokens[index]
    return "" if token.hidden or _lone_image(tokens[index + 1]) else "<p>"


def _paragraph_end(page: _Rendering, tokens: Sequence[Token], index: int) -> str:
    token = tokens[index]
    if token.hidden:
        # A tight list has no paragraphs; what follows in the item still begins a line.
        return "\n" if index + 1 < len(tokens) and tokens[index + 1].nesting != -1 else ""
    return "" if _lone_image(tokens[index - 1]) else "</p>\n"


def _lone_image(inline: Token) -> bool:
    return [child.type for child in inline.children or []] == ["image"]


def _image(page: _Rendering, tokens: Sequence[Token], index: int) -> str:
    token = tokens[index]
    target = unquote(str(token.attrGet("src") or ""))
    if len(tokens) != 1:
        page.flaw(f"the figure {target} stands in a line of text: put it on a line of its own.")
        return ""
    if not token.content.strip():
        page.flaw(f"the figure {target} has no text alternative: say between ![ and ] what one sees in it.")
    folder, _, name = target.partition("/")
    if folder != "figures" or not name.endswith(".svg"):
        page.flaw(f'"{target}" is not a figure: name a file of this module such as figures/roc.svg.')
        return ""
    if name not in page.figures:
        page.flaw(f"there is no {target} in this module: add it, or correct the name.")
        return ""
    page.pictures += 1
    figure = page.figures[name]
    caption = str(token.attrGet("title") or "")
    drawing = figure.markup(token.content, page.new_id(f"figure-{page.pictures}"))
    kind = "fig" if caption and figure.width <= FIRST_COLUMN else "fig one"
    words = f"<figcaption>{escape(caption, quote=False)}</figcaption>" if caption else ""
    return f'<figure class="{kind}">{drawing}{words}</figure>\n'


def _anchor(page: _Rendering, tokens: Sequence[Token], index: int) -> str:
    target = str(tokens[index].attrGet("href") or "")
    return f'<a href="{escape(_address(page, target))}">'


def _address(page: _Rendering, target: str) -> str:
    if is_web_address(target):
        return target
    try:
        parts = urlsplit(target)
    except ValueError:
        page.flaw(f"the link {target} is not an address: correct it.")
        return ""
    if parts.scheme == "mailto" and "@" in parts.path:
        return target
    if parts.scheme or parts.netloc:
        page.flaw(f"the link {target} is not one that we follow: begin it with https:// and the name of the site.")
    elif not parts.path:
        if parts.fragment not in page.ids:
            page.flaw(f"the link {target or '()'} goes nowhere: no heading of this page has that name.")
    elif (address := page.link(unquote(parts.path))) is None:
        page.flaw(f"the link {target} goes nowhere: name the file of a lesson or a brief, such as 2-calibration.md.")
    else:
        return f"{address}#{parts.fragment}" if parts.fragment else address
    return target


def _footnote(page: _Rendering, tokens: Sequence[Token], index: int) -> str:
    number = tokens[index].meta["id"]
    name = tokens[index].meta.get("label", "")
    note = page.footnotes.get(number, [])
    if number in page.shown_footnotes:
        page.flaw(f"the footnote [^{name}] is referred to twice: each stands in the margin once, so write it again.")
        return ""
    page.shown_footnotes.add(number)
    if [token.type for token in note] != ["paragraph_open", "inline", "paragraph_close"]:
        page.flaw(f"the footnote [^{name}] is not one paragraph: shorten it, or use ::: aside.")
        return ""
    line = page.line
    text = _markdown.renderer.render([note[1]], _markdown.options, {"page": page})
    page.line = line
    return f'<span class="sn" role="note">{text}</span>'


def _container(kind: str, page: _Rendering, tokens: Sequence[Token], index: int) -> str:
    token = tokens[index]
    if token.nesting == -1:
        return "</aside>\n"
    end = token.map[1] if token.map else 0
    if end >= len(page.lines) or not page.lines[end].lstrip(" >").startswith(":::"):
        page.flaw(f"::: {kind} has no end: close it with a line :::")
    title = escape(token.info.strip().removeprefix(kind).strip(), quote=False)
    if kind == "aside":
        return f'<aside class="sn" role="note">{f"<b>{title}</b>" if title else ""}\n'
    if kind == "note" and not title:
        return '<aside class="note" role="note">\n'
    name = page.new_id(kind)
    icon = '<svg class="i warn" aria-hidden="true"><use href="#i-warn"></use></svg>' if kind == "pitfall" else ""
    classes = "note warn" if kind == "pitfall" else "note"
    return (
        f'<aside class="{classes}" role="note" aria-labelledby="{name}"><h3 id="{name}">{icon}{title or PITFALL}</h3>\n'
    )


RULES: dict[str, Rule] = {
    "heading_open": _heading,
    "text": _text,
    "softbreak": _softbreak,
    "hardbreak": _softbreak,
    "html_block": _raw_html,
    "html_inline": _raw_html,
    "fence": _fence,
    "math_inline": _maths,
    "math_inline_double": _maths,
    "math_block": _maths,
    "table_open": _table,
    "table_close": _table_end,
    "th_open": _table_cell,
    "td_open": _table_cell,
    "paragraph_open": _paragraph,
    "paragraph_close": _paragraph_end,
    "image": _image,
    "link_open": _anchor,
    "footnote_ref": _footnote,
    **{f"container_{kind}_{end}": partial(_container, kind) for kind in CONTAINERS for end in ("open", "close")},
}


def _parser() -> MarkdownIt:
    # HTML is recognised only to be refused with its line. Indented code would hide text that is merely indented.
    markdown = MarkdownIt("commonmark", {"html": True}, renderer_cls=_Renderer).enable("table").disable("code")
    dollarmath_plugin(
        markdown, allow_labels=False, allow_space=False, allow_digits=False, allow_blank_lines=False, double_inline=True
    )
    footnote_plugin(markdown)
    for kind in CONTAINERS:
        container_plugin(markdown, kind, validate=partial(_opens, kind))
    # Every link is read as one and judged by us: the parser would leave a bad one standing as text, without a word.
    markdown.validateLink = lambda url: True  # type: ignore[method-assign]
    for name, rule in RULES.items():
        markdown.renderer.rules[name] = partial(_apply, rule)  # type: ignore[attr-defined]
    return markdown


def _opens(kind: str, info: str, *_: object) -> bool:
    return info.split(maxsplit=1)[:1] == [kind]


def _apply(rule: Rule, tokens: Sequence[Token], index: int, options: OptionsDict, env: Any) -> str:
    return rule(env["page"], tokens, index)


_markdown = _parser()
