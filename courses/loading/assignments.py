"""Assignments of a module."""

import re
from dataclasses import dataclass, field

from courses.loading.anchors import read_anchors
from courses.loading.checklists import read_checklist
from courses.loading.checks import read_checks
from courses.loading.lessons import read_page
from courses.loading.manifest import DataFile
from courses.loading.notebooks import check_notebook, functions_of, parsed
from courses.loading.problems import shown
from courses.loading.projects import read_layout, read_proposal
from courses.loading.quizzes import read_quiz
from courses.loading.rubrics import read_rubric
from courses.loading.table import SLUG, Table, read_table
from courses.loading.tree import Tree
from courses.markdown import Figure
from courses.models import Assignment, AssignmentFile, Check, Quiz, Solution

Part = AssignmentFile.Part
# Lowest and highest of each limit. The highest wall time stays well below the broker's visibility timeout of an hour.
LIMITS = {"wall_s": (1, 1800), "cpu_s": (1, 1800), "call_s": (1, 1800), "memory_mb": (128, 8192)}
PURPOSES = {
    "wall_s": "say after how many seconds a run is ended",
    "cpu_s": "say how many seconds of processor time a run may use",
    "call_s": "say how many seconds one call of a function may take",
    "memory_mb": "say how many megabytes a run may use",
}
ENDINGS = {"notebook": ".ipynb", "script": ".py"}
STARTER_NAME = 200
MOST_ASKED = 60  # questions in one sitting of a quiz


@dataclass
class AssignmentContents:
    """An assignment with what belongs to it. `files` are its texts, `data` the files of the data folder, `solutions`
    the reference and the wrong solutions, each with its files by name."""

    assignment: Assignment
    checks: list[Check] = field(default_factory=list)
    files: list[tuple[Part, str, bytes]] = field(default_factory=list)
    data: list[tuple[Part, DataFile]] = field(default_factory=list)
    solutions: list[tuple[Solution, dict[str, bytes]]] = field(default_factory=list)
    quiz: Quiz | None = None


def read_assignments(
    tree: Tree, module: str, figures: dict[str, Figure], data: dict[str, DataFile] | None
) -> list[AssignmentContents]:
    parts = [path.split("/") for path in tree.below(f"{module}/assignments")]
    slugs = sorted({part[2] for part in parts if len(part) > 3})
    return [_assignment(tree, f"{module}/assignments/{slug}", slug, figures, data) for slug in slugs]


def _assignment(
    tree: Tree, folder: str, slug: str, figures: dict[str, Figure], data: dict[str, DataFile] | None
) -> AssignmentContents:
    assignment = Assignment(slug=slug)
    contents = AssignmentContents(assignment)
    visible: list[str] | None = None
    hidden: list[str] | None = None
    if not SLUG.match(slug) or len(slug) > 80:
        tree.problem(folder, None, "rename the folder: small letters, digits and hyphens, 80 at most.")
    if (table := read_table(tree, f"{folder}/assignment.toml", "describe the assignment there")) is not None:
        _common_facts(assignment, table)
        if assignment.kind == Assignment.Kind.QUIZ:
            return _quiz(tree, folder, contents, table, figures)
        _facts(assignment, table)
        assignment.layout = read_layout(table, tree, folder, assignment.entry)
        visible, hidden = _data(contents, table, data)
        table.done()
    _brief(tree, folder, assignment, figures)
    if tree.has(f"{folder}/rubric.toml"):
        assignment.rubric = read_rubric(tree, f"{folder}/rubric.toml")
    contents.checks = read_checks(
        tree,
        f"{folder}/checks.py",
        visible=visible,
        hidden=hidden,
        repeats=visible is None or bool(assignment.repeat),
        has_artefacts=visible is None or bool(assignment.artefacts),
    )
    contents.solutions = _solutions(tree, folder, assignment, contents.checks)
    tree.known.add(f"{folder}/author.md")
    if tree.has(f"{folder}/anchors.toml"):
        read_anchors(tree, f"{folder}/anchors.toml")  # Used where references are tried, so it is not kept.
    if tree.has(f"{folder}/checklist.toml"):
        names = [assignment.entry, *assignment.layout]
        assignment.checklist = read_checklist(tree, f"{folder}/checklist.toml", contents.checks, names)
    contents.files = [
        (Part.STARTER, path.removeprefix(f"{folder}/starter/"), tree.files[path])
        for path in tree.below(f"{folder}/starter")
    ]
    if f"{folder}/checks.py" in tree.files:
        contents.files.append((Part.CHECKS, "checks.py", tree.files[f"{folder}/checks.py"]))
    return contents


def _brief(tree: Tree, folder: str, assignment: Assignment, figures: dict[str, Figure]) -> None:
    assignment.brief = tree.text(f"{folder}/brief.md", "say there what to do") or ""
    if f"{folder}/brief.md" in tree.files:
        assignment.brief_html = read_page(tree, f"{folder}/brief.md", assignment.brief, 0, figures).html


def _quiz(
    tree: Tree, folder: str, contents: AssignmentContents, table: Table, figures: dict[str, Figure]
) -> AssignmentContents:
    """An assignment that is answered in the browser: its rules, its brief and its bank of questions."""
    minutes = table.whole("minutes", "say how long a sitting may take", 1, 600) if "minutes" in table else 0
    shows = table.choice("shows", "write release or close", Quiz.Shows.values, default=Quiz.Shows.RELEASE)
    table.asked += [] if "minutes" in table else ["minutes"]
    table.done()
    _brief(tree, folder, contents.assignment, figures)
    contents.quiz = read_quiz(tree, f"{folder}/questions.toml", MOST_ASKED)
    tree.known.add(f"{folder}/author.md")
    if contents.quiz is not None:
        contents.quiz.minutes, contents.quiz.shows = minutes or None, shows
    return contents


def _common_facts(assignment: Assignment, table: Table) -> None:
    assignment.title = table.text("title", "name the assignment", most=200)
    assignment.kind = table.choice("kind", "write notebook, script or quiz", Assignment.Kind.values)
    assignment.summary = table.text("summary", "say in one sentence what is to be done", most=300)
    assignment.attempts = table.whole("attempts", "say how often it may be handed in", 1, 50, default=5)
    assignment.counts = table.choice("counts", "write best or last", Assignment.Counts.values, default="best")
    assignment.hours = table.whole("hours", "say how many hours of work you expect", 1, 200)


def _facts(assignment: Assignment, table: Table) -> None:
    assignment.entry = table.text("entry", "name the file that is handed in", most=120)
    assignment.functions = table.texts("functions", "name the functions that the checks call", may_be_empty=True)
    for number, name in enumerate(assignment.functions):
        if not name.isidentifier():
            table.problem(("functions", number), f"{shown(name)} is not the name of a function: write it as in Python.")
    assignment.functions = [name for name in assignment.functions if name.isidentifier()]
    ending = ENDINGS.get(assignment.kind)
    if ending and assignment.entry and not re.fullmatch(rf"[A-Za-z0-9_-]+\{ending}", assignment.entry):
        text = f'key "entry" is {shown(assignment.entry)}: write the name of a {assignment.kind} that ends in {ending}.'
        table.problem("entry", text)
        assignment.entry = ""
    assignment.limits = _limits(table)
    assignment.artefacts = _artefacts(table)
    assignment.repeat = _repeat(table)
    assignment.hidden_score = _hidden_score(table, assignment.attempts)
    assignment.proposal = read_proposal(table)


def _artefacts(table: Table) -> list[str]:
    """Patterns of the files that come back from a run, below the folder in which it works."""
    if "artefacts" not in table:
        table.asked.append("artefacts")
        return []
    patterns = table.texts("artefacts", "name the files that come back, such as plots/*.png", most=120)
    for number, pattern in enumerate(patterns):
        if not re.fullmatch(r"[\w*?\[\]!. -]+(/[\w*?\[\]!. -]+)*", pattern) or ".." in pattern.split("/"):
            text = f"{shown(pattern)}, which is not below the working folder: write it like plots/*.png."
            table.problem(("artefacts", number), f'key "artefacts" holds {text}')
    return patterns


def _repeat(table: Table) -> dict[str, bool]:
    if "repeat" not in table:
        table.asked.append("repeat")
        return {}
    inner = table.table("repeat", "say there how the second run differs")
    if inner is None:
        return {}
    shuffles = inner.truth("shuffle_columns", "say whether the second run gets the columns in another order")
    inner.done()
    return {"shuffle_columns": shuffles}


def _hidden_score(table: Table, attempts: int) -> dict[str, object]:
    """What of the hidden checks is told before the release, and for how many attempts. Nothing, if nothing is said."""
    if "hidden_score" not in table:
        table.asked.append("hidden_score")
        return {}
    inner = table.table("hidden_score", "say there what is told of the hidden checks before the release")
    if inner is None:
        return {}
    show = inner.choice("show", "write band or points", ("band", "points"))
    told = inner.whole("attempts", "say for how many attempts it is told", 1, max(attempts, 1))
    inner.done()
    return {"show": show, "attempts": told}


def _limits(table: Table) -> dict[str, int]:
    inner = table.table("limits", "write [limits] with wall_s, cpu_s, call_s and memory_mb")
    if inner is None:
        return {}
    limits = {key: inner.whole(key, PURPOSES[key], low, high) for key, (low, high) in LIMITS.items()}
    if limits["wall_s"] and limits["call_s"] > limits["wall_s"]:
        inner.problem(
            "call_s", f"call_s is more than the {limits['wall_s']} of wall_s: one call cannot outlast the run."
        )
    inner.done()
    return limits


def _data(contents: AssignmentContents, table: Table, known: dict[str, DataFile] | None) -> tuple[list[str], list[str]]:
    """The names of the visible and of the hidden data files, whether they are known or not."""
    if "data" not in table:
        table.asked.append("data")
        return [], []
    inner = table.table("data", "list the data files there")
    if inner is None:
        return [], []
    listed = {}
    for key, part in (("visible", Part.VISIBLE_DATA), ("hidden", Part.HIDDEN_DATA)):
        listed[key] = inner.texts(key, "list the data files", may_be_empty=True) if key in inner else []
        inner.asked.append(key)
        for number, name in enumerate(listed[key] if known is not None else []):
            file = (known or {}).get(name)
            if file is None:
                text = f"{shown(name)} is not in data/manifest.toml: add it there, or correct the name."
                inner.problem((key, number), text)
            elif (file.visibility, key) == ("hidden", "visible"):
                text = f"{name} is hidden in data/manifest.toml: list it under hidden."
                inner.problem((key, number), text)
            else:
                contents.data.append((part, file))
    inner.done()
    return listed["visible"], listed["hidden"]


def _solutions(
    tree: Tree, folder: str, assignment: Assignment, checks: list[Check]
) -> list[tuple[Solution, dict[str, bytes]]]:
    """The reference and the wrong solutions; what students begin with is checked like them."""
    if assignment.entry and assignment.kind:
        for place, purpose in (("starter", "students begin with it"), ("reference", "it must earn every auto mark")):
            path = f"{folder}/{place}/{assignment.entry}"
            if (text := tree.text(path, purpose)) is not None:
                defined = functions_of(text, notebook=assignment.kind == Assignment.Kind.NOTEBOOK)
                for name in assignment.functions:
                    if defined and name not in defined:
                        tree.problem(
                            path,
                            None,
                            f"{name} of assignment.toml is not defined here: define it, or take it out there.",
                        )
    below = f"{folder}/reference/"
    files = {path.removeprefix(below): tree.files[path] for path in tree.below(f"{folder}/reference")}
    reference = Solution(kind=Solution.Kind.REFERENCE, name=assignment.entry)
    wrong = _wrong_solutions(tree, folder, assignment.entry, {check.name for check in checks}, files)
    for place in ("starter", "reference", "wrong"):
        for path in tree.below(f"{folder}/{place}"):
            if place != "wrong":
                tree.known.add(path)
            if len(path.removeprefix(f"{folder}/{place}/")) > STARTER_NAME:
                tree.problem(path, None, f"the name is too long: shorten it to {STARTER_NAME} characters.")
            if path.endswith(".ipynb"):
                check_notebook(tree, path)
            elif path.endswith(".py") and isinstance(found := parsed(tree.text(path, "") or ""), tuple):
                tree.problem(path, found[0], f"this is not Python ({found[1]}): mend that line.")
    return [(reference, files), *wrong]


def _wrong_solutions(
    tree: Tree, folder: str, entry: str, checks: set[str], reference: dict[str, bytes]
) -> list[tuple[Solution, dict[str, bytes]]]:
    """Each is one file in the place of `entry`, beside the other files of the reference but those it is `without`."""
    if not tree.has_folder(f"{folder}/wrong"):
        return []
    top = read_table(tree, f"{folder}/wrong/wrong.toml", "say for each wrong solution why, and what catches it")
    if top is None:
        # One problem is enough: without the list nobody knows which of the others belong there.
        tree.known.update(tree.below(f"{folder}/wrong"))
        return []
    found: list[tuple[Solution, dict[str, bytes]]] = []
    for table in top.tables("wrong", "write one [[wrong]] for each wrong solution"):
        name = table.text("file", "name the file in this folder", most=120)
        why = table.text("why", "say in one sentence what is wrong with it")
        path = f"{folder}/wrong/{name}"
        if name and path not in tree.files:
            table.problem("file", f"there is no file {shown(name)} beside wrong.toml: add it, or correct the name.")
        tree.known.add(path)
        caught_by = table.texts("caught_by", "name the checks that it must fail")
        for number, check in enumerate(caught_by):
            if checks and check not in checks:
                table.problem(("caught_by", number), f"{shown(check)} is not a check of checks.py: correct the name.")
        table.asked += ["verdict", "without"]
        without = table.texts("without", "name the files of the reference it lacks") if "without" in table else []
        for number, lacking in enumerate(without):
            if lacking not in reference:
                table.problem(("without", number), f"{shown(lacking)} is not in reference/: correct the name.")
        verdicts = Solution.Verdict.values
        verdict = table.choice("verdict", "say how its run ends", verdicts) if "verdict" in table else ""
        table.done()
        if any(name == solution.name for solution, _ in found):
            table.problem("file", f"{shown(name)} is listed above: give each wrong solution a file of its own.")
        solution = Solution(kind=Solution.Kind.WRONG, name=name, why=why, caught_by=caught_by, verdict=verdict)
        handed_in = {name: content for name, content in reference.items() if name not in without}
        found.append((solution, handed_in | {entry: tree.files.get(path, b"")}))
    top.done()
    return found


def rubric_problems(tree: Tree, folder: str, contents: AssignmentContents, weight: int) -> None:
    """Whether there is a rubric is for the regulations to say: `weight` is what it counts in the module."""
    if contents.assignment.kind == Assignment.Kind.QUIZ:
        return
    path = f"{folder}/assignments/{contents.assignment.slug}/rubric.toml"
    if weight and not tree.has(path):
        tree.problem(path, None, f"the file is missing: the rubric counts {weight}% of this module by the regulations.")
    elif tree.has(path) and not weight:
        tree.problem(path, None, "the rubric counts nothing in this module by the regulations: remove it.")


def quiz_problems(tree: Tree, folder: str, assignments: list[AssignmentContents], weight: int) -> None:
    """A module has one mark for a quiz, so at most one; and one where it counts: `weight` is by the regulations."""
    quizzes = [one for one in assignments if one.assignment.kind == Assignment.Kind.QUIZ]
    for other in quizzes[1:]:
        path = f"{folder}/assignments/{other.assignment.slug}/assignment.toml"
        text = f"{quizzes[0].assignment.slug} is the quiz of this module already: a module has one mark for a quiz."
        tree.problem(path, None, text)
    if weight and assignments and not quizzes:
        text = f"a quiz counts {weight}% of this module by the regulations, and there is none: write one."
        tree.problem(f"{folder}/assignments", None, text)
