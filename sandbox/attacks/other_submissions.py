"""Looks for what others have handed in, where the host keeps it."""

from __future__ import annotations

import os

from sandbox.attacks.tools import attempt, read, targets


def attack() -> None:
    folder = targets()["folder"]
    for path in (
        folder,
        f"{folder}/jobs",
        f"{folder}/jobs/victim/secrets.csv",
        "../victim/secrets.csv",
        "/sandbox/inputs/../victim",
    ):
        attempt(path, os.stat, path)
    for name in os.listdir("/sandbox/inputs") if os.path.isdir("/sandbox/inputs") else ():
        print(read(f"/sandbox/inputs/{name}"))
