"""The bank of questions of a lesson or an assignment, checked and rendered."""

from typing import Any

from courses.loading.problems import shown
from courses.loading.table import SLUG, Table, read_table
from courses.loading.tree import Tree
from courses.markdown import render
from courses.models import Quiz
from courses.quizzes import Kind, plain, unit_key

OPTIONS = (2, 8)
ITEMS = (3, 7)
UNITS = 6


def read_quiz(tree: Tree, path: str, most: int = 20) -> Quiz | None:
    """The quiz in a file that should be there; None, and problems, when it is not or is no TOML."""
    table = read_table(tree, path, "write the questions there")
    if table is None:
        return None
    ask = table.whole("ask", "say how many questions are drawn for one sitting", 1, most)
    quiz = Quiz(ask=ask, questions=[])
    for inner in table.tables("question", "write one [[question]] for each question"):
        question = _question(inner)
        if question["id"] in (other["id"] for other in quiz.questions):
            inner.problem("id", f"the id {shown(question['id'])} is taken by a question above: choose another.")
        quiz.questions.append(question)
    if quiz.questions and ask > len(quiz.questions):
        table.problem("ask", f"ask is {ask}, the file has {len(quiz.questions)} questions: write more, or ask fewer.")
    table.done()
    return quiz


def _question(table: Table) -> dict[str, Any]:
    question: dict[str, Any] = {
        "id": table.text("id", "give the question a short name such as leaf-size", most=60),
        "kind": table.choice("kind", f"write one of {', '.join(Kind)}", Kind),
        "html": _page(table, "text", "ask the question"),
        "explanation": _page(table, "explanation", "say why the right answer is right"),
    }
    if question["id"] and not SLUG.match(question["id"]):
        table.problem("id", f'key "id" is {shown(question["id"])}: write small letters, digits and hyphens.')
    match question["kind"]:
        case Kind.SINGLE | Kind.MULTIPLE:
            question["options"] = _options(table, question["kind"])
        case Kind.NUMERIC:
            question |= _numeric(table)
        case Kind.ORDERING:
            question["items"] = _items(table)
        case Kind.TEXT:
            question["accept"] = table.texts("accept", "list the answers that are right", most=100)
            for number, answer in enumerate(question["accept"]):
                if answer and not plain(answer):
                    table.problem(("accept", number), f"{shown(answer)} has no letter or digit: write one that has.")
            question["pattern"] = _pattern(table)
        case _:  # Which keys belong to it is not known.
            table.asked.extend(table.values)
    table.done()
    return question


def _numeric(table: Table) -> dict[str, Any]:
    answer = table.number("answer", "give the right number")
    if "tolerance_percent" in table:
        tolerance = abs(answer) * table.number("tolerance_percent", "say how far off is still right", low=0) / 100
        if "tolerance" in table:
            table.problem("tolerance", "there is a tolerance_percent as well: keep one of the two.")
        if not answer:
            table.problem("tolerance_percent", "of an answer of 0 no per cent is anything: write a tolerance instead.")
    else:
        tolerance = table.number("tolerance", "say how far off is still right, 0 for exact", low=0)
    unit = table.text("unit", "name the unit, or leave it out", most=20) if "unit" in table else ""
    table.asked += ["tolerance", "tolerance_percent", "unit", "units"]
    units = _units(table, unit) if "units" in table else {}
    return {"answer": answer, "tolerance": tolerance, "unit": unit, "units": units}


def _units(table: Table, unit: str) -> dict[str, float]:
    """Other units, each with the factor by which a number in it becomes one in the unit of the answer."""
    inner = table.table("units", 'write { "mg/dL" = 0.0555 }: each unit with the factor that turns it into the first')
    if inner is None:
        return {}
    if not unit:
        table.problem("units", 'name the unit of the answer as well: key "unit".')
    if len(inner.values) > UNITS:
        table.problem("units", f"there are {len(inner.values)} units: write at most {UNITS}.")
    units: dict[str, float] = {}
    for name in inner.values:
        factor = inner.number(name, "write the factor")
        if not unit_key(name) or len(name) > 20:
            inner.problem(name, f"{shown(name)} is no unit: write 1 to 20 characters.")
        elif factor <= 0:
            inner.problem(name, f"the factor of {shown(name)} is {shown(factor)}: write a number above 0.")
        elif unit_key(name) in {unit_key(other) for other in (unit, *units)}:
            inner.problem(name, f"{shown(name)} is listed already, case and space are not looked at: take it out.")
        units[name] = factor
    return units


def _pattern(table: Table) -> str:
    """A pattern of answers that are accepted, with * for any letters and ? for one."""
    table.asked.append("pattern")
    if "pattern" not in table:
        return ""
    pattern = table.text("pattern", "write it with * for any letters and ? for one", most=100)
    if pattern and not any(letter.isalnum() for letter in pattern):
        table.problem("pattern", f"{shown(pattern)} would accept nearly everything: write letters in it.")
    return pattern


def _options(table: Table, kind: str) -> list[dict[str, Any]]:
    tables = table.tables("options", "list the options, each { text = …, right = true }")
    options: list[dict[str, Any]] = []
    for inner in tables:
        option = {
            "html": _line(inner, "text", "write the option"),
            "right": inner.truth("right", "write true or false") if "right" in inner else False,
            "why": _page(inner, "why", "say what the error is") if "why" in inner else "",
        }
        inner.asked += ["right", "why"]
        inner.done()
        if option["html"] and option["html"] in (other["html"] for other in options):
            inner.problem("text", "this option is listed above: write another.")
        options.append(option)
    right = sum(bool(option["right"]) for option in options)
    if tables and not OPTIONS[0] <= len(options) <= OPTIONS[1]:
        table.problem("options", f"there are {len(options)} options: write {OPTIONS[0]} to {OPTIONS[1]}.")
    elif tables and kind == Kind.SINGLE and right != 1:
        table.problem("options", f"{right} options are right: in a question of kind single, one is.")
    elif tables and kind == Kind.MULTIPLE and not 1 <= right < len(options):
        table.problem("options", f"{right} of {len(options)} options are right: have one or more right and one wrong.")
    return options


def _items(table: Table) -> list[str]:
    items = table.texts("items", "list the items in the right order")
    if items and not ITEMS[0] <= len(items) <= ITEMS[1]:
        table.problem("items", f"there are {len(items)} items: write {ITEMS[0]} to {ITEMS[1]}.")
    return [_inline(table, ("items", number), item) for number, item in enumerate(items)]


def _page(table: Table, key: str, ask: str) -> str:
    """Markdown as in lessons, without what a page has only once: headings, figures, footnotes, notes."""
    text = table.text(key, ask, most=4000, lines=True)
    if not text:
        return ""
    page = render(text)
    for flaw in page.flaws:
        table.problem(key, f'key "{key}", line {flaw.line} of its text: {flaw.text}')
    if not page.flaws and (" id=" in page.html or "<aside" in page.html):
        table.problem(key, f'key "{key}": leave out headings, footnotes and notes, a question is too short for them.')
    return page.html


def _line(table: Table, key: str, ask: str) -> str:
    text = table.text(key, ask, most=400)
    return _inline(table, (key,), text) if text else ""


def _inline(table: Table, key: tuple[str | int, ...], text: str) -> str:
    """Markdown of one paragraph, without the paragraph."""
    page = render(text)
    for flaw in page.flaws:
        table.problem(key, flaw.text)
    html = page.html.strip()
    if not page.flaws and (not html.startswith("<p>") or html.count("<p>") != 1 or not html.endswith("</p>")):
        table.problem(key, f"{shown(text)} is more than one line of text: shorten it.")
    return html.removeprefix("<p>").removesuffix("</p>")
