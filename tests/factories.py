"""Rows for tests. Each function makes one thing with believable defaults; say only what matters to the test."""

from __future__ import annotations

import importlib
import itertools
import uuid
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

from accounts.models import SiteRole, User
from accounts.roles import Role
from blobs import store
from courses.loading.checks import read_checks
from courses.loading.tree import Tree
from courses.models import (
    Assignment,
    AssignmentFile,
    Check,
    Cohort,
    CohortRole,
    DataSet,
    Enrolment,
    Lesson,
    Module,
    Programme,
    Quiz,
    Revision,
    SavedAnswer,
    Sitting,
)
from courses.sittings import drawn_sitting
from grading.actions.quizzes import hand_in
from grading.models import (
    Assessment,
    CheckResult,
    CriterionMark,
    Mark,
    Proposal,
    Run,
    Submission,
    Worker,
)
from grading.models.submission import StoredFile, digest_of

count = itertools.count(1)
PASSWORD = "correct horse battery"

MODULES = [
    "Python Fundamentals for Health-Tech Professionals",
    "Introduction to Machine Learning in Health-Tech",
    "Data Manipulation and Visualization in Healthcare",
    "Supervised Machine Learning Algorithms for Health-Tech",
    "Unsupervised Learning for Healthcare Data",
    "Introduction to Deep Learning in Healthcare",
    "Advanced Machine Learning Models for Healthcare",
    "Real-World Healthcare Machine Learning Projects",
    "Final Project and Portfolio Development",
]
RUBRIC = [
    {
        "id": name,
        "title": name.title(),
        "question": f"How good is the {name}?",
        "weight": 50,
        "levels": {
            str(level): f"A sentence about {level}."
            for level in (20, 35, 45, 52, 55, 58, 62, 65, 68, 72, 75, 78, 85, 95)
        },
    }
    for name in ("framing", "limits")
]


def person(name: str = "", email: str = "", **fields: Any) -> User:
    """Somebody whose e-mail is confirmed."""
    from allauth.account.models import EmailAddress

    n = next(count)
    name = name or f"Person {n}"
    email = email or f"{name.split()[0].lower()}.{n}@example.org"
    user = User.objects.create_user(email, PASSWORD, name=name, **fields)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def staff(role: Role, name: str = "") -> User:
    """Somebody with a site-wide role."""
    user = person(name or role.label)
    SiteRole.objects.create(user=user, role=role)
    return user


def revision(**fields: Any) -> Revision:
    """A programme of nine modules; module 4 has two lessons and one assignment."""
    n = next(count)
    programme = Programme.objects.create(slug=f"pgcert-{n}", title="Machine Learning for Healthcare System Design")
    made = Revision.objects.create(
        programme=programme,
        number=1,
        title=programme.title,
        award="Postgraduate Certificate in Machine Learning for Healthcare System Design",
        digest=f"{n:064x}",
        **fields,
    )
    for number, title in enumerate(MODULES, 1):
        module = Module.objects.create(
            revision=made,
            number=number,
            slug=f"m{number}",
            title=title,
            short_title=title.split(" for ")[0][:60],
            objective=f"What module {number} is for.",
            topics=["A topic"],
        )
        if number == 4:
            lesson(module, 1)
            lesson(module, 2)
            assignment(module)
    return made


def next_revision(of: Revision) -> Revision:
    """The same programme loaded again: every row copied. A test changes it by `update` before anybody looks."""
    newest = of.programme.latest()
    made = Revision.objects.create(
        programme=of.programme,
        number=newest.number + 1,
        title=of.title,
        award=of.award,
        digest=f"{next(count):064x}",
        files=of.files,
    )
    for each in of.modules.all():
        module = copied(each, revision=made)
        for taught in each.lessons.select_related("quiz"):
            lesson = copied(taught, module=module)
            if hasattr(taught, "quiz"):
                copied(taught.quiz, lesson=lesson)
        for work in each.assignments.all():
            assignment = copied(work, module=module)
            for row in [*work.checks.all(), *work.files.all(), *work.solutions.all()]:
                copied(row, assignment=assignment)
    for data in of.data_sets.all():
        copied(data, revision=made)
    return made


def copied(row: Any, **fields: Any) -> Any:
    """A new row like this one."""
    values = {
        field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if field.attname != "id"
    }
    for name in fields:
        values.pop(row._meta.get_field(name).attname)
    return type(row).objects.create(**values | fields)


def lesson(module: Module, number: int, **fields: Any) -> Lesson:
    values: dict[str, Any] = {
        "slug": f"lesson-{number}",
        "title": f"Lesson {number}",
        "outcome": "After this you can do it.",
        "minutes": 12,
        "source": "Text.",
        "html": "<p>Text.</p>",
    }
    return Lesson.objects.create(module=module, number=number, **(values | fields))


def data_set(in_revision: Revision, slug: str = "toy", **fields: Any) -> DataSet:
    """Two patients, visible; used in lesson 1 of module 4."""
    content = b"patient,outcome\n1,live\n2,dead\n"
    sha256 = store.put(content)
    visible = {"visibility": "visible", "rows": 2, "columns": ["patient", "outcome"], "size": len(content)}
    hidden = {"visibility": "hidden", "rows": 7, "columns": ["patient", "outcome"], "size": 0}
    values: dict[str, Any] = {
        "number": in_revision.data_sets.count() + 1,
        "title": f"The {slug} data",
        "description": "A few patients.",
        "source": "A hospital.",
        "how": "import toys",
        "licence": "unconfirmed",
        "licence_evidence": "None was found.",
        "groups": ["sex"],
        "html": "<h2>Who is in it</h2><p>Patients.</p>",
        "files": [
            visible | {"name": f"{slug}_visible.csv", "sha256": sha256},
            hidden | {"name": f"{slug}_hidden.csv", "sha256": "0" * 64},
        ],
        "uses": [{"module": 4, "kind": "lesson", "slug": "lesson-1", "title": "Lesson 1", "number": 1}],
    }
    return DataSet.objects.create(revision=in_revision, slug=slug, **(values | fields))


AGREEMENT = {
    "id": "agreement",
    "title": "Data use agreement",
    "kind": "agreement",
    "ask": "I tell nobody.",
    "months": 0,
}
TRAINING = {"id": "training", "title": "Governance training", "kind": "training", "ask": "Do it.", "months": 12}


def quiz(of: Lesson, **fields: Any) -> Quiz:
    """Two questions, one of which is asked: whoever sits twice meets both."""
    options = [
        {"html": "Noise.", "right": True, "why": ""},
        {"html": "Signal.", "right": False, "why": "<p>It only looks so.</p>"},
    ]
    questions = [
        {"id": "leaf", "kind": "single", "html": "<p>What?</p>", "explanation": "<p>Chance.</p>", "options": options},
        {
            "id": "ppv",
            "kind": "numeric",
            "html": "<p>How many?</p>",
            "explanation": "<p>So many.</p>",
            "answer": 32.4,
            "tolerance": 0.5,
            "unit": "%",
        },
    ]
    return Quiz.objects.create(lesson=of, **({"ask": 2, "questions": questions} | fields))


def quiz_assignment(module: Module, slug: str = "short-quiz", **fields: Any) -> Assignment:
    """A quiz of five kinds of questions, all asked; its mark is shown with the release."""
    rules = {key: fields.pop(key) for key in ("ask", "questions", "minutes", "shows") if key in fields}
    values: dict[str, Any] = {
        "title": "A short quiz",
        "summary": "Five questions.",
        "kind": "quiz",
        "attempts": 2,
        "brief": "Answer.",
        "brief_html": "<p>Answer.</p>",
    }
    made = Assignment.objects.create(module=module, slug=slug, **(values | fields))
    Quiz.objects.create(assignment=made, **({"ask": 5, "questions": QUESTIONS} | rules))
    return made


def question(id: str, kind: str, **fields: Any) -> dict[str, Any]:
    return {"id": id, "kind": kind, "html": f"<p>Ask {id}?</p>", "explanation": f"<p>Because {id}.</p>"} | fields


def option(text: str, right: bool = False) -> dict[str, Any]:
    return {"html": text, "right": right, "why": "" if right else f"<p>Why not {text}</p>"}


QUESTIONS = [
    question("leaf", "single", options=[option("Noise.", True), option("Signal.")]),
    question("both", "multiple", options=[option("One", True), option("Two", True), option("Three"), option("Four")]),
    question("glucose", "numeric", answer=5.5, tolerance=0.1, unit="mmol/L", units={"mg/dL": 0.0555}),
    question("steps", "ordering", items=["Split", "Fit", "Score"]),
    question("word", "text", accept=["sensitivity"], pattern=""),
]


def open_sitting(by: Enrolment, work: Assignment) -> Sitting:
    number = Sitting.objects.filter(quiz=work.quiz, user=by.user).count() + 1
    sitting = drawn_sitting(work.quiz, by.user, number, seed=str(by.pk))
    sitting.enrolment = by
    sitting.save()
    return sitting


def handed_in_quiz(by: Enrolment, work: Assignment, **texts: str) -> Submission:
    """A sitting with these answers in words or numbers, handed in and judged, whether or not the quiz is open."""
    sitting = open_sitting(by, work)
    for name, text in texts.items():
        SavedAnswer.objects.create(sitting=sitting, question=name, values=[text])
    return hand_in(sitting=sitting, by=by.user)


CHECKS = b"""
from checking import check, expect

@check("Says hello", points=30, visible=True)
def says_hello(student, data):
    expect(student.call("hello") == "hello", "hello() did not say hello.")

@check("Adds", points=70, visible=False)
def adds(student, data):
    expect(student.call("add", 2, 3) == 5, "add(2, 3) was not right.")
"""


def assignment(module: Module, slug: str = "hospital-death", checks: bytes = CHECKS, **fields: Any) -> Assignment:
    """A notebook assignment with one visible check (30 points) and one hidden one (70)."""
    values: dict[str, Any] = {
        "title": "Death in hospital after a heart attack",
        "summary": "Predict it, and say how far the prediction may be trusted.",
        "kind": "notebook",
        "entry": "analysis.ipynb",
        "functions": ["hello", "add"],
        "brief": "Do it.",
        "brief_html": "<p>Do it.</p>",
        "rubric": RUBRIC,
        "limits": {"wall_s": 20, "cpu_s": 20, "call_s": 5, "memory_mb": 1024},
    }
    made = Assignment.objects.create(module=module, slug=slug, **(values | fields))
    Check.objects.create(
        assignment=made, number=1, name="says_hello", title="Says hello", points=Decimal(30), is_visible=True
    )
    Check.objects.create(assignment=made, number=2, name="adds", title="Adds", points=Decimal(70), is_visible=False)
    for part, name, content in (("checks", "checks.py", checks), ("starter", "analysis.ipynb", notebook("x = 1"))):
        AssignmentFile.objects.create(
            assignment=made, part=part, name=name, sha256=store.put(content), size=len(content)
        )
    return made


PROPOSAL = [
    {"id": "question", "title": "Question", "ask": "For whom?", "most": 500, "own_data": False},
    {"id": "licence", "title": "Licence", "ask": "Where is it written?", "most": 300, "own_data": True},
]
PROPOSED: dict[str, Any] = {
    "title": "Who comes back",
    "data": "own",
    "answers": {"question": "For whom it matters.", "licence": "Ours."},
    "why": "",
}


def project(module: Module, **fields: Any) -> Assignment:
    """An assignment that wants a proposal first."""
    return assignment(module, "project", **({"title": "The project", "proposal": PROPOSAL} | fields))


def proposal(by: Enrolment, of: Assignment, **fields: Any) -> Proposal:
    """A version that waits for a decision."""
    values: dict[str, Any] = {
        "number": Proposal.objects.filter(enrolment=by, assignment=of).count() + 1,
        "title": "Who comes back",
        "data_title": "Own data",
        "answers": {"question": "For whom it matters.", "licence": "Ours."},
    }
    return Proposal.objects.create(enrolment=by, assignment=of, **(values | fields))


def script_assignment(
    module: Module,
    checks: str,
    *,
    slug: str = "risk",
    visible: dict[str, str] | None = None,
    hidden: dict[str, str] | None = None,
    **fields: Any,
) -> Assignment:
    """An assignment of one script, work.py, with these checks, read as from a file, and these data files."""
    values: dict[str, Any] = {
        "title": "A risk",
        "summary": "Say it.",
        "kind": "script",
        "entry": "work.py",
        "brief": "Do it.",
        "brief_html": "<p>Do it.</p>",
        "limits": {"wall_s": 20, "cpu_s": 20, "call_s": 5, "memory_mb": 1024},
    }
    made = Assignment.objects.create(module=module, slug=slug, **(values | fields))
    tree = Tree(Path("/"), {"checks.py": checks.encode()})
    found = read_checks(tree, "checks.py", visible=list(visible or {}), hidden=list(hidden or {}))
    assert not tree.problems, tree.problems
    for check in found:
        check.assignment = made
    Check.objects.bulk_create(found)
    parts = {"checks": {"checks.py": checks}, "visible": visible or {}, "hidden": hidden or {}}
    for part, files in parts.items():
        for name, text in files.items():
            AssignmentFile.objects.create(
                assignment=made, part=part, name=name, sha256=store.put(text.encode()), size=len(text)
            )
    return made


def stored(name: str, content: str | bytes) -> StoredFile:
    """A file as a draft or a submission holds it."""
    content = content.encode() if isinstance(content, str) else content
    return {"name": name, "sha256": store.put(content), "size": len(content)}


def cohort(made: Revision | None = None, **fields: Any) -> Cohort:
    """A part-time cohort that is in the weeks of module 4."""
    n = next(count)
    values: dict[str, Any] = {
        "regulations_version": "2026",
        "slug": f"cohort-{n}",
        "name": f"Cohort {n}",
        "pace": Cohort.Pace.PART_TIME,
        "starts_on": timezone.localdate() - timedelta(weeks=14),
        "enrol_until": timezone.localdate() + timedelta(days=30),
        "enrolling": Cohort.Enrolling.OPEN,
    }
    return Cohort.objects.create(revision=made or revision(), **(values | fields))


def enrolment(in_cohort: Cohort, user: User | None = None, **fields: Any) -> Enrolment:
    values: dict[str, Any] = {
        "state": Enrolment.State.ENROLLED,
        "enrolled_at": timezone.now(),
        "candidate": 1000 + next(count),
    }
    return Enrolment.objects.create(user=user or person(), cohort=in_cohort, **(values | fields))


def cohort_role(in_cohort: Cohort, role: Role, user: User | None = None) -> User:
    user = user or person(role.label)
    CohortRole.objects.create(cohort=in_cohort, user=user, role=role)
    return user


def notebook(*cells: str) -> bytes:
    """A valid notebook with these code cells."""
    import nbformat.v4 as v4

    book = v4.new_notebook(cells=[v4.new_code_cell(source, id=f"cell-{n}") for n, source in enumerate(cells, 1)])
    import nbformat

    return nbformat.writes(book).encode()


GOOD = ("def hello():\n    return 'hello'", "def add(a, b):\n    return a + b", "print('done')")


def submission(by: Enrolment, content: bytes | None = None, **fields: Any) -> Submission:
    """Work that arrived a day before it was due."""
    content = notebook(*GOOD) if content is None else content
    files = [{"name": "analysis.ipynb", "sha256": store.put(content), "size": len(content)}]
    work = fields.pop("assignment", None) or Assignment.objects.get(module__revision=by.cohort.revision)
    values: dict[str, Any] = {
        "attempt": Submission.objects.filter(enrolment=by, assignment=work).count() + 1,
        "due_at": timezone.now() + timedelta(days=1),
        "files": files,
        "digest": digest_of(files),
        "form_token": uuid.uuid4(),
    }
    return Submission.objects.create(enrolment=by, assignment=work, **(values | fields))


def worker(**fields: Any) -> Worker:
    """One that is alive and takes two runs at once."""
    return Worker.objects.create(**({"name": "worker", "slots": 2} | fields))


def queued_run(of: Submission, **fields: Any) -> Run:
    values: dict[str, Any] = {"kind": Run.Kind.GRADE, "files": of.files, "digest": of.digest}
    return Run.objects.create(submission=of, enrolment=of.enrolment, assignment=of.assignment, **(values | fields))


def finished_run(of: Submission, auto: str = "100.00", **fields: Any) -> Run:
    """A graded run with one result per check."""
    values: dict[str, Any] = {
        "state": Run.State.FINISHED,
        "verdict": "completed",
        "finished_at": timezone.now(),
        "auto_mark": Decimal(auto),
    }
    run = Run.objects.create(
        kind=Run.Kind.GRADE,
        submission=of,
        enrolment=of.enrolment,
        assignment=of.assignment,
        files=of.files,
        digest=of.digest,
        **(values | fields),
    )
    for each in of.assignment.checks.all():
        CheckResult.objects.create(
            run=run,
            number=each.number,
            name=each.name,
            title=each.title,
            is_visible=each.is_visible,
            points=each.points,
            earned=each.points,
        )
    return run


def rewrite(rows: models.QuerySet[Any], **fields: Any) -> int:
    """Change results, which the database does not allow: as if they had been written like this."""
    immutable = importlib.import_module("grading.migrations.0005_results_are_immutable")
    with transaction.atomic(), connection.cursor() as cursor:
        editor = SimpleNamespace(connection=connection, execute=cursor.execute)
        immutable.unprotect(None, editor)
        changed = rows.update(**fields)
        immutable.protect(None, editor)
    return changed


def assessment(of: Submission, marker: User, level: int = 65) -> Assessment:
    """A complete first marking at one level throughout."""
    made = Assessment.objects.create(submission=of, marker=marker, marked_at=timezone.now())
    for criterion in of.assignment.rubric:
        CriterionMark.objects.create(assessment=made, criterion=criterion["id"], level=level, feedback="Clear.")
    return made


def mark(of: Enrolment, module_number: int, component: str, value: str, **fields: Any) -> Mark:
    values: dict[str, Any] = {"origin": Mark.Origin.BOARD, "raw": Decimal(value), "value": Decimal(value)}
    return Mark.objects.create(enrolment=of, module_number=module_number, component=component, **(values | fields))


def monday(weeks_ago: int) -> date:
    today = timezone.localdate()
    return today - timedelta(days=today.weekday(), weeks=weeks_ago)
