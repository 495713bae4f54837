"""What work and marks add to the first page (see courses.dashboard), each in a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Permission
from config.templatetags.pathway import day, when
from courses.dashboard import Panel, ShownMark, Waiting, Work
from courses.dates import effective_dates_of
from courses.marks import half_up
from courses.models import Assignment, Enrolment, Module
from courses.regulations import regulations
from grading.feedback import ModuleMarks, is_free, marks_by_module, released_slugs, state_of
from grading.models import Assessment, CheckResult, Draft, Proposal, Run, Submission
from grading.proposals import Standing, standings_of
from grading.to_mark import Pile, piles_of
from grading.words import counted, in_letters

NEW_FOR = timedelta(days=14)


def work_of(enrolment: Enrolment) -> dict[int, Work]:
    """Drafts and attempts, by assignment."""
    assignments = Assignment.objects.filter(module__revision=enrolment.cohort.revision_id).select_related("module")
    submissions: dict[str, list[Submission]] = defaultdict(list)
    handed_in = Submission.objects.filter(enrolment=enrolment).select_related("assignment").prefetch_related("runs")
    for submission in handed_in.order_by("attempt"):
        submissions[submission.assignment.slug].append(submission)
    drafts = {draft.assignment_id: draft for draft in Draft.objects.filter(enrolment=enrolment)}
    passing = passing_of(enrolment)
    released = released_slugs(enrolment)
    return {
        found.pk: work(found, submissions[found.slug], drafts.get(found.pk), passing, found.slug in released)
        for found in assignments.only("slug", "kind", "attempts", "counts", "module")
    }


def work(
    assignment: Assignment,
    submissions: list[Submission],
    draft: Draft | None,
    passing: dict[int, tuple[int, int]],
    is_released: bool,
) -> Work:
    used = sum(not is_free(submission) for submission in submissions)
    is_newer = draft is not None and bool(submissions) and draft.digest != submissions[-1].digest
    can_try_again = used < assignment.attempts and not is_released
    facts = [("Attempts", f"{used} of {assignment.attempts} used; {assignment.get_counts_display()}")]
    if draft:
        facts.insert(0, ("Draft", f"saved {when(draft.saved_at)}"))
    return Work(
        handed_in=bool(submissions),
        started=bool(draft or submissions),
        has_newer_draft=is_newer and can_try_again,
        lede=about_draft(passing.get(assignment.pk), submissions[-1] if is_newer else None) if draft else "",
        act="Open the quiz" if assignment.is_quiz else "Continue the assignment" if draft or submissions else "",
        facts=tuple(facts),
    )


def about_draft(passing: tuple[int, int] | None, former: Submission | None) -> str:
    """What the visible checks say of it, and which attempt it is newer than."""
    if passing is None:
        newer = f"Your draft is newer than attempt {former.attempt}." if former else ""
        return f"{newer} The visible checks have not been run on {'it' if newer else 'your draft'} yet.".strip()
    passed, of = passing
    counts = f"all {in_letters(of)}" if passed == of else f"{in_letters(passed)} of the {in_letters(of)}"
    newer = f" It is newer than attempt {former.attempt}." if former else ""
    return f"Your draft passes {counts} visible checks.{newer}"


def passing_of(enrolment: Enrolment) -> dict[int, tuple[int, int]]:
    """How many visible checks the present drafts pass, and of how many; by assignment. Only where they were run."""
    newest = Run.objects.filter(
        kind=Run.Kind.TRIAL,
        state=Run.State.FINISHED,
        enrolment=OuterRef("enrolment"),
        assignment=OuterRef("assignment"),
        digest=OuterRef("digest"),
    ).order_by("-queued_at")
    runs = Draft.objects.filter(enrolment=enrolment).annotate(trial=Subquery(newest.values("pk")[:1])).values("trial")
    found: dict[int, tuple[int, int]] = {}
    for result in CheckResult.objects.filter(run__in=runs, is_visible=True).select_related("run").order_by("number"):
        passed, of = found.get(result.run.assignment_id, (0, 0))
        found[result.run.assignment_id] = (passed + result.passed, of + 1)
    return found


def released_modules(enrolment: Enrolment) -> list[ModuleMarks]:
    return marks_by_module(enrolment, Module.objects.filter(revision=enrolment.cohort.revision_id).order_by("number"))


def marks_of(enrolment: Enrolment) -> dict[int, ShownMark]:
    return {
        each.module.number: ShownMark(str(each.whole.mark), each.is_provisional)
        for each in released_modules(enrolment)
        if each.whole
    }


def waiting_for(user: User, enrolment: Enrolment | None) -> list[Waiting]:
    """Feedback that has been released lately, how attempts ran; work to mark, marks to release."""
    rows = [] if enrolment is None else released_lately(enrolment) + attempts_lately(enrolment)
    rows += [] if enrolment is None else proposals_to_write(enrolment)
    rows += proposals_to_decide(user)
    for pile in piles_of(user):
        rows += waiting_in(pile)
    return rows


def released_lately(enrolment: Enrolment) -> list[Waiting]:
    since = timezone.now() - NEW_FOR
    new = [each for each in released_modules(enrolment) if each.released_at and each.released_at > since]
    return [
        Waiting(
            title=f"Feedback on module {each.module.number}"
            if each.submission
            else f"Mark of module {each.module.number}",
            url=reverse("work", args=[each.submission.pk]) if each.submission else reverse("marks"),
            text=marked_as(each),
            at=each.released_at,
        )
        for each in sorted(new, key=lambda each: each.released_at or since, reverse=True)
    ]


def attempts_lately(enrolment: Enrolment) -> list[Waiting]:
    """The newest attempt at each assignment while nothing of it is released: how its run stands, or what it found."""
    since = timezone.now() - NEW_FOR
    released = released_slugs(enrolment)
    newest: dict[str, Run] = {}
    runs = Run.objects.filter(enrolment=enrolment, kind=Run.Kind.GRADE, queued_at__gt=since)
    for run in runs.select_related("submission", "assignment__module").order_by("queued_at"):
        newest[run.assignment.slug] = run
    shown = [run for slug, run in newest.items() if slug not in released]
    failed: dict[object, list[CheckResult]] = defaultdict(list)
    for result in CheckResult.objects.filter(run__in=shown, is_visible=True).order_by("number"):
        if not result.passed:
            failed[result.run_id].append(result)
    return [
        Waiting(
            title=title_of(run, failed[run.pk]),
            url=reverse("work", args=[run.submission.pk]),
            text=said_of(run, failed[run.pk]),
            at=run.finished_at or run.queued_at,
        )
        for run in reversed(shown)
        if run.submission
    ]


def proposals_to_write(enrolment: Enrolment) -> list[Waiting]:
    """Of assignments that are open: proposals not handed in, or handed back."""
    asking = list(
        Assignment.objects.filter(module__revision=enrolment.cohort.revision_id)
        .exclude(proposal=[])
        .select_related("module")
    )
    dates, standings, now = effective_dates_of([enrolment], asking), standings_of(enrolment), timezone.now()
    rows = []
    for assignment in asking:
        found = dates[enrolment.pk, assignment.pk]
        standing = standings.get(assignment.slug, Standing([]))
        if found.opens_at <= now <= found.closes_at and standing.obstacle and not standing.is_waiting:
            url = reverse("proposal", args=[enrolment.cohort.slug, assignment.slug])
            rows.append(
                Waiting(title=f"Proposal for module {assignment.module.number}", url=url, text=standing.obstacle)
            )
    return rows


def proposals_to_decide(user: User) -> list[Waiting]:
    allowed = Enrolment.objects.permitting(user, Permission.DECIDE_PROPOSALS)
    waiting = list(Proposal.objects.filter(enrolment__in=allowed).waiting())
    if not waiting:
        return []
    return [
        Waiting(
            title=f"{counted(len(waiting), 'proposal')} to decide on",
            url=reverse("proposals"),
            aside=f"oldest of {day(waiting[0].handed_in_at)}",
            act="Read them",
        )
    ]


def title_of(run: Run, failed: list[CheckResult]) -> str:
    assert run.submission is not None
    module = run.assignment.module.number
    if run.assignment.is_quiz:
        return f"Sitting {run.submission.attempt} of the quiz of module {module} is handed in"
    return f"Attempt {run.submission.attempt} of module {module}: {found_by(run, failed)}"


def found_by(run: Run, failed: list[CheckResult]) -> str:
    if run.verdict != "completed":
        return state_of(run)
    if not failed:
        return "every visible check passes"
    return f"{in_letters(len(failed))} visible check{' does' if len(failed) == 1 else 's do'} not pass"


def said_of(run: Run, failed: list[CheckResult]) -> str:
    if run.verdict == "completed":
        return failed[0].message or f"{failed[0].title}." if failed else "Its marks come with the release."
    # What the platform noted about its own faults may name hidden checks: only the words of words.py are shown of it.
    return run.message if run.state == Run.State.FINISHED else ""


def marked_as(marks: ModuleMarks) -> str:
    provisional = ", provisional until the board" if marks.is_provisional else ""
    return f"{marks.whole.mark}{provisional}." if marks.whole else f"Marks are released{provisional}."


def waiting_in(pile: Pile) -> Iterable[Waiting]:
    if pile.may_mark and pile.next:
        yield Waiting(
            title=f"{counted(len(pile.waiting), 'piece')} of “{pile.assignment.title}” to mark",
            url=reverse("desk", args=[pile.next.submission.pk]),
            text=f"{pile.cohort}. {len(pile.marked)} of {len(pile.pieces)} are complete.",
            aside=f"oldest of {day(pile.next.submission.arrived_at)}",
            act=f"Mark candidate {pile.next.candidate}",
        )
    if pile.may_release and pile.marked:
        yield Waiting(
            title=f"Marks of “{pile.assignment.title}” to release",
            url=reverse("release", args=[pile.cohort.slug, pile.assignment.slug]),
            text=f"{pile.cohort}. Complete for {counted(len(pile.marked), 'student')} of {len(pile.pieces)}.",
            act="See who is ready",
        )


def panels_for(enrolment: Enrolment) -> list[Panel]:
    panels = []
    spoken = (
        Assessment.objects.filter(marks__enrolment=enrolment, marks__release__isnull=False)
        .exclude(comment="")
        .select_related("marker", "submission__assignment__module")
        .order_by("-marks__release__at", "-pk")
        .first()
    )
    if spoken is not None:
        panels.append(Panel("From your tutor", "grading/_panel_tutor.html", {"assessment": spoken}, is_spoken=True))
    marked = [each for each in released_modules(enrolment) if each.whole]
    if marked:
        panels.append(Panel("Marks so far", "grading/_panel_marks.html", standing(enrolment, marked)))
    return panels


def standing(enrolment: Enrolment, marked: list[ModuleMarks]) -> dict[str, object]:
    """The mean of the released marks by credits, to the decimals of the regulations."""
    rules = regulations(enrolment.cohort.regulations_version)
    credits = {each.module.code: rules.modules[each.module.code].credits for each in marked}
    taken = sum(credits.values())
    total = sum((Decimal(each.whole.mark) * credits[each.module.code] for each in marked if each.whole), Decimal())
    return {
        "taken": taken,
        "credits": rules.credits,
        "mean": half_up(total / taken, rules.marks.mean_decimals),
        "is_provisional": any(each.is_provisional for each in marked),
    }
