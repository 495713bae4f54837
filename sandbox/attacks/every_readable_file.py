"""Walks the whole file system and prints what looks like a secret in any file."""

from __future__ import annotations

import os
import re

from sandbox.attacks.tools import CANARY, read

LIMITS = {"wall_s": 25}


def attack() -> None:
    secret = re.compile("".join(CANARY) + "[0-9a-f]{32}")
    found: set[str] = set()
    for folder, below, names in os.walk("/"):
        below[:] = [
            name
            for name in below
            if os.path.join(folder, name) not in ("/usr", "/lib", "/sandbox/python", "/proc/1/task")
        ]
        for name in names:
            try:
                if os.path.isfile(os.path.join(folder, name)):
                    found.update(secret.findall(read(os.path.join(folder, name))))
            except OSError:
                continue
    print(found)
