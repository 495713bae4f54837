"""Figures: SVG of which only harmless, named parts are let through. Colours come from classes, never from the file."""

import html
from dataclasses import dataclass
from xml.parsers import expat

from courses.markdown.flaw import Flaw

NAMESPACE = "http://www.w3.org/2000/svg"
ELEMENTS = {
    "svg", "g", "title", "desc", "path", "line", "polyline", "polygon", "rect", "circle", "ellipse", "text", "tspan",
}  # fmt: skip
ATTRIBUTES = {
    "class", "cx", "cy", "d", "dx", "dy", "height", "id", "points", "r", "rx", "ry", "transform", "viewBox", "width",
    "x", "x1", "x2", "y", "y1", "y2",
}  # fmt: skip
# Said by us, from the Markdown and from <title> and <desc>; nothing in a figure can refer to an id.
REPLACED = {"id", "role", "aria-labelledby", "aria-label", "aria-hidden"}
FIRST_COLUMN = 352
DEEPEST = 50


@dataclass(frozen=True)
class Figure:
    """A drawing that may stand in a page. `inner` is safe markup without <title> and <desc>."""

    attributes: str = ""
    inner: str = ""
    description: str = ""
    width: float = FIRST_COLUMN

    def markup(self, alternative: str, name: str) -> str:
        """The drawing with its text alternative. `name` makes its ids unique in the page."""
        words = f'<title id="{name}-t">{html.escape(alternative)}</title>'
        labels = f"{name}-t"
        if self.description:
            words += f'<desc id="{name}-d">{html.escape(self.description)}</desc>'
            labels += f" {name}-d"
        return f'<svg{self.attributes} role="img" aria-labelledby="{labels}">{words}{self.inner}</svg>'


def read_svg(content: bytes) -> tuple[Figure, list[Flaw]]:
    """The figure in a file, and what is wrong with it. A figure with flaws is not to be shown."""
    reader = _Reader()
    try:
        reader.parser.Parse(content, True)
    except expat.ExpatError as error:
        reader.flaws.append(Flaw(error.lineno, f"this is not XML ({expat.ErrorString(error.code)}): mend that line."))
    except (_Refused, UnicodeError, ValueError, LookupError) as error:
        line = max(reader.parser.CurrentLineNumber, 1)
        text = str(error) if isinstance(error, _Refused) else "this is not XML in UTF-8: save the file as UTF-8."
        reader.flaws.append(Flaw(line, text))
    return reader.figure(), reader.flaws


class _Refused(Exception):
    """Stops the reading: what follows cannot be trusted."""


class _Reader:
    def __init__(self) -> None:
        self.flaws: list[Flaw] = []
        self.open: list[str] = []
        self.skipping = 0
        self.parts: list[str] = []
        self.root: dict[str, str] = {}
        self.description: list[str] = []
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text
        # Without a document type there are no entities, so nothing can expand or be fetched.
        self.parser.StartDoctypeDeclHandler = self.doctype
        self.parser.ProcessingInstructionHandler = self.instruction

    def flaw(self, text: str) -> None:
        self.flaws.append(Flaw(max(self.parser.CurrentLineNumber, 1), text))

    def doctype(self, *_: object) -> None:
        raise _Refused("a figure has no DOCTYPE: remove it, with its entities.")

    def instruction(self, target: str, _: str) -> None:
        raise _Refused(f"a figure has no processing instructions: remove <?{target} …?>.")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, tag = name.rpartition(" ")
        if len(self.open) >= DEEPEST:
            raise _Refused(f"elements are nested more than {DEEPEST} deep: draw it with fewer groups.")
        if not self.open and (tag != "svg" or namespace != NAMESPACE):
            raise _Refused(f'the file does not begin with <svg xmlns="{NAMESPACE}">: begin it so.')
        allowed = tag in ELEMENTS and namespace == NAMESPACE and (tag != "svg" or not self.open)
        self.open.append(tag)
        if self.skipping or not allowed:
            if not self.skipping:
                self.flaw(f"<{tag}> is not allowed in a figure: draw with {', '.join(sorted(ELEMENTS - {'svg'}))}.")
            self.skipping += 1
            return
        kept = {key: value for key, value in attributes.items() if self.keeps(tag, key)}
        if len(self.open) == 1:
            self.root = kept
        elif tag not in ("title", "desc"):
            self.parts.append(f"<{tag}{_attributes(kept)}>")

    def keeps(self, tag: str, key: str) -> bool:
        if key in REPLACED:
            return False
        if key not in ATTRIBUTES:
            name = key.rpartition(" ")[2]
            self.flaw(f'the attribute "{name}" of <{tag}> is not allowed in a figure: use a class of the stylesheet.')
            return False
        return True

    def end(self, _: str) -> None:
        tag = self.open.pop()
        if self.skipping:
            self.skipping -= 1
        elif self.open and tag not in ("title", "desc"):
            self.parts.append(f"</{tag}>")

    def text(self, data: str) -> None:
        if self.skipping or not self.open:
            return
        if self.open[-1] == "desc":
            self.description.append(data)
        elif self.open[-1] in ("text", "tspan"):
            self.parts.append(html.escape(data))

    def figure(self) -> Figure:
        if not self.flaws and "viewBox" not in self.root:
            self.flaws.append(Flaw(1, '<svg> has no viewBox: add one, such as viewBox="0 0 352 352".'))
        # The rules of the stylesheet for figures stand below .g.
        classes = self.root.get("class", "").split()
        self.root["class"] = " ".join(classes if "g" in classes else ["g", *classes])
        try:
            width = float(self.root.get("width") or self.root["viewBox"].split()[2])
        except (KeyError, IndexError, ValueError):
            width = FIRST_COLUMN
        return Figure(
            attributes=_attributes(self.root),
            inner="".join(self.parts),
            description=" ".join("".join(self.description).split()),
            width=width,
        )


def _attributes(values: dict[str, str]) -> str:
    return "".join(f' {key}="{html.escape(value)}"' for key, value in values.items())
