"""What is refused, in which words, and that nothing is stored then."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from pathlib import Path
from typing import Any

import factories
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from courses.models import Assignment
from grading import uploads
from grading.uploads import UploadRefused, read_upload

pytestmark = pytest.mark.django_db
NOTEBOOK = factories.notebook("x = 1")


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as archive:
        for name, body in members:
            archive.writestr(name, body)
    return out.getvalue()


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def read(name: str, content: bytes, assignment: Assignment) -> list[Any]:
    return list(read_upload(SimpleUploadedFile(name, content), assignment))


def refusal(name: str, content: bytes, assignment: Assignment) -> str:
    with pytest.raises(UploadRefused) as refused:
        read(name, content, assignment)
    return str(refused.value)


def book(**changes: Any) -> bytes:
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": "x = 1", "outputs": [], "execution_count": None}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]} | changes).encode()


def code(**changes: Any) -> list[dict[str, Any]]:
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": "x", "outputs": [], "execution_count": None}
    return [cell | changes]


def test_a_notebook_gets_the_name_of_the_assignment(assignment: Assignment) -> None:
    (kept,) = read("my final version (3).ipynb", NOTEBOOK, assignment)
    assert (kept["name"], kept["size"]) == ("analysis.ipynb", len(NOTEBOOK))


def test_an_archive_keeps_the_names_of_its_files(assignment: Assignment) -> None:
    content = zipped(("analysis.ipynb", NOTEBOOK), ("code/model.py", b"x = 1"), ("naïve 🫀.md", b"text"))
    assert [file["name"] for file in read("w.zip", content, assignment)] == [
        "analysis.ipynb",
        "code/model.py",
        "naïve 🫀.md",
    ]


def test_the_one_folder_of_an_archive_and_what_systems_leave_are_dropped(assignment: Assignment) -> None:
    content = zipped(("work/analysis.ipynb", NOTEBOOK), ("__MACOSX/work/._analysis.ipynb", b"x"))
    assert [file["name"] for file in read("w.zip", content, assignment)] == ["analysis.ipynb"]


def test_a_repository_is_taken_without_what_git_keeps_in_it(assignment: Assignment) -> None:
    content = zipped(
        ("analysis.ipynb", NOTEBOOK), ("LICENSE", b"MIT"), ("requirements.lock", b"numpy==2.4.6"),
        (".gitignore", b"data/"), (".git/objects/ab/cd", b"x"), (".github/workflows/test.yml", b"on: push"),
    )  # fmt: skip
    assert [file["name"] for file in read("w.zip", content, assignment)] == [
        "LICENSE",
        "analysis.ipynb",
        "requirements.lock",
    ]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.ipynb", b"", "is empty"),
        ("a.pdf", b"%PDF", "is not a .ipynb file"),
        ("a", NOTEBOOK, "is not a .ipynb file"),
        ("a.ipynb", b'{"cells": [\n1,\n', "line 3 is not JSON"),
        ("a.ipynb", b"\xff\xfe\x00", "not UTF-8 text"),
        ("a.ipynb", b"[]", "no list of cells"),
        ("a.ipynb", b'{"worksheets": []}', "no list of cells"),
        ("a.ipynb", b"[" * 200_000, "nested too deeply"),
        ("a.ipynb", b'{"cells": [], "n": ' + b"9" * 5000 + b"}", "a number in it is too long"),
        ("a.ipynb", book(nbformat=3), "not of the present format"),
        ("a.ipynb", book(cells=[]), "no code cell"),
        ("a.ipynb", book(cells=[7]), "cell 1 is not a cell"),
        ("a.ipynb", book(cells=[{"cell_type": "heading", "source": "x"}]), "cell 1 is not a cell"),
        ("a.ipynb", book(cells=code(source=None)), "cell 1 has no text"),
        ("a.ipynb", book(cells=code(source=["x", 1])), "cell 1 has no text"),
        ("a.ipynb", book(cells=code(outputs=[7])), "outputs are damaged"),
        ("a.ipynb", book(cells=code(source="\ud800")), "half a character"),
        ("a.zip", b"PK\x03\x04 not a zip", "could not open the archive"),
        ("a.zip", zipped(), "The archive is empty"),
        ("a.zip", zipped(("notes.md", b"x")), "no analysis.ipynb at its top level. It holds notes.md"),
        ("a.zip", zipped(("analysis.ipynb", NOTEBOOK), ("run.sh", b"x")), "of a type that cannot be handed in"),
        ("a.zip", zipped(("analysis.ipynb", NOTEBOOK), ("data/monica.csv", b"x")), "which we fill ourselves"),
        ("a.zip", zipped(("../analysis.ipynb", NOTEBOOK)), "points outside the archive"),
        ("a.zip", zipped(("a/../../b.py", b"x")), "points outside the archive"),
        ("a.zip", zipped(("/etc/passwd.txt", b"x")), "points outside the archive"),
        ("a.zip", zipped(("..\\..\\b.py", b"x")), "points outside the archive"),
        ("a.zip", zipped(("C:\\b.py", b"x")), "points outside the archive"),
        ("a.zip", zipped((link("analysis.ipynb"), b"/etc/passwd")), "is a link"),
        ("a.zip", zipped(("a\x1b[31m.py", b"x")), "cannot be seen"),
        ("a.zip", zipped(("a\u202eyp.csv", b"x")), "cannot be seen"),
        ("a.zip", zipped(("n" * 300 + ".py", b"x")), "longer than 120 characters"),
        ("a.zip", zipped(("analysis.ipynb", NOTEBOOK), ("analysis.ipynb/b.py", b"x")), "both a file and a folder"),
        ("a.zip", zipped(*[(f"{n}.py", b"x") for n in range(60)]), "holds 60 files; at most 50"),
    ],
)
def test_bad_uploads_are_refused_in_words(name: str, content: bytes, words: str, assignment: Assignment) -> None:
    assert words in refusal(name, content, assignment)


def test_a_refused_upload_stores_nothing(assignment: Assignment, settings: Any, tmp_path: Path) -> None:
    settings.BLOB_DIR = tmp_path
    refusal("a.zip", zipped(("analysis.ipynb", NOTEBOOK), ("run.sh", b"x")), assignment)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_is_in_an_archive_twice_is_refused(assignment: Assignment) -> None:
    assert "in the archive twice" in refusal("a.zip", zipped(("a.py", b"1"), ("a.py", b"2")), assignment)


def test_an_archive_with_a_password_is_refused(assignment: Assignment) -> None:
    content = bytearray(zipped(("analysis.ipynb", NOTEBOOK)))
    content[6] |= 1  # the flag in the local header and in the directory
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert "protected by a password" in refusal("a.zip", bytes(content), assignment)


def test_a_bomb_stops_at_the_limit(assignment: Assignment, monkeypatch: pytest.MonkeyPatch) -> None:
    """A quarter of a megabyte that unpacks to 256: no more than the limit is ever held."""
    monkeypatch.setattr(uploads, "MAX_UNPACKED_MB", 1)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("analysis.ipynb", "w") as member:
        for _ in range(256):
            member.write(bytes(1 << 20))
    assert len(out.getvalue()) < 300_000
    assert "larger than 1 MB" in refusal("a.zip", out.getvalue(), assignment)


def test_many_files_share_one_limit(assignment: Assignment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_UNPACKED_MB", 1)
    content = zipped(*[(f"{n}.csv", bytes(300_000)) for n in range(4)])
    assert "larger than 1 MB" in refusal("a.zip", content, assignment)


@pytest.mark.parametrize("stated", [10, 0xFFFFFFF0])
def test_sizes_that_lie_do_not_help(stated: int, assignment: Assignment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_UNPACKED_MB", 1)
    content = bytearray(zipped(("analysis.ipynb", bytes(5 << 20))))
    place = content.index(b"PK\x01\x02") + 24
    content[place : place + 4] = stated.to_bytes(4, "little")
    content[22:26] = stated.to_bytes(4, "little")
    assert any(words in refusal("a.zip", bytes(content), assignment) for words in ("larger than 1 MB", "is damaged"))


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packings_that_unpack_without_a_limit_are_refused_unopened(
    packing: int, assignment: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*args: object, **kwargs: object) -> None:
        raise AssertionError("It was unpacked.")

    content = zipped(("analysis.ipynb", bytes(1 << 20)), packing=packing)
    monkeypatch.setattr(zipfile.ZipFile, "open", never)
    assert "packed in an unusual way" in refusal("a.zip", content, assignment)


def test_a_damaged_archive_is_refused(assignment: Assignment) -> None:
    content = bytearray(zipped(("analysis.ipynb", NOTEBOOK), packing=zipfile.ZIP_STORED))
    content[60] ^= 255
    assert "is damaged" in refusal("a.zip", bytes(content), assignment)
