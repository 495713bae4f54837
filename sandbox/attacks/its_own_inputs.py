"""Changes, removes or replaces the files that it was given."""

from __future__ import annotations

import os

from sandbox.attacks.tools import attempt


def attack() -> None:
    name = "targets.json"
    attempt("write", open, name, "w")
    attempt("append", open, name, "a")
    attempt("truncate", os.truncate, name, 0)
    attempt("chmod", os.chmod, name, 0o777)
    attempt("remove", os.remove, name)
    attempt("rename", os.rename, name, "mine.json")
    attempt("replace", os.replace, "attack.py", name)
    attempt("utime", os.utime, name)
    for entry in os.listdir("/proc/self/fd"):
        if "attack" in os.path.realpath(f"/proc/self/fd/{entry}"):
            attempt("by its descriptor", open, f"/proc/self/fd/{entry}", "r+")
    attempt("of another name", open, "/sandbox/inputs/0", "w")
