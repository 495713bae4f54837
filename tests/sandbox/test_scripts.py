from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox import Event, Limits, Verdict

pytestmark = pytest.mark.sandbox


def test_a_script_runs_as_the_main_module(run: Any) -> None:
    outcome = run("import sys\nprint(__name__, __file__.rpartition('/')[2], sys.argv)")
    assert outcome.verdict is Verdict.COMPLETED
    assert outcome.stdout == "__main__ analysis.py ['analysis.py']\n"


def test_the_two_streams_are_told_apart(run: Any) -> None:
    outcome = run("import os, sys\nprint('out')\nprint('err', file=sys.stderr)\nos.write(1, b'raw\\n')")
    assert (outcome.stdout, outcome.stderr) == ("out\nraw\n", "err\n")


def test_an_exception_is_told_with_its_line_and_a_clean_traceback(run: Any) -> None:
    outcome = run("def half(x):\n    return x / 0\n\nhalf(3)")
    assert outcome.verdict is Verdict.CRASHED
    assert (outcome.error.type, outcome.error.line, outcome.error.cell) == ("ZeroDivisionError", 2, None)
    assert outcome.message == "Line 2: ZeroDivisionError: division by zero"
    assert 'analysis.py", line 4' in outcome.stderr
    assert "script.py" not in outcome.stderr


def test_a_syntax_error_is_told_with_its_line(run: Any) -> None:
    outcome = run("x = 1\nif x\n    pass")
    assert (outcome.verdict, outcome.error.type, outcome.error.line) == (Verdict.CRASHED, "SyntaxError", 2)
    assert "expected ':'" in outcome.message


def test_files_are_there_and_the_folder_can_be_written_to(run: Any) -> None:
    code = "open('copy.csv', 'w').write(open('data/heart.csv').read().upper())\nprint(open('copy.csv').read())"
    assert run(code, {"data/heart.csv": "a,b"}).stdout == "A,B\n"


def test_a_script_below_a_folder_imports_its_neighbours(opened: Any, backend: Any, tmp_path: Path) -> None:
    from sandbox import Job

    (tmp_path / "main.py").write_text("import features\nprint(features.NAME)")
    (tmp_path / "features.py").write_text("NAME = 'age'")
    files = {"src/main.py": tmp_path / "main.py", "src/features.py": tmp_path / "features.py"}
    with backend.open(Job(kind="script", entry="src/main.py", files=files)) as session:
        assert session.run().stdout == "age\n"


def test_packages_are_importable_and_read_only(backend: Any, run: Any, tmp_path: Path) -> None:
    package, loose = tmp_path / "checking", tmp_path / "loose"
    package.mkdir()
    loose.mkdir()
    (package / "__init__.py").write_text("from checking.rules import RULE")
    (package / "rules.py").write_text("RULE = 'packaged'")
    (loose / "single.py").write_text("RULE = 'loose'")
    code = """
import checking, single
print(checking.RULE, single.RULE)
for path in (checking.__file__, checking.__file__ + "new"):
    try:
        open(path, "w")
    except OSError as error:
        print(error.strerror)
"""
    outcome = run(code, packages=(package, loose))
    assert outcome.stdout == "packaged loose\nRead-only file system\nRead-only file system\n"


def test_the_same_seed_gives_the_same_random_numbers(run: Any) -> None:
    code = "import random, numpy\nprint(random.random(), numpy.random.rand(), hash('ward'))"
    assert run(code, seed=7).stdout == run(code, seed=7).stdout
    assert run(code, seed=7).stdout != run(code, seed=8).stdout


def test_what_one_run_changes_the_next_does_not_see(run: Any) -> None:
    run("import pandas, os\npandas.planted = 1\nopen('/tmp/planted', 'w')\nos.environ['PLANTED'] = '1'\nopen('x', 'w')")
    look = "import pandas, os\nprint(hasattr(pandas, 'planted'), 'PLANTED' in os.environ)\n"
    code = look + "print(*os.listdir('/tmp'), *os.listdir('.'))"
    assert run(code).stdout == "False False\nanalysis.py\n"


def test_the_usual_libraries_work(run: Any) -> None:
    outcome = run(
        """
import numpy, pandas, scipy.stats, matplotlib.pyplot as plt
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import cross_val_score
from sklearn.datasets import load_breast_cancer
X, y = load_breast_cancer(return_X_y=True)
scores = cross_val_score(RandomForestClassifier(20, random_state=0, n_jobs=-1), X, y, cv=3)
print(0.9 < scores.mean() < 1)
plt.plot([1, 2]); plt.savefig("plot.png")
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import Pool
print(list(ThreadPoolExecutor(2).map(abs, [-1, -2])), Pool(2).map(abs, [-3, -4]))
import asyncio, sqlite3, subprocess, sys
print(asyncio.run(asyncio.sleep(0, "slept")), sqlite3.connect("x.db").execute("select 1").fetchall())
print(subprocess.run([sys.executable, "-c", "print(6*7)"], capture_output=True, text=True).stdout)
"""
    )
    assert outcome.stderr == ""
    assert outcome.stdout == "True\n[1, 2] [3, 4]\nslept [(1,)]\n42\n\n"


def test_events_come_while_it_runs(run: Any) -> None:
    events: list[Event] = []
    run("pass", on_event=events.append)
    assert [event.kind for event in events if event.kind != "waiting"] == ["started", "finished"]


def test_what_it_used_is_counted(run: Any) -> None:
    usage = run(
        "x = bytearray(50_000_000)\nprint('x' * 2047)\nwhile __import__('time').process_time() < 0.2: pass"
    ).usage
    assert usage.wall_s >= 0.1
    assert usage.cpu_s >= 0.1
    assert 45 <= usage.peak_memory_mb < 60
    assert usage.output_kb == 2


def test_input_is_refused_in_plain_words(run: Any) -> None:
    outcome = run("name = input('Name? ')")
    assert outcome.verdict is Verdict.CRASHED
    assert "nobody is there" in outcome.message
    assert outcome.error.line == 1


def test_threads_are_waited_for_as_python_does(run: Any) -> None:
    code = "import threading, time\nthreading.Thread(target=lambda: (time.sleep(0.1), print('late'))).start()"
    assert run(code).stdout == "late\n"


@pytest.mark.parametrize("name", ["../outside.csv", "/etc/passwd", "a/../../b", "", "a\nb", "a//b", "./a"])
def test_a_file_name_that_leaves_the_folder_is_refused(run: Any, name: str) -> None:
    outcome = run("pass", {name: "x"})
    assert outcome.verdict is Verdict.REFUSED
    assert "not a name" in outcome.message


def test_a_name_that_is_a_file_and_a_folder_is_refused(run: Any) -> None:
    outcome = run("pass", {"data": "x", "data/heart.csv": "y"})
    assert (outcome.verdict, outcome.message) == (Verdict.REFUSED, "data is a file, so data/heart.csv cannot be in it.")


def test_a_limit_of_nothing_is_the_callers_error() -> None:
    with pytest.raises(ValueError, match="disk_mb is 0"):
        Limits(disk_mb=0)


def test_an_entry_that_is_not_there_is_refused(backend: Any) -> None:
    from sandbox import Job

    with backend.open(Job(kind="script", entry="missing.py", files={})) as session:
        assert session.run().message == "missing.py is not among the files."


def test_a_file_that_the_platform_lost_is_the_platforms_fault(backend: Any, tmp_path: Path) -> None:
    from sandbox import Job

    with backend.open(Job(kind="script", entry="a.py", files={"a.py": tmp_path / "gone"})) as session:
        assert session.run().verdict is Verdict.PLATFORM_FAULT
