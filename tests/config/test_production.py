"""The start of an installation, as another process: what is missing or wrong is named in a sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GIVEN = {
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz-0123456789abcdefghijklmnop",
    "ALLOWED_HOSTS": "pathway.example.org, www.example.org,",
    "PATHWAY_SITE_URL": "https://pathway.example.org/",
    "DATABASE_URL": "postgres://nobody:nothing@127.0.0.1:1/none",
    "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
    "EMAIL_URL": "smtp+tls://user:password@127.0.0.1:1",
}
ASK = "from django.conf import settings as s; print(s.ALLOWED_HOSTS, s.SITE_URL, s.SECRET_KEY[:9])"


def manage(state: Path, *words: str, **given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "PATHWAY_STATE_DIR": str(state),
            "DJANGO_SETTINGS_MODULE": "config.settings.production",
            **given,
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("missing", GIVEN)
def test_a_variable_that_is_missing_stops_the_start_with_its_name(tmp_path: Path, missing: str) -> None:
    done = manage(tmp_path, "migrate", **{name: value for name, value in GIVEN.items() if name != missing})
    assert done.returncode != 0
    assert f"{missing} is not set" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_secret_may_be_a_file_and_spaces_do_not_matter(tmp_path: Path) -> None:
    secret = tmp_path / "secret_key"
    secret.write_text("from-file-0123456789abcdefghijklmnopqrstuvwxyz\n")
    done = manage(tmp_path, "shell", "-v0", "-c", ASK, **GIVEN | {"SECRET_KEY_FILE": str(secret)})
    assert done.stdout.strip() == "['pathway.example.org', 'www.example.org'] https://pathway.example.org from-file"


def test_a_secret_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    done = manage(tmp_path, "check", **GIVEN | {"SECRET_KEY_FILE": str(tmp_path / "none")})
    assert done.returncode != 0
    assert f"SECRET_KEY_FILE names {tmp_path / 'none'}, which cannot be read" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_production_start_has_nothing_for_djangos_own_checks_to_say(tmp_path: Path) -> None:
    done = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **GIVEN)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("command", ["load_programme", "sweeper --once"])
def test_a_database_without_tables_is_a_sentence(tmp_path: Path, command: str) -> None:
    done = manage(
        tmp_path,
        *command.split(),
        DJANGO_SETTINGS_MODULE="config.settings.dev",
        DATABASE_URL=f"sqlite:///{tmp_path / 'new.sqlite3'}",
    )
    assert done.returncode == 1
    assert "python manage.py migrate" in done.stderr
    assert "Traceback" not in done.stderr


def test_grading_a_file_does_without_a_database(tmp_path: Path) -> None:
    done = manage(
        tmp_path,
        *["grade", "hospital-death", "manage.py"],
        DJANGO_SETTINGS_MODULE="config.settings.dev",
        DATABASE_URL=f"sqlite:///{tmp_path / 'new.sqlite3'}",
    )
    assert done.returncode == 1
    assert "“manage.py” is not a .ipynb file." in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_does_not_answer_is_a_sentence(tmp_path: Path) -> None:
    done = manage(tmp_path, "load_programme", **GIVEN)
    assert done.returncode == 1
    assert "look at DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr
