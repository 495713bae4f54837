"""A checked programme into the database: all of it or nothing."""

import hashlib
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Any

from django.db import transaction

from accounts.models import User
from audit.log import Event, record
from blobs import store as blobs
from courses.loading.assignments import AssignmentContents
from courses.loading.manifest import RUN_FREEZE, DataFile
from courses.loading.modules import ModuleContents
from courses.loading.problems import Problem, ProgrammeError
from courses.loading.programme import ProgrammeContents
from courses.models import AssignmentFile, Check, DataSet, Lesson, Programme, Quiz, Revision, Solution

CHUNK = 1024 * 1024  # bytes
COMPARED = {"author.md"}


def store_revision(contents: ProgrammeContents, *, data_dir: Path, by: User | None) -> Revision:
    """The revision with these contents: a new one, or the one that has them already."""
    known = Revision.objects.filter(programme__slug=contents.slug, digest=contents.digest)
    if revision := known.first():
        return revision
    # Outside the transaction, so that nobody waits while files are copied. A blob that nobody names harms nothing.
    files = {id(each): _stored_files(each, data_dir) for one in contents.modules for each in one.assignments}
    data = _stored_sets(contents, data_dir)
    hashes = _hashes(contents.files)
    with transaction.atomic():
        programme, _ = Programme.objects.select_for_update().get_or_create(
            slug=contents.slug, defaults={"title": contents.title}
        )
        if revision := known.first():  # Somebody else loaded the same files meanwhile.
            return revision
        Programme.objects.filter(pk=programme.pk).update(title=contents.title)
        newest = programme.revisions.order_by("-number").first()
        revision = Revision.objects.create(
            programme=programme,
            number=newest.number + 1 if newest else 1,
            title=contents.title,
            award=contents.award,
            level=contents.level,
            digest=contents.digest,
            loaded_by=by,
            files=hashes,
        )
        for one in contents.modules:
            _store_module(revision, one, files)
        for one_set in data:
            one_set.revision = revision
        DataSet.objects.bulk_create(data)
        record(Event.PROGRAMME_LOADED, by=by, on=revision, digest=contents.digest)
    return revision


def _hashes(files: dict[str, bytes]) -> dict[str, str]:
    """Of every file; those that are shown when two revisions are compared, and kept nowhere else, are stored."""
    return {
        path: blobs.put(content) if PurePosixPath(path).name in COMPARED else hashlib.sha256(content).hexdigest()
        for path, content in files.items()
    }


def _store_module(revision: Revision, one: ModuleContents, files: dict[int, list[AssignmentFile]]) -> None:
    one.module.revision = revision
    one.module.save()
    for lesson in one.lessons:
        lesson.module = one.module
    Lesson.objects.bulk_create(one.lessons)
    for quiz in one.quizzes:
        assert quiz.lesson is not None
        quiz.lesson_id = quiz.lesson.pk  # It was read before its lesson had a key.
    Quiz.objects.bulk_create(one.quizzes)
    for contents in one.assignments:
        contents.assignment.module = one.module
        contents.assignment.save()
        if contents.quiz is not None:
            contents.quiz.assignment = contents.assignment
            contents.quiz.save()
        rows = files[id(contents)]
        for check in contents.checks:
            check.assignment = contents.assignment
        solutions = [solution for solution, _ in contents.solutions]
        for row in rows:
            row.assignment = contents.assignment
        for solution in solutions:
            solution.assignment = contents.assignment
        Check.objects.bulk_create(contents.checks)
        AssignmentFile.objects.bulk_create(rows)
        Solution.objects.bulk_create(solutions)


def _stored_files(contents: AssignmentContents, data_dir: Path) -> list[AssignmentFile]:
    """The files of an assignment, in the blob store, as rows that still lack their assignment; those of its solutions
    are named in them."""
    for solution, files in contents.solutions:
        solution.files = [
            {"name": name, "sha256": blobs.put(content), "size": len(content)} for name, content in files.items()
        ]
    rows = [
        AssignmentFile(part=part, name=name, sha256=blobs.put(content), size=len(content))
        for part, name, content in contents.files
    ]
    rows += [
        AssignmentFile(part=part, name=file.name, sha256=file.sha256, size=_stored_data(file, data_dir))
        for part, file in contents.data
    ]
    return rows


def _stored_sets(contents: ProgrammeContents, data_dir: Path) -> list[DataSet]:
    """The data sets as rows that still lack their revision; the visible files are in the blob store."""
    return [
        DataSet(
            number=number,
            slug=one.id,
            title=one.title,
            description=one.description,
            source=one.source,
            how=one.how,
            licence=one.licence,
            licence_evidence=one.licence_evidence,
            groups=one.groups,
            requires=[asdict(requirement) for requirement in one.requires],
            html=html,
            files=[
                asdict(file) | {"size": _stored_data(file, data_dir) if file.visibility == "visible" else 0}
                for file in one.files
            ],
            uses=_uses({file.name for file in one.files}, one.id, contents.modules),
        )
        for number, (one, html) in enumerate(contents.data, 1)
    ]


def _uses(names: set[str], slug: str, modules: list[ModuleContents]) -> list[dict[str, Any]]:
    """The lessons whose text names a file of the set or its page, and the assignments that list a file of it."""
    found: list[dict[str, Any]] = []
    for one in modules:
        module = one.module.number
        found += [
            {"module": module, "kind": "lesson", "slug": lesson.slug, "title": lesson.title, "number": lesson.number}
            for lesson in one.lessons
            if any(name in lesson.source for name in (*names, f"data/{slug}.md"))
        ]
        found += [
            {
                "module": module,
                "kind": "assignment",
                "slug": contents.assignment.slug,
                "title": contents.assignment.title,
            }
            for contents in one.assignments
            if any(file.name in names for _, file in contents.data)
        ]
    return found


def _stored_data(file: DataFile, data_dir: Path) -> int:
    """Put a frozen file into the blob store; its size in bytes."""
    sha256 = blobs.put(_chunks(data_dir / file.name))
    if sha256 != file.sha256:  # It was right when it was checked, a moment ago.
        text = f"its SHA-256 has become {sha256}, the manifest says {file.sha256}: {RUN_FREEZE}."
        raise ProgrammeError([Problem(str(data_dir / file.name), None, text)])
    return blobs.path(sha256).stat().st_size


def _chunks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except OSError as error:
        text = f"the file cannot be read ({error.strerror}): {RUN_FREEZE}."
        raise ProgrammeError([Problem(str(path), None, text)]) from error
