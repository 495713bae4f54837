"""The checklist of a project: what it must show, where we look for it, and which check is made."""

from collections.abc import Sequence
from typing import Any

from courses.loading.problems import shown
from courses.loading.table import Table, read_table
from courses.loading.tree import Tree
from courses.models import Check

# What can be looked for in a file of each kind, beside that it is there and not empty.
LOOKS = {".md": ("headings", "words", "holds"), ".csv": ("columns", "rows"), ".json": ("keys",)}
HOLDS = ("number", "table")


def read_checklist(tree: Tree, path: str, checks: Sequence[Check], files: Sequence[str]) -> list[dict[str, Any]]:
    """The items as Assignment.checklist keeps them. `files` are those that the repository holds."""
    table = read_table(tree, path, "list there what a project must show")
    if table is None:
        return []
    items: list[dict[str, Any]] = []
    for inner in table.tables("item", "write one [[item]] for each thing that must be shown"):
        item = _item(inner, checks, files)
        if item["id"] and item["id"] in (other["id"] for other in items):
            inner.problem("id", f"the id {shown(item['id'])} is taken by an item above: choose another.")
        items.append(item)
    table.done()
    return items


def _item(table: Table, checks: Sequence[Check], files: Sequence[str]) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": table.text("id", "give the item a short name such as P07", most=20),
        "says": table.text("says", "say in a few words what must be shown", most=300),
        "evidence": table.text("evidence", "name the file in which it is shown", most=200),
        "from": table.texts("from", "name the guidelines that ask for it"),
        "gate": "gate" in table and table.truth("gate", "say true where a pass needs it"),
        "check": table.text("check", "name the check that looks for it", most=100) if "check" in table else "",
        "look": [_look(inner, files) for inner in table.tables("look", "say where to look", needed=False)],
    }
    table.asked += ["gate", "check"]
    if item["id"] and not (item["id"].isascii() and item["id"].isalnum()):
        table.problem("id", f'key "id" is {shown(item["id"])}: write letters and digits, such as P07.')
    check = next((check for check in checks if check.name == item["check"]), None)
    if item["check"] and check is None:
        table.problem("check", f"{shown(item['check'])} is not a check of checks.py: correct the name.")
    if check is not None and check.feedback == Check.Feedback.NEVER:
        text = f"what {shown(check.name)} finds is never told, but an item must be: let it be told after the release."
        table.problem("check", text)
    item["is_hidden"] = check is not None and not check.is_visible
    table.done()
    return item


def _look(table: Table, files: Sequence[str]) -> dict[str, Any]:
    look: dict[str, Any] = {"file": table.text("file", "name the file to look into", most=120)}
    file = look["file"]
    if file and file not in files:
        text = f"{shown(file)} is not a file of [repository] in assignment.toml: add it there, or correct the name."
        table.problem("file", text)
    known = next((looks for ending, looks in LOOKS.items() if file.endswith(ending)), ())
    table.asked += known
    for key in ("headings", "words", "columns", "keys"):
        if key in known and key in table:
            look[key] = table.texts(key, "name what must be there", most=120)
    if "rows" in known and "rows" in table:
        look["rows"] = table.whole("rows", "say how many rows are needed", 1, 10_000)
    if "holds" in known and "holds" in table:
        look["holds"] = table.choice("holds", "write number or table", HOLDS)
        if "headings" not in look:
            table.problem("holds", 'key "holds" needs headings: name the heading below which it must stand.')
    table.done()
    return look
