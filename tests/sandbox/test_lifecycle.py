"""Servers are replaced when worn or dead, and nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from sandbox import Job, SandboxUnavailable, Verdict
from sandbox.bubblewrap import Bubblewrap

pytestmark = pytest.mark.sandbox


@pytest.fixture
def mine() -> Iterator[Bubblewrap]:
    backend = Bubblewrap(forks_per_server=4, preload=["numpy"])
    yield backend
    backend.close()


@pytest.fixture
def job(tmp_path: Path) -> Any:
    def make(code: str, **fields: Any) -> Job:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.py"
        path.write_text(code)
        return Job(kind="script", entry="a.py", files={"a.py": path}, **fields)

    return make


def run(backend: Any, job: Job) -> Any:
    with backend.open(job) as session:
        return session.run()


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def kill_the_server(backend: Bubblewrap) -> None:
    """… and wait until all that it had forked is gone with it."""
    server = psutil.Process(backend.server_pid)
    processes = [server, *server.children(recursive=True)]
    server.kill()
    psutil.wait_procs(processes)


def test_a_session_leaves_nothing_behind(
    backend: Any, ancestor: psutil.Process, job: Any, tmp_path_factory: Any, monkeypatch: Any
) -> None:
    temporary = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    session_job = job("import os, time\nif os.fork() == 0: time.sleep(60)", artefacts=("*",))
    run(backend, session_job)
    descriptors, processes = open_descriptors(), len(ancestor.children(recursive=True))
    for _ in range(20):
        run(backend, session_job)
    assert open_descriptors() <= descriptors
    assert len(ancestor.children(recursive=True)) <= processes + 1
    assert list(temporary.iterdir()) == []


def test_a_worn_server_is_replaced_and_a_dead_one_too(mine: Bubblewrap, job: Any) -> None:
    hello = job("print('hello')")
    first = mine.server_pid
    with mine.open(job("def late(): return 'still here'")) as old:
        old.run()
        for _ in range(200):
            assert run(mine, hello).stdout == "hello\n"
            if mine.server_pid != first and first is not None:
                break
            first = first or mine.server_pid
        assert mine.server_pid != first
        assert old.call("late").value == "still here"
    victim = mine.server_pid
    kill_the_server(mine)
    assert run(mine, hello).stdout == "hello\n"
    assert mine.server_pid != victim


def test_a_server_that_dies_in_the_middle_is_the_platforms_fault(mine: Bubblewrap, job: Any) -> None:
    with mine.open(job("import time\ntime.sleep(60)")) as session:
        assert mine.server_pid is not None
        threading.Timer(0.2, os.kill, (mine.server_pid, signal.SIGKILL)).start()
        outcome = session.run()
    assert outcome.verdict is Verdict.PLATFORM_FAULT
    assert "our fault" in outcome.message
    with mine.open(job("def f(): return 1")) as session:
        session.run()
        kill_the_server(mine)
        assert session.call("f").verdict is Verdict.PLATFORM_FAULT


def test_a_session_that_the_machine_kills_is_the_platforms_fault(
    backend: Any, ancestor: psutil.Process, job: Any
) -> None:
    with backend.open(job("import time\nprint('begun', flush=True)\ntime.sleep(3.14159)")) as session:

        def kill_it(event: Any) -> None:
            if event.kind == "started":
                threading.Timer(0.2, kill_the_busy_one, [ancestor]).start()

        assert session.run(on_event=kill_it).verdict is Verdict.PLATFORM_FAULT


def kill_the_busy_one(ancestor: psutil.Process) -> None:
    """The first process of the only session that has been locked in: its system calls are filtered as nobody else's."""
    processes = ancestor.children(recursive=True)
    filters = {process.pid: filters_of(process.pid) for process in processes}
    for process in processes:
        if filters[process.pid] > min(filters.values()):
            process.kill()


def filters_of(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("Seccomp_filters:")[2].split()[0])


def test_sessions_run_side_by_side_from_many_threads(backend: Any, job: Any) -> None:
    jobs = [job(f"import time\ntime.sleep(0.05)\nprint({n} * 2)") for n in range(12)]
    with ThreadPoolExecutor(4) as pool:
        outputs = list(pool.map(lambda job: run(backend, job).stdout, jobs))
    assert outputs == [f"{n * 2}\n" for n in range(12)]


def test_a_server_outlives_the_thread_that_first_asked_for_it(mine: Bubblewrap, job: Any) -> None:
    thread = threading.Thread(target=run, args=(mine, job("pass")))
    thread.start()
    thread.join()
    pid = mine.server_pid
    assert run(mine, job("print(1)")).stdout == "1\n"
    assert mine.server_pid == pid


def test_nothing_outlives_a_platform_that_is_killed(job: Any) -> None:
    code = """
import sys
from pathlib import Path
from sandbox import Job
from sandbox.bubblewrap import Bubblewrap
backend = Bubblewrap(preload=["numpy"])
session = backend.open(Job(kind="script", entry="a.py", files={"a.py": Path(sys.argv[1])}))
print(backend.server_pid, flush=True)
session.run()
"""
    endless = job("while True: pass").files["a.py"]
    platform = subprocess.Popen([sys.executable, "-c", code, str(endless)], stdout=subprocess.PIPE, text=True)
    assert platform.stdout is not None
    server = psutil.Process(int(platform.stdout.readline()))
    processes = [server, *server.children(recursive=True)]
    platform.kill()
    platform.wait()
    platform.stdout.close()
    _, alive = psutil.wait_procs(processes, timeout=10)
    assert len(processes) >= 3
    assert alive == []


def test_closing_ends_every_process_and_open_sessions_too(job: Any) -> None:
    before = len(psutil.Process().children(recursive=True)), open_descriptors()
    backend = Bubblewrap(preload=["numpy"])
    session = backend.open(job("pass"))
    backend.close()
    assert session.run().verdict is Verdict.PLATFORM_FAULT
    session.close()
    assert (len(psutil.Process().children(recursive=True)), open_descriptors()) == before
    with pytest.raises(SandboxUnavailable):
        backend.open(job("pass"))


def test_a_callback_that_fails_is_the_callers_error_and_the_session_is_gone(backend: Any, job: Any) -> None:
    session = backend.open(job("pass"))

    def fail(event: Any) -> None:
        raise LookupError("bug of ours")

    with pytest.raises(LookupError):
        session.run(on_event=fail)
    assert session.run().verdict is Verdict.PLATFORM_FAULT


def test_the_caller_can_end_it_in_the_middle_of_a_cell_that_says_nothing(backend: Any, job: Any) -> None:
    class Enough(Exception):
        pass

    def end(event: Any) -> None:
        if event.kind == "waiting":
            raise Enough

    with backend.open(job("while True: pass")) as session, pytest.raises(Enough):
        session.run(on_event=end)
