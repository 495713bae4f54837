"""A platform of its own for one command: nothing that it stores outlives it, and the real database is not touched."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections

from courses.loading import load
from courses.models import Revision


@contextmanager
def scratch_revision(folder: Path) -> Iterator[Revision]:
    """The programme in a folder, loaded into an empty SQLite database that is there inside the `with` only.

    For commands: every thread of the process sees the scratch database meanwhile. Raises ProgrammeError.
    """
    configured, blobs, connection = (
        connections.settings[DEFAULT_DB_ALIAS],
        settings.BLOB_DIR,
        connections[DEFAULT_DB_ALIAS],
    )
    with tempfile.TemporaryDirectory(prefix="pathway-scratch-") as place:
        connections.settings[DEFAULT_DB_ALIAS] = {
            **connections.configure_settings({DEFAULT_DB_ALIAS: scratch_database(Path(place))})[DEFAULT_DB_ALIAS]
        }
        del connections[DEFAULT_DB_ALIAS]
        settings.BLOB_DIR = Path(place) / "blobs"
        try:
            call_command("migrate", verbosity=0)
            yield load(folder, data_dir=settings.DATA_DIR, by=None)
        finally:
            connections[DEFAULT_DB_ALIAS].close()
            connections.settings[DEFAULT_DB_ALIAS] = configured
            connections[DEFAULT_DB_ALIAS] = connection
            settings.BLOB_DIR = blobs


def scratch_database(place: Path) -> dict[str, object]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(place / "pathway.sqlite3"),
        # Threads read while others write; what a crash would lose is thrown away anyway.
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON;",
        },
    }
