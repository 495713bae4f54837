"""The checklist of a project: what it must show, and which check looks for it."""

from courses.loading.problems import shown
from courses.loading.table import read_table
from courses.loading.tree import Tree


def read_checklist(tree: Tree, path: str, checks: set[str]) -> None:
    """Problems of a checklist.toml that is there."""
    table = read_table(tree, path, "list there what a project must show")
    if table is None:
        return
    seen: set[str] = set()
    for item in table.tables("item", "write one [[item]] for each thing that must be shown"):
        name = item.text("id", "give the item a short name such as P07", most=20)
        if name in seen:
            item.problem("id", f"the id {shown(name)} is taken by an item above: choose another.")
        seen.add(name)
        item.text("says", "say in a few words what must be shown", most=300)
        item.text("evidence", "name the file in which it is shown", most=200)
        item.texts("from", "name the guidelines that ask for it")
        if (check := item.text("check", "name the check that looks for it", most=100)) and check not in checks:
            item.problem("check", f"{shown(check)} is not a check of checks.py: correct the name.")
        if "gate" in item:
            item.truth("gate", "say true where a mark of 50 or more needs it")
        item.asked.append("gate")
        item.done()
    table.done()
