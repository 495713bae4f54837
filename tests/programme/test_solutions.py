"""Every reference and wrong solution of the programme, through the sandbox, as authors and CI try them."""

from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from courses.data import freeze


@pytest.mark.sandbox
@pytest.mark.django_db
@pytest.mark.usefixtures("warm_sandbox")
def test_references_earn_every_point_and_wrong_solutions_are_caught(tmp_path, monkeypatch):
    if connection.vendor != "sqlite":
        pytest.skip("The command has an SQLite database of its own: once is enough.")
    list(freeze(settings.PROGRAMME_DIR, tmp_path))
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path)
    out = StringIO()

    try:
        call_command("check_programme", stdout=out)
    except SystemExit:
        pytest.fail(out.getvalue())
