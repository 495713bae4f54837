"""Lessons and figures of a module."""

import re
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from posixpath import normpath

from courses.loading.problems import shown
from courses.loading.quizzes import read_quiz
from courses.loading.table import Table, table_of
from courses.loading.tree import Tree
from courses.markdown import Figure, Page, read_svg, render
from courses.models import Lesson, Quiz

LESSON = re.compile(r"(m(\d+)-[^/]+)/lessons/(\d+)-([a-z0-9]+(?:-[a-z0-9]+)*)\.md\Z")
BRIEF = re.compile(r"(m\d+-[^/]+)/assignments/([^/]+)/brief\.md\Z")
DATA = re.compile(r"data/([a-z0-9-]+)\.md\Z")
FIGURE = re.compile(r"[a-z0-9_-]+\.(?:svg|py)\Z")
FRONT = "+++"


def read_figures(tree: Tree, module: str) -> dict[str, Figure]:
    figures = {}
    for path in tree.below(f"{module}/figures"):
        name = path.removeprefix(f"{module}/figures/")
        if not FIGURE.match(name):
            continue  # Not known, and reported as such.
        tree.known.add(path)
        if name.endswith(".py"):
            continue  # The program that draws the figures; never run here.
        figures[name], flaws = read_svg(tree.files[path])
        for flaw in flaws:
            tree.problem(path, flaw.line, flaw.text)
    return figures


def read_lessons(tree: Tree, module: str, topics: list[str], figures: Mapping[str, Figure]) -> list[Lesson]:
    lessons: list[Lesson] = []
    for path in tree.below(f"{module}/lessons"):
        match = LESSON.match(path)
        if not match:
            continue
        lesson = _lesson(tree, path, topics, figures)
        lesson.number, lesson.slug = _small(match[3]), match[4]
        for other in lessons:
            if other.number == lesson.number:
                text = f"lesson {lesson.number} is there already, named {other.slug}: give each lesson its own number."
                tree.problem(path, None, text)
            if other.slug == lesson.slug:
                tree.problem(path, None, f"lesson {other.number} has the same name: give each lesson its own.")
        if not 1 <= lesson.number <= 99 or len(lesson.slug) > 80:
            tree.problem(path, None, "rename the file: a number from 1 to 99, a hyphen, a name of at most 80 letters.")
        lessons.append(lesson)
    return sorted(lessons, key=lambda lesson: lesson.number)


def read_quizzes(tree: Tree, module: str, lessons: list[Lesson]) -> list[Quiz]:
    """Of the lessons that have one: N-slug.quiz.toml beside N-slug.md."""
    quizzes = []
    for lesson in lessons:
        path = f"{module}/lessons/{lesson.number}-{lesson.slug}.quiz.toml"
        if tree.has(path) and (quiz := read_quiz(tree, path)) is not None:
            quiz.lesson = lesson
            quizzes.append(quiz)
    return quizzes


def _small(digits: str) -> int:
    return int(digits) if len(digits) < 5 else 0


def _lesson(tree: Tree, path: str, topics: list[str], figures: Mapping[str, Figure]) -> Lesson:
    text = tree.text(path, "write the lesson") or ""
    table, body, above = _front_matter(tree, path, text)
    page = read_page(tree, path, body, above, figures)
    lesson = Lesson(source=body, html=page.html, headings=[list(heading) for heading in page.headings])
    if table is None:
        return lesson
    lesson.title = table.text("title", "name the lesson", most=200)
    lesson.outcome = table.text("outcome", 'say in one sentence "After this you can …"', most=300)
    lesson.minutes = table.whole("minutes", "say how many minutes the lesson takes", 1, 240)
    lesson.topics = table.texts("topics", "list the topics of module.toml that the lesson covers")
    lesson.further = table.resources("further", needed=False)
    for number, topic in enumerate(lesson.topics):
        if topics and topic not in topics:
            text = f"{shown(topic)} is not a topic of module.toml: copy one from there, letter by letter."
            table.problem(("topics", number), text)
    table.done()
    return lesson


def _front_matter(tree: Tree, path: str, text: str) -> tuple[Table | None, str, int]:
    """The table, the text below it, and how many lines stand above that text."""
    lines = text.split("\n")
    ends = [number for number, line in enumerate(lines) if line.rstrip() == FRONT]
    if len(ends) < 2 or ends[0] != 0:
        line = None if not ends else 1
        tree.problem(
            path, line, f"the front matter is missing: begin with a line {FRONT}, title and so on, a line {FRONT}."
        )
        return None, text, 0
    end = ends[1]
    return table_of(tree, path, "\n".join(lines[1:end]), above=1), "\n".join(lines[end + 1 :]), end + 1


def read_page(tree: Tree, path: str, text: str, above: int, figures: Mapping[str, Figure]) -> Page:
    """A text rendered; its flaws become problems. `above` is how many lines of the file stand above it."""
    if not text.strip():
        tree.problem(path, above or None, "there is no text: write it.")
    page = render(text, figures=figures, link=link_from(tree, path))
    for flaw in page.flaws:
        tree.problem(path, flaw.line + above, flaw.text)
    return page


def link_from(tree: Tree, path: str) -> Callable[[str], str | None]:
    """Turns the name of the file of a lesson, brief or data set, as written in `path`, into an address.

    Addresses are relative, because a revision does not know the cohorts that will read it: from
    …/modules/4/SLUG/ (a lesson), …/assignments/SLUG/ (a brief) or …/data/SLUG/ (a data set).
    """
    home = "../../../" if LESSON.match(path) else "../../"

    def link(target: str) -> str | None:
        found = normpath((PurePosixPath(path).parent / target).as_posix())
        if not tree.has(found):
            return None
        if lesson := LESSON.match(found):
            return f"{home}modules/{lesson[2]}/{lesson[4]}/"
        if brief := BRIEF.match(found):
            return f"{home}assignments/{brief[2]}/"
        if data := DATA.match(found):
            return f"{home}data/{data[1]}/"
        return None

    return link
