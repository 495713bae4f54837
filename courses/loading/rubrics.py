"""rubric.toml: the criteria by which tutors mark."""

import re
from typing import Any

from courses.loading.problems import shown
from courses.loading.table import Table, read_table
from courses.loading.tree import Tree

# The only marks that a tutor can give; none lies just under a border (49, 59, 69).
LEVELS = (20, 35, 45, 52, 55, 58, 62, 65, 68, 72, 75, 78, 85, 95)
BANDS = (20, 35, 45, 52, 58, 65, 72, 78, 85, 95)
ID = re.compile(r"[a-z][a-z0-9_-]*\Z")


def read_rubric(tree: Tree, path: str) -> list[dict[str, Any]]:
    """The criteria as Assignment.rubric keeps them."""
    top = read_table(tree, path, "write the criteria that tutors mark by")
    if top is None:
        return []
    criteria: list[dict[str, Any]] = []
    for table in top.tables("criteria", "write one [[criteria]] for each thing that tutors judge"):
        criterion = _criterion(table)
        if criterion["id"] and criterion["id"] in (other["id"] for other in criteria):
            table.problem("id", f"the id {shown(criterion['id'])} is taken by a criterion above: choose another.")
        criteria.append(criterion)
    top.done()
    total = sum(criterion["weight"] for criterion in criteria)
    if criteria and all(criterion["weight"] for criterion in criteria) and total != 100:
        top.problem("criteria", f"the weights of the criteria make {total}: let them make 100.")
    return criteria


def _criterion(table: Table) -> dict[str, Any]:
    criterion = {
        "id": table.text("id", "give the criterion a short name such as calibration", most=60),
        "title": table.text("title", "name the criterion", most=120),
        "question": table.text("question", "ask in one sentence what the tutor looks for", most=400),
        "weight": table.whole("weight", "say what per cent of the rubric it counts", 1, 100),
        "levels": _levels(table),
    }
    if criterion["id"] and not ID.match(str(criterion["id"])):
        table.problem("id", f'key "id" is {shown(criterion["id"])}: write small letters, digits, hyphens.')
    table.done()
    return criterion


def _levels(criterion: Table) -> dict[str, str]:
    table = criterion.table("levels", 'write [criteria.levels] with one sentence a band: "20" = "…", "35" = "…"')
    if table is None:
        return {}
    known = [str(level) for level in LEVELS]
    for key in table.values:
        if key not in known:
            table.problem(key, f"{shown(key)} is not one of the fixed marks: use {', '.join(known)}.")
    if missing := [str(band) for band in BANDS if str(band) not in table.values]:
        criterion.problem("levels", f"the levels leave out {', '.join(missing)}: write one sentence for each.")
    said = {key: table.text(key, "say in one sentence what such work shows") for key in known if key in table}
    return {key: said.get(key) or _of_the_band(key, said) for key in known}


def _of_the_band(key: str, said: dict[str, str]) -> str:
    """A mark without a sentence of its own takes that of its nearest neighbour in the same ten."""
    neighbours = [other for other in said if other[0] == key[0]]
    return said[min(neighbours, key=lambda other: abs(int(other) - int(key)))] if neighbours else ""
