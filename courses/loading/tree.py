"""The files of a programme, read once, so that what was checked is what is stored."""

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from django.conf import settings

from courses.loading.problems import Problem, ProgrammeError

LARGEST = 5 * 1024 * 1024
LEFT_BY_TOOLS = {"__pycache__"}


@dataclass
class Tree:
    """`files` maps the path inside the folder ("m1-python/module.toml") to what the file holds.

    Everything that is found wrong is told to `problem`; `known` are the files that somebody asked for by name.
    """

    folder: Path
    files: dict[str, bytes] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)

    def problem(self, path: str, line: int | None, text: str) -> None:
        found = Problem(self.shown(path), line, text)
        if found not in self.problems:
            self.problems.append(found)

    def shown(self, path: str) -> str:
        """The path as it is typed at the root of the project."""
        try:
            return (self.folder.relative_to(settings.ROOT) / path).as_posix()
        except ValueError:
            return (self.folder / path).as_posix()

    def text(self, path: str, purpose: str) -> str | None:
        """The text of a file that must be there; None, and a problem, when it cannot be had."""
        self.known.add(path)
        if path in self.refused:
            return None
        if path not in self.files:
            self.problem(path, None, f"the file is missing: {purpose}.")
            return None
        return self.files[path].decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")

    def below(self, folder: str) -> list[str]:
        """The files below a folder, in order."""
        return sorted(path for path in self.files if path.startswith(f"{folder}/"))

    def has(self, path: str) -> bool:
        """Whether the file is there, readable or not."""
        return path in self.files or path in self.refused

    def has_folder(self, folder: str) -> bool:
        return any(path.startswith(f"{folder}/") for path in self.files.keys() | self.refused)

    def digest(self) -> str:
        """SHA-256 over the names and contents of all files. The manifest, one of them, holds those of the data."""
        total = hashlib.sha256()
        for path in sorted(self.files):
            total.update(f"{path}\0{hashlib.sha256(self.files[path]).hexdigest()}\n".encode())
        return total.hexdigest()


def read_tree(folder: Path) -> Tree:
    """Every file below the folder. Raises ProgrammeError when there is no such folder."""
    folder = folder.absolute()
    tree = Tree(folder)
    if not folder.is_dir():
        text = "there is no such folder: give the folder that holds programme.toml."
        raise ProgrammeError([Problem(tree.shown(""), None, text)])
    home = folder.resolve()
    for here, folders, names in os.walk(folder, onerror=lambda error: _unreadable(tree, error)):
        folders[:] = sorted(name for name in folders if not _is_passed_over(name))
        for name in sorted([*names, *(name for name in folders if (Path(here) / name).is_symlink())]):
            path = Path(here) / name
            if not _is_passed_over(name):
                _read(tree, path, path.relative_to(folder).as_posix(), home)
    return tree


def _is_passed_over(name: str) -> bool:
    return name.startswith(".") or name in LEFT_BY_TOOLS


def _unreadable(tree: Tree, error: OSError) -> None:
    path = PurePosixPath(os.path.relpath(error.filename, tree.folder)).as_posix()
    tree.problem(path, None, f"the folder cannot be read ({error.strerror}): correct its permissions.")


def _read(tree: Tree, path: Path, name: str, home: Path) -> None:
    found, line = _content(path, home)
    try:
        name.encode()
    except UnicodeEncodeError:
        name = name.encode("utf-8", "backslashreplace").decode()
        found = "the name of the file is not UTF-8: rename it."
    if isinstance(found, bytes):
        tree.files[name] = found
    else:
        tree.refused.add(name)
        tree.problem(name, line, found)


def _content(path: Path, home: Path) -> tuple[bytes | str, int | None]:
    """What a file holds, or what is wrong with it and in which line."""
    try:
        target = path.resolve(strict=True)
        if not target.is_relative_to(home):
            return "this link points outside the programme: put the file itself here.", None
        if not target.is_file():
            kind = "a link to a folder" if target.is_dir() else "not a file"
            return f"this is {kind}: put files here.", None
        with target.open("rb") as file:
            content = file.read(LARGEST + 1)
    except (OSError, RuntimeError) as error:  # RuntimeError: a link that leads to itself.
        reason = getattr(error, "strerror", None) or "a link that leads to itself"
        return f"the file cannot be read ({reason}): correct its permissions, or remove it.", None
    if len(content) > LARGEST:
        return (
            f"the file is larger than {LARGEST // 1024 // 1024} MB: make it smaller, or freeze it as a data set.",
            None,
        )
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        return "the file is not UTF-8 text: save it as UTF-8.", content.count(b"\n", 0, error.start) + 1
    if "\0" in text:
        return "the file holds a NUL character: remove it.", text.count("\n", 0, text.index("\0")) + 1
    return content, None
