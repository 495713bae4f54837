"""Reads the platform's settings, its database and its code."""

from __future__ import annotations

import os

from sandbox.attacks.tools import attempt, targets


def attack() -> None:
    project = targets()["project"]
    for name in (
        ".env",
        "manage.py",
        "pyproject.toml",
        "var",
        "db.sqlite3",
        "platform/config/settings/base.py",
        "grading",
        ".git/config",
    ):
        attempt(name, os.stat, f"{project}/{name}")
