"""Opens the host's accounts, keys and homes."""

from __future__ import annotations

import os
import sys

from sandbox.attacks.tools import attempt


def _somebody() -> str:
    import pwd

    try:
        return pwd.getpwuid(0).pw_name
    except KeyError as error:
        raise OSError from error


def _found(path: str, way: str) -> os.stat_result:
    """A folder is nothing where it only leads to Python, for those whose Python lives below one of these."""
    found = os.stat(way)
    if sys.base_prefix.startswith(f"{path}/") and os.listdir(way) == [sys.base_prefix[len(path) + 1 :].split("/")[0]]:
        raise FileNotFoundError(path)
    return found


def attack() -> None:
    for path in (
        "/etc/passwd",
        "/etc/shadow",
        "/etc/ssh",
        "/etc/hostname",
        "/root",
        "/home",
        "/var",
        "/run",
        "/boot",
        "/srv",
    ):
        attempt(path, _found, path, path)
        attempt(path, _found, path, "/proc/1/root" + path)
        attempt(path, _found, path, "/proc/self/cwd/../../.." + path)
    attempt("the name of somebody", _somebody)
