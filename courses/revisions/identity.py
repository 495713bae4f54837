"""What is the same thing in two revisions. ADR 13 says by what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from courses.models import Assignment, DataSet, Lesson, Module
from courses.revisions.contents import Contents

T = TypeVar("T")
Key = tuple[Callable[[T], Hashable], Callable[[T], Hashable]]
"""What to join by: a function for the older thing, one for the newer."""


@dataclass(frozen=True)
class Pair(Generic[T]):
    """One thing before and after. Without the one it is added, without the other removed."""

    old: T | None
    new: T | None

    @property
    def present(self) -> T:
        """The newer one that there is."""
        found = self.new if self.new is not None else self.old
        assert found is not None
        return found


@dataclass(frozen=True)
class Pairs:
    """Everything of two revisions, joined. In the order of the newer one; what is gone comes last."""

    modules: list[Pair[Module]]
    lessons: list[Pair[Lesson]]
    assignments: list[Pair[Assignment]]
    data_sets: list[Pair[DataSet]]

    @property
    def renamed(self) -> dict[str, str]:
        """The names of old modules to those of the same modules now."""
        return {pair.old.name: pair.new.name for pair in self.modules if pair.old and pair.new}


def joined(old: Iterable[T], new: Iterable[T], *keys: Key[T]) -> list[Pair[T]]:
    """Each key in turn joins what is left, where only one of each side has it."""
    gone, come = list(old), list(new)
    partner: dict[int, T] = {}
    for of_old, of_new in keys:
        for before, after in _unambiguous(gone, come, of_old, of_new):
            partner[id(after)] = before
            gone = [each for each in gone if each is not before]
            come = [each for each in come if each is not after]
    return [Pair(partner.get(id(each)), each) for each in new] + [Pair(each, None) for each in gone]


def _unambiguous(
    old: list[T], new: list[T], of_old: Callable[[T], Hashable], of_new: Callable[[T], Hashable]
) -> list[tuple[T, T]]:
    before: dict[Hashable, list[T]] = defaultdict(list)
    after: dict[Hashable, list[T]] = defaultdict(list)
    for each in old:
        before[of_old(each)].append(each)
    for each in new:
        after[of_new(each)].append(each)
    return [
        (before[key][0], found[0]) for key, found in after.items() if len(found) == 1 and len(before.get(key, [])) == 1
    ]


def paired(old: Contents, new: Contents) -> Pairs:
    modules = joined(old.modules, new.modules, _same(lambda each: each.name), _same(lambda each: each.number))
    renamed = {pair.old.pk: pair.new.pk for pair in modules if pair.old and pair.new}
    lessons = joined(
        old.lessons,
        new.lessons,
        (lambda each: (renamed.get(each.module_id), each.slug), lambda each: (each.module_id, each.slug)),
        _same(lambda each: each.slug),
        _same(lambda each: each.source),
    )
    return Pairs(
        modules,
        lessons,
        joined(old.assignments, new.assignments, _same(lambda each: each.slug)),
        joined(old.data_sets, new.data_sets, _same(lambda each: each.slug)),
    )


def _same(key: Callable[[T], Hashable]) -> Key[T]:
    return key, key
