"""What a regrade would change, student by student, before anything is changed. In a constant number of queries."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.db.models import Prefetch

from courses.marks import plain
from courses.models import Enrolment
from courses.regulations import Regulations, regulations
from grading.feedback import is_told, whole_mark
from grading.models import CheckResult, Mark, Regrade, RegradeItem, Run, Submission
from grading.results import after_penalty, counting

OVER = {Run.State.FINISHED, Run.State.FAILED, Run.State.CANCELLED}
Component = Mark.Component


@dataclass(frozen=True)
class CheckChange:
    """One check that earns more or less than before. None: there was, or is, no such check."""

    title: str
    is_visible: bool
    told: tuple[bool, bool]
    """May the student know of it, before the release of the marks and after it?"""
    before: Decimal | None
    after: Decimal | None

    def __str__(self) -> str:
        was = "new" if self.before is None else plain(self.before)
        now = "no longer made" if self.after is None else plain(self.after)
        return f"{self.title}: {was} → {now}"


@dataclass(frozen=True)
class Row:
    """One student of a regrade."""

    enrolment: Enrolment
    present: Mark | None
    """The auto mark that stands now."""
    raw: Decimal
    value: Decimal
    """The auto mark that would stand, before and after the late penalty."""
    counts: RegradeItem
    """The submission that would count, with its two runs."""
    items: tuple[RegradeItem, ...]
    checks: tuple[CheckChange, ...]
    crossed: tuple[str, ...]
    """Boundaries between the marks before and after, in words."""
    kept: str
    """Why nothing would be changed for this student; empty if it would."""

    @property
    def before(self) -> Decimal | None:
        return self.present.value if self.present else None

    @property
    def change(self) -> Decimal:
        return self.value - (self.before or Decimal(0))

    @property
    def moves(self) -> bool:
        """Would the mark be another?"""
        return not self.kept and self.value != self.before

    @property
    def is_released(self) -> bool:
        return self.present is not None and self.present.release_id is not None

    @property
    def follows(self) -> str:
        """What applying means for this student, in words."""
        if self.kept:
            return self.kept
        told = "released again, with a notice" if self.is_released else "not released yet"
        return "; ".join([*self.crossed, told if self.moves else "the same mark"])

    def record(self) -> dict[str, object]:
        """As it is shown, and kept when it is applied."""
        return {
            "candidate": self.enrolment.candidate,
            "submission": str(self.counts.submission_id),
            "attempt": self.counts.submission.attempt,
            "before": None if self.before is None else f"{self.before:.2f}",
            "after": f"{self.before if self.kept and self.before is not None else self.value:.2f}",
            "moves": self.moves,
            "checks": [{"text": str(change), "is_visible": change.is_visible} for change in self.checks],
            "kept": bool(self.kept),
            "crosses": bool(self.crossed),
            "follows": self.follows,
        }


@dataclass(frozen=True)
class Preview:
    """The whole of a regrade as it stands."""

    rows: list[Row]
    waiting: int
    """Runs that have not ended."""
    failed: int
    """Runs that ended by our fault."""
    total: int
    seen: str
    """Changes when a mark, a submission or a run has changed since."""

    @property
    def is_complete(self) -> bool:
        return not self.waiting and not self.failed

    @property
    def done(self) -> int:
        return self.total - self.waiting

    @cached_property
    def risen(self) -> int:
        return sum(row.moves and row.change > 0 for row in self.rows)

    @cached_property
    def fallen(self) -> int:
        return sum(row.moves and row.change < 0 for row in self.rows)

    @cached_property
    def same(self) -> int:
        return sum(not row.moves and not row.kept for row in self.rows)

    @cached_property
    def kept(self) -> int:
        return sum(bool(row.kept) for row in self.rows)

    @cached_property
    def crossing(self) -> list[Row]:
        return [row for row in self.rows if row.crossed]


def preview(regrade: Regrade) -> Preview:
    """What applying would do now. Rows only for students all of whose new runs are finished, by candidate number."""
    # What a check showed may be large, and the page is asked for again while the regrade runs.
    results = Prefetch("results", CheckResult.objects.order_by("number").defer("message", "details", "reports"))
    items = list(
        regrade.items.select_related("submission__enrolment__cohort", "submission__assignment").prefetch_related(
            Prefetch("run", Run.objects.defer("files").prefetch_related(results)),
            Prefetch("before", Run.objects.defer("files").prefetch_related(results)),
        )
    )
    by_student: dict[int, list[RegradeItem]] = {}
    for item in items:
        by_student.setdefault(item.submission.enrolment_id, []).append(item)
    marks: dict[int, dict[str, Mark]] = {}
    number = regrade.assignment.module.number
    present = Mark.objects.current().filter(enrolment__in=by_student, module_number=number)
    for mark in present.with_checklists().select_related("submission"):
        marks.setdefault(mark.enrolment_id, {})[mark.component] = mark
    others = later_runs(regrade, items)
    rules = regulations(regrade.cohort.regulations_version)
    rows = [
        row(regrade, of_one, marks.get(enrolment, {}), others.get(enrolment, []), rules)
        for enrolment, of_one in by_student.items()
        if all(item.run.state == Run.State.FINISHED for item in of_one)
    ]
    return Preview(
        rows=sorted(rows, key=lambda each: each.enrolment.candidate or 0),
        waiting=sum(item.run.state not in OVER for item in items),
        failed=sum(item.run.state in OVER - {Run.State.FINISHED} for item in items),
        total=len(items),
        seen=fingerprint(items, marks, others),
    )


def later_runs(regrade: Regrade, items: Iterable[RegradeItem]) -> dict[int, list[Run]]:
    """Finished runs of submissions that came in after the regrade began, by enrolment."""
    runs = Run.objects.filter(
        kind=Run.Kind.GRADE,
        state=Run.State.FINISHED,
        enrolment__cohort=regrade.cohort,
        assignment__slug=regrade.assignment.slug,
    ).exclude(submission__in=[item.submission_id for item in items])
    found: dict[int, list[Run]] = {}
    for run in runs.select_related("submission__enrolment__cohort").order_by("finished_at"):
        found.setdefault(run.enrolment_id, []).append(run)
    return found


def fingerprint(items: list[RegradeItem], marks: dict[int, dict[str, Mark]], others: dict[int, list[Run]]) -> str:
    """One hash over all that the preview was made from."""
    state = [
        sorted((str(item.run_id), item.run.state) for item in items),
        sorted((mark.pk, mark.release_id or 0) for each in marks.values() for mark in each.values()),
        sorted(str(run.pk) for runs in others.values() for run in runs),
    ]
    return hashlib.sha256(json.dumps(state).encode()).hexdigest()


def row(
    regrade: Regrade, items: list[RegradeItem], marks: dict[str, Mark], others: list[Run], rules: Regulations
) -> Row:
    enrolment = items[0].submission.enrolment
    present = marks.get(Component.of(regrade.assignment))
    counts = counting_item(regrade, items, present, others)
    kept = "" if counts else "A later attempt counts, judged after the regrade began."
    counts = counts or max(items, key=lambda item: item.submission.attempt)
    raw = counts.run.auto_mark or Decimal(0)
    value = after_penalty(raw, counts.submission)
    kept = kept or why_kept(regrade, enrolment, present, marks, value)
    crossed = () if kept or present is None else crossings(marks, present, value, counts, regrade, rules)
    changes = tuple(check_changes(counts))
    return Row(enrolment, present, raw, value, counts, tuple(items), changes, crossed, kept)


def counting_item(
    regrade: Regrade, items: list[RegradeItem], present: Mark | None, others: list[Run]
) -> RegradeItem | None:
    """The submission that would count, None if it is not of this regrade. Once marks are released it stays the one
    that they were given for."""
    of = {item.submission_id: item for item in items}
    if present is not None and present.release_id is not None and present.submission_id in of:
        return of[present.submission_id]
    newest: dict[object, tuple[Submission, Decimal | None]] = {
        run.submission_id: (run.submission, run.auto_mark) for run in others if run.submission is not None
    }
    newest |= {item.submission_id: (item.submission, item.run.auto_mark) for item in items}
    attempts = sorted(newest.values(), key=lambda pair: pair[0].attempt)
    best = counting(attempts, regrade.assignment)
    return None if best is None else of.get(best.pk)


def why_kept(
    regrade: Regrade, enrolment: Enrolment, present: Mark | None, marks: dict[str, Mark], value: Decimal
) -> str:
    if enrolment.state == Enrolment.State.COMPLETED:
        return "The board has confirmed the marks."
    if Component.MODULE in marks:
        return "The office has recorded a mark for the whole module."
    if present is not None and present.origin != Mark.Origin.AUTO:
        return f"The mark was given by a person: {present.get_origin_display().lower()}."
    if regrade.may_only_rise and present is not None and value < present.value:
        return f"It would fall to {plain(value)}, and marks may only rise."
    return ""


def check_changes(item: RegradeItem) -> Iterable[CheckChange]:
    before = {} if item.before is None else {result.name: result for result in item.before.results.all()}
    after = {result.name: result for result in item.run.results.all()}
    for name in [*after, *(name for name in before if name not in after)]:
        was, now = before.get(name), after.get(name)
        earned = (was.earned if was else None, now.earned if now else None)
        if earned[0] != earned[1]:
            shown = now or was
            assert shown is not None
            both = [each for each in (was, now) if each]
            before_release, after_it = (all(is_told(each, released=ago) for each in both) for ago in (False, True))
            yield CheckChange(shown.title, shown.is_visible, (before_release, after_it), *earned)


def crossings(
    marks: dict[str, Mark], present: Mark, value: Decimal, counts: RegradeItem, regrade: Regrade, rules: Regulations
) -> tuple[str, ...]:
    """The boundaries of the regulations between the two marks of the module, and those of its code part."""
    said = []
    component = Component.of(regrade.assignment)
    part = "the quiz" if regrade.assignment.is_quiz else "code"
    minimum = rules.marks.component_minimum
    if (present.value < minimum) != (value < minimum):
        said.append(f"{part} {'reaches' if value >= minimum else 'falls below'} {minimum}")
    weights = rules.modules[regrade.assignment.module.code].weights
    whole = whole_mark(marks, rules, weights)
    becomes = Mark(value=value, run=counts.run, submission=counts.submission)
    changed = whole_mark({**marks, component: becomes}, rules, weights)
    if whole is not None and changed is not None:
        boundaries = (rules.marks.pass_mark, rules.classes.merit, rules.classes.distinction)
        between = [each for each in boundaries if (whole.mark < each) != (changed.mark < each)]
        if between:
            rises = changed.mark > whole.mark
            farthest = f"reaches {between[-1]}" if rises else f"falls below {between[0]}"
            said.append(f"module {farthest} ({whole.mark} → {changed.mark})")
    return tuple(said)
