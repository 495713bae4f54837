"""What differs in a quiz, of a lesson or an assignment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.html import strip_tags

from courses.models import Quiz
from courses.revisions.changes import Change, change, listed, values


def quiz_changes(old: Quiz | None, new: Quiz | None, where: str = "at the end") -> Iterator[Change]:
    if old is None or new is None:
        if old is not new:
            yield change("Quiz", where, was=old is not None, now=new is not None)
        return
    before = {question["id"]: question for question in old.questions}
    after = {question["id"]: question for question in new.questions}
    facts = values(
        ("questions in one sitting", old.ask, new.ask),
        ("minutes of one sitting", old.minutes or "no limit", new.minutes or "no limit"),
        ("what was right is shown", old.get_shows_display(), new.get_shows_display()),
    )
    facts += listed("question, in order", [*before], [*after]) if sorted(before) == sorted(after) else []
    yield change("Quiz", where, was=True, now=True, values=facts)
    for name in [*after, *(name for name in before if name not in after)]:
        yield _question(name, before.get(name), after.get(name))


def _question(name: str, old: dict[str, Any] | None, new: dict[str, Any] | None) -> Change:
    if old is None or new is None:
        return change("Question", name, was=bool(old), now=bool(new))
    before, after = _question_facts(old), _question_facts(new)
    facts = [value for key in [*after, *(before.keys() - after)] for value in _fact(key, before, after)]
    return change("Question", name, was=True, now=True, values=facts)


def _fact(key: str, before: dict[str, Any], after: dict[str, Any]) -> Any:
    old, new = before.get(key, ""), after.get(key, "")
    if isinstance(old, list) or isinstance(new, list):
        return listed(key, old or [], new or [])
    return values((key, old, new))


def _question_facts(question: dict[str, Any]) -> dict[str, Any]:
    """As people read them: without tags, each option with whether it is right."""
    found: dict[str, Any] = {}
    for key, value in question.items():
        if key == "options":
            found["option"] = [
                f"{words(option['html'])} ({'right' if option['right'] else 'wrong'}{'; ' if option['why'] else ''}"
                f"{words(option['why'])})"
                for option in value
            ]
        elif key in {"items", "accept"}:
            found[key] = [words(each) for each in value]
        elif key != "id" and (value or key not in {"units", "pattern"}):
            found["text" if key == "html" else key] = words(value) if isinstance(value, str) else value
    return found


def words(html: str) -> str:
    return " ".join(strip_tags(html).split())
