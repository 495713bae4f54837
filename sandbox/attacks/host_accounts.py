"""Opens the host's accounts, keys and homes."""

from __future__ import annotations

import os

from sandbox.attacks.tools import attempt


def _somebody() -> str:
    import pwd

    try:
        return pwd.getpwuid(0).pw_name
    except KeyError as error:
        raise OSError from error


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
        attempt(path, os.stat, path)
        attempt(path, os.stat, "/proc/1/root" + path)
        attempt(path, os.stat, "/proc/self/cwd/../../.." + path)
    attempt("the name of somebody", _somebody)
