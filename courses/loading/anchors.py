"""anchors.toml: figures that a reference has to give again, with what others found."""

from typing import Any

from courses.loading.problems import shown
from courses.loading.table import read_table
from courses.loading.tree import Tree


def read_anchors(tree: Tree, path: str) -> list[dict[str, Any]]:
    """[{"name", "stated", "tolerance", "outside", "why"}]; `why` says that a difference is known, and argued where."""
    table = read_table(tree, path, "list there the figures of the reference")
    if table is None:
        return []
    anchors: list[dict[str, Any]] = []
    for inner in table.tables("anchor", "write one [[anchor]] for each figure that the checks tell"):
        anchor = {
            "name": inner.text("name", "name it as measured(...) in checks.py does", most=100),
            "stated": inner.number("stated", "give the figure that was stated beforehand"),
            "tolerance": inner.number("tolerance", "say how far off is still the same", low=0),
        }
        for key, ask in (("outside", "say what others found, and who"), ("why", "say why it is known to differ")):
            anchor[key] = inner.text(key, ask, most=300) if key in inner else ""
            inner.asked.append(key)
        if anchor["name"] and anchor["name"] in (other["name"] for other in anchors):
            inner.problem("name", f"the figure {shown(anchor['name'])} is named above: name each once.")
        inner.done()
        anchors.append(anchor)
    table.done()
    return anchors
