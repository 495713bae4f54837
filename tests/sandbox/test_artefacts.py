from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.inside.artefacts import find
from sandbox.session import is_inside

pytestmark = pytest.mark.sandbox


def test_files_that_match_come_back(run: Any) -> None:
    code = """
import os
os.makedirs("plots/old")
for name in ("result.csv", "plots/roc.png", "plots/old/roc.png", "notes.txt"):
    open(name, "w").write(name)
"""
    brought = run(code, artefacts=("*.csv", "plots/*.png")).artefacts
    assert brought == {"result.csv": b"result.csv", "plots/roc.png": b"plots/roc.png"}
    assert set(run(code, artefacts=("**/*.png",)).artefacts) == {"plots/roc.png", "plots/old/roc.png"}


def test_what_was_given_is_not_brought_back(run: Any) -> None:
    code = "open('out.csv', 'w').write('x')"
    assert set(run(code, {"data.csv": "a"}, artefacts=("*",)).artefacts) == {"out.csv"}


def test_what_was_written_but_not_closed_comes_back_whole(run: Any) -> None:
    assert run("file = open('out.csv', 'w')\nfile.write('row')", artefacts=("*.csv",)).artefacts == {"out.csv": b"row"}


def test_artefacts_of_a_run_that_was_stopped_come_back(run: Any) -> None:
    code = "open('out.csv', 'w').write('row')\nwhile True: pass"
    assert run(code, artefacts=("*.csv",), wall_s=0.3).artefacts == {"out.csv": b"row"}


def test_links_pipes_and_sockets_are_left_where_they_are(run: Any) -> None:
    code = """
import os, socket
os.symlink("/etc/passwd", "passwd.csv")
os.symlink("/proc/self/environ", "environ.csv")
os.symlink("/usr", "usr")
os.symlink("nowhere", "dangling.csv")
os.mkfifo("fifo.csv") if hasattr(os, "mkfifo") else None
""".replace("os.mkfifo", "attempt")
    code = "def attempt(name):\n    try:\n        import os; os.mkfifo(name)\n    except OSError: pass\n" + code
    code += "socket.socket(socket.AF_UNIX).bind('socket.csv')\nopen('real.csv', 'w').write('x')"
    assert run(code, artefacts=("*.csv", "usr/lib/*", "**/*.csv")).artefacts == {"real.csv": b"x"}


def test_more_than_there_is_room_for_is_left_out(run: Any) -> None:
    code = "for n in range(400): open(f'{n}.csv', 'w').write('x')\nopen('sparse.csv', 'wb').truncate(3_000_000)"
    brought = run(code, artefacts=("*.csv",), disk_mb=4).artefacts
    assert len(brought) == 256
    code = "for n in range(3): open(f'{n}.csv', 'wb').truncate(3_000_000)"
    assert set(run(code, artefacts=("*.csv",), disk_mb=4).artefacts) == {"0.csv"}


def test_somebody_looks_at_the_session_while_its_files_are_sought(tmp_path: Path) -> None:
    for number in range(50):
        (tmp_path / f"{number}.txt").touch()
    looks: list[None] = []
    assert list(find(str(tmp_path), ["*.csv"], set(), 100, lambda: looks.append(None))) == []
    assert len(looks) == 50


def test_a_folder_without_end_is_not_followed(run: Any) -> None:
    code = """
import os
for _ in range(200):
    os.mkdir("d"); os.chdir("d")
open("deep.csv", "w").write("x")
os.chdir("/sandbox/work"); open("flat.csv", "w").write("x")
"""
    assert run(code, artefacts=("**/*.csv",)).artefacts == {"flat.csv": b"x"}


@pytest.mark.parametrize(
    "name", ["../a", "/a", "a/../b", "", ".", "..", "a/", "a\\b", "a\x00b", "a\nb", "\u202ea", "a/" * 20 + "b"]
)
def test_a_name_that_could_lead_elsewhere_is_no_name(name: str) -> None:
    assert not is_inside(name)


@pytest.mark.parametrize("name", ["a", "data/heart attack.csv", ".hidden", "Übung 1.ipynb"])
def test_an_ordinary_name_is_a_name(name: str) -> None:
    assert is_inside(name)
