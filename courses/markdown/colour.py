"""Code in colour, with the few token classes that the stylesheet has."""

import html
from itertools import groupby

from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Number, Operator, String, _TokenType

LANGUAGES = ("python", "bash", "json", "sql", "toml")
CLASSES = (
    (Comment, "c1"),
    (Keyword, "k"),
    (Operator.Word, "ow"),
    (String.Affix, ""),
    (String.Interpol, ""),
    (String, "s"),
    (Number.Integer, "mi"),
    (Number, "mf"),
)


def coloured(code: str, language: str) -> str:
    """The code as HTML. `language` is one of LANGUAGES."""
    tokens = get_lexer_by_name(language, stripnl=False, ensurenl=False).get_tokens(code)
    parts = []
    for name, group in groupby(tokens, key=lambda token: _class_of(token[0])):
        text = html.escape("".join(value for _, value in group), quote=False)
        parts.append(f'<span class="{name}">{text}</span>' if name else text)
    return "".join(parts)


def _class_of(kind: _TokenType) -> str:
    # A kind lies in those that it specialises; typeshed takes the question for one about the parts of a tuple.
    return next((name for parent, name in CLASSES if kind in parent), "")  # type: ignore[comparison-overlap]
