"""Bring files back from the working folder without following anything that only looks like a file."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase

MAX_FILES = 256
MAX_DEPTH = 12
MAX_ENTRIES = 20_000

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def find(
    root: str, patterns: Sequence[str], skip: set[str], max_bytes: int, look: Callable[[], None] = lambda: None
) -> Iterator[tuple[str, bytes] | None]:
    """(name, content) of each regular file that matches; None for each that is left out because it is too much.

    `look` is called again and again: a folder can be made to take long.
    """
    wanted = [pattern.split("/") for pattern in patterns]
    room, files = max_bytes, 0
    if not wanted:
        return
    for name, folder in _walk(root, look):
        if name in skip or not any(_matches(name.split("/"), parts) for parts in wanted):
            continue
        content = _content(folder, name.rpartition("/")[2], room)
        if content is None:
            continue
        files += 1
        if len(content) > room or files > MAX_FILES:
            yield None
            continue
        room -= len(content)
        yield name, content


def _walk(root: str, look: Callable[[], None]) -> Iterator[tuple[str, int]]:
    """Names below `root` of what is no folder, each with its open folder; breadth first, each step by descriptor."""
    entries = 0
    waiting = [("", os.open(root, _FOLDER))]
    while waiting:
        prefix, folder = waiting.pop(0)
        try:
            for name in sorted(os.listdir(folder)):
                entries += 1
                look()
                if entries > MAX_ENTRIES:
                    return
                try:
                    name.encode()
                    is_folder = stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
                    if not is_folder:
                        yield prefix + name, folder
                    elif prefix.count("/") < MAX_DEPTH and len(waiting) < MAX_FILES:
                        waiting.append((f"{prefix}{name}/", os.open(name, _FOLDER, dir_fd=folder)))
                except (OSError, UnicodeEncodeError):
                    continue
        finally:
            os.close(folder)


def _content(folder: int, name: str, room: int) -> bytes | None:
    """What a regular file holds, at most one byte more than there is room for; None for anything else."""
    try:
        descriptor = os.open(name, _FILE, dir_fd=folder)
    except OSError:
        return None
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        try:
            return file.read(room + 1)
        except OSError:
            return None


def _matches(name: Sequence[str], pattern: Sequence[str]) -> bool:
    if not pattern:
        return not name
    if pattern[0] == "**":
        return _matches(name, pattern[1:]) or (bool(name) and _matches(name[1:], pattern))
    return bool(name) and fnmatchcase(name[0], pattern[0]) and _matches(name[1:], pattern[1:])
