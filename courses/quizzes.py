"""Questions of a quiz: which ones a person meets, in which order, and whether an answer is right.

A bank is a list of questions as courses.loading.quizzes stores them. A draw is what one sitting holds of it: a list of
{"id", "order"}, where `order` says which option (or item) of the bank stands in which place on the page. What comes
from a browser are places; what is kept are the option's numbers in the bank.
"""

import hashlib
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from courses.refusal import Refused

Question = dict[str, Any]
Draw = list[dict[str, Any]]

LONGEST = 200  # characters of an answer in words


class Kind(StrEnum):
    SINGLE = "single"
    MULTIPLE = "multiple"
    NUMERIC = "numeric"
    ORDERING = "ordering"
    TEXT = "text"


@dataclass(frozen=True)
class Judged:
    """`given` is what is kept: numbers of options or items in the bank, a number, or a text."""

    given: Any
    is_right: bool


def draw(bank: Sequence[Question], ask: int, *, seed: str, sitting: int) -> Draw:
    """The questions of one sitting: sitting after sitting, the next ones in the student's own order of the bank."""
    own = _shuffled(bank, lambda question: f"{seed} {question['id']}")
    first = (sitting - 1) * ask
    chosen = [own[number % len(own)] for number in range(first, first + min(ask, len(own)))]
    return [{"id": one["id"], "order": _order(one, f"{seed} {sitting} {one['id']}")} for one in chosen]


def _shuffled(things: Iterable[Any], key: Callable[[Any], str]) -> list[Any]:
    """By hash: the same on every version of Python, which random.shuffle does not promise."""
    return sorted(things, key=lambda thing: hashlib.sha256(key(thing).encode()).digest())


def _order(question: Question, seed: str) -> list[int]:
    places = range(len(question.get("options") or question.get("items") or []))
    order = _shuffled(places, lambda place: f"{seed} {place}")
    if question["kind"] == Kind.ORDERING and order == sorted(order):
        order = [*order[1:], order[0]]  # Never shown solved.
    return order


def judge(question: Question, order: Sequence[int], values: Sequence[str]) -> Judged:
    """Judge what came from a form: `values` are those of its field. Raises Refused for what is no answer."""
    match question["kind"]:
        case Kind.SINGLE:
            chosen = _chosen(values, order)
            if len(chosen) != 1:
                raise Refused("Choose one of the answers.")
            return Judged(chosen, bool(question["options"][chosen[0]]["right"]))
        case Kind.MULTIPLE:
            chosen = _chosen(values, order)
            if not chosen:
                raise Refused("Choose at least one of the answers.")
            return Judged(chosen, chosen == [n for n, option in enumerate(question["options"]) if option["right"]])
        case Kind.ORDERING:
            return _ordered(question, order, values)
        case Kind.NUMERIC:
            number = _number(values, question["unit"])
            # A hair more than the tolerance: 32.4 + 0.5 is not 32.9 to a computer.
            return Judged(number, abs(number - question["answer"]) <= question["tolerance"] + 1e-9 * abs(number))
        case _:
            text = "".join(letter for letter in " ".join(" ".join(values).split()) if letter.isprintable())
            if len(text) > LONGEST:  # First of all: comparing a long one would take minutes.
                raise Refused(f"Write at most {LONGEST} characters.")
            if not plain(text):
                raise Refused("Write an answer.")
            return Judged(text, plain(text) in {plain(answer) for answer in question["accept"]})


def plain(text: str) -> str:
    """Without case, accents, surrounding marks and needless space."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"^\W+|\W+$", "", " ".join(bare.split()))


def _places(values: Sequence[str], order: Sequence[int]) -> list[int]:
    try:
        places = [int(value) for value in values if value and len(value) < 4 and value.isascii()]
    except ValueError as error:
        raise Refused("This is not one of the answers: load the page again.") from error
    if any(not 0 <= place < len(order) for place in places):
        raise Refused("This is not one of the answers: load the page again.")
    return places


def _chosen(values: Sequence[str], order: Sequence[int]) -> list[int]:
    return sorted({order[place] for place in _places(values, order)})


def _ordered(question: Question, order: Sequence[int], values: Sequence[str]) -> Judged:
    """`values` are, for each item in the order of the page, the place (from 0) that it was given."""
    places = _places(values, order)
    if len(places) != len(order):
        raise Refused("Give each step a place.")
    if len(set(places)) != len(order):
        raise Refused("Two steps have the same place: give each its own.")
    given = [order[places.index(place)] for place in range(len(order))]
    return Judged(given, given == sorted(given))


def _number(values: Sequence[str], unit: str) -> float:
    text = "".join("".join(values).split()).replace("−", "-")
    if unit:
        text = re.sub(re.escape("".join(unit.split())) + r"\Z", "", text, flags=re.IGNORECASE)
    if re.fullmatch(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?", text):  # 1,250; but 0,125 has a decimal comma.
        text = text.replace(",", "")
    text = text.replace(",", ".")
    if not re.fullmatch(r"[+-]?(\d{1,30}\.?\d{0,30}|\.\d{1,30})([eE][+-]?\d{1,2})?", text):
        raise Refused(f"Write a number{f' in {unit}' if unit else ''}, such as 12.5.")
    number = float(text)
    assert math.isfinite(number)
    return number
