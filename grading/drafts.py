"""How a draft and its versions are kept. Who may change it, and when, is for grading.actions.work."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from blobs import store
from courses.models import Assignment, AssignmentFile, Enrolment
from courses.refusal import Refused
from grading.checklist import findings
from grading.models import Draft, DraftVersion
from grading.models.submission import StoredFile, digest_of

Way = DraftVersion.Way
ONE_VERSION = timedelta(minutes=5)
"""What is typed in one window within this time is one version."""
EMPTY_NOTEBOOK = (
    b'{"cells": [{"cell_type": "code", "execution_count": null, "id": "cell-1", "metadata": {}, "outputs": [],'
    b' "source": ""}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}\n'
)


@dataclass(frozen=True)
class Typed:
    """What became of something typed. `aside` is set when it was not made the draft, and kept beside it instead."""

    draft: Draft
    aside: DraftVersion | None = None


def keep(enrolment: Enrolment, assignment: Assignment, files: list[StoredFile], way: Way) -> Draft:
    """Make these files the draft, whatever it was before. Call it in a transaction."""
    Enrolment.objects.select_for_update().get(pk=enrolment.pk)
    draft = put(enrolment, assignment, files)
    add_version(draft, files, way)
    return draft


def keep_typing(
    enrolment: Enrolment, assignment: Assignment, *, name: str, content: bytes, base: str, window: uuid.UUID
) -> Typed:
    """Keep what was typed into one file of the draft in this window. Call it in a transaction.

    `base` is the digest of the draft that the window knows, empty if it knew none. When another window or an upload
    has changed the draft since, it stays, and what was typed is kept aside.
    """
    Enrolment.objects.select_for_update().get(pk=enrolment.pk)
    draft = Draft.objects.filter(enrolment=enrolment, assignment=assignment).first()
    before = draft.files if draft else starter(assignment)
    if not any(file["name"] == name for file in before):
        raise Refused(f"Your draft has no file “{name[:80]}” any more. Load the page again.")
    typed = StoredFile(name=name, sha256=store.put(content), size=len(content))
    files = [typed if file["name"] == name else file for file in before]
    digest = digest_of(files)
    if draft is not None and digest == draft.digest:
        return Typed(draft)
    if draft is not None and base != draft.digest and not is_by(window, draft):
        return Typed(draft, keep_typed(draft, files, Way.ASIDE, window))
    draft = put(enrolment, assignment, files)
    keep_typed(draft, files, Way.EDITOR, window)
    return Typed(draft)


def is_by(window: uuid.UUID, draft: Draft) -> bool:
    """Has this window typed the draft as it is now? Then the answer to its last saving got lost on the way."""
    present = draft.versions.exclude(way=Way.ASIDE).first()
    return present is not None and present.window == window and present.digest == draft.digest


def starter(assignment: Assignment) -> list[StoredFile]:
    """The files that one begins with; where the assignment gives no entry file, an empty one."""
    found = assignment.files.filter(part=AssignmentFile.Part.STARTER).order_by("name")
    files = [StoredFile(name=file.name, sha256=file.sha256, size=file.size) for file in found]
    if not any(file["name"] == assignment.entry for file in files):
        content = EMPTY_NOTEBOOK if assignment.entry.endswith(".ipynb") else b"\n"
        files.append(StoredFile(name=assignment.entry, sha256=store.put(content), size=len(content)))
    return files


def put(enrolment: Enrolment, assignment: Assignment, files: list[StoredFile]) -> Draft:
    draft, _ = Draft.objects.update_or_create(
        enrolment=enrolment,
        assignment=assignment,
        defaults={
            "files": files,
            "digest": digest_of(files),
            "checklist": findings(assignment, files),
            "saved_at": timezone.now(),
        },
    )
    return draft


def keep_typed(draft: Draft, files: list[StoredFile], way: Way, window: uuid.UUID) -> DraftVersion:
    """The version of what this window types: its last one while that is young and nothing came between."""
    last = draft.versions.filter(window=window, way=Way.ASIDE).first() if way == Way.ASIDE else draft.versions.first()
    now = timezone.now()
    if last is None or last.way != way or last.window != window or now - last.begun_at > ONE_VERSION:
        return add_version(draft, files, way, window)
    last.files, last.digest, last.saved_at = files, digest_of(files), now
    last.save(update_fields=["files", "digest", "saved_at"])
    return last


def add_version(draft: Draft, files: list[StoredFile], way: Way, window: uuid.UUID | None = None) -> DraftVersion:
    newest = draft.versions.first()
    number = newest.number + 1 if newest else 1
    return draft.versions.create(number=number, way=way, window=window, files=files, digest=digest_of(files))
