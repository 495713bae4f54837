"""The programme from its files to the database. docs/authors.md describes the files."""

from pathlib import Path

from accounts.models import User
from courses.loading.problems import Problem, ProgrammeError
from courses.loading.programme import read
from courses.loading.storing import store_revision
from courses.models import Revision

__all__ = ["Problem", "ProgrammeError", "load", "read"]


def load(folder: Path, *, data_dir: Path, by: User | None) -> Revision:
    """Load the programme in a folder as a revision; the same files again give the revision that is there.

    `data_dir` holds the frozen data sets, `by=None` is the platform. Raises ProgrammeError with everything that is
    wrong, and then nothing has changed.
    """
    return store_revision(read(folder, data_dir=data_dir), data_dir=data_dir, by=by)
