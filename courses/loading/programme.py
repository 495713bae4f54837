"""The whole programme: read, compared with its regulations and its data, and refused as a whole."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from courses import regulations
from courses.loading.assignments import quiz_problems, rubric_problems
from courses.loading.lessons import read_page
from courses.loading.manifest import FREEZE, DataSet, data_sets
from courses.loading.modules import FOLDER, ModuleContents, read_module
from courses.loading.problems import ProgrammeError, shown
from courses.loading.table import SLUG, Table, read_table, table_of
from courses.loading.tree import Tree, read_tree
from courses.regulations import Regulations, RegulationsError

TOP = "programme.toml"
TOP_HOLDS = "name the programme and its modules there"
REGULATIONS = "regulations"
LEVELS = {"undergraduate": 6, "postgraduate": 7}  # in the framework of UK qualifications (FHEQ)


@dataclass
class ProgrammeContents:
    """A programme without a defect, ready to be stored. Its rows are not saved yet and do not know each other."""

    slug: str = ""
    title: str = ""
    award: str = ""
    level: int = 7
    digest: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    modules: list[ModuleContents] = field(default_factory=list)
    data: list[tuple[DataSet, str]] = field(default_factory=list)
    """The data sets, each with its page as HTML."""


def read(folder: Path, *, data_dir: Path) -> ProgrammeContents:
    """Everything in the folder, checked. Writes nothing. Raises ProgrammeError with all that is wrong."""
    if folder.is_dir() and not os.path.lexists(folder / TOP):
        # Said before a folder is read that may be somebody's home.
        top_file = Tree(folder.absolute())
        top_file.text(TOP, TOP_HOLDS)
        raise ProgrammeError(top_file.problems)
    tree = read_tree(folder)
    contents = ProgrammeContents()
    sets = data_sets(tree, data_dir)
    data = None if sets is None else {file.name: file for one in sets for file in one.files}
    tree.text(FREEZE, "write there how the data sets are made, or leave it empty")
    tree.known.update(path for path in tree.below("data") if path.endswith(".py"))  # What freeze.py imports.
    contents.data = [(one, _data_page(tree, one)) for one in sets or []]
    if sets is None or not all(SLUG.match(one.id) for one in sets):  # Which pages belong to a set is not known.
        tree.known.update(path for path in tree.below("data") if path.endswith(".md"))
    rules = _regulations(tree)
    top = read_table(tree, TOP, TOP_HOLDS)
    names = _facts(contents, top, rules) if top is not None else []
    if top is not None:
        _folders(tree, top, names)
    contents.modules = [read_module(tree, name, data) for name in names if tree.has_folder(name)]
    _numbers(tree, contents.modules)
    _assignments(tree, contents.modules, rules)
    _unknown_files(tree, top is not None)
    if tree.problems:
        raise ProgrammeError(sorted(tree.problems, key=lambda found: (found.file, found.line or 0, found.text)))
    contents.digest = tree.digest()
    contents.files = tree.files
    return contents


def _data_page(tree: Tree, one: DataSet) -> str:
    if not SLUG.match(one.id):
        return ""  # Reported already, and no name for a file.
    path = f"data/{one.id}.md"
    text = tree.text(path, "say there who is in the data, who is missing, and what each column means")
    return "" if text is None else read_page(tree, path, text, 0, {}).html


def _facts(contents: ProgrammeContents, top: Table, rules: list[Regulations]) -> list[str]:
    """The names of the modules' folders, in order."""
    contents.slug = top.text("slug", "give the programme a short name such as ml-healthcare", most=50)
    contents.title = top.text("title", "name the programme", most=200)
    contents.award = top.text("award", "write the name of the award as it stands on the certificate", most=200)
    contents.level = LEVELS.get(top.choice("level", f"write one of {', '.join(LEVELS)}", LEVELS), 0)
    credits = top.whole("credits", "write the credits of the whole programme", 1, 1000)
    top.text("language", "write the language, such as en-GB", most=20)
    names = top.texts("modules", "list the folders of the modules in order", most=80)
    top.done()
    if contents.slug and not SLUG.match(contents.slug):
        top.problem("slug", f'key "slug" is {shown(contents.slug)}: write small letters, digits and hyphens.')
    ids = [f"M{number}" for number in range(1, len(names) + 1)]
    for rule in rules:
        if credits and rule.credits != credits:
            text = f"the regulations {rule.version} give {rule.credits} credits, not {credits}: make them agree."
            top.problem("credits", text)
        if names and set(rule.modules) != set(ids):
            text = (
                f"the regulations {rule.version} name {', '.join(rule.modules)}, not {', '.join(ids)}: make them agree."
            )
            top.problem("modules", text)
    return [name for name in dict.fromkeys(names) if FOLDER.match(name) or _bad_folder(top, names, name)]


def _bad_folder(top: Table, names: list[str], name: str) -> bool:
    text = f"{shown(name)} is not the name of a module's folder: write it as in m4-supervised-learning."
    top.problem(("modules", names.index(name)), text)
    return False


def _folders(tree: Tree, top: Table, names: list[str]) -> None:
    for number, name in enumerate(names):
        if not tree.has_folder(name):
            top.problem(("modules", number), f"there is no folder {name}: make it, or correct the name.")
    for folder in sorted({path.split("/")[0] for path in tree.files if "/" in path}):
        if FOLDER.match(folder) and folder not in names:
            tree.problem(folder, None, "programme.toml does not list this module: add it there, or remove the folder.")
            tree.known.update(tree.below(folder))


def _regulations(tree: Tree) -> list[Regulations]:
    paths = tree.below(REGULATIONS)
    if not paths:
        tree.problem(REGULATIONS, None, "there are no regulations: write a file such as regulations/2026.toml.")
    found = []
    for path in paths:
        if not path.endswith(".toml"):
            continue
        table = table_of(tree, path, tree.text(path, "") or "")
        if table is None:
            continue
        try:
            found.append(regulations.load(tree.folder / path))
        except RegulationsError as error:
            tree.problem(path, table.line(*error.key.split(".")), f"{error.key}: {error.problem}")
        except (ArithmeticError, ValueError, RecursionError) as error:
            tree.problem(path, None, f"the regulations cannot be read ({error}): mend them.")
    return found


def _numbers(tree: Tree, modules: list[ModuleContents]) -> None:
    seen: dict[int, str] = {}
    for place, one in enumerate(modules, 1):
        path, number = f"{one.folder}/module.toml", one.module.number
        if not number or not one.folder.startswith(f"m{number}-"):
            continue  # Reported with the module.
        if number in seen:
            tree.problem(path, None, f"module {number} is {seen[number]} already: give each module its own number.")
        elif number != place:
            text = (
                f"module {number} stands in place {place} of programme.toml: number them 1 to {len(modules)} in order."
            )
            tree.problem(path, None, text)
        seen.setdefault(number, one.folder)


def _assignments(tree: Tree, modules: list[ModuleContents], rules: list[Regulations]) -> None:
    seen: dict[str, str] = {}
    for one in modules:
        weights = [rule.modules[one.module.code].weights for rule in rules if one.module.code in rule.modules]
        quiz_problems(tree, one.folder, one.assignments, max((each.quiz for each in weights), default=0))
        for contents in one.assignments:
            slug = contents.assignment.slug
            if slug in seen:
                text = f"{seen[slug]} has an assignment of this name: rename one, their addresses would be the same."
                tree.problem(f"{one.folder}/assignments/{slug}", None, text)
            seen[slug] = one.folder
            if weights:
                rubric_problems(tree, one.folder, contents, max(each.rubric for each in weights))


def _unknown_files(tree: Tree, has_top: bool) -> None:
    if not has_top:
        return  # Which folders are modules is not known; that problem comes first.
    for path in tree.files:
        if path not in tree.known:
            text = (
                "this file has no place in the programme: remove it, or correct its name (docs/authors.md lists them)."
            )
            tree.problem(path, None, text)
