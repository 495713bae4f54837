"""The service on a Unix socket: turns, ends, restarts. What sessions do is tested with all backends."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from sandbox import Job, SandboxUnavailable, Verdict, open_backend
from sandbox.contract import Probe
from sandbox.frames import frame
from sandbox.opening import Fork
from sandbox.remote import OPEN, PROBE, Remote
from sandbox.service import MAX_REQUEST, Service, Turns
from sandbox.session import Lines
from sandbox.values import encode

pytestmark = pytest.mark.sandbox

PROJECT = Path(__file__).resolve().parents[2]
SERVE = """
import sys
from pathlib import Path
from sandbox.bubblewrap import Bubblewrap
from sandbox.service import serve
sys.exit(serve(Bubblewrap(memory_groups=False, preload=["numpy"]), Path(sys.argv[1]), int(sys.argv[2])))
"""


class Running:
    """A service in a process of its own, with a small fork server."""

    def __init__(self, path: Path, sessions: int = 2) -> None:
        self.path = path
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(path), str(sessions)], cwd=PROJECT, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline().startswith("Ready at")

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.communicate(timeout=30)
        return self.process.returncode

    def descriptors(self) -> int:
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def start_it(sessions: int = 2) -> Running:
        started.append(Running(tmp_path / "sandbox.sock", sessions))
        return started[-1]

    yield start_it
    for service in started:
        service.end(signal.SIGKILL)


@pytest.fixture
def job(tmp_path: Path) -> Callable[[str], Job]:
    def make(code: str) -> Job:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.py"
        path.write_text(code)
        return Job(kind="script", entry="a.py", files={"a.py": path})

    return make


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Remote]:
    with contextlib.closing(Remote(tmp_path / "sandbox.sock")) as remote:
        yield remote


def elsewhere(path: Path, job: Job, then: str) -> subprocess.Popen[str]:
    """Another client, in a process of its own, that has a session open."""
    code = f"""
import sys
from pathlib import Path
from sandbox import Job, open_backend
job = Job(kind="script", entry="a.py", files={{"a.py": Path(sys.argv[2])}})
session = open_backend("unix:" + sys.argv[1]).open(job)
print("open", flush=True)
{then}
"""
    return subprocess.Popen(
        [sys.executable, "-c", code, str(path), str(job.files["a.py"])],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def opened(client: subprocess.Popen[str]) -> subprocess.Popen[str]:
    assert client.stdout is not None
    assert client.stdout.readline() == "open\n"
    return client


def killed(client: subprocess.Popen[str]) -> None:
    client.kill()
    client.communicate()


# Sessions


def test_a_client_that_is_killed_takes_its_session_with_it(start: Any, job: Any, client: Remote) -> None:
    service = start(sessions=1)
    endless = job("import os\nfor _ in range(3): os.fork()\nwhile True: pass")
    other = opened(elsewhere(service.path, endless, "session.run()"))
    busy = psutil.Process(service.process.pid).children(recursive=True)
    killed(other)
    with client.open(job("print('my turn')")) as session:
        assert session.run().stdout == "my turn\n"
        # All but the server with what carries it, and the session that waits ready-made.
        assert sum(process.is_running() for process in busy) < len(busy)


def test_nothing_is_left_of_clients_that_come_and_go(start: Any, job: Any, client: Remote) -> None:
    service = start(sessions=1)
    hello = job("print('hello')")

    def once() -> None:
        killed(opened(elsewhere(service.path, hello, "input()")))
        with client.open(hello) as session:
            assert session.run().stdout == "hello\n"

    once()
    descriptors, processes = service.descriptors(), len(psutil.Process(service.process.pid).children(recursive=True))
    for _ in range(4):
        once()
    assert service.descriptors() == descriptors
    # One may be on its way out.
    assert len(psutil.Process(service.process.pid).children(recursive=True)) <= processes + 1


def test_a_service_that_is_killed_is_the_platforms_fault_and_the_next_one_is_found(
    start: Any, job: Any, client: Remote
) -> None:
    service = start()
    with client.open(job("import time\ntime.sleep(60)")) as session:
        threading.Timer(0.2, service.end, [signal.SIGKILL]).start()
        outcome = session.run()
    assert outcome.verdict is Verdict.PLATFORM_FAULT
    assert "our fault" in outcome.message
    assert not client.probe().ok
    with pytest.raises(SandboxUnavailable, match="it has stopped"):
        client.open(job("pass"))
    start()
    assert client.probe().ok
    with client.open(job("print('again')")) as session:
        assert session.run().stdout == "again\n"


def test_a_service_that_is_told_to_stop_ends_its_sessions_and_removes_its_socket(
    start: Any, job: Any, client: Remote
) -> None:
    service = start()
    processes = psutil.Process(service.process.pid).children(recursive=True)
    with client.open(job("import time\ntime.sleep(60)")) as session:
        threading.Timer(0.2, service.process.terminate).start()
        assert session.run().verdict is Verdict.PLATFORM_FAULT
    assert service.end() == 0
    assert not service.path.exists()
    _, alive = psutil.wait_procs(processes, timeout=10)
    assert alive == []


def test_closing_the_backend_ends_what_it_has_open(start: Any, job: Any, client: Remote) -> None:
    start(sessions=1)
    session = client.open(job("def f(): return 1"))
    assert session.run().verdict is Verdict.COMPLETED
    client.close()
    with contextlib.closing(Remote(client._path)) as other, other.open(job("print('free')")) as next_session:
        assert next_session.run().stdout == "free\n"
    assert session.call("f").verdict is Verdict.PLATFORM_FAULT
    session.close()
    with pytest.raises(SandboxUnavailable, match="closed"):
        client.open(job("pass"))


# Turns


def test_one_submission_at_a_time_and_its_checks_beside_it(start: Any, job: Any, client: Remote) -> None:
    service = start(sessions=1)
    with client.open(job("def f(): return 1")) as submission, client.open(job("def g(): return 2")) as checks:
        submission.run()
        checks.run()
        other = elsewhere(service.path, job("pass"), "session.close()")
        assert (submission.call("f").value, checks.call("g").value) == (1, 2)
        assert other.poll() is None
    assert other.communicate()[0] == "open\n"


def test_threads_of_one_client_take_turns(start: Any, job: Any, client: Remote) -> None:
    start(sessions=1)
    jobs = [job(f"print({n})") for n in range(6)]

    def run(job: Job) -> str:
        with client.open(job) as session:
            return session.run().stdout

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(run, jobs)) == [f"{n}\n" for n in range(6)]


def test_turns_come_in_order_and_who_gives_up_holds_nobody_up() -> None:
    turns, came, asked = Turns(1), [], threading.Semaphore(0)
    patient = {"b": True, "c": True, "d": True}

    def wait(party: str) -> None:
        def still_waits(ahead: int) -> bool:
            asked.release()
            return patient[party]

        if turns.enter(party, still_waits):
            came.append(party)
            turns.leave(party)

    assert turns.enter("a", lambda ahead: True)
    assert turns.enter("a", lambda ahead: True)
    threads = []
    for party in patient:
        threads.append(threading.Thread(target=wait, args=[party]))
        threads[-1].start()
        while len(turns._queue) < len(threads):
            pass
    turns.leave("a")
    patient["c"] = False
    turns.look_again()
    threads[1].join()
    assert came == []
    turns.leave("a")
    for thread in threads:
        thread.join()
    assert came == ["b", "d"]


# The line


class Borrowed:
    """A backend whose children are nobody, to see what the service does with them."""

    def __init__(self) -> None:
        self.closed: list[bool] = []
        self.supervisors: list[socket.socket] = []

    def probe(self) -> Probe:
        return Probe(name="borrowed", ok=True, memory_limit="none")

    def fork(self) -> Fork:
        control, supervisor = socket.socketpair()
        channel, code = socket.socketpair()
        code.close()
        out, err = os.pipe()
        self.supervisors.append(supervisor)
        return Fork(Lines(control, channel, out, err), self.closed.append)

    def close(self) -> None:
        pass


@pytest.fixture
def here(tmp_path: Path) -> Iterator[tuple[Service, Borrowed, Path]]:
    """A service in a thread of this process."""
    backend, path = Borrowed(), tmp_path / "here.sock"
    service = Service(backend, path, 1)
    thread = threading.Thread(target=service.serve)
    thread.start()
    yield service, backend, path
    for supervisor in backend.supervisors:
        supervisor.close()
    service.stop()
    thread.join()


def say(path: Path, data: bytes) -> bytes:
    """What the service answers to it, until it hangs up."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(20)
        line.connect(str(path))
        with contextlib.suppress(BrokenPipeError):
            line.sendall(data)
            line.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionResetError):
            return b"".join(iter(lambda: line.recv(4096), b""))
    return b""


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"o",
        b"GET / HTTP/1.1\r\n\r\n",
        struct.pack("!cI", OPEN, 0xFFFFFFFF),
        struct.pack("!cI", OPEN, MAX_REQUEST + 1) + bytes(MAX_REQUEST + 1),
        struct.pack("!cI", OPEN, 100) + b"too little",
        frame(OPEN, b"\xff"),
        frame(OPEN, b""),
        frame(OPEN, encode(7)),
        frame(OPEN, encode(["a", "list"])),
        frame(b"?", encode("me")),
        os.urandom(5000),
    ],
)
def test_rubbish_gets_no_answer_and_does_no_harm(here: Any, data: bytes) -> None:
    _, backend, path = here
    assert say(path, data) == b""
    assert backend.supervisors == []
    assert Remote(path).probe().ok
    assert say(path, frame(PROBE)).startswith(b"P")


def test_the_end_of_a_lease_is_the_end_of_the_session(here: Any) -> None:
    """… and the turn is over only when the supervisor has gone too."""
    _, backend, path = here
    fork = Remote(path)._fork()
    (supervisor,) = backend.supervisors
    # The client lets go of its lease but not of the line, as one that has forked would.
    letting_go = threading.Thread(target=fork.closed, args=[True])
    letting_go.start()
    assert supervisor.recv(1) == b""
    assert backend.closed == []
    supervisor.close()
    letting_go.join()
    assert backend.closed == [True]
    fork.lines.close()


def test_the_socket_is_for_its_group_alone_and_goes_with_the_service(tmp_path: Path) -> None:
    path = tmp_path / "own.sock"
    service = Service(Borrowed(), path, 1)
    assert path.stat().st_mode & 0o777 == 0o660
    assert [found.name for found in tmp_path.iterdir()] == ["own.sock"]
    service.stop()
    service.serve()
    assert not path.exists()


def test_a_socket_that_was_left_behind_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "left.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    service = Service(Borrowed(), path, 1)
    service.stop()
    service.serve()


def serve(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sandbox", "serve", *arguments],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_second_service_does_not_take_the_place_of_the_first(here: Any) -> None:
    _, _, path = here
    result = serve(str(path))
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == f"The sandbox cannot listen at {path}: another service answers there already.\n"
    assert Remote(path).probe().ok


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["/nowhere/at/all.sock"], 1, "cannot listen at /nowhere/at/all.sock: No such file or directory"),
        (["/tmp/" + "x" * 200], 1, "cannot listen at /tmp/xxx"),
        (["/tmp/x.sock", "--sessions", "0"], 2, "--sessions must be at least 1"),
        ([], 2, "SOCKET"),
    ],
)
def test_what_cannot_be_served_is_said_in_a_sentence(arguments: list[str], code: int, said: str) -> None:
    result = serve(*arguments)
    assert result.returncode == code
    assert said in result.stderr
    assert "Traceback" not in result.stderr


# What people are told


def test_nobody_there_is_said_with_what_to_do(tmp_path: Path, job: Any) -> None:
    backend = open_backend(f"unix:{tmp_path}/none.sock")
    probe = backend.probe()
    assert not probe.ok
    assert probe.reason == f"No sandbox service answers at {tmp_path}/none.sock: No such file or directory."
    assert f"python -m sandbox serve {tmp_path}/none.sock" in probe.remedy
    with pytest.raises(SandboxUnavailable, match="No sandbox service answers"):
        backend.open(job("pass"))
    backend.close()


def test_a_service_that_hangs_up_is_no_sandbox(tmp_path: Path, job: Any) -> None:
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.bind(str(tmp_path / "stranger.sock"))
        stranger.listen()

        def answer() -> None:
            for said in (b"", b"SSH-2.0-OpenSSH\r\n" * 10, frame(b"P", b"rubbish"), frame(b"L", encode(None)) + b"."):
                line, _ = stranger.accept()
                line.sendall(said)
                line.shutdown(socket.SHUT_WR)
                with contextlib.suppress(ConnectionResetError):
                    while line.recv(100):
                        pass
                line.close()

        thread = threading.Thread(target=answer)
        thread.start()
        client = Remote(tmp_path / "stranger.sock")
        assert [client.probe().ok for _ in range(3)] == [False] * 3
        with pytest.raises(SandboxUnavailable, match=r"did not give a session \(it sent no lines\)"):
            client.open(job("pass"))
        thread.join()


def test_a_service_that_cannot_isolate_says_why(tmp_path: Path, job: Any) -> None:
    bwrap = tmp_path / "bwrap"
    bwrap.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2; exit 1\n")
    bwrap.chmod(0o755)
    path = tmp_path / "sandbox.sock"
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "serve", str(path)],
        cwd=PROJECT,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process:
        assert "No permissions to create" in process.stdout.readline()
        probe = Remote(path).probe()
        assert (probe.ok, probe.memory_limit) == (False, "")
        assert "No permissions to create" in probe.reason
        assert "sysctl" in probe.remedy
        with pytest.raises(SandboxUnavailable, match="No permissions to create"):
            Remote(path).open(job("pass"))
        healthy = subprocess.run(
            [sys.executable, "-m", "sandbox", "healthy", str(path)],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert healthy.returncode == 1
        assert "No permissions to create" in healthy.stdout
        process.terminate()
    assert process.returncode == 0


def test_a_backend_named_unix_needs_a_place() -> None:
    with pytest.raises(ValueError, match="no sandbox backend named 'unix:'"):
        open_backend("unix:")
