"""Opens a file of which it knows where on the host it lies, by many names."""

from __future__ import annotations

import os

from sandbox.attacks.tools import attempt, read, targets


def attack() -> None:
    path = targets()["file"]
    for before in (
        "",
        "/proc/1/root",
        "/proc/self/root",
        "/proc/self/cwd/../..",
        "/proc/self/task/1/root",
        "/newroot",
        "/oldroot",
        "/proc/thread-self/root",
    ):
        attempt(before + path, read, before + path)
    os.symlink(path, "link.txt")
    attempt("by a link", read, "link.txt")
