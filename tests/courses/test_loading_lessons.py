"""Lessons, briefs and figures."""

from pathlib import Path

import pytest
from programme_files import (
    FIGURE,
    LESSON,
    LESSON_TEXT,
    M4,
    MODULE,
    WORK,
    ProgrammeFiles,
    Spoil,
    defect,
    remove,
    replace,
    told,
    write,
)


def body(text: str) -> Spoil:
    return replace(LESSON, "## Begin", f"## Begin\n\n{text}")


DEFECTS = [
    defect(
        "no front matter",
        write(LESSON, "Text"),
        f"{LESSON}: the front matter is missing: begin with a line +++, title and so on, a line +++.",
    ),
    defect(
        "front matter in the second line",
        write(LESSON, "\n+++\n+++\n"),
        f"{LESSON}:1: the front matter is missing: begin with a line +++, title and so on, a line +++.",
    ),
    defect(
        "front matter without an end",
        write(LESSON, "+++\ntitle=1\n"),
        f"{LESSON}:1: the front matter is missing: begin with a line +++, title and so on, a line +++.",
    ),
    defect(
        "broken front matter",
        replace(LESSON, "minutes = 10", "minutes = ten"),
        f"{LESSON}:4: this is not TOML (Invalid value): mend that line.",
    ),
    defect(
        "a missing key",
        replace(LESSON, "minutes = 10\n", ""),
        f'{LESSON}:2: key "minutes" is missing: say how many minutes the lesson takes.',
    ),
    defect(
        "a misspelt key",
        replace(LESSON, "minutes", "minuets"),
        f'{LESSON}:2: key "minutes" is missing: say how many minutes the lesson takes.',
        f'{LESSON}:4: key "minuets" is not known: did you mean "minutes"?',
    ),
    defect(
        "a lesson of no minutes",
        replace(LESSON, "minutes = 10", "minutes = 0"),
        f'{LESSON}:4: key "minutes" is 0: write a whole number from 1 to 240.',
    ),
    defect(
        "a topic that the module does not have",
        replace(LESSON, '["Topic A", "Topic B"]', '["Topic A", "Topic B", "Topic C"]'),
        f'{LESSON}:5: "Topic C" is not a topic of module.toml: copy one from there, letter by letter.',
    ),
    defect(
        "a topic that no lesson covers",
        replace(LESSON, '["Topic A", "Topic B"]', '["Topic A"]'),
        f'{MODULE}:5: no lesson covers the topic "Topic B": write one, or name the topic in the lesson that does.',
    ),
    defect(
        "a bad address to read further",
        replace(LESSON, "https://example.org/paper", "ftp://x"),
        f'{LESSON}:10: key "url" is "ftp://x": write an address such as https://nice.org.uk/.',
    ),
    defect(
        "two lessons with one number",
        write(f"{M4}/lessons/1-other.md", LESSON_TEXT),
        f"{M4}/lessons/1-other.md: lesson 1 is there already, named first: give each lesson its own number.",
    ),
    defect(
        "two lessons with one name",
        write(f"{M4}/lessons/2-first.md", LESSON_TEXT),
        f"{M4}/lessons/2-first.md: lesson 1 has the same name: give each lesson its own.",
    ),
    defect(
        "a lesson without text",
        write(LESSON, LESSON_TEXT.split("+++\n\n")[0] + "+++\n"),
        f"{LESSON}:12: there is no text: write it.",
    ),
    defect(
        "a link to a lesson that does not exist",
        body("See [x](2-second.md)."),
        f"{LESSON}:16: the link 2-second.md goes nowhere: name the file of a lesson or a brief, such as "
        "2-calibration.md.",
    ),
    defect(
        "a link to a heading that does not exist",
        body("See [x](#there)."),
        f"{LESSON}:16: the link #there goes nowhere: no heading of this page has that name.",
    ),
    defect(
        "a link that runs a script",
        body("See [x](javascript:alert(1))."),
        f"{LESSON}:16: the link javascript:alert(1) is not one that we follow: begin it with https:// and "
        "the name of the site.",
    ),
    defect(
        "a broken link",
        body("See [x](https://[)."),
        f"{LESSON}:16: the link https://%5B is not one that we follow: begin it with https:// and the name "
        "of the site.",
    ),
    defect(
        "a figure that does not exist",
        body("![x](figures/no.svg)"),
        f"{LESSON}:16: there is no figures/no.svg in this module: add it, or correct the name.",
    ),
    defect(
        "a figure without text alternative",
        replace(LESSON, "![A line that rises]", "![]"),
        f"{LESSON}:18: the figure figures/line.svg has no text alternative: say between ![ and ] what one sees in it.",
    ),
    defect(
        "a figure in a line of text",
        body("see ![x](figures/line.svg)"),
        f"{LESSON}:16: the figure figures/line.svg stands in a line of text: put it on a line of its own.",
    ),
    defect(
        "a picture from elsewhere",
        body("![x](https://e.org/x.png)"),
        f'{LESSON}:16: "https://e.org/x.png" is not a figure: name a file of this module such as figures/roc.svg.',
    ),
    defect(
        "a brace that is not closed",
        body("Let $\\frac{1$ be"),
        f"{LESSON}:16: the formula $\\frac{{1$ has braces that do not match; each {{ needs its }}.",
    ),
    defect(
        "an unknown command",
        body("Let\n$x$ and $\\foo$ be"),
        f'{LESSON}:17: the formula $\\foo$ uses "\\foo", which is not known here; see the list of commands in '
        "docs/authors.md.",
    ),
    defect(
        "an incomplete formula",
        body("$$\nx_\n$$"),
        f"{LESSON}:16: the formula $x_$ is not complete (missing super script or subscript); check its "
        "braces and commands.",
    ),
    defect(
        "an unknown environment",
        body("$$\n\\begin{aligned}a&=b\\end{aligned}\n$$"),
        f'{LESSON}:16: the formula $\\begin{{aligned}}a&=b\\end{{aligned}}$ uses the environment "aligned", which '
        "is not drawn here; use one of Bmatrix, Vmatrix, align, align*, array, bmatrix, cases, matrix, pmatrix, "
        "smallmatrix, split, vmatrix.",
    ),
    defect(
        "a formula without an end",
        body("$$\nx"),
        f"{LESSON}:16: $$ stands alone: put it on lines of its own before and after the formula.",
    ),
    defect(
        "an unknown language",
        body("```rust\nx\n```"),
        f'{LESSON}:16: the language "rust" is not known after ```: write one of python, bash, json, sql, '
        "toml, or text for what is printed.",
    ),
    defect(
        "no language",
        body("```\nx\n```"),
        f"{LESSON}:16: the language is missing after ```: write one of python, bash, json, sql, toml, or "
        "text for what is printed.",
    ),
    defect(
        "an unknown container",
        body("::: hint\nx\n:::"),
        f'{LESSON}:16: "hint" is not known after :::, write one of note, pitfall, aside.',
    ),
    defect(
        "a container without an end",
        body("::: note\nx"),
        f"{LESSON}:16: ::: note has no end: close it with a line :::",
    ),
    defect(
        "HTML",
        body("a <b>x</b>"),
        f"{LESSON}:16: HTML is not read here: write Markdown, or put `code marks` around it.",
    ),
    defect(
        "a second title",
        body("# One"),
        f"{LESSON}:16: # is the title of the page, which it has already: begin sections with ##.",
    ),
    defect(
        "a level left out",
        body("#### One"),
        f"{LESSON}:16: #### follows ##: leave no level out.",
    ),
    defect(
        "a footnote that is not written",
        body("x[^1]"),
        f"{LESSON}:16: the footnote [^1] is not written: add a line [^1]: with its text.",
    ),
    defect(
        "a footnote that is never referred to",
        body("x\n\n[^a]: y"),
        f"{LESSON}:18: the footnote [^a] is never referred to: refer to it, or remove it.",
    ),
    defect(
        "a footnote referred to twice",
        body("x[^a] y[^a]\n\n[^a]: y"),
        f"{LESSON}:16: the footnote [^a] is referred to twice: each stands in the margin once, so write it again.",
    ),
    defect(
        "a bad link in a brief",
        replace(f"{WORK}/brief.md", "../../lessons/1-first.md", "../lessons/1-first.md"),
        f"{WORK}/brief.md:3: the link ../lessons/1-first.md goes nowhere: name the file of a lesson or a "
        "brief, such as 2-calibration.md.",
    ),
    defect(
        "no brief",
        remove(f"{WORK}/brief.md"),
        f"{WORK}/brief.md: the file is missing: say there what to do.",
        f"{LESSON}:16: the link ../assignments/toy/brief.md goes nowhere: name the file of a lesson or a "
        "brief, such as 2-calibration.md.",
    ),
    defect(
        "a script in a figure",
        replace(FIGURE, "<path", "<script>alert(1)</script><path"),
        f"{FIGURE}:4: <script> is not allowed in a figure: draw with circle, desc, ellipse, g, line, path, "
        "polygon, polyline, rect, text, title, tspan.",
    ),
    defect(
        "a style in a figure",
        replace(FIGURE, "<path", "<style>x</style><path"),
        f"{FIGURE}:4: <style> is not allowed in a figure: draw with circle, desc, ellipse, g, line, path, "
        "polygon, polyline, rect, text, title, tspan.",
    ),
    defect(
        "foreign content in a figure",
        replace(FIGURE, "<path", "<foreignObject/><path"),
        f"{FIGURE}:4: <foreignObject> is not allowed in a figure: draw with circle, desc, ellipse, g, line, "
        "path, polygon, polyline, rect, text, title, tspan.",
    ),
    defect(
        "an event attribute",
        replace(FIGURE, "<path", '<path onload="x()"'),
        f'{FIGURE}:4: the attribute "onload" of <path> is not allowed in a figure: use a class of the stylesheet.',
    ),
    defect(
        "a style attribute",
        replace(FIGURE, "<path", '<path style="fill:red"'),
        f'{FIGURE}:4: the attribute "style" of <path> is not allowed in a figure: use a class of the stylesheet.',
    ),
    defect(
        "a reference in a figure",
        replace(FIGURE, "<path", '<use href="https://x/#a"/><path'),
        f"{FIGURE}:4: <use> is not allowed in a figure: draw with circle, desc, ellipse, g, line, path, "
        "polygon, polyline, rect, text, title, tspan.",
    ),
    defect(
        "an old reference in a figure",
        replace(FIGURE, "<svg", '<svg xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="x"'),
        f'{FIGURE}:1: the attribute "href" of <svg> is not allowed in a figure: use a class of the stylesheet.',
    ),
    defect(
        "a picture in a figure",
        replace(FIGURE, "<path", '<image href="https://x/a.png"/><path'),
        f"{FIGURE}:4: <image> is not allowed in a figure: draw with circle, desc, ellipse, g, line, path, "
        "polygon, polyline, rect, text, title, tspan.",
    ),
    defect(
        "entities in a figure",
        write(FIGURE, '<!DOCTYPE svg [<!ENTITY a "b">]>\n<svg xmlns="http://www.w3.org/2000/svg">&a;</svg>'),
        f"{FIGURE}:1: a figure has no DOCTYPE: remove it, with its entities.",
    ),
    defect(
        "broken XML",
        replace(FIGURE, "</svg>", ""),
        f"{FIGURE}:7: this is not XML (no element found): mend that line.",
    ),
    defect(
        "a figure without its namespace",
        write(FIGURE, "<svg/>"),
        f'{FIGURE}:1: the file does not begin with <svg xmlns="http://www.w3.org/2000/svg">: begin it so.',
    ),
    defect(
        "a processing instruction",
        write(FIGURE, '<?xml-stylesheet href="x"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>'),
        f"{FIGURE}:1: a figure has no processing instructions: remove <?xml-stylesheet …?>.",
    ),
    defect(
        "no viewBox",
        replace(FIGURE, 'viewBox="0 0 352 100"', ""),
        f'{FIGURE}:1: <svg> has no viewBox: add one, such as viewBox="0 0 352 352".',
    ),
    defect(
        "groups without end",
        write(
            FIGURE, '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">' + "<g>" * 60 + "</g>" * 60 + "</svg>"
        ),
        f"{FIGURE}:1: elements are nested more than 50 deep: draw it with fewer groups.",
    ),
    defect(
        "HTML in a figure",
        replace(FIGURE, "<path", '<h:p xmlns:h="http://www.w3.org/1999/xhtml"/><path'),
        f"{FIGURE}:4: <p> is not allowed in a figure: draw with circle, desc, ellipse, g, line, path, "
        "polygon, polyline, rect, text, title, tspan.",
    ),
]


@pytest.mark.parametrize(("spoil", "problems"), DEFECTS)
def test_a_defect_is_told_with_its_place_and_what_to_do(spoil: Spoil, problems: list[str], tmp_path: Path) -> None:
    files = ProgrammeFiles(tmp_path)
    spoil(files)

    assert told(files) == problems
