"""A believable school: a cohort of 25 at different points, one that has graduated, one open, one taking applications.

Everything is done by the platform's own actions, and the submitted notebooks are really run in the sandbox.
"""

from __future__ import annotations

import itertools
import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from accounts.models import SiteRole, User
from accounts.roles import Role
from courses.actions.cohorts import create_cohort, grant_cohort_role
from courses.actions.enrolling import apply, decide_application, enrol, withdraw
from courses.actions.extensions import grant_extension
from courses.actions.reading import finish_lesson, open_lesson
from courses.dates import module_dates
from courses.models import Assignment, Cohort, Enrolment, Lesson, Programme, Revision
from courses.regulations import regulations
from grading import execution, ledger, results
from grading.actions.marking import CriterionJudgement, release, save_assessment
from grading.actions.work import save_draft, submit
from grading.execution import Execution
from grading.models import Submission
from grading.models.submission import StoredFile
from grading.uploads import read_upload
from graduation.awards.actions import confirm_award, decide_award, record_mark
from graduation.certificates.actions import issue, revoke
from graduation.demo.clock import at
from graduation.demo.people import APPLICANTS, GRADUATES, NAMES, PASSWORD, STAFF, email_of
from graduation.portfolio.actions import publish, save_artefact, save_portfolio
from notices.models import Notice

ASSIGNMENT = "hospital-death"
RULES = "2026"
# Which notebook each of the first students of the running cohort handed in, and how it was marked.
WORKS = {
    1: ("reference", (75, 72, 68, 78, 65)),
    2: ("class-weights", (62, 58, 65, 45, 55)),
    3: ("reference", (85, 78, 72, 75, 78)),
    4: ("mode-in-silence", (58, 45, 62, 65, 52)),
    5: ("reference", None),
    6: ("hosp", None),
    7: ("class-weights", None),
    8: ("reference", None),
    9: ("mode-in-silence", None),
}
FEEDBACK = {
    85: "Exact, and it says what follows for the ward. Nothing to add.",
    78: "Clear and well argued; one more sentence on who reads the figure would make it complete.",
    75: "Good: the choice is argued from the brief, not from habit.",
    72: "Argued both ways, which is what was asked. The filter's place in the pipeline was missed.",
    68: "Sound. Say next time what would have changed your mind.",
    65: "Right and honest; the step to “for whom is it wrong” is missing.",
    62: "The point is there, but it rests on one number without its interval.",
    58: "Named, not argued. Which reader would decide differently because of it?",
    55: "A start. Two of the five limits that matter are here.",
    52: "It says what was done, not why.",
    45: "The plot shows the opposite of what the text says: look at the last tenth again.",
}
GRADUATE_MARKS = [
    (78, 71, 66, 0, 58, 64, 62, 66, 70),
    (55, 60, 58, 61, 52, 57, 54, 59, 63),
    (81, 84, 77, 79, 74, 72, 76, 80, 78),
    (62, 66, 61, 64, 48, 60, 63, 61, 65),
    (70, 68, 72, 69, 66, 71, 67, 70, 69),
    (52, 50, 56, 54, 51, 50, 53, 55, 57),
]


def is_done() -> bool:
    """Has the school been planted on this database?"""
    return User.objects.filter(email=email_of(NAMES[0])).exists()


def plant() -> None:
    """Make the school, whole or not at all."""
    revision = Programme.objects.get().latest()
    assignment = Assignment.objects.get(module__revision=revision, slug=ASSIGNMENT)
    names = {name for name, _ in WORKS.values()}
    done = {name: execution.execute(assignment, notebook(assignment, name), hidden=True) for name in sorted(names)}
    execution.backend().close()
    execution.backend.cache_clear()
    with transaction.atomic():
        staff = hire()
        running(revision, assignment, done, staff)
        graduated(revision, assignment, done["reference"], staff)
        still_to_come(revision, staff)
        # What was told in the past has long been sent.
        Notice.objects.filter(created_at__lt=timezone.now() - timedelta(hours=1)).update(sent_at=timezone.now())


def notebook(assignment: Assignment, name: str) -> list[StoredFile]:
    """Store one of the programme's own notebooks as if it had been uploaded."""
    folder = next(Path(settings.PROGRAMME_DIR).glob(f"m*/assignments/{assignment.slug}"))
    path = folder / "reference" / assignment.entry if name == "reference" else folder / "wrong" / f"{name}.ipynb"
    return read_upload(SimpleUploadedFile(assignment.entry, path.read_bytes()), assignment)


def person(name: str, email: str = "") -> User:
    user = User.objects.create_user(email or email_of(name), PASSWORD, name=name)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def hire() -> dict[Role, list[User]]:
    staff: dict[Role, list[User]] = {}
    for member in STAFF:
        user = person(member.name, member.email)
        staff.setdefault(member.role, []).append(user)
        if member.role != Role.TUTOR:
            SiteRole.objects.create(user=user, role=member.role)
    return staff


def season(day: date) -> str:
    return f"{'Spring' if day.month < 5 else 'Summer' if day.month < 9 else 'Autumn'} {day.year}"


def cohort(
    revision: Revision, weeks_ago: int, pace: Cohort.Pace, staff: dict[Role, list[User]], **fields: object
) -> Cohort:
    starts_on = timezone.localdate() - timedelta(days=timezone.localdate().weekday(), weeks=weeks_ago)
    values: dict[str, object] = {
        "name": f"{season(starts_on)}, {pace.label}",
        "enrol_until": starts_on + timedelta(days=6),
        "enrolling": Cohort.Enrolling.OPEN,
        "capacity": 30,
    }
    with at(moment(starts_on - timedelta(days=60))):
        made = create_cohort(
            revision=revision,
            regulations_version=RULES,
            pace=pace,
            starts_on=starts_on,
            by=staff[Role.OFFICE][0],
            **(values | fields),  # type: ignore[arg-type]
        )
        for tutor in staff[Role.TUTOR]:
            grant_cohort_role(cohort=made, user=tutor, role=Role.TUTOR, by=staff[Role.OFFICE][0])
    return made


def moment(day: date, hour: int = 10) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day, hour))  # noqa: DTZ001


def admit(into: Cohort, names: list[str]) -> list[Enrolment]:
    enrolments = []
    for number, name in enumerate(names):
        with at(moment(into.starts_on - timedelta(days=30 - number % 25), 9 + number % 9)):
            enrolments.append(enrol(cohort=into, by=person(name)))
    return enrolments


def hand_in(by: Enrolment, assignment: Assignment, name: str, done: Execution, when: datetime) -> Submission:
    """Draft, submission, run and result, as on that day."""
    with at(when):
        draft = save_draft(enrolment=by, assignment=assignment, files=notebook(assignment, name), by=by.user)
        submission = submit(draft=draft, form_token=uuid.uuid4(), by=by.user)
        run = ledger.claim(str(submission.runs.get().pk), worker="demo")
        assert run is not None
        results.keep(run, done)
    return submission


def judge(submission: Submission, levels: tuple[int, ...], marker: User, when: datetime) -> None:
    judgements: dict[str, CriterionJudgement] = {
        criterion["id"]: {"level": level, "feedback": FEEDBACK[level]}
        for criterion, level in zip(submission.assignment.rubric, itertools.cycle(levels), strict=False)
    }
    with at(when):
        save_assessment(
            submission=submission,
            judgements=judgements,
            comment="Thank you for a notebook that can be read from top to bottom.",
            by=marker,
        )


def read_lessons(by: Enrolment, lessons: list[Lesson], since: datetime) -> None:
    for number, lesson in enumerate(lessons):
        with at(since + timedelta(days=2 * number)):
            open_lesson(lesson=lesson, by=by)
            finish_lesson(lesson=lesson, by=by)


def running(
    revision: Revision, assignment: Assignment, done: dict[str, Execution], staff: dict[Role, list[User]]
) -> None:
    """Week 19 of 52: module 4 is due next week."""
    office, tutors = staff[Role.OFFICE][0], staff[Role.TUTOR]
    made = cohort(revision, 18, Cohort.Pace.PART_TIME, staff)
    students = admit(made, NAMES)
    dates = module_dates(made, regulations(RULES), assignment.module.number)
    lessons = list(Lesson.objects.filter(module=assignment.module).order_by("number"))
    now = timezone.now()
    for number, student in enumerate(students):
        for module, base in ((1, 62), (2, 58), (3, 55)):
            mark = min(92, base + (number * 7 + module * 5) % 27)
            with at(dates.opens_at - timedelta(days=14 * (4 - module) - 8)):
                record_mark(
                    enrolment=student,
                    module_number=module,
                    value=Decimal(mark),
                    reason="Marked on paper in the skills lab.",
                    by=office,
                )
        read_lessons(student, lessons[: (4 if number == 0 else (number * 5) % (len(lessons) + 1))], dates.opens_at)
    first = students[0]
    hand_in(first, assignment, "hosp", done["hosp"], now - timedelta(days=2, hours=3))
    with at(now - timedelta(hours=19)):
        save_draft(enrolment=first, assignment=assignment, files=notebook(assignment, "class-weights"), by=first.user)
    for number, (name, levels) in WORKS.items():
        when = now - timedelta(days=11 - number, hours=number)
        submission = hand_in(students[number], assignment, name, done[name], when)
        if levels:
            judge(submission, levels, tutors[number % 2], when + timedelta(days=1, hours=2))
    for number in (10, 11, 12):
        with at(now - timedelta(days=1, hours=number)):
            save_draft(
                enrolment=students[number],
                assignment=assignment,
                files=notebook(assignment, "reference"),
                by=students[number].user,
            )
    grant_extension(
        enrolment=students[13],
        assignment=assignment,
        due_at=dates.due_at + timedelta(days=7),
        reason="Self-certified: on call for a colleague.",
        by=office,
    )
    withdraw(enrolment=students[24], reason="Has taken a post abroad.", by=office)


def graduated(revision: Revision, assignment: Assignment, done: Execution, staff: dict[Role, list[User]]) -> None:
    """A cohort that has finished: boards held, certificates issued, one of them corrected, one portfolio public."""
    office, leader = staff[Role.OFFICE][0], staff[Role.MODULE_LEADER][0]
    made = cohort(revision, 60, Cohort.Pace.PART_TIME, staff)
    students = admit(made, GRADUATES)
    last = moment(made.starts_on + timedelta(weeks=53))
    due = module_dates(made, regulations(RULES), assignment.module.number).due_at
    first = students[0]
    submission = hand_in(first, assignment, "reference", done, due - timedelta(days=3))
    judge(submission, (75, 78, 72, 85, 68), staff[Role.TUTOR][1], due + timedelta(days=5))
    with at(due + timedelta(days=18)):
        release(cohort=made, assignment=assignment, by=leader)
    for student, marks in zip(students, GRADUATE_MARKS, strict=True):
        for module, mark in enumerate(marks, 1):
            if student == first and module == assignment.module.number:
                continue
            with at(last - timedelta(weeks=50 - 5 * module)):
                record_mark(
                    enrolment=student,
                    module_number=module,
                    value=Decimal(mark),
                    reason="Board sheet of the last cohort.",
                    by=office,
                )
    for number, student in enumerate(students):
        with at(last + timedelta(days=14, minutes=number)):
            award = confirm_award(award=decide_award(enrolment=student, by=office), by=office)
        if number == 5:
            continue  # confirmed, and waiting for the certificate
        with at(last + timedelta(days=18, minutes=number)):
            certificate = issue(award=award, by=office)
        if number == 1:
            with at(last + timedelta(days=30)):
                revoke(
                    certificate=certificate,
                    reason="The name was misspelt; a corrected certificate was issued.",
                    by=office,
                )
                issue(award=award, by=office)
    with at(last + timedelta(days=40)):
        save_portfolio(
            slug="noor-rahman",
            headline="Ward pharmacist who builds and judges clinical models",
            about="Ten years on a cardiology ward. Of every model I ask who acts on it, and what if it is wrong.",
            by=first.user,
        )
        artefact = save_artefact(
            submission=submission,
            title="Who dies in hospital after a heart attack, and how far to trust the answer",
            reflection="I came to this from the ward. Next time I would start from the decision, not the column.",
            by=first.user,
        )
        publish(artefact=artefact, by=first.user)


def still_to_come(revision: Revision, staff: dict[Role, list[User]]) -> None:
    """One cohort that anybody may still join, and one that takes applications."""
    soon = timezone.localdate() + timedelta(days=10)
    cohort(revision, 7, Cohort.Pace.FULL_TIME, staff, enrol_until=soon)
    later = cohort(
        revision,
        -9,
        Cohort.Pace.PART_TIME,
        staff,
        enrol_until=timezone.localdate() + timedelta(weeks=6),
        enrolling=Cohort.Enrolling.APPROVAL,
        capacity=2,
    )
    reasons = [
        "I am a ward pharmacist and want to judge the models that are sold to us.",
        "Data engineer at a trust; I would like to build what clinicians can rely on.",
        "Radiographer. My department is about to buy two systems and nobody can say how they were tested.",
        "Junior doctor with a maths degree; I miss both halves.",
    ]
    for number, (name, reason) in enumerate(zip(APPLICANTS, reasons, strict=True)):
        with at(timezone.now() - timedelta(days=9 - number)):
            application = apply(cohort=later, statement=reason, by=person(name))
        if number == 0:
            with at(timezone.now() - timedelta(days=2)):
                decide_application(enrolment=application, accept=True, by=staff[Role.OFFICE][0])
