"""Takes leases on Python's files, so that others who open them wait for most of a minute."""

from __future__ import annotations

import fcntl
import os
import sys

from sandbox.attacks.tools import attempt


def attack() -> None:
    with open("mine.txt", "w"):
        pass
    for path in ("mine.txt", os.__file__, sys.executable, "/dev/null"):
        file = os.open(path, os.O_RDONLY)
        for kind in (fcntl.F_RDLCK, fcntl.F_WRLCK):
            attempt(f"a lease on {path}", fcntl.fcntl, file, fcntl.F_SETLEASE, kind)
        os.close(file)
