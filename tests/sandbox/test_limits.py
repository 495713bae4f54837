from __future__ import annotations

from typing import Any

import pytest

from sandbox import Verdict

pytestmark = pytest.mark.sandbox


def test_the_wall_clock_stops_a_script(run: Any) -> None:
    outcome = run("import time\nprint('begun')\ntime.sleep(60)", wall_s=0.3)
    assert outcome.verdict is Verdict.TIMED_OUT
    assert outcome.message == "Stopped after 0.3 s, the limit for a whole run: the script was still running."
    assert outcome.stdout == "begun\n"
    assert 0.3 <= outcome.usage.wall_s < 5


def test_each_cell_of_a_notebook_has_its_own_time(run: Any) -> None:
    nap = "import time\ntime.sleep(0.25)"
    assert run([nap] * 5, cell_s=1).verdict is Verdict.COMPLETED
    outcome = run([nap, "print('begun')\nwhile True: pass", nap], cell_s=0.6)
    assert outcome.verdict is Verdict.TIMED_OUT
    assert outcome.message == "Stopped after 0.6 s, the limit for one cell: cell 2 was still running."
    assert outcome.stdout == "begun\n"


def test_a_cell_limit_is_not_for_the_calls_that_follow(opened: Any) -> None:
    with opened(["import time\ndef nap(): time.sleep(0.4)"], cell_s=0.3) as session:
        session.run()
        assert session.call("nap").verdict is Verdict.COMPLETED


def test_code_that_lies_about_its_cells_is_stopped_with_the_run(run: Any) -> None:
    lie = """
from sandbox.frames import frame
from sandbox.values import encode
import os
while True:
    for state in ("started", "finished"):
        os.write(3, frame(b"E", encode({"cell": 1, "cells": 1, "state": state})))
"""
    assert run([lie], cell_s=0.3, wall_s=5).verdict in (Verdict.TIMED_OUT, Verdict.TOO_MUCH_OUTPUT)
    assert run([lie.replace("while True:", "for _ in range(9):") + "while True: pass"], cell_s=0.3).verdict is (
        Verdict.TIMED_OUT
    )


def test_processor_time_of_all_processes_together_is_limited(run: Any) -> None:
    outcome = run("import os\nos.fork()\nos.fork()\nwhile True: pass", cpu_s=0.5, wall_s=30)
    assert outcome.verdict is Verdict.TIMED_OUT
    assert outcome.message == "Stopped after 0.5 s of processor time, the limit: the script was still running."


def test_memory_of_one_process_is_limited(run: Any) -> None:
    outcome = run(["x = 1", "x = bytearray(10**9)"], memory_mb=300)
    assert outcome.verdict is Verdict.OUT_OF_MEMORY
    assert outcome.message == "Stopped at 300 MB of memory, the limit. Cell 2 asked for more."


def test_memory_that_processes_share_counts_once(run: Any) -> None:
    code = """
import os, time
shared = bytearray(120_000_000)
for _ in range(4):
    if os.fork() == 0:
        sum(shared[::4096])
        time.sleep(0.3)
        os._exit(0)
for _ in range(4):
    os.wait()
"""
    assert run(code, memory_mb=400).verdict is Verdict.COMPLETED


def test_an_absurd_allocation_is_out_of_memory_too(run: Any) -> None:
    outcome = run("import numpy\nnumpy.ones(10**13)")
    assert outcome.verdict is Verdict.OUT_OF_MEMORY
    assert "2 GB" in outcome.message


@pytest.mark.parametrize("folder", [".", "/tmp", "/dev/shm"])
def test_disk_space_is_limited(run: Any, folder: str) -> None:
    code = f"""
wrote = 0
try:
    for n in range(100):
        with open(f"{folder}/{{n}}", "wb", buffering=0) as file:
            while wrote < 100_000_000 and file.tell() < 2_000_000:
                wrote += file.write(bytes(100_000))
finally:
    print(wrote)
"""
    outcome = run(code, disk_mb=8)
    assert outcome.verdict is Verdict.CRASHED
    assert "wrote more than the 8 MB" in outcome.message
    assert 6_000_000 < int(outcome.stdout) <= 8 << 20


def test_the_number_of_files_is_limited(run: Any) -> None:
    outcome = run("for n in range(100_000): open(f'/tmp/{n}', 'w').close()")
    assert outcome.error.type == "OSError"
    assert "files there is room for" in outcome.message


def test_open_files_are_limited(run: Any) -> None:
    outcome = run("kept = [open('analysis.py') for _ in range(1000)]", open_files=64)
    assert outcome.message == "The script opened more than 64 files at a time."


def test_processes_are_limited(run: Any) -> None:
    outcome = run("import subprocess\nkept = [subprocess.Popen(['sleep', '60']) for _ in range(100)]", processes=8)
    assert outcome.message == "The script started more than 8 processes and threads."


def test_output_that_does_not_wait_is_no_lack_of_processes(run: Any) -> None:
    code = "import os\nos.set_blocking(1, False)\nwhile True: print('x' * 100_000)"
    outcome = run(code, output_kb=10_000)
    assert "processes" not in outcome.message


def test_threads_are_limited(run: Any) -> None:
    code = "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=[60], daemon=True).start()"
    assert run(code, processes=8).message == "The script started more than 8 processes and threads."


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_output_is_stopped_at_the_cap_and_not_drained(run: Any, stream: str) -> None:
    outcome = run(f"import sys\nwhile True: sys.{stream}.write('x' * 10_000)", output_kb=64)
    assert outcome.verdict is Verdict.TOO_MUCH_OUTPUT
    assert outcome.message == "Stopped at 64 KB of output, the limit. The script printed more."
    assert len(getattr(outcome, stream)) == 64 * 1024
    assert outcome.usage.output_kb < 512
    assert outcome.usage.wall_s < 5


def test_output_of_a_notebook_is_stopped_at_the_cap(run: Any) -> None:
    outcome = run(["print('fine')", "while True: print('x' * 1000)"], output_kb=64)
    assert outcome.message == "Stopped at 64 KB of output, the limit. Cell 2 printed more."
    assert outcome.usage.output_kb < 512


def test_displays_are_stopped_at_their_cap(run: Any) -> None:
    outcome = run(["from IPython.display import HTML, display", "while True: display(HTML('x' * 1_000_000))"])
    assert outcome.message == "Stopped at 16 MB of plots and tables, the limit. Cell 2 showed more."


def test_limits_cannot_be_changed_from_inside(run: Any) -> None:
    code = "import resource\nresource.setrlimit(resource.RLIMIT_NPROC, (10, 10))"
    assert run(code).verdict is Verdict.CRASHED
