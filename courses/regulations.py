"""The regulations as data: one file a version in programme/regulations/, read exactly, never half-loaded.

Percentages are 0-100, marks 0-100. `decimal` values are exact: the file's 1.0 is Decimal("1.0").
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NoReturn

FOLDER = Path(__file__).parent / "programme" / "regulations"
BARS = ("resit", "compensation", "misconduct")


class RegulationsError(ValueError):
    """A file of regulations that cannot be used: which file, which key, what is wrong, what to do."""

    def __init__(self, file: Path | str, key: str, problem: str) -> None:
        self.file, self.key, self.problem = Path(file), key, problem
        super().__init__(f"{self.file.name}: {key}: {problem}")


@dataclass(frozen=True)
class Weights:
    """Percentages of the module mark."""

    auto: int
    rubric: int
    quiz: int = 0


@dataclass(frozen=True)
class AutoWeights:
    """Percentages of the auto part."""

    visible: int
    hidden: int


@dataclass(frozen=True)
class Module:
    id: str
    credits: int
    weights: Weights
    core: bool
    first_week: int
    last_week: int
    """At full-time pace; `Pace.weeks_of` gives the others."""


@dataclass(frozen=True)
class MarkRules:
    pass_mark: int
    component_decimals: int
    component_minimum: int
    component_fail_cap: int
    mean_decimals: int


@dataclass(frozen=True)
class Compensation:
    lowest_mark: int
    max_credits: int
    min_mean: Decimal


@dataclass(frozen=True)
class Referral:
    max_credits: int


@dataclass(frozen=True)
class Resits:
    attempts: int
    cap: int
    clears_at: int


@dataclass(frozen=True)
class Classes:
    merit: int
    distinction: int


@dataclass(frozen=True)
class Uplift:
    margin: Decimal
    share: Decimal
    module: str
    barred_by: frozenset[str]


@dataclass(frozen=True)
class DistinctionBlock:
    by: frozenset[str]
    max_resat_credits: int


@dataclass(frozen=True)
class Lateness:
    tolerance_minutes: int
    marks_per_day: int
    zero_after_hours: int
    not_below: int
    resit_mark: int

    @property
    def tolerance(self) -> timedelta:
        return timedelta(minutes=self.tolerance_minutes)

    @property
    def zero_after(self) -> timedelta:
        return timedelta(hours=self.zero_after_hours)


@dataclass(frozen=True)
class Extensions:
    self_certified_days: int
    self_certified_times: int
    evidenced_days: int


@dataclass(frozen=True)
class PriorLearning:
    max_credits: int


@dataclass(frozen=True)
class Pace:
    weeks: int
    max_months: int
    stretch: int
    """How many weeks of this pace stand for one full-time week."""

    def weeks_of(self, module: Module) -> tuple[int, int]:
        return (module.first_week - 1) * self.stretch + 1, module.last_week * self.stretch


@dataclass(frozen=True)
class Paces:
    full_time: Pace
    part_time: Pace
    interruption_months: int


@dataclass(frozen=True)
class Moderation:
    percent: int
    scripts: int
    just_under: int


@dataclass(frozen=True)
class DoubleMarking:
    modules: frozenset[str]
    mean_up_to: int
    discuss_up_to: int


@dataclass(frozen=True)
class ExternalExaminer:
    percent: int
    scripts: int


@dataclass(frozen=True)
class Regulations:
    version: str
    credits: int
    modules: Mapping[str, Module] = field(hash=False)
    auto: AutoWeights
    marks: MarkRules
    compensation: Compensation
    referral: Referral
    resits: Resits
    classes: Classes
    uplift: Uplift
    distinction_block: DistinctionBlock
    lateness: Lateness
    extensions: Extensions
    prior_learning: PriorLearning
    pace: Paces
    moderation: Moderation
    double_marking: DoubleMarking
    external_examiner: ExternalExaminer

    def credits_of(self, modules: Iterable[str]) -> int:
        return sum(self.modules[module].credits for module in modules)


def versions() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


@cache
def regulations(version: str) -> Regulations:
    if version not in versions():
        raise RegulationsError(
            FOLDER / f"{version}.toml", "version", f"there is no such file; the versions are {', '.join(versions())}."
        )
    return load(FOLDER / f"{version}.toml")


def load(path: Path) -> Regulations:
    try:
        text = path.read_text(encoding="utf-8")
        values = tomllib.loads(text, parse_float=Decimal)
    except OSError as error:
        raise RegulationsError(path, "file", f"cannot be read ({error.strerror}). Check the path.") from error
    except UnicodeDecodeError as error:
        raise RegulationsError(path, "file", "is not UTF-8 text. Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise RegulationsError(path, "file", f"is not valid TOML ({error}). Mend that line.") from error
    return _regulations(_Table(path, "", values))


class _Table:
    """One table of the file. Hands each key out checked, and in the end refuses keys that nobody asked for."""

    def __init__(self, file: Path, name: str, values: Mapping[str, object]) -> None:
        self.file, self.name, self.values = file, name, dict(values)

    def wrong(self, key: str, problem: str) -> NoReturn:
        raise RegulationsError(self.file, f"{self.name}.{key}".strip("."), problem)

    def _take(self, key: str, expected: str) -> object:
        if key not in self.values:
            self.wrong(key, f"is missing. Add it: {expected}.")
        return self.values.pop(key)

    def whole(self, key: str, low: int = 0, high: int = 100) -> int:
        expected = f"a whole number from {low} to {high}"
        value = self._take(key, expected)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.wrong(key, f"is {_shown(value)}. Write {expected}.")
        return value

    def decimal(self, key: str, low: int = 0, high: int = 100) -> Decimal:
        expected = f"a number from {low} to {high}"
        value = self._take(key, expected)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            self.wrong(key, f"is {_shown(value)}. Write {expected}, without quotes.")
        exact = Decimal(value)
        if not exact.is_finite() or not low <= exact <= high:
            self.wrong(key, f"is {_shown(value)}. Write {expected}.")
        return exact

    def text(self, key: str) -> str:
        value = self._take(key, 'a text in quotes, such as "2026"')
        if not isinstance(value, str) or not value:
            self.wrong(key, f'is {_shown(value)}. Write a text in quotes, such as "2026".')
        return value

    def claim(self, key: str) -> bool:
        value = self._take(key, "true or false")
        if not isinstance(value, bool):
            self.wrong(key, f"is {_shown(value)}. Write true or false, without quotes.")
        return value

    def names(self, key: str, known: Iterable[str]) -> frozenset[str]:
        known = list(known)
        value = self._take(key, f"a list of any of {', '.join(known)}")
        if not isinstance(value, list):
            self.wrong(key, f"is {_shown(value)}. Write a list of any of {', '.join(known)}.")
        for name in value:
            if name not in known:
                self.wrong(key, f"names {_shown(name)}, which is unknown. Choose from {', '.join(known)}.")
        return frozenset(value)

    def weeks(self, key: str) -> tuple[int, int]:
        value = self._take(key, "the first and last week, such as [1, 2]")
        match value:
            case [int(first), int(last)] if 1 <= first <= last and first is not True:
                weeks = first, last
            case _:
                self.wrong(key, f"is {_shown(value)}. Write the first and last week, such as [1, 2].")
        return weeks

    def table(self, key: str) -> "_Table":
        value = self._take(key, "a table")
        if not isinstance(value, dict):
            self.wrong(key, f"is {_shown(value)}. Write a table with this name.")
        return _Table(self.file, f"{self.name}.{key}".strip("."), value)

    def done(self) -> None:
        for key in self.values:
            self.wrong(key, "is not a key of the regulations. Remove it or correct its spelling.")


def _shown(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case Decimal() | int():
            return str(value)
        case str():
            return f'"{value}"'
        case _:
            return f"{value}"


def _regulations(top: _Table) -> Regulations:
    version = top.text("version")
    if version != top.file.stem:
        top.wrong("version", f'is "{version}" in a file named {top.file.name}. Give both the same name.')
    credits = top.whole("credits", 1, 1000)
    modules = _modules(top.table("modules"), credits)
    marks = _marks(top.table("marks"))
    compensation = _compensation(top.table("compensation"), marks, credits)
    resits = _resits(top.table("resits"), marks)
    classes = _classes(top.table("classes"), marks)
    found = Regulations(
        version=version,
        credits=credits,
        modules=MappingProxyType(modules),
        auto=_auto(top.table("auto")),
        marks=marks,
        compensation=compensation,
        referral=_referral(top.table("referral"), compensation, credits),
        resits=resits,
        classes=classes,
        uplift=_uplift(top.table("uplift"), modules, classes, marks),
        distinction_block=_distinction_block(top.table("distinction_block"), credits),
        lateness=_lateness(top.table("lateness")),
        extensions=_extensions(top.table("extensions")),
        prior_learning=_prior_learning(top.table("prior_learning"), credits),
        pace=_paces(top.table("pace"), modules),
        moderation=_moderation(top.table("moderation")),
        double_marking=_double_marking(top.table("double_marking"), modules),
        external_examiner=_external_examiner(top.table("external_examiner")),
    )
    top.done()
    return found


def _modules(table: _Table, credits: int) -> dict[str, Module]:
    modules = {}
    for name in list(table.values):
        one = table.table(name)
        weights = Weights(one.whole("auto"), one.whole("rubric"), one.whole("quiz") if "quiz" in one.values else 0)
        if weights.quiz:
            _must_be_100_with_quiz(one, weights)
        else:
            _must_be_100(one, "auto", "rubric", weights.auto, weights.rubric)
        first_week, last_week = one.weeks("weeks")
        modules[name] = Module(name, one.whole("credits", 1, 1000), weights, one.claim("core"), first_week, last_week)
        one.done()
    total = sum(module.credits for module in modules.values())
    if total != credits:
        table.wrong("credits", f"add up to {total}. They must add up to the {credits} of `credits`.")
    return modules


def _must_be_100(table: _Table, first_key: str, second_key: str, first: int, second: int) -> None:
    if first + second != 100:
        table.wrong(first_key, f"{first} and {second_key} {second} add up to {first + second}. They must make 100.")


def _must_be_100_with_quiz(table: _Table, weights: Weights) -> None:
    total = weights.auto + weights.rubric + weights.quiz
    if total != 100:
        table.wrong("quiz", f"{weights.quiz}, auto and rubric add up to {total}. They must make 100.")


def _auto(table: _Table) -> AutoWeights:
    weights = AutoWeights(visible=table.whole("visible"), hidden=table.whole("hidden"))
    _must_be_100(table, "visible", "hidden", weights.visible, weights.hidden)
    table.done()
    return weights


def _marks(table: _Table) -> MarkRules:
    pass_mark = table.whole("pass", 1)
    rules = MarkRules(
        pass_mark=pass_mark,
        component_decimals=table.whole("component_decimals", 0, 6),
        component_minimum=table.whole("component_minimum", 0, pass_mark),
        # At the pass mark or above, a component fail would pass.
        component_fail_cap=table.whole("component_fail_cap", 0, pass_mark - 1),
        mean_decimals=table.whole("mean_decimals", 0, 6),
    )
    table.done()
    return rules


def _compensation(table: _Table, marks: MarkRules, credits: int) -> Compensation:
    compensation = Compensation(
        lowest_mark=table.whole("lowest_mark", 0, marks.pass_mark),
        max_credits=table.whole("max_credits", 0, credits),
        min_mean=table.decimal("min_mean"),
    )
    table.done()
    return compensation


def _referral(table: _Table, compensation: Compensation, credits: int) -> Referral:
    # Fewer credits than can be compensated would make one profile both compensated and failed.
    referral = Referral(table.whole("max_credits", compensation.max_credits, credits))
    table.done()
    return referral


def _resits(table: _Table, marks: MarkRules) -> Resits:
    resits = Resits(
        attempts=table.whole("attempts", 1, 1),
        cap=table.whole("cap", marks.pass_mark),
        clears_at=table.whole("clears_at", marks.pass_mark),
    )
    table.done()
    return resits


def _classes(table: _Table, marks: MarkRules) -> Classes:
    merit = table.whole("merit", marks.pass_mark + 1)
    classes = Classes(merit=merit, distinction=table.whole("distinction", merit + 1))
    table.done()
    return classes


def _uplift(table: _Table, modules: Mapping[str, Module], classes: Classes, marks: MarkRules) -> Uplift:
    uplift = Uplift(
        # A margin wider than a class would lift across one.
        margin=table.decimal("margin", 0, min(classes.distinction - classes.merit, classes.merit - marks.pass_mark)),
        share=table.decimal("share"),
        module=table.text("module"),
        barred_by=table.names("barred_by", BARS),
    )
    if uplift.module not in modules:
        table.wrong("module", f'names "{uplift.module}", which is unknown. Choose from {", ".join(modules)}.')
    table.done()
    return uplift


def _distinction_block(table: _Table, credits: int) -> DistinctionBlock:
    block = DistinctionBlock(
        # A resit blocks by its credits, which have a limit of their own.
        by=table.names("by", [bar for bar in BARS if bar != "resit"]),
        max_resat_credits=table.whole("max_resat_credits", 0, credits),
    )
    table.done()
    return block


def _lateness(table: _Table) -> Lateness:
    lateness = Lateness(
        tolerance_minutes=table.whole("tolerance_minutes", 0, 24 * 60),
        marks_per_day=table.whole("marks_per_day"),
        zero_after_hours=table.whole("zero_after_hours", 24, 24 * 366),
        not_below=table.whole("not_below"),
        resit_mark=table.whole("resit_mark"),
    )
    table.done()
    return lateness


def _extensions(table: _Table) -> Extensions:
    extensions = Extensions(
        self_certified_days=table.whole("self_certified_days", 0, 366),
        self_certified_times=table.whole("self_certified_times", 0, 100),
        evidenced_days=table.whole("evidenced_days", 0, 366),
    )
    table.done()
    return extensions


def _prior_learning(table: _Table, credits: int) -> PriorLearning:
    # With every credit recognised there would be no mean.
    prior_learning = PriorLearning(table.whole("max_credits", 0, credits - 1))
    table.done()
    return prior_learning


def _paces(table: _Table, modules: Mapping[str, Module]) -> Paces:
    expected = 1
    for module in modules.values():
        if module.first_week != expected:
            problem = f"start in week {module.first_week}. Let them start in week {expected}, without gap or overlap."
            raise RegulationsError(table.file, f"modules.{module.id}.weeks", problem)
        expected = module.last_week + 1
    last_week = expected - 1
    full_time, part_time = table.table("full_time"), table.table("part_time")
    weeks = full_time.whole("weeks", 1, 520)
    if weeks != last_week:
        full_time.wrong("weeks", f"is {weeks}, but the modules end in week {last_week}. Make them agree.")
    stretched = part_time.whole("weeks", weeks, 520)
    if stretched % weeks:
        part_time.wrong("weeks", f"is {stretched}. Write a multiple of the {weeks} full-time weeks.")
    paces = Paces(
        full_time=Pace(weeks, full_time.whole("max_months", 1, 120), 1),
        part_time=Pace(stretched, part_time.whole("max_months", 1, 120), stretched // weeks),
        interruption_months=table.whole("interruption_months", 0, 120),
    )
    for each in (full_time, part_time, table):
        each.done()
    return paces


def _moderation(table: _Table) -> Moderation:
    moderation = Moderation(
        percent=table.whole("percent"),
        scripts=table.whole("scripts", 0, 10_000),
        just_under=table.whole("just_under", 0, 10),
    )
    table.done()
    return moderation


def _double_marking(table: _Table, modules: Mapping[str, Module]) -> DoubleMarking:
    names = table.names("modules", modules)
    mean_up_to = table.whole("mean_up_to")
    marking = DoubleMarking(names, mean_up_to, table.whole("discuss_up_to", mean_up_to))
    table.done()
    return marking


def _external_examiner(table: _Table) -> ExternalExaminer:
    examiner = ExternalExaminer(percent=table.whole("percent"), scripts=table.whole("scripts", 0, 10_000))
    table.done()
    return examiner
