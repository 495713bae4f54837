"""What a student sends, made safe: sizes, types, names and archives are checked before anything is stored."""

from __future__ import annotations

import io
import json
import logging
import stat
import unicodedata
import zipfile
from collections.abc import Iterable
from pathlib import PurePosixPath

from django.core.files.uploadedfile import UploadedFile
from nbformat import v4

from blobs import store
from courses.models import Assignment
from grading.models.submission import StoredFile

log = logging.getLogger(__name__)
MAX_FILES = 50
MAX_UNPACKED_MB = 50
MAX_NAME = 120
PACKINGS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
SUFFIXES = {".ipynb", ".py", ".md", ".txt", ".csv", ".json", ".toml", ".yaml", ".yml", ".cfg", ".svg", ".png", ".lock"}
NAMES = {"LICENSE", "Makefile", "Dockerfile"}  # a repository has them, and they have no suffix


class UploadRefused(ValueError):
    """Why an upload was not taken, for the student. Nothing was kept."""


def read_upload(upload: UploadedFile[bytes], assignment: Assignment) -> list[StoredFile]:
    """Check an upload (the file to hand in, or a zip that holds it), store its files, and name them.

    Raises UploadRefused with a sentence; then nothing is stored.
    """
    name = upload.name or "the file"
    content = upload.read()
    if not content:
        raise UploadRefused(f"“{shown(name)}” is empty.")
    suffix = PurePosixPath(name).suffix.lower()
    wanted = PurePosixPath(assignment.entry).suffix
    if suffix == ".zip":
        files = unpack(content)
    elif suffix == wanted:
        # Students rename their notebook; the assignment says what it is called here.
        files = {assignment.entry: content}
    else:
        raise UploadRefused(
            f"“{shown(name)}” is not a {wanted} file. Hand in {assignment.entry}, or a .zip that holds it."
        )
    if assignment.entry not in files:
        raise UploadRefused(f"The archive has no {assignment.entry} at its top level. It holds {listed(files)}.")
    check_entry(assignment.entry, files[assignment.entry])
    taken = {"data", *(f"data/{file.name}" for file in assignment.files.all())}
    for path in files:
        if path in taken or path.startswith("data/"):
            raise UploadRefused(f"“{shown(path)}” is in data/, which we fill ourselves. Leave that folder out.")
    try:
        return [StoredFile(name=path, sha256=store.put(body), size=len(body)) for path, body in sorted(files.items())]
    except OSError as error:
        log.exception("An upload could not be stored.")
        raise UploadRefused("We could not keep your file. The fault is ours: try again in a few minutes.") from error


def unpack(content: bytes) -> dict[str, bytes]:
    """The files of a zip archive, with every limit checked while unpacking: the sizes that it states may be lies."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise UploadRefused("We could not open the archive: it is not a zip file, or it is damaged.") from error
    members = [member for member in archive.infolist() if not member.is_dir()]
    members = [member for member in members if not is_clutter(member.filename)]
    if len(members) > MAX_FILES:
        raise UploadRefused(f"The archive holds {len(members)} files; at most {MAX_FILES} are allowed.")
    room = MAX_UNPACKED_MB * 1024 * 1024
    files: dict[str, bytes] = {}
    for member in members:
        path = safe_path(member.filename)
        if stat.S_ISLNK(member.external_attr >> 16):
            raise UploadRefused(f"“{shown(path)}” is a link. Put the file itself into the archive.")
        if member.flag_bits & 0x1:
            raise UploadRefused("The archive is protected by a password. Send it without one.")
        # zipfile unpacks the others without a limit, however little is asked for.
        if member.compress_type not in PACKINGS:
            raise UploadRefused(f"“{shown(path)}” is packed in an unusual way. Make an ordinary .zip file.")
        if path in files:
            raise UploadRefused(f"“{shown(path)}” is in the archive twice.")
        if PurePosixPath(path).suffix.lower() not in SUFFIXES and PurePosixPath(path).name not in NAMES:
            raise UploadRefused(
                f"“{shown(path)}” is of a type that cannot be handed in. Allowed: {', '.join(sorted(SUFFIXES))}."
            )
        try:
            with archive.open(member) as source:
                body = source.read(room + 1)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
            raise UploadRefused(f"“{shown(path)}” in the archive is damaged.") from error
        except Exception as error:  # zlib and lzma have error types of their own
            raise UploadRefused(f"“{shown(path)}” in the archive is damaged.") from error
        room -= len(body)
        if room < 0:
            raise UploadRefused(f"Unpacked, the archive is larger than {MAX_UNPACKED_MB} MB.")
        files[path] = body
    if not files:
        raise UploadRefused("The archive is empty.")
    for path in files:
        for folder in PurePosixPath(path).parents:
            if str(folder) in files:
                raise UploadRefused(f"“{shown(str(folder))}” is both a file and a folder in the archive.")
    return strip_common_folder(files)


def safe_path(name: str) -> str:
    """A relative path with forward slashes that stays inside the folder."""
    path = unicodedata.normalize("NFC", name.replace("\\", "/"))
    parts = path.split("/")
    if path.startswith("/") or ".." in parts or ":" in parts[0]:
        raise UploadRefused(f"“{shown(name)}” points outside the archive.")
    if not path.isprintable():
        raise UploadRefused(f"“{shown(name)}” has characters in its name that cannot be seen.")
    parts = [part for part in parts if part not in ("", ".")]
    if not parts or len("/".join(parts)) > MAX_NAME:
        raise UploadRefused(f"The name “{shown(name)}” is longer than {MAX_NAME} characters, or empty.")
    return "/".join(parts)


def is_clutter(name: str) -> bool:
    """What operating systems, editors and git leave in archives: names that begin with a dot, and a few others."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    hidden = any(part.startswith(".") and part not in {".", ".."} for part in parts)
    return hidden or any(part in {"__MACOSX", "Thumbs.db", "__pycache__"} for part in parts)


def strip_common_folder(files: dict[str, bytes]) -> dict[str, bytes]:
    """An archive of one folder is meant as that folder's content."""
    tops = {path.split("/", 1)[0] for path in files}
    if len(tops) == 1 and all("/" in path for path in files):
        return {path.split("/", 1)[1]: body for path, body in files.items()}
    return files


def check_entry(name: str, content: bytes) -> None:
    """The file to hand in must at least be readable: valid JSON with cells, or UTF-8 text."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UploadRefused(f"We could not read {name}: it is not UTF-8 text (byte {error.start}).") from error
    if not name.endswith(".ipynb"):
        if not text.strip():
            raise UploadRefused(f"{name} is empty.")
        return
    try:
        notebook = json.loads(text)
    except json.JSONDecodeError as error:
        raise UploadRefused(
            f"We could not read this notebook: line {error.lineno} is not JSON ({error.msg})."
        ) from error
    except RecursionError as error:
        raise UploadRefused("We could not read this notebook: it is nested too deeply.") from error
    except ValueError as error:
        raise UploadRefused("We could not read this notebook: a number in it is too long.") from error
    check_notebook(notebook, text)


def check_notebook(notebook: object, text: str) -> None:
    """A notebook that opens, here and in the sandbox: what the worker cannot read would look like our fault."""
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise UploadRefused("This is not a notebook of the present format: it has no list of cells.")
    if notebook.get("nbformat") != 4:
        raise UploadRefused("This notebook is not of the present format (nbformat 4). Open it in Jupyter and save it.")
    for number, cell in enumerate(notebook["cells"], 1):
        if not isinstance(cell, dict) or cell.get("cell_type") not in {"code", "markdown", "raw"}:
            raise UploadRefused(f"We could not read this notebook: cell {number} is not a cell.")
        source = cell.get("source")
        if not isinstance(source, str) and not (isinstance(source, list) and all(isinstance(x, str) for x in source)):
            raise UploadRefused(f"We could not read this notebook: cell {number} has no text.")
    if not any(cell["cell_type"] == "code" for cell in notebook["cells"]):
        raise UploadRefused("This notebook has no code cell.")
    try:
        v4.reads(text)
        json.dumps(notebook, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise UploadRefused("We could not read this notebook: it holds half a character (a lone surrogate).") from error
    except Exception as error:  # hostile outputs break nbformat in many ways
        raise UploadRefused(
            "We could not read this notebook: its outputs are damaged. Clear them and save it."
        ) from error


def shown(name: str) -> str:
    """A file's name, safe and short enough to be shown."""
    return "".join(character if character.isprintable() else "?" for character in name)[:80]


def listed(files: Iterable[str]) -> str:
    names = sorted(files)
    return ", ".join(shown(name) for name in names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
