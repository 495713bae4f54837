"""Every reference of the programme, and the wrong solutions of one assignment, through the sandbox as authors try them.

All of them take some minutes of two processors: `./pathway manage check_programme`, before a check is changed.
"""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from courses.data import freeze


@pytest.mark.sandbox
@pytest.mark.django_db
@pytest.mark.usefixtures("warm_sandbox")
@pytest.mark.parametrize("chosen", [{"references": True}, {"assignment": "hospital-death"}], ids=["references", "all"])
def test_references_earn_every_point_and_wrong_solutions_are_caught(
    chosen: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("The command has an SQLite database of its own: once is enough.")
    list(freeze(settings.PROGRAMME_DIR, tmp_path))
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path)
    out = StringIO()

    try:
        call_command("check_programme", stdout=out, **chosen)
    except SystemExit:
        pytest.fail(out.getvalue())
