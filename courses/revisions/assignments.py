"""What differs in an assignment: its facts, brief, checks, rubric, checklist, files and solutions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from blobs import store
from courses.models import Assignment, AssignmentFile, Check, Solution
from courses.revisions.changes import Change, Text, change, listed, real, said, settings, texts, values
from courses.revisions.code import Code, code_of
from courses.revisions.contents import quiz_of
from courses.revisions.identity import Pair
from courses.revisions.quizzes import quiz_changes

Part = AssignmentFile.Part
READABLE = (".py", ".md", ".toml", ".txt", ".ipynb", ".yml", ".yaml", ".cfg")


def assignment_change(pair: Pair[Assignment]) -> Change:
    old, new = pair.old, pair.new
    if not (old and new):
        return change("Assignment", pair.present.title, was=bool(old), now=bool(new))
    facts = values(
        ("module", old.module.title, new.module.title) if old.module.name != new.module.name else ("", "", ""),
        ("title", old.title, new.title),
        ("summary", old.summary, new.summary),
        ("kind", old.get_kind_display(), new.get_kind_display()),
        ("file to hand in", old.entry, new.entry),
        ("attempts", old.attempts, new.attempts),
        ("counts", old.get_counts_display(), new.get_counts_display()),
        ("expected work, hours", old.hours, new.hours),
        ("told of hidden checks early", old.hidden_score, new.hidden_score),
        ("second run", old.repeat, new.repeat),
    )
    facts += settings("limit", old.limits, new.limits)
    facts += listed("function", old.functions, new.functions)
    facts += listed("file of the repository", _names(old.layout), _names(new.layout))
    facts += listed("artefact", old.artefacts, new.artefacts)
    if old.brief == new.brief and old.brief_html != new.brief_html:
        facts += values(("page of the brief", "as before", "a figure or the address of a link has changed"))
    parts = [*_checks(old, new), *_rubric(old, new), *_checklist(old, new), *_proposal(old, new), *_files(old, new)]
    return change(
        "Assignment",
        new.title,
        was=True,
        now=True,
        values=facts,
        texts=texts(("brief", old.brief, new.brief)),
        parts=real([*parts, *_solutions(old, new), *quiz_changes(quiz_of(old), quiz_of(new), "its questions")]),
    )


def _names(layout: list[Any]) -> list[str]:
    return [said(each) for each in layout]


def _checks(old: Assignment, new: Assignment) -> Iterator[Change]:
    before = {check.name: check for check in old.checks.all()}
    after = {check.name: check for check in new.checks.all()}
    was, now = code_of(old), code_of(new)
    for name in [*after, *(name for name in before if name not in after)]:
        yield check_change(before.get(name), after.get(name), was, now)
    yield change("Checks", "what they share", was=True, now=True, texts=texts(("code", was.shared, now.shared)))


def check_change(old: Check | None, new: Check | None, was: Code, now: Code) -> Change:
    present = new or old
    assert present is not None
    if old is None or new is None:
        return change("Check", present.title, was=bool(old), now=bool(new))
    facts = values(
        ("title", old.title, new.title),
        ("points", old.points, new.points),
        ("visible", old.is_visible, new.is_visible),
        ("time limit, seconds", old.time_limit, new.time_limit),
        ("needs first", old.after, new.after),
        ("students are told", old.get_feedback_display(), new.get_feedback_display()),
    )
    code = texts(("code", was.functions.get(old.name, ""), now.functions.get(new.name, "")))
    return change("Check", new.title, was=True, now=True, values=facts, texts=code)


def _rubric(old: Assignment, new: Assignment) -> Iterator[Change]:
    before = {criterion["id"]: criterion for criterion in old.rubric}
    after = {criterion["id"]: criterion for criterion in new.rubric}
    for name in [*after, *(name for name in before if name not in after)]:
        was, now = before.get(name), after.get(name)
        title = (now or was or {})["title"]
        facts = []
        if was and now:
            facts = values(*((key, was[key], now[key]) for key in ("title", "weight", "question")))
            facts += settings("level", was["levels"], now["levels"])
        yield change("Criterion", title, was=bool(was), now=bool(now), values=facts)


def _checklist(old: Assignment, new: Assignment) -> Iterator[Change]:
    yield from _items("Checklist item", old.checklist, new.checklist, "says")


def _proposal(old: Assignment, new: Assignment) -> Iterator[Change]:
    yield from _items("Question of the proposal", old.proposal, new.proposal, "title")


def _items(kind: str, old: list[dict[str, Any]], new: list[dict[str, Any]], title: str) -> Iterator[Change]:
    before, after = {item["id"]: item for item in old}, {item["id"]: item for item in new}
    for name in [*after, *(name for name in before if name not in after)]:
        was, now = before.get(name, {}), after.get(name, {})
        facts = values(*((key, was.get(key, ""), now.get(key, "")) for key in [*now, *(was.keys() - now)]))
        shown = f"{name}, {(now or was)[title]}"
        yield change(kind, shown, was=bool(was), now=bool(now), values=facts)


def _files(old: Assignment, new: Assignment) -> Iterator[Change]:
    before = {(file.part, file.name): file for file in old.files.all() if file.part != Part.CHECKS}
    after = {(file.part, file.name): file for file in new.files.all() if file.part != Part.CHECKS}
    for key in [*after, *(key for key in before if key not in after)]:
        was, now = before.get(key), after.get(key)
        found = now or was
        assert found is not None
        kind = f"{found.get_part_display()} file"
        if was is None or now is None:
            yield change(kind, found.name, was=bool(was), now=bool(now))
        elif was.sha256 != now.sha256:
            if found.part == Part.STARTER and found.name.endswith(READABLE):
                read = texts(("content", readable(was.name, was.sha256), readable(now.name, now.sha256)))
                yield change(kind, found.name, was=True, now=True, texts=read or _other_bytes())
            else:
                facts = values(("SHA-256", was.sha256[:12], now.sha256[:12]), ("bytes", was.size, now.size))
                yield change(kind, found.name, was=True, now=True, values=facts)


def _other_bytes() -> list[Text]:
    return texts(("content", "", "Only what does not show: spaces, outputs, or the order of keys."))


def readable(name: str, sha256: str) -> str:
    """A stored file as text: of a notebook, its cells one after the other."""
    text = store.read(sha256).decode(errors="replace")
    if not name.endswith(".ipynb"):
        return text
    try:
        cells = json.loads(text)["cells"]
        return "\n\n".join(f"[{cell['cell_type']}]\n{''.join(cell['source'])}" for cell in cells)
    except (ValueError, KeyError, TypeError, RecursionError):
        return text


def _solutions(old: Assignment, new: Assignment) -> Iterator[Change]:
    before = {(each.kind, each.name): each for each in old.solutions.all()}
    after = {(each.kind, each.name): each for each in new.solutions.all()}
    for key in [*after, *(key for key in before if key not in after)]:
        was, now = before.get(key), after.get(key)
        found = now or was
        assert found is not None
        facts = []
        if was and now:
            facts = values(("why", was.why, now.why), ("ends", was.verdict, now.verdict))
            facts += listed("caught by", was.caught_by, now.caught_by)
            facts += values(*((f"file {name}", *pair) for name, pair in _hashes(was, now).items()))
        yield change(found.get_kind_display(), found.name, was=bool(was), now=bool(now), values=facts)


def _hashes(was: Solution, now: Solution) -> dict[str, tuple[str, str]]:
    before = {file["name"]: file["sha256"][:12] for file in was.files}
    after = {file["name"]: file["sha256"][:12] for file in now.files}
    return {name: (before.get(name, ""), after.get(name, "")) for name in sorted(before | after)}
