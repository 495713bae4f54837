"""Where nothing can isolate, nothing runs, and the reason comes with a remedy."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox import Job, SandboxUnavailable, open_backend

PROJECT = Path(__file__).resolve().parents[2]


def job(tmp_path: Path) -> Job:
    (tmp_path / "a.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    return Job(kind="script", entry="a.py", files={"a.py": tmp_path / "a.py"})


def fake_bwrap(folder: Path, script: str) -> str:
    program = folder / "bwrap"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return str(program)


@pytest.mark.parametrize(
    ("script", "reason", "remedy"),
    [
        (None, "bubblewrap is not installed", "apt-get install bubblewrap"),
        ("echo 'bwrap: No permissions to create new namespace' >&2; exit 1", "No permissions to create", "sysctl"),
        ("echo 'bwrap: setting up uid map: Permission denied' >&2; exit 1", "uid map", "apparmor_restrict"),
        ("echo \"ModuleNotFoundError: No module named 'sklearn'\" >&2; exit 1", "No module named", "pip install"),
        ("exit 1", "did not become ready", ""),
    ],
)
def test_a_machine_that_cannot_isolate_says_why_and_runs_nothing(
    tmp_path: Path, monkeypatch: Any, script: str | None, reason: str, remedy: str
) -> None:
    found = fake_bwrap(tmp_path, script) if script else None
    which = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name: found if name == "bwrap" else which(name))
    backend = open_backend()
    try:
        probe = backend.probe()
        assert not probe.ok
        assert reason in probe.reason
        assert remedy in probe.remedy
        with pytest.raises(SandboxUnavailable) as unavailable:
            backend.open(job(tmp_path))
        assert reason in str(unavailable.value)
        assert remedy in str(unavailable.value)
    finally:
        backend.close()
    assert not (tmp_path / "ran").exists()


def test_a_backend_that_does_not_exist_is_named() -> None:
    with pytest.raises(ValueError, match="no sandbox backend named 'chroot'"):
        open_backend("chroot")


def test_naming_a_backend_starts_nothing() -> None:
    open_backend().close()


def may_enter(folder: Path) -> bool:
    return all(above.stat().st_mode & stat.S_IXOTH for above in [folder, *folder.parents])


@pytest.mark.sandbox
@pytest.mark.skipif(os.getuid() != 0, reason="everything else here runs as an ordinary user already")
@pytest.mark.skipif(not may_enter(Path(sys.base_prefix)), reason="an ordinary user cannot reach this Python")
@pytest.mark.skipif(not may_enter(PROJECT), reason="an ordinary user cannot reach the project")
def test_it_works_for_an_ordinary_user(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from sandbox import Job
from sandbox.bubblewrap import Bubblewrap
backend = Bubblewrap(preload=["numpy"])
probe = backend.probe()
print(probe.ok, probe.reason)
with backend.open(Job(kind="script", entry="selftest.py", files={"selftest.py": Path(sys.argv[1])})) as session:
    print(session.run().verdict)
backend.close()
"""
    selftest = PROJECT / "sandbox" / "inside" / "selftest.py"
    result = subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]  # noqa: RUF005
        + [sys.executable, "-B", "-c", code, str(selftest)],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (result.stdout, result.stderr) == ("True \ncompleted\n", "")
