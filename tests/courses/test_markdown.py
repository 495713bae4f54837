"""What an author writes, and what a student's browser gets."""

import re

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from courses.markdown import Flaw, Page, read_svg, render, render_comment
from courses.markdown.maths import ELEMENTS, MathsError, mathml

SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" width="352" height="90" viewBox="0 0 352 90"><title>Line</title>
<desc>From 0 to 1.</desc><g class="x" transform="translate(1 2)"><path class="l1" d="M0 0"/></g>
<text class="end" x="1" y="2">a &lt; b</text></svg>"""
FIGURES = {"line.svg": read_svg(SVG)[0]}
ADDRESSES = {"2-next.md": "../../../modules/4/next/"}


def page(text: str) -> Page:
    return render(text, figures=FIGURES, link=ADDRESSES.get)


def html(text: str) -> str:
    made = page(text)
    assert made.flaws == []
    return made.html.strip()


def test_text_is_commonmark() -> None:
    assert html("A *b* **c** `d`\n\n- e\n- f\n\n1. g") == (
        "<p>A <em>b</em> <strong>c</strong> <code>d</code></p>\n"
        "<ul>\n<li>e</li>\n<li>f</li>\n</ul>\n<ol>\n<li>g</li>\n</ol>"
    )


def test_headings_have_names_of_their_own_and_make_a_table_of_contents() -> None:
    made = page("## Draw it first\n\n### Why *ten*?\n\n## Draw it first\n\n## Main\n\n## …")

    assert made.headings == [
        ("draw-it-first", "Draw it first"),
        ("draw-it-first-2", "Draw it first"),
        ("main-2", "Main"),
        ("section", "…"),
    ]
    assert '<h3 id="why-ten">Why <em>ten</em>?</h3>' in made.html


def test_code_is_coloured_with_the_classes_of_the_stylesheet_only() -> None:
    made = html('```python\nfor x in 1, 2.5:  # go\n    print(f"{x:.3f}", not None)\n```')

    assert made.startswith('<div class="code"><pre tabindex="0" role="group" aria-label="Code"><span class="k">')
    assert set(re.findall(r'class="(\w+)"', made)) == {"code", "k", "ow", "s", "c1", "mi", "mf"}
    assert BeautifulSoup(made, "html.parser").pre.text == 'for x in 1, 2.5:  # go\n    print(f"{x:.3f}", not None)'


def test_what_is_printed_looks_printed() -> None:
    assert html("```text\nAUROC <.7>\n```") == (
        '<pre class="printout" tabindex="0" role="group" aria-label="Printed output">AUROC &lt;.7&gt;</pre>'
    )


def test_a_formula_of_its_own_can_be_scrolled_to() -> None:
    assert html("$$\n\\frac{1}{n}\n$$") == (
        '<div class="eq" tabindex="0" role="group" aria-label="Equation"><math display="block"><mrow><mfrac><mrow>'
        "<mn>1</mn></mrow><mrow><mi>n</mi></mrow></mfrac></mrow></math></div>"
    )


def test_a_formula_in_a_line_stays_in_it_and_money_is_no_formula() -> None:
    made = html("So $x < 1$, for $5 and $6.")

    assert made.startswith('<p>So <math display="inline"><mrow><mi>x</mi><mo>&lt;</mo><mn>1</mn></mrow></math>, for $5')


def test_a_figure_is_drawn_in_the_page_with_its_alternative_and_caption() -> None:
    figure = BeautifulSoup(html('![A line that rises](figures/line.svg "It <rises>.")'), "html.parser").figure

    assert figure["class"] == ["fig"]
    assert figure.svg["role"] == "img"
    assert [figure.find(id=name).text for name in figure.svg["aria-labelledby"].split()] == [
        "A line that rises",
        "From 0 to 1.",
    ]
    assert figure.svg["class"] == ["g"]
    assert (figure.svg.g["transform"], figure.svg.find("text").text) == ("translate(1 2)", "a < b")
    assert figure.figcaption.text == "It <rises>."


def test_a_figure_twice_has_no_id_twice() -> None:
    ids = re.findall(r' id="([^"]+)"', html("![A](figures/line.svg)\n\n![B](figures/line.svg)"))

    assert len(ids) == len(set(ids)) == 4


def test_viewbox_keeps_its_capital_letter() -> None:
    assert 'viewBox="0 0 352 90"' in html("![A](figures/line.svg)")


def test_a_pitfall_has_a_sign_a_heading_and_a_name() -> None:
    assert html("::: pitfall\nText.\n:::") == (
        '<aside class="note warn" role="note" aria-labelledby="pitfall"><h3 id="pitfall"><svg class="i warn" '
        'aria-hidden="true"><use href="#i-warn"></use></svg>A pitfall from practice</h3>\n<p>Text.</p>\n</aside>'
    )


TITLED = '<aside class="note" role="note" aria-labelledby="note"><h3 id="note">'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("::: note\nText.\n:::", '<aside class="note" role="note">\n<p>Text.</p>\n</aside>'),
        ("::: note Keep <in> mind\nText.\n:::", f"{TITLED}Keep &lt;in&gt; mind</h3>\n<p>Text.</p>\n</aside>"),
        ("::: aside\nText.\n:::", '<aside class="sn" role="note">\n<p>Text.</p>\n</aside>'),
        ("::: aside Why?\nText.\n:::", '<aside class="sn" role="note"><b>Why?</b>\n<p>Text.</p>\n</aside>'),
    ],
)
def test_what_stands_beside_the_text(text: str, expected: str) -> None:
    assert html(text) == expected


def test_a_footnote_stands_in_the_margin_where_it_is_referred_to() -> None:
    assert html("So it is.[^a] And on.\n\n[^a]: **Source.** A *book*.") == (
        '<p>So it is.<span class="sn" role="note"><strong>Source.</strong> A <em>book</em>.</span> And on.</p>'
    )


def test_a_table_can_be_scrolled_and_its_numbers_stand_right() -> None:
    made = html("| a | b |\n|---|--:|\n| c | 1 |")

    assert made.startswith('<div class="scroll" tabindex="0" role="group" aria-label="Table"><table>')
    assert '<th scope="col">a</th>' in made
    assert '<th class="num" scope="col">b</th>' in made
    assert '<td class="num">1</td>' in made


def test_links_lead_to_lessons_headings_and_the_world() -> None:
    made = html("[a](2-next.md#b) [c](#d) [e](https://nice.org.uk/x?y=1&z=2) <https://who.int>\n\n## D")

    assert re.findall(r'href="([^"]+)"', made) == [
        "../../../modules/4/next/#b",
        "#d",
        "https://nice.org.uk/x?y=1&amp;z=2",
        "https://who.int",
    ]


def test_a_flaw_is_in_the_line_where_it_stands() -> None:
    text = "One\ntwo $x$\nthree [^1] $\\nope$\n\n- four\n- [five](6.md)\n\n> six\n> <b>7\n\n| a |\n|---|\n| $\\no$ |"

    assert [flaw.line for flaw in page(text).flaws] == [3, 3, 6, 9, 13]


def test_maths_over_two_lines_does_not_shift_what_follows() -> None:
    assert page("a $x\n+ y$ b\n[c](d.md)").flaws[0].line == 3


@pytest.mark.parametrize(
    "latex",
    [
        r"\hat{p} = \frac{1}{1 + e^{-z}}",
        r"\sum_{i=1}^{n} (\hat p_i - y_i)^2",
        r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}",
        r"\begin{align*} a &= b \\ c &= d \end{align*}",
        r"\begin{cases} 1 & x > 0 \\ 0 & \text{otherwise} \end{cases}",
        r"\sqrt[3]{x} \le \infty, \quad \mathbb{R}, \mathcal{L}, \mathbf{w}, \bar{x}, \binom{n}{k}",
        r"\operatorname{logit}(p) = \log \frac{p}{1 - p}",
        r"\left( \frac{a}{b} \right), \{x \mid x > 0\}, 50\%, \text{AUROC} \approx 0.735",
        r"\int_0^\infty f(t)\,\mathrm{d}t, \lVert w \rVert_2^2, \pm \cdot \times \alpha \beta \sigma \lambda",
    ],
)
def test_the_maths_of_lessons_is_drawn_with_what_browsers_know(latex: str) -> None:
    drawn = mathml(latex, display=True)

    assert {tag.name for tag in BeautifulSoup(drawn, "html.parser").find_all()} <= set(ELEMENTS)
    assert "\\" not in drawn


def test_a_function_keeps_its_distance_from_a_letter_but_not_from_its_bracket() -> None:
    space = '<mspace width="0.167em"></mspace>'

    drawn = mathml(r"\beta\log p + \operatorname{logit}(q)", display=False)

    assert f"<mi>β</mi>{space}<mi>log</mi>{space}<mi>p</mi><mo>+</mo><mi>logit</mi><mo" in drawn


@pytest.mark.parametrize(
    ("latex", "reason"),
    [
        ("", "is empty"),
        (r"\frac{1", "braces that do not match"),
        ("x}", "braces that do not match"),
        ("}x{", "braces that do not match"),
        (r"\frac{1}", "is not complete"),
        ("x_", "is not complete"),
        (r"\left( x", "is not complete"),
        (r"\nope{x}", r'uses "\nope"'),
        (r"a &= b", "outside a table"),
        (r"\begin{aligned}a\end{aligned}", 'the environment "aligned"'),
        (r"\boxed{x}", "browsers do not draw"),
        ("{" * 2000 + "}" * 2000, "is not complete"),
    ],
)
def test_a_broken_formula_says_what_is_wrong(latex: str, reason: str) -> None:
    with pytest.raises(MathsError, match=re.escape(reason)):
        mathml(latex, display=False)


@pytest.mark.parametrize(
    "latex",
    [
        r"\text{<script>alert(1)</script>}",
        r"\text{&lt;img src=x&gt;}",
        r"\href{javascript:x}{y}",
        r"\style{color:red}{x}",
    ],
)
def test_a_formula_carries_no_markup_of_its_own(latex: str) -> None:
    drawn = mathml(latex, display=False)

    assert {tag.name for tag in BeautifulSoup(drawn, "html.parser").find_all()} <= set(ELEMENTS)
    assert "href" not in drawn and "style=" not in drawn


ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    '[x](https://e.org" onclick="alert(1))',
    "![x](javascript:alert(1))",
    '![x" onload="alert(1)](figures/line.svg)',
    '![x](figures/line.svg "</figcaption><script>alert(1)</script>")',
    "::: note <img src=x onerror=alert(1)>\nx\n:::",
    "```python\n</pre><script>alert(1)</script>\n```",
    "```text\n</pre><script>alert(1)</script>\n```",
    '```"><script>\nx\n```',
    "$\\text{</math><script>alert(1)</script>}$",
    "$\\text{<style>@import 'x'}$",
    "## <script>alert(1)</script>",
    "[^a]\n\n[^a]: <script>alert(1)</script>",
    "| <script>x</script> |\n|---|\n| [x](javascript:x) |",
    '<https://e.org/"onmouseover=alert(1)>',
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
]
ALLOWED = re.compile(r"(https?://|mailto:|#|\.\./|[\w./-]*$)")


def harmless(made: str) -> None:
    for tag in BeautifulSoup(made, "html.parser").find_all():
        assert tag.name not in ("script", "style", "img", "iframe", "object", "link", "base", "form", "foreignobject")
        for name, value in tag.attrs.items():
            assert not name.startswith("on") and name not in ("style", "srcdoc", "xlink:href", "formaction")
            if name == "href":
                assert ALLOWED.match(value)


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_page_runs_anything(attack: str) -> None:
    harmless(page(attack).html)


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_comment_runs_anything(attack: str) -> None:
    harmless(render_comment(attack))


marks = st.text("ab \n#*_`$[]()!^:|<>&\\~-+\"'{}1é", max_size=60)


@given(marks)
def test_any_text_makes_a_harmless_page(text: str) -> None:
    made = page(text)

    harmless(made.html)
    assert all(flaw.line >= 1 and flaw.text for flaw in made.flaws)


@given(marks)
def test_any_text_makes_a_harmless_comment(text: str) -> None:
    harmless(render_comment(text))


def test_the_last_gate_takes_nothing_from_a_page_in_order() -> None:
    made = html(
        '## A\n\n$$\n\\frac{1}{n}\n$$\n\n![x](figures/line.svg "y")\n\n| a |\n|--:|\n| 1 |\n\n::: pitfall\n$x$\n:::'
    )
    counted = [tag.name for tag in BeautifulSoup(made, "html.parser").find_all()]

    for name in ("math", "mfrac", "svg", "title", "desc", "g", "path", "use", "table", "figcaption", "aside"):
        assert name in counted


def test_a_comment_is_limited_commonmark() -> None:
    assert render_comment("# A\n**b** [c](https://e.org)\nd `e`\n\n- f\n\n> g\n\n![h](https://e.org/i.png)") == (
        '<p># A<br>\n<strong>b</strong> <a href="https://e.org" rel="nofollow noopener noreferrer">c</a><br>\n'
        "d <code>e</code></p>\n<ul>\n<li>f</li>\n</ul>\n<blockquote>\n<p>g</p>\n</blockquote>\n"
        '<p>!<a href="https://e.org/i.png" rel="nofollow noopener noreferrer">h</a></p>\n'
    )


def test_a_comment_shows_html_as_it_was_written() -> None:
    assert render_comment("a <b>c</b> & d") == "<p>a &lt;b&gt;c&lt;/b&gt; &amp; d</p>\n"


def test_a_figure_with_flaws_names_each_with_its_line() -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">\n<script/>\n<g onclick="x" fill="red"/>\n</svg>'

    figure, flaws = read_svg(svg)

    assert [flaw.line for flaw in flaws] == [2, 3, 3]
    assert isinstance(flaws[0], Flaw)
    assert "script" not in figure.inner and "onclick" not in figure.inner


def test_an_empty_corner_of_a_table_is_no_header() -> None:
    html = render("| | women |\n|---|---|\n| died | 10 |\n").html
    assert html.count("<th ") == html.count("</th>") == 1
    assert html.count("<td") == html.count("</td>") == 3
