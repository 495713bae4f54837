"""What assignment.toml says of a project: the proposal that comes before it, and the repository that is handed in."""

import re
from typing import Any

from courses.loading.problems import shown
from courses.loading.table import SLUG, Table
from courses.loading.tree import Tree

LONGEST_ANSWER = 10_000  # characters
PATH = re.compile(r"[\w.-]+(/[\w.-]+)*\Z", re.ASCII)


def read_proposal(table: Table) -> list[dict[str, Any]]:
    """The questions of the proposal as Assignment.proposal keeps them; none, if the assignment asks for no proposal."""
    questions: list[dict[str, Any]] = []
    for inner in table.tables("proposal", "write one [[proposal]] for each question", needed="proposal" in table):
        question = {
            "id": inner.text("id", "give the question a short name such as baseline", most=40),
            "title": inner.text("title", "name what is asked for in a word or two", most=80),
            "ask": inner.text("ask", "say what the answer must hold", most=600),
            "most": inner.whole("most", "say how many characters the answer may have", 100, LONGEST_ANSWER),
            "own_data": "own_data" in inner and inner.truth("own_data", "say true where only own data need an answer"),
        }
        inner.asked.append("own_data")
        if question["id"] and not SLUG.match(str(question["id"])):
            inner.problem("id", f'key "id" is {shown(question["id"])}: write small letters, digits, hyphens.')
        if question["id"] and question["id"] in (other["id"] for other in questions):
            inner.problem("id", f"the id {shown(question['id'])} is taken by a question above: choose another.")
        inner.done()
        questions.append(question)
    return questions


def read_layout(table: Table, tree: Tree, folder: str, entry: str) -> list[str]:
    """The files that the repository must hold beside the entry; none, if no repository is asked for."""
    if "repository" not in table:
        table.asked.append("repository")
        return []
    inner = table.table("repository", "list the files of the repository there")
    if inner is None:
        return []
    files = inner.texts("files", "list the files that the repository must hold", most=120)
    for number, name in enumerate(files):
        if not PATH.match(name) or ".." in name.split("/"):
            inner.problem(("files", number), f"{shown(name)} is not a path: write it like tests/test_model.py.")
        elif name == entry:
            inner.problem(("files", number), f"{shown(name)} is the entry, which is always asked for: take it out.")
        else:
            for place, why in (("starter", "students begin with it"), ("reference", "it must be complete")):
                if f"{folder}/{place}/{name}" not in tree.files:
                    text = f"{shown(name)} is not in {place}/: add it there ({why}), or take it out."
                    inner.problem(("files", number), text)
    inner.done()
    return files
