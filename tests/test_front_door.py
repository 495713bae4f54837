"""./pathway on machines that lack something."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ["sh", "cat", "cksum", "tr", "grep", "awk", "mktemp", "tail", "dirname", "env", "rm", "ls", "sed", "tee"]
TOOLS += ["true"]


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A checkout on a machine with a ready environment and hardly anything else, used by an ordinary person."""
    bin_dir = tmp_path / "bin"
    bin_dir.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found
        (bin_dir / tool).symlink_to(found)
    stub(bin_dir / "id", "echo 1000")
    stub(bin_dir / "sudo", "exit 1")
    stub(bin_dir / "apt-get", "echo should not run; exit 9")
    home = tmp_path / "checkout"
    home.mkdir()
    shutil.copy(ROOT / "pathway", home)
    # An environment that is installed already: the marks say so.
    venv = home / ".venv" / "bin"
    venv.mkdir(parents=True)
    stub(venv / "python", "exit 0")
    for name in ("requirements.txt", "requirements/data.txt"):
        (home / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, home / name)
    locks = (home / "requirements.txt").read_bytes() + (home / "requirements/data.txt").read_bytes()
    mark = subprocess.run(["cksum"], input=locks, capture_output=True, check=True).stdout
    (home / ".venv" / ".installed-Pathway").write_bytes(bytes(byte for byte in mark if chr(byte).isdigit()))
    return home


def stub(path: Path, does: str) -> None:
    path.write_text(f"#!/bin/sh\n{does}\n")
    path.chmod(0o755)


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["./pathway", *words],
        cwd=home,
        env={"PATH": str(home.parent / "bin"), "HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_bubblewrap_and_rights_it_prints_the_command_and_stops(machine: Path) -> None:
    done = run(machine, "demo")
    assert done.returncode != 0
    assert "sudo apt-get update && sudo apt-get install -y --no-install-recommends bubblewrap" in done.stderr
    assert "should not run" not in done.stdout + done.stderr


def test_where_sudo_asks_nothing_it_installs_by_itself(machine: Path) -> None:
    log = machine / "apt.log"
    stub(machine.parent / "bin" / "sudo", 'shift; exec "$@"')
    stub(machine.parent / "bin" / "apt-get", f'echo "$@" >> {log}')
    run(machine, "demo")
    assert "install -y -q --no-install-recommends bubblewrap" in log.read_text()


def test_a_failing_installation_is_told_with_its_last_lines(machine: Path) -> None:
    stub(machine.parent / "bin" / "sudo", 'shift; exec "$@"')
    stub(machine.parent / "bin" / "apt-get", "echo 'E: no route to the mirror'; exit 100")
    done = run(machine, "demo")
    assert done.returncode != 0
    assert "no route to the mirror" in done.stderr
    assert "could not be installed: bubblewrap" in done.stderr


def test_without_python_it_says_which_one_is_needed(machine: Path) -> None:
    (machine / ".venv" / "bin" / "python").unlink()
    done = run(machine, "demo")
    assert done.returncode != 0
    assert "Python 3.11 or newer" in done.stderr


def test_an_unknown_command_shows_what_there_is(machine: Path) -> None:
    done = run(machine, "fly")
    assert done.returncode != 0
    assert "no command “fly”" in done.stderr
    assert "./pathway demo" in done.stderr


def test_the_script_is_plain_posix() -> None:
    checker = shutil.which("dash") or shutil.which("sh")
    assert checker
    subprocess.run([checker, "-n", str(ROOT / "pathway")], check=True)
    assert os.access(ROOT / "pathway", os.X_OK)
