"""What a board has before it about one candidate, and what is wrong with it if it cannot be decided."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from courses.marks import HIGHEST
from courses.regulations import Regulations


@dataclass(frozen=True)
class Profile:
    """`marks` are first sits as recorded after rule 2; `resits` are the marks of resits, not yet capped."""

    marks: Mapping[str, int | None]
    component_fails: frozenset[str] = frozenset()
    misconduct: frozenset[str] = frozenset()
    resits: Mapping[str, int] = field(default_factory=dict)
    recognised: frozenset[str] = frozenset()
    withdrawn: bool = False
    registration_lapsed: bool = False
    interrupted: bool = False
    open_case: bool = False
    resit_period_over: bool = False
    """Says that the second board sits although nothing was resat; any resit says so by itself."""

    @property
    def is_at_second_board(self) -> bool:
        return bool(self.resits) or self.resit_period_over

    @property
    def needs_every_mark(self) -> bool:
        lapsed = self.registration_lapsed and not self.interrupted
        return not (self.withdrawn or lapsed or self.open_case)


@dataclass(frozen=True)
class Problem:
    """`field` is a module's id, or component_fail, misconduct, resit, rpl."""

    field: str
    got: str
    expected: str

    def __str__(self) -> str:
        return f"{self.field}: {self.got}; expected {self.expected}."


class ProfileError(ValueError):
    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(str(problem) for problem in self.problems))


def problems(profile: Profile, regulations: Regulations) -> list[Problem]:
    """Everything that keeps this profile from being decided; all of it, in the order of the fields."""
    unknown = list(_unknown_modules(profile, regulations))
    if unknown:  # The rest would only repeat it.
        return unknown
    return [
        *_marks(profile, regulations),
        *_component_fails(profile, regulations),
        *_misconduct(profile),
        *_resits(profile, regulations),
        *_recognised(profile, regulations),
    ]


def _unknown_modules(profile: Profile, regulations: Regulations) -> Iterator[Problem]:
    known = ", ".join(regulations.modules)
    named = {
        "marks": profile.marks,
        "component_fail": profile.component_fails,
        "misconduct": profile.misconduct,
        "resit": profile.resits,
        "rpl": profile.recognised,
    }
    for name, modules in named.items():
        for module in modules:
            if module not in regulations.modules:
                yield Problem(name, f"module {module!r} is unknown", f"any of {known}")


def _marks(profile: Profile, regulations: Regulations) -> Iterator[Problem]:
    for module in regulations.modules:
        mark = profile.marks.get(module)
        if mark is not None:
            if not _is_mark(mark):
                yield Problem(module, f"mark {mark}", f"a whole number from 0 to {HIGHEST}")
        elif module not in profile.recognised and profile.needs_every_mark:
            yield Problem(module, "no mark", "a mark (0 if nothing was handed in), or the module listed in rpl")


def _is_mark(mark: object) -> bool:
    return isinstance(mark, int) and not isinstance(mark, bool) and 0 <= mark <= HIGHEST


def _component_fails(profile: Profile, regulations: Regulations) -> Iterator[Problem]:
    cap = regulations.marks.component_fail_cap
    for module in sorted(profile.component_fails):
        mark = profile.marks.get(module)
        if module in profile.recognised:
            yield _recognised_too("component_fail", module)
        elif mark is None:
            yield Problem("component_fail", f"{module} without a mark", "modules that have one")
        elif _is_mark(mark) and mark > cap:
            yield Problem("component_fail", f"{module} with mark {mark}", f"a recorded mark of at most {cap} (rule 2)")


def _misconduct(profile: Profile) -> Iterator[Problem]:
    for module in sorted(profile.misconduct & profile.recognised):
        yield _recognised_too("misconduct", module)


def _resits(profile: Profile, regulations: Regulations) -> Iterator[Problem]:
    pass_mark = regulations.marks.pass_mark
    for module, resit in profile.resits.items():
        first = profile.marks.get(module)
        if module in profile.recognised:
            yield _recognised_too("resit", module)
        elif first is None:
            yield Problem("resit", f"{module} without a first mark", "resits of failed modules only")
        elif _is_mark(first) and first >= pass_mark:
            yield Problem("resit", f"{module}, which has {first}", f"resits only of modules below {pass_mark} (rule 5)")
        if not _is_mark(resit):
            yield Problem("resit", f"{module}={resit}", f"a whole number from 0 to {HIGHEST}")


def _recognised(profile: Profile, regulations: Regulations) -> Iterator[Problem]:
    credits, limit = regulations.credits_of(profile.recognised), regulations.prior_learning.max_credits
    if credits > limit:
        modules = ", ".join(module for module in regulations.modules if module in profile.recognised)
        yield Problem("rpl", f"{modules} carry {credits} credits", f"at most {limit} credits (rule 11)")


def _recognised_too(field: str, module: str) -> Problem:
    return Problem(field, f"{module}, which is also in rpl", "only modules assessed here: remove it from one of them")
