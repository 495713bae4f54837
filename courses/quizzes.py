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
from fnmatch import fnmatchcase
from fractions import Fraction
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
    """`given` is what is kept: numbers of options or items in the bank, a number, or a text. `credit` is 0 to 1."""

    given: Any
    credit: Fraction

    @property
    def is_right(self) -> bool:
        return self.credit == 1


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


def judge(question: Question, order: Sequence[int], values: Sequence[str], also: Iterable[str] = ()) -> Judged:
    """Judge what came from a form, the `values` of its field. `also` are texts that are accepted besides those of the
    bank. Raises Refused for what is no answer."""
    given = read(question, order, values)
    return Judged(given, credit(question, given, also))


def read(question: Question, order: Sequence[int], values: Sequence[str]) -> Any:
    """What the values of a form's field say, as it is kept. Raises Refused for what is no answer."""
    match question["kind"]:
        case Kind.SINGLE:
            chosen = _chosen(values, order)
            if len(chosen) != 1:
                raise Refused("Choose one of the answers.")
            return chosen
        case Kind.MULTIPLE:
            chosen = _chosen(values, order)
            if not chosen:
                raise Refused("Choose at least one of the answers.")
            return chosen
        case Kind.ORDERING:
            return _ordered(order, values)
        case Kind.NUMERIC:
            return _number(question, values)
        case _:
            text = "".join(letter for letter in " ".join(" ".join(values).split()) if letter.isprintable())
            if len(text) > LONGEST:  # First of all: comparing a long one would take minutes.
                raise Refused(f"Write at most {LONGEST} characters.")
            if not plain(text):
                raise Refused("Write an answer.")
            return text


def credit(question: Question, given: Any, also: Iterable[str] = ()) -> Fraction:
    """How much of the question an answer earns, from 0 to 1.

    Of a multiple choice with r right and w wrong options each right one that is chosen earns 1/r and each wrong one
    costs 1/w, never below 0: choosing everything earns what choosing nothing does. Every other kind is right or not.
    """
    match question["kind"]:
        case Kind.SINGLE:
            is_right = bool(question["options"][given[0]]["right"])
        case Kind.MULTIPLE:
            return _share(question["options"], given)
        case Kind.ORDERING:
            is_right = given == sorted(given)
        case Kind.NUMERIC:
            # A hair more than the tolerance: 32.4 + 0.5 is not 32.9 to a computer.
            is_right = abs(given - question["answer"]) <= question["tolerance"] + 1e-9 * abs(given)
        case _:
            is_right = _is_accepted(question, given, also)
    return Fraction(is_right)


def _share(options: Sequence[dict[str, Any]], chosen: Sequence[int]) -> Fraction:
    right = [number for number, option in enumerate(options) if option["right"]]
    hits = len(set(chosen) & set(right))
    slips = len(set(chosen)) - hits
    return max(Fraction(hits, len(right)) - Fraction(slips, len(options) - len(right)), Fraction(0))


def _is_accepted(question: Question, text: str, also: Iterable[str]) -> bool:
    accepted = {plain(answer) for answer in (*question["accept"], *also)}
    return plain(text) in accepted or fnmatchcase(plain(text), folded(question.get("pattern", "")))


def plain(text: str) -> str:
    """Without case, accents, surrounding marks and needless space."""
    return re.sub(r"^\W+|\W+$", "", folded(text))


def folded(text: str) -> str:
    """Without case, accents and needless space."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(bare.split())


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


def _ordered(order: Sequence[int], values: Sequence[str]) -> list[int]:
    """`values` are, for each item in the order of the page, the place (from 0) that it was given."""
    places = _places(values, order)
    if len(places) != len(order):
        raise Refused("Give each step a place.")
    if len(set(places)) != len(order):
        raise Refused("Two steps have the same place: give each its own.")
    return [order[places.index(place)] for place in range(len(order))]


def units_of(question: Question) -> dict[str, float]:
    """The units in which a number may be written, each with the factor that turns it into that of the answer."""
    others: dict[str, float] = question.get("units", {})
    return {question["unit"]: 1.0, **others} if question["unit"] else {}


def unit_key(unit: str) -> str:
    """Two spellings of a unit are one if this is the same: without case and space, and u stands for µ."""
    return re.sub("[µμ]", "u", "".join(unit.split())).casefold()


def _number(question: Question, values: Sequence[str]) -> float:
    """In the unit of the answer, whichever it was written in."""
    text, factor = unit_key("".join(values)).replace("−", "-"), 1.0
    units = units_of(question)
    for unit in sorted(units, key=lambda unit: -len(unit_key(unit))):
        if text.endswith(unit_key(unit)):
            text, factor = text.removesuffix(unit_key(unit)), units[unit]
            break
    if re.fullmatch(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?", text):  # 1,250; but 0,125 has a decimal comma.
        text = text.replace(",", "")
    text = text.replace(",", ".")
    if not re.fullmatch(r"[+-]?(\d{1,30}\.?\d{0,30}|\.\d{1,30})(e[+-]?\d{1,2})?", text):
        raise Refused(f"Write a number{f' in {in_words(units)}' if units else ''}, such as 12.5.")
    number = float(text) * factor
    assert math.isfinite(number)
    return number


def in_words(units: Iterable[str]) -> str:
    """mmol/L, mg/dL or mg/dl"""
    *most, last = units
    return f"{', '.join(most)} or {last}" if most else last
