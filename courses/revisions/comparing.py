"""What differs between two revisions, module by module."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from courses.models import DataSet, Lesson, Module, Revision
from courses.revisions.assignments import assignment_change
from courses.revisions.changes import Change, change, listed, real, settings, texts, values
from courses.revisions.contents import Contents, contents_of, quiz_of
from courses.revisions.files import Files, files_of
from courses.revisions.identity import Pair, Pairs, paired
from courses.revisions.quizzes import quiz_changes, words


@dataclass(frozen=True)
class ModuleChanges:
    """One module: what it was, what it is, and what has changed in it. Only modules with a change are listed."""

    pair: Pair[Module]
    itself: Change
    changes: list[Change]

    @property
    def module(self) -> Module:
        return self.pair.present

    @property
    def is_empty(self) -> bool:
        return self.itself.is_empty and not self.changes


@dataclass(frozen=True)
class Comparison:
    old: Revision
    new: Revision
    pairs: Pairs
    programme: list[Change]
    modules: list[ModuleChanges]
    data_sets: list[Change]
    files: Files
    lessons: dict[int, Change]
    """Those that differ, by the primary key of the newer lesson, of the older one where it is gone."""

    @property
    def is_empty(self) -> bool:
        return not (self.programme or self.modules or self.data_sets or self.files.changes)

    @property
    def unchanged(self) -> list[Module]:
        touched = {each.module.pk for each in self.modules}
        return [pair.new for pair in self.pairs.modules if pair.new and pair.new.pk not in touched]


def compare(old: Revision, new: Revision) -> Comparison:
    return comparison(contents_of(old), contents_of(new))


def comparison(old: Contents, new: Contents) -> Comparison:
    pairs = paired(old, new)
    files = files_of(old, new)
    lessons = {pair.present.pk: _lesson(pair, pairs) for pair in pairs.lessons}
    modules = [_module(pair, pairs, lessons) for pair in pairs.modules]
    return Comparison(
        old=old.revision,
        new=new.revision,
        pairs=pairs,
        programme=real([_programme(old.revision, new.revision)]),
        modules=[each for each in modules if not each.is_empty],
        data_sets=real(_data_set(pair) for pair in pairs.data_sets),
        files=files,
        lessons={pk: each for pk, each in lessons.items() if not each.is_empty},
    )


def _programme(old: Revision, new: Revision) -> Change:
    facts = values(("title", old.title, new.title), ("award", old.award, new.award), ("level", old.level, new.level))
    return change("Programme", new.title, was=True, now=True, values=facts)


def _module(pair: Pair[Module], pairs: Pairs, lessons: dict[int, Change]) -> ModuleChanges:
    here = {module.pk for module in (pair.old, pair.new) if module}
    changes = [lessons[each.present.pk] for each in pairs.lessons if each.present.module_id in here]
    changes += [assignment_change(each) for each in pairs.assignments if each.present.module_id in here]
    return ModuleChanges(pair, _itself(pair), real(changes))


def _itself(pair: Pair[Module]) -> Change:
    old, new = pair.old, pair.new
    facts = []
    if old and new:
        facts = values(
            ("place", old.number, new.number),
            ("title", old.title, new.title),
            ("short title", old.short_title, new.short_title),
            ("objective", old.objective, new.objective),
        )
        facts += listed("topic", old.topics, new.topics)
        facts += listed("outcome", old.outcomes, new.outcomes)
        facts += listed("resource", _resources(old.resources), _resources(new.resources))
    return change("Module", pair.present.title, was=bool(old), now=bool(new), values=facts)


def _resources(resources: list[dict[str, str]]) -> list[str]:
    return [f"{each['title']} ({each['kind']}), {each['url']}. {each['note']}" for each in resources]


def _lesson(pair: Pair[Lesson], pairs: Pairs) -> Change:
    old, new = pair.old, pair.new
    if not (old and new):
        return change("Lesson", pair.present.title, was=bool(old), now=bool(new))
    facts = values(("place", old.number, new.number), ("title", old.title, new.title))
    if pairs.renamed.get(old.module.name) != new.module.name:
        facts += values(("module", old.module.title, new.module.title))
    facts += values(("outcome", old.outcome, new.outcome), ("minutes", old.minutes, new.minutes))
    facts += listed("topic", old.topics, new.topics)
    facts += listed("to read further", _resources(old.further), _resources(new.further))
    if old.source == new.source and old.html != new.html:
        facts += values(("page", "as before", "looks different: a figure or the address of a link has changed"))
    return change(
        "Lesson",
        new.title,
        was=True,
        now=True,
        values=facts,
        texts=texts(("text", old.source, new.source)),
        parts=real(quiz_changes(quiz_of(old), quiz_of(new))),
    )


def _data_set(pair: Pair[DataSet]) -> Change:
    old, new = pair.old, pair.new
    if not (old and new):
        return change("Data set", pair.present.title, was=bool(old), now=bool(new))
    keys = ("title", "description", "source", "how", "licence", "licence_evidence")
    facts = values(*((key.replace("_", " "), getattr(old, key), getattr(new, key)) for key in keys))
    facts += listed("group", old.groups, new.groups)
    facts += listed("asks for", [each["title"] for each in old.requires], [each["title"] for each in new.requires])
    if not facts and old.requires != new.requires:
        facts += values(("asks for", old.requires, new.requires))
    before, after = _files(old), _files(new)
    for name in [*after, *(name for name in before if name not in after)]:
        facts += settings(f"file {name}", before.get(name, {}), after.get(name, {}))
    pages = texts(("page", _page(old.html), _page(new.html)))
    return change("Data set", new.title, was=True, now=True, values=facts, texts=pages)


def _files(data: DataSet) -> dict[str, dict[str, Any]]:
    return {
        file["name"]: {
            "visibility": file["visibility"],
            "rows": file["rows"],
            "columns": file["columns"],
            "SHA-256": file["sha256"][:12],
        }
        for file in data.files
    }


def _page(html: str) -> str:
    """A line for each block."""
    return "\n".join(line for line in (words(part) for part in html.replace("</", "\n</").split("\n")) if line)
