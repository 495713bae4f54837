"""LaTeX to MathML. The browser draws it; no script is needed."""

import html
import re
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert_to_element

# Elements that every browser draws (MathML Core), with the number of children that each must have; 0 is any.
ELEMENTS = {
    "math": 0, "mrow": 0, "mi": 0, "mo": 0, "mn": 0, "mtext": 0, "mspace": 0, "mstyle": 0, "mpadded": 0, "mphantom": 0,
    "mfrac": 2, "msub": 2, "msup": 2, "msubsup": 3, "mover": 2, "munder": 2, "munderover": 3, "msqrt": 0, "mroot": 2,
    "mtable": 0, "mtr": 0, "mtd": 0,
}  # fmt: skip
ATTRIBUTES = {
    "accent", "accentunder", "columnalign", "columnspacing", "depth", "display", "displaystyle", "fence", "form",
    "height", "largeop", "linethickness", "lspace", "mathvariant", "maxsize", "minsize", "movablelimits", "rowspacing",
    "rspace", "scriptlevel", "separator", "stretchy", "symmetric", "voffset", "width",
}  # fmt: skip
ENVIRONMENTS = {
    "align", "align*", "array", "bmatrix", "Bmatrix", "cases", "matrix", "pmatrix", "smallmatrix", "split", "vmatrix",
    "Vmatrix",
}  # fmt: skip
SYMBOL = re.compile(r"&#x[0-9A-Fa-f]+;")
COMMAND = re.compile(r"\\([A-Za-z]+|.|$)")


class MathsError(ValueError):
    """A formula that cannot be drawn: what is wrong and what to do."""


def mathml(latex: str, *, display: bool) -> str:
    """The formula as MathML made of ELEMENTS and ATTRIBUTES only. Raises MathsError."""
    _check_source(latex)
    try:
        element = convert_to_element(latex, display="block" if display else "inline")
    except Exception as error:  # The converter has no common error class, and some broken input ends in an IndexError.
        reason = re.sub(r"(?<!^)([A-Z])", r" \1", type(error).__name__.removesuffix("Error")).lower()
        raise MathsError(f"is not complete ({reason}); check its braces and commands") from error
    return _written(element)


def _check_source(latex: str) -> None:
    if not latex.strip():
        raise MathsError("is empty; write it, or remove the dollar signs")
    bare = re.sub(r"\\\\|\\[{}]", "", latex)
    depth = 0
    for bracket in re.findall(r"[{}]", bare):
        depth += 1 if bracket == "{" else -1
        if depth < 0:
            break
    if depth:
        raise MathsError("has braces that do not match; each { needs its }")
    for environment in re.findall(r"\\(?:begin|end)\s*\{([^}]*)\}", bare):
        if environment not in ENVIRONMENTS:
            known = ", ".join(sorted(ENVIRONMENTS))
            raise MathsError(f'uses the environment "{environment}", which is not drawn here; use one of {known}')


def _written(element: Element) -> str:
    tag = element.tag
    if tag not in ELEMENTS:
        raise MathsError(f"uses a command that browsers do not draw (<{tag}>); write it with plainer commands")
    if ELEMENTS[tag] and len(element) != ELEMENTS[tag]:
        raise MathsError("is not complete; check that every command has its arguments in braces")
    # The converter writes symbols as references (&#x003B1;) and everything else as it stood.
    text = SYMBOL.sub(lambda match: html.unescape(match[0]), element.text or "")
    if found := COMMAND.search(text):
        raise MathsError(f'uses "{found[0]}", which is not known here; see the list of commands in docs/authors.md')
    if text == "&":
        raise MathsError("has an & outside a table; put the lines between \\begin{align*} and \\end{align*}")
    attributes = "".join(
        f' {name}="{html.escape(value)}"' for name, value in element.attrib.items() if name in ATTRIBUTES
    )
    children = [_written(child) for child in element]
    if tag in ("math", "mrow", "mtd"):
        children = _spaced(list(element), children)
    # A name is no sign: as an operator it would get the wide spaces of one.
    tag = "mi" if _is_name(element) and tag == "mo" else tag
    return f"<{tag}{attributes}>{html.escape(text)}{''.join(children)}</{tag}>"


def _spaced(elements: list[Element], written: list[str]) -> list[str]:
    """With a thin space between log, max and their like and a letter, number or fraction beside them, as in print."""
    parts = written[:1]
    for before, after, text in zip(elements, elements[1:], written[1:], strict=False):
        if (_is_name(before) and after.tag != "mo") or (_is_name(after) and before.tag not in ("mo", "mspace")):
            parts.append('<mspace width="0.167em"></mspace>')
        parts.append(text)
    return parts


def _is_name(element: Element) -> bool:
    """Whether this is a function with a name of several letters, perhaps with something below or above it."""
    if element.tag in ("msub", "msup", "msubsup", "munder", "mover", "munderover") and len(element):
        return _is_name(element[0])
    return element.tag in ("mi", "mo") and len(element.text or "") > 1 and (element.text or "").isalpha()
