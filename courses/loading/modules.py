"""One module: its facts, lessons, figures and assignments."""

import re
from dataclasses import dataclass

from courses.loading.assignments import AssignmentContents, read_assignments
from courses.loading.lessons import read_figures, read_lessons, read_quizzes
from courses.loading.manifest import DataFile
from courses.loading.problems import shown
from courses.loading.table import Table, read_table
from courses.loading.tree import Tree
from courses.models import Lesson, Module, Quiz

FOLDER = re.compile(r"m([1-9]\d?)-[a-z0-9]+(?:-[a-z0-9]+)*\Z")


@dataclass
class ModuleContents:
    folder: str
    module: Module
    lessons: list[Lesson]
    quizzes: list[Quiz]
    assignments: list[AssignmentContents]


def read_module(tree: Tree, folder: str, data: dict[str, DataFile] | None) -> ModuleContents:
    """`data` are the files of the manifest by name; None when it cannot be read."""
    module = Module(slug=folder, number=0)
    table = read_table(tree, f"{folder}/module.toml", "describe the module there")
    if table is not None:
        _facts(module, table)
    figures = read_figures(tree, folder)
    lessons = read_lessons(tree, folder, module.topics, figures)
    if table is not None and lessons and not _is_spoiled(tree, folder, lessons):
        covered = {topic for lesson in lessons for topic in lesson.topics}
        for number, topic in enumerate(module.topics):
            if topic not in covered:
                text = (
                    f"no lesson covers the topic {shown(topic)}: write one, or name the topic in the lesson that does."
                )
                table.problem(("topics", number), text)
    return ModuleContents(
        folder, module, lessons, read_quizzes(tree, folder, lessons), read_assignments(tree, folder, figures, data)
    )


def _is_spoiled(tree: Tree, folder: str, lessons: list[Lesson]) -> bool:
    """Whether a lesson could not be read, so that nobody knows what it covers."""
    unread = any(path.startswith(f"{folder}/lessons/") for path in tree.refused)
    return unread or any(not lesson.title for lesson in lessons)


def _facts(module: Module, table: Table) -> None:
    module.number = table.whole("number", "write the number of the module", 1, 99)
    module.title = table.text("title", "name the module", most=200)
    module.short_title = table.text("short_title", "name it in a few words", most=60)
    module.objective = table.text("objective", "say in one sentence what the module is for")
    module.topics = table.texts("topics", "list what is taught")
    module.outcomes = table.texts("outcomes", "list what students can do afterwards")
    module.resources = table.resources("resources", needed=True)
    match = FOLDER.match(module.slug)
    if module.number and match and int(match[1]) != module.number:
        table.problem("number", f'key "number" is {module.number} in the folder {module.slug}: make them agree.')
    table.done()
