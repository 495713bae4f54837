"""data/manifest.toml: every data set of the programme, with the SHA-256 of each of its files."""

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

from courses.loading.problems import ProgrammeError, shown
from courses.loading.table import SLUG, Table, read_table
from courses.loading.tree import Tree, read_tree

MANIFEST = "data/manifest.toml"
FREEZE = "data/freeze.py"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9]+)+\Z")
REQUIREMENTS = ("agreement", "training")
SHA256 = re.compile(r"[0-9a-f]{64}\Z")
RUN_FREEZE = "run `python manage.py freeze_data`"


@dataclass(frozen=True)
class DataFile:
    name: str
    visibility: str
    rows: int
    columns: list[str]
    sha256: str


@dataclass(frozen=True)
class Requirement:
    """Evidence that somebody must have given before they get a data set. `months` is how long it holds; 0 for ever."""

    id: str
    title: str
    kind: str
    ask: str
    months: int


@dataclass(frozen=True)
class DataSet:
    """`files` are written by the function `id`, with _ for -, of data/freeze.py."""

    id: str
    title: str
    source: str
    how: str
    licence: str
    licence_evidence: str
    description: str
    groups: list[str]
    requires: list[Requirement]
    files: list[DataFile] = field(default_factory=list)


def read_manifest(folder: Path) -> list[DataSet]:
    """The data sets of the programme in a folder. Raises ProgrammeError."""
    tree = read_tree(folder)
    sets = data_sets(tree) or []
    if problems := [problem for problem in tree.problems if problem.file == tree.shown(MANIFEST)]:
        raise ProgrammeError(problems)
    return sets


def data_sets(tree: Tree, data_dir: Path | None = None) -> list[DataSet] | None:
    """The data sets; with `data_dir`, their files there are compared with the manifest. None without a manifest."""
    top = read_table(tree, MANIFEST, "list the data sets there, or nothing if there are none")
    if top is None:
        return None
    requirements = _requirements(top)
    sets: list[DataSet] = []
    names: set[str] = set()
    for table in top.tables("set", "list the data sets as [[set]]", needed=False):
        one = _data_set(table, requirements)
        if one.id in (other.id for other in sets):
            table.problem("id", f"the id {shown(one.id)} is taken by a data set above: choose another.")
        for number, file in enumerate(one.files):
            place = ("files", number, "name")
            if file.name in names:
                table.problem(place, f"{shown(file.name)} is listed above: give each file a name of its own.")
            names.add(file.name)
            if data_dir and NAME.match(file.name) and SHA256.match(file.sha256):
                found = sha256_of(data_dir / file.name)
                if found is None:
                    table.problem(place, f"{file.name} is not in {data_dir}: {RUN_FREEZE}.")
                elif found != file.sha256:
                    text = f"{file.name} in {data_dir} has the SHA-256 {found}, not the one here: {RUN_FREEZE}."
                    table.problem(("files", number, "sha256"), text)
        table.done()
        sets.append(one)
    top.done()
    return sets


def sha256_of(path: Path) -> str | None:
    """None when there is no such file, or none that can be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:  # Also a name that is too long for a file.
        return None


def _requirements(top: Table) -> dict[str, Requirement]:
    found: dict[str, Requirement] = {}
    for table in top.tables("requirement", "list what data sets demand as [[requirement]]", needed=False):
        one = Requirement(
            id=table.text("id", "give the requirement a short name such as agreement", most=60),
            title=table.text("title", "name it", most=200),
            kind=table.choice("kind", f"write one of {', '.join(REQUIREMENTS)}", REQUIREMENTS),
            ask=table.text("ask", "say what somebody must do or agree to", most=4000, lines=True),
            months=table.whole("months", "say for how many months it holds", 1, 120, default=0),
        )
        table.done()
        if one.id and not SLUG.match(one.id):
            table.problem("id", f'key "id" is {shown(one.id)}: write small letters, digits and hyphens.')
        if one.id in found:
            table.problem("id", f"the id {shown(one.id)} is taken by a requirement above: choose another.")
        found[one.id] = one
    return found


def _data_set(table: Table, requirements: dict[str, Requirement]) -> DataSet:
    required = _listed(table, "requires", "name requirements of this file")
    for number, name in enumerate(required):
        if name not in requirements:
            table.problem(("requires", number), f"{shown(name)} is not a [[requirement]] here: add it, or correct it.")
    one = DataSet(
        id=table.text("id", "give the set a short name such as monica", most=60),
        title=table.text("title", "name the data set", most=300),
        source=table.text("source", "say where the data come from", most=1000),
        how=table.text("import", "give the line of Python that imports it", most=1000),
        licence=table.text("licence", "name the licence, or write unconfirmed", most=200),
        licence_evidence=table.text("licence_evidence", "say where the licence is stated, or what you looked at"),
        description=table.text("description", "describe rows and columns", most=20_000, lines=True),
        groups=_listed(table, "groups", "name the columns by which fairness can be looked at"),
        requires=[requirements[name] for name in required if name in requirements],
    )
    if one.id and not SLUG.match(one.id):
        table.problem("id", f'key "id" is {shown(one.id)}: write small letters, digits and hyphens.')
    one.files.extend(_file(each) for each in table.tables("files", "list the files of the set as [[set.files]]"))
    return one


def _listed(table: Table, key: str, ask: str) -> list[str]:
    """A list of texts that may be left out."""
    table.asked.append(key)
    return table.texts(key, ask, may_be_empty=True) if key in table else []


def _file(table: Table) -> DataFile:
    file = DataFile(
        name=table.text("name", "give the name of the file", most=120),
        visibility=table.choice("visibility", "write visible or hidden", ("visible", "hidden")),
        rows=table.whole("rows", "count the rows, without the header", 0, 1_000_000_000),
        columns=table.texts("columns", "list the names of the columns", may_be_empty=True),
        sha256=table.text("sha256", "give the SHA-256 of the file", most=64),
    )
    # A name with a path in it could read or write outside the data folder.
    if file.name and not NAME.match(file.name):
        table.problem("name", f'key "name" is {shown(file.name)}: write a plain file name such as monica_visible.csv.')
    if file.sha256 and not SHA256.match(file.sha256):
        table.problem("sha256", 'key "sha256" is not a SHA-256: write its 64 digits, 0-9 and a-f.')
    table.done()
    return file
