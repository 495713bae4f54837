"""Each attack as a hostile student would write it. What held is proved by what the code saw, not by its exit."""

from __future__ import annotations

import importlib
import os
import platform
import secrets
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from sandbox import Backend, Outcome, Session, Verdict
from sandbox.attacks.tools import BREACH
from sandbox.inside.lockdown import ENVIRONMENT

pytestmark = pytest.mark.sandbox

# Empty folders but for the way to the standard library, wherever this Python lives.
WAY_TO_PYTHON = {folder for folder in Path(sys.base_prefix).parents if folder != Path("/")}
FAULTLESS = set(Verdict) - {Verdict.PLATFORM_FAULT}


@pytest.fixture(autouse=True)
def _the_next_run_is_as_if_nothing_had_been(backend: Backend, run: Any) -> Iterator[None]:
    yield
    if not backend.name.startswith("docker:"):  # whose next run is in another container
        assert run("print(6 * 7)").stdout == "42\n"


@pytest.fixture
def tries(run: Any) -> Any:
    """tries(line, ...): the names of the exceptions that each line raises, or "got through"."""

    def attempt(*lines: str, before: str = "", **job: Any) -> list[str]:
        code = "import os, socket, ctypes, signal, errno\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        code += "def check(result):\n    if result < 0: raise OSError(ctypes.get_errno(), 'no')\n" + before + "\n"
        for line in lines:
            code += f"try:\n    {line}\n    print('got through')\n"
            code += "except BaseException as error:\n    print(type(error).__name__)\n"
        outcome = run(code, **job)
        assert outcome.verdict is Verdict.COMPLETED, outcome
        result: list[str] = outcome.stdout.splitlines()
        assert len(result) == len(lines)
        return result

    return attempt


@pytest.fixture
def descendants(ancestor: psutil.Process) -> Callable[[], set[int]]:
    return lambda: {process.pid for process in ancestor.children(recursive=True)}


# Using up the machine


def test_a_fork_bomb_stops_at_the_limit(run: Any) -> None:
    code = """
import os, time
n = 0
try:
    while True:
        if os.fork() == 0:
            time.sleep(60)
        n += 1
except OSError:
    print(n)
"""
    outcome = run(code, processes=20)
    assert int(outcome.stdout) == 19


def test_a_fork_bomb_that_never_gives_up_is_ended_with_all_its_processes(run: Any, descendants: Any) -> None:
    before = descendants()
    code = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
    assert run(code, wall_s=0.7, processes=30).verdict is Verdict.TIMED_OUT
    assert len(descendants() - before) <= 4  # the next session, waiting ready-made


def test_eight_children_of_300_mb_do_not_pass_as_eight_small_ones(run: Any) -> None:
    code = """
import os, time
for _ in range(8):
    if os.fork() == 0:
        kept = bytearray(300_000_000)
        time.sleep(60)
time.sleep(60)
"""
    outcome = run(code, memory_mb=700, wall_s=20)
    assert outcome.verdict is Verdict.OUT_OF_MEMORY
    assert outcome.usage.peak_memory_mb < 1500


def test_one_huge_allocation_is_stopped(run: Any) -> None:
    outcome = run("x = bytearray(4_000_000_000)", memory_mb=500)
    assert outcome.verdict is Verdict.OUT_OF_MEMORY
    assert outcome.message == "Stopped at 500 MB of memory, the limit. The script asked for more."


def test_memory_cannot_be_hidden_outside_of_processes(tries: Any) -> None:
    assert (
        tries(
            "os.memfd_create('x')",
            "check(libc.shmget(0, 10**9, 0o1600))",
            "check(libc.mq_open(b'/x', os.O_CREAT | os.O_RDWR, 0o600, None))",
        )
        == ["PermissionError"] * 3
    )


def test_memory_cannot_be_hidden_in_socket_buffers(run: Any) -> None:
    code = """
import os, socket, time
for _ in range(7):
    if os.fork() == 0:
        break
kept = []
try:
    while True:
        pair = socket.socketpair()
        kept.append(pair)
        pair[0].setblocking(False)
        try:
            while True: pair[0].send(bytes(60_000))
        except BlockingIOError: pass
except OSError: time.sleep(60)
"""
    assert run(code, memory_mb=300, wall_s=20).verdict is Verdict.OUT_OF_MEMORY


def test_socket_buffers_cannot_be_made_larger(tries: Any) -> None:
    assert tries("socket.socket(socket.AF_UNIX).setsockopt(1, 7, 1 << 24)") == ["PermissionError"]


def test_memory_cannot_be_hidden_by_becoming_unreadable(run: Any) -> None:
    code = "import ctypes\nctypes.CDLL(None).prctl(4, 0, 0, 0, 0)\nx = bytearray(10**9)"
    assert run(code, memory_mb=400).verdict is Verdict.OUT_OF_MEMORY


def test_filling_the_disk_fills_only_its_own(run: Any) -> None:
    code = """
n = 0
for folder in (".", "/tmp", "/dev/shm"):
    try:
        file = open(folder + "/fill", "wb", buffering=0)
        while True:
            n += file.write(bytes(1 << 20))
    except OSError as error:
        pass
print(n >> 20)
"""
    assert int(run(code, disk_mb=32).stdout) <= 32


def test_an_output_flood_is_cut_off(run: Any) -> None:
    outcome = run("import os\nwhile True: os.write(1, b'x' * 60_000)", output_kb=100)
    assert outcome.verdict is Verdict.TOO_MUCH_OUTPUT
    assert outcome.usage.output_kb < 600


def test_an_infinite_loop_that_ignores_signals_is_ended(run: Any) -> None:
    code = """
import signal
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
while True: pass
"""
    assert run(code, wall_s=0.4).verdict is Verdict.TIMED_OUT


def test_sleeping_for_ever_is_ended(run: Any) -> None:
    assert run("import time\nwhile True: time.sleep(3600)", wall_s=0.3).verdict is Verdict.TIMED_OUT


def test_a_regular_expression_that_explodes_is_ended(run: Any) -> None:
    assert run("import re\nre.match(r'(a+)+$', 'a' * 60 + 'b')", wall_s=0.4).verdict is Verdict.TIMED_OUT


def test_a_bomb_for_the_compiler_is_held(run: Any) -> None:
    assert run("(" * 150_000 + ")" * 150_000).verdict is Verdict.CRASHED
    assert run("x = " + "-" * 500_000 + "1").verdict in FAULTLESS


def test_a_daemon_does_not_outlive_its_session(opened: Any, descendants: Any) -> None:
    before = descendants()
    code = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(3600)
    os._exit(0)
"""
    session = opened(code)
    assert session.run().verdict is Verdict.COMPLETED
    during = descendants()
    session.close()
    assert len(descendants()) < len(during)
    assert len(descendants() - before) <= 4  # the next session, waiting ready-made


ONCE = """
cpu_in_very_short_processes crashes_for_the_host leases memory_in_locks memory_in_no_process memory_in_page_tables
memory_without_its_first_thread numbers_with_an_upper_half programs_for_sockets timers_without_end
watching_what_others_read
""".split()  # noqa: SIM905


@pytest.mark.parametrize("name", ONCE)
def test_what_got_through_once_is_held(run: Any, name: str) -> None:
    attack = importlib.import_module(f"sandbox.attacks.{name}")
    code = Path(str(attack.__file__)).read_text() + "\n\nattack()\n"
    outcome = run(code, **getattr(attack, "LIMITS", {}))
    assert outcome.verdict in getattr(attack, "VERDICTS", (Verdict.COMPLETED,))
    assert BREACH not in outcome.stdout
    if outcome.verdict is Verdict.TIMED_OUT:
        assert "processor time" in outcome.message


def test_shells_and_databases_work_behind_the_filter(run: Any) -> None:
    code = """
import sqlite3, subprocess
subprocess.run("(sleep 0.05; echo waited) & wait; timeout 5 echo in time", shell=True, check=True)
with sqlite3.connect("a.db") as first, sqlite3.connect("a.db") as second:
    first.executescript("pragma journal_mode = wal; create table t (x); insert into t values (42)")
    print(*second.execute("select x from t").fetchone())
"""
    assert run(code).stdout == "waited\nin time\n42\n"


# Reaching for what is not theirs


def test_host_files_are_not_there(tries: Any, tmp_path: Path) -> None:
    (tmp_path / "other-submission.py").write_text("secret")
    project = Path(__file__).resolve().parents[2]
    paths = [
        "/etc/passwd",
        "/etc/shadow",
        "/root",
        "/home",
        "/var",
        "/run",
        "/sys",
        "/boot",
        tmp_path,
        project / "manage.py",
    ]
    paths += [project / "pyproject.toml", project / "tests", "/proc/1/root/etc/passwd", "/proc/sys/kernel/hostname"]
    paths += ["/proc/kallsyms", "/proc/kcore", "/proc/sysrq-trigger", "/sandbox/inputs/../../etc/passwd"]
    paths = [Path(path) for path in paths if Path(path) not in WAY_TO_PYTHON]
    assert tries(*(f"os.stat({str(path)!r})" for path in paths)) == ["FileNotFoundError"] * len(paths)


def test_a_folder_above_python_shows_nothing_else(run: Any) -> None:
    for folder in WAY_TO_PYTHON:
        if folder != Path("/usr"):
            # In an image, Python lives elsewhere, and nothing of these is there at all.
            found = f"os.listdir({str(folder)!r}) if os.path.exists({str(folder)!r}) else []"
            outcome = run(f"import os\nprint(len({found}))")
            assert (outcome.verdict, int(outcome.stdout) <= 1) == (Verdict.COMPLETED, True), folder


def test_the_environment_of_the_platform_is_not_there(run: Any) -> None:
    names = run("import os\nprint(*os.environ)").stdout.split()
    assert set(names) == set(ENVIRONMENT)
    assert "PWD" not in os.environ or os.environ["PWD"] not in run("print(open('/proc/1/environ').read())").stdout


def test_nothing_of_the_system_can_be_written(tries: Any) -> None:
    places = ["/", "/usr", "/usr/lib", "/etc", "/dev", "/sandbox", "/sandbox/inputs", "/sandbox/packages", "/proc/self"]
    places += ["/sandbox/platform/sandbox", str(Path(os.__file__).parent)]
    refused = tries(*(f"open({place!r} + '/planted', 'w')" for place in places))
    assert set(refused) <= {"OSError", "PermissionError", "FileNotFoundError"}


def test_another_session_is_out_of_sight(opened: Any, run: Any) -> None:
    code = """
import os, socket, threading
open("/tmp/here", "w"); open("/dev/shm/here", "w")
listener = socket.socket(socket.AF_UNIX); listener.bind(b"\\0here"); listener.listen()
if os.fork() == 0:
    threading.Event().wait()
"""
    with opened(code) as session:
        session.run()
        looking = """
import os, socket
print(os.listdir("/tmp"), os.listdir("/dev/shm"), [name for name in os.listdir("/proc") if name.isdigit()])
try:
    socket.socket(socket.AF_UNIX).connect(b"\\0here")
except OSError as error:
    print(type(error).__name__)
"""
        assert run(looking).stdout == "[] [] ['1']\nConnectionRefusedError\n"


def test_there_is_no_network_of_any_kind(tries: Any) -> None:
    families = [2, 10, 16, 17, 38, 40, 44]  # IPv4, IPv6, netlink, packet, crypto, vsock, xdp
    assert tries(*(f"socket.socket({family}, socket.SOCK_DGRAM)" for family in families)) == ["PermissionError"] * 7
    lines = ["socket.create_connection(('127.0.0.1', 80))", "socket.create_connection(('::1', 80))"]
    lines += [
        "socket.getaddrinfo('example.org', 80)",
        "__import__('urllib.request').request.urlopen('http://1.1.1.1/')",
    ]
    assert "got through" not in tries(*lines)


def test_services_of_the_host_on_unix_sockets_are_out_of_reach(tries: Any, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as abstract, socket.socket(socket.AF_UNIX) as named:
        abstract.bind("\0pathway-attack")
        abstract.listen()
        named.bind(str(tmp_path / "service"))
        named.listen()
        assert tries(
            "socket.socket(socket.AF_UNIX).connect(b'\\0pathway-attack')",
            f"socket.socket(socket.AF_UNIX).connect({str(tmp_path / 'service')!r})",
        ) == ["ConnectionRefusedError", "FileNotFoundError"]


def test_other_processes_cannot_be_seen_signalled_or_traced(run: Any) -> None:
    code = """
import ctypes, os, signal
print([name for name in os.listdir("/proc") if name.isdigit()], os.getppid())
found = []
for pid in range(2, 3000):
    try:
        os.kill(pid, signal.SIGKILL)
        found.append(pid)
    except ProcessLookupError:
        pass
print(found)
try: os.kill(-1, signal.SIGKILL)
except ProcessLookupError: pass
libc = ctypes.CDLL(None, use_errno=True)
print(libc.ptrace(16, 1, 0, 0), libc.process_vm_readv(1, None, 0, None, 0, 0))
"""
    assert run(code).stdout == "['1'] 0\n[]\n-1 -1\n"


def test_the_kernels_doors_are_shut(tries: Any) -> None:
    lines = [
        "check(libc.mount(b'none', b'/tmp', b'tmpfs', 0, None))",
        "check(libc.umount2(b'/sandbox/work', 2))",
        "check(libc.unshare(0x10000000))",
        "check(libc.unshare(0x20000))",
        "check(libc.setns(0, 0))",
        "os.chroot('/tmp')",
        "os.setuid(0)",
        "os.mknod('device', 0o20600, os.makedev(1, 1))",
        "check(libc.personality(0x0400000))",
        "os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))",
        "socket.sethostname('owned')",
        "os.write(os.open('/proc/self/uid_map', os.O_WRONLY), b'0 0 1')",
        "os.write(os.open('/proc/self/oom_score_adj', os.O_WRONLY), b'-1000')",
    ]
    assert set(tries(*lines)) <= {"PermissionError", "OSError", "FileNotFoundError"}


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the numbers are those of x86-64")
def test_dangerous_system_calls_by_number_are_refused(run: Any) -> None:
    numbers = {
        "keyctl": 250, "add_key": 248, "bpf": 321, "perf_event_open": 298, "userfaultfd": 323, "io_uring_setup": 425,
        "init_module": 175, "finit_module": 313, "kexec_load": 246, "open_by_handle_at": 304, "pidfd_getfd": 438,
        "clone3": 435, "fsopen": 430, "open_tree": 428, "mount_setattr": 442, "process_madvise": 440, "ioperm": 173,
        "landlock_create_ruleset": 444, "lookup_dcookie": 212, "clone with a user namespace": 56,
    }  # fmt: skip
    code = f"""
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
for name, number in {numbers}.items():
    result = libc.syscall(number, 0x10000000, 0, 0, 0, 0)
    if result != -1 or ctypes.get_errno() not in (1, 38):
        print(name, result, ctypes.get_errno())
"""
    outcome = run(code)
    assert (outcome.verdict, outcome.stdout) == (Verdict.COMPLETED, "")


def test_the_other_instruction_set_is_no_way_around_the_filter(run: Any) -> None:
    code = """
import ctypes, mmap
code = b"\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3"  # mov eax, 20 (getpid of 32 bits); int 0x80; ret
rights = mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
memory = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=rights)
memory.write(code)
print(ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(memory)))())
"""
    assert run(code).stdout == ""


def test_programs_with_other_rights_give_none(run: Any) -> None:
    code = """
import os, subprocess
arguments = {"bwrap": ["--ro-bind", "/", "/", "id"], "unshare": ["-r", "id"], "mount": ["-t", "tmpfs", "x", "/tmp"]}
arguments |= {"su": ["-c", "id"], "sudo": ["id"], "passwd": [], "chsh": []}
for name in arguments:
    path = "/usr/bin/" + name
    if os.path.exists(path):
        print(name, subprocess.run([path, *arguments[name]], capture_output=True, stdin=0).returncode != 0)
status = open("/proc/self/status").read()
print("NoNewPrivs:\\t1" in status, "CapBnd:\\t0000000000000000" in status)
"""
    stdout = run(code).stdout
    assert "False" not in stdout
    assert stdout.endswith("True True\n")


def test_input_files_cannot_be_changed(tries: Any, opened: Any) -> None:
    refused = tries(
        "open('labels.csv', 'w')",
        "open('labels.csv', 'a')",
        "os.truncate('labels.csv', 0)",
        "os.chmod('labels.csv', 0o777)",
        "os.remove('labels.csv')",
        "os.rename('labels.csv', 'mine.csv')",
        "os.replace('analysis.py', 'labels.csv')",
        "os.utime('labels.csv')",
        "open('/sandbox/inputs/0', 'w')",
        "os.link('labels.csv', 'hard.csv') or open('hard.csv', 'w')",
        files={"labels.csv": "1,0"},
    )
    assert "got through" not in refused


def test_a_host_file_is_not_writable_through_a_descriptor(opened: Any, tmp_path: Path) -> None:
    code = """
import os
for name in os.listdir("/proc/self/fd"):
    try: open("/proc/self/fd/" + name, "r+").write("planted")
    except OSError: pass
print(sorted(os.path.realpath("/proc/self/fd/" + name) for name in os.listdir("/proc/self/fd")))
"""
    with opened(code, {"data.csv": "original"}) as session:
        outcome = session.run()
        assert all(path.read_text() in (code, "original") for path in session.job.files.values())
    assert "data.csv" not in outcome.stdout


def test_descriptors_of_the_platform_are_not_inherited(run: Any) -> None:
    code = """
import os
for name in sorted(map(int, os.listdir("/proc/self/fd"))):
    try: print(name, os.readlink(f"/proc/self/fd/{name}").partition(":")[0])
    except FileNotFoundError: pass  # the listing itself
"""
    assert run(code).stdout == "0 /dev/null\n1 pipe\n2 pipe\n3 socket\n"


SEARCH = """
import gc, os, sys
first, second = {first!r}, {second!r}

def found():
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", buffering=0) as memory:
        for line in maps:
            span, rights = line.split()[:2]
            start, end = (int(part, 16) for part in span.split("-"))
            if "r" not in rights or "[v" in line:
                continue
            while start < end:
                try:
                    memory.seek(start)
                    piece = memory.read(min(end - start, 1 << 24))
                except OSError:
                    break
                at = piece.find(first)
                while at >= 0:
                    if piece[at + len(first) : at + len(first) + len(second)] == second:
                        return True
                    at = piece.find(first, at + 1)
                start += len(piece) or end

"""


def test_nothing_of_another_job_is_in_memory_or_frames(opened: Any, run: Any) -> None:
    canary = secrets.token_hex(16)
    code = f"LABELS = {canary!r}\ndef predict(text): return text\nprint(LABELS)"
    search = SEARCH.format(first=canary[:16].encode(), second=canary[16:].encode()) + "print(found())"
    with opened(code, {f"{canary}.csv": canary}, seed=int(canary[:8], 16)) as other:
        other.run()
        assert other.call("predict", canary).value == canary
        assert run(search).stdout == "None\n"
    assert run(search).stdout == "None\n"
    # The search finds what is there.
    assert run(search.replace("print(found())", "kept = first + second\nprint(found())")).stdout == "True\n"


def test_frames_of_the_server_that_held_a_request_are_gone(run: Any) -> None:
    code = """
import sys
frame, names = sys._getframe(), []
while frame:
    names.append(frame.f_code.co_name)
    assert "descriptors" not in frame.f_locals
    frame = frame.f_back
print("main" in names, "_serve" in names)
"""
    assert run(code).stdout == "True False\n"


# Forging the result


@pytest.mark.parametrize(
    ("code", "verdict", "said"),
    [
        ("import sys; sys.exit()", Verdict.COMPLETED, ""),
        ("import sys; sys.exit(3)", Verdict.CRASHED, "SystemExit: 3"),
        ("import os; os._exit(0)", Verdict.CRASHED, "exit status 0"),
        ("import os; os.abort()", Verdict.CRASHED, "crashed Python itself"),
        ("import ctypes; ctypes.string_at(0)", Verdict.CRASHED, "segmentation fault"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL); print('immune')", Verdict.COMPLETED, ""),
        ("raise KeyboardInterrupt", Verdict.CRASHED, "KeyboardInterrupt"),
        ("raise BaseException('x')", Verdict.CRASHED, "BaseException: x"),
        ("def f(): f()\nf()", Verdict.CRASHED, "RecursionError"),
        ("class E(Exception):\n    def __str__(self): 1 / 0\nraise E", Verdict.CRASHED, "E"),
        ("import sys; sys.stdout.close(); sys.stderr = None; print('x')", Verdict.CRASHED, "ValueError"),
        ("import os; os.close(3)", Verdict.CRASHED, ""),
        ("import os; os.closerange(0, 100)", Verdict.CRASHED, ""),
    ],
)
def test_however_it_ends_the_verdict_is_about_the_code(run: Any, code: str, verdict: Verdict, said: str) -> None:
    outcome = run(code, wall_s=5)
    assert outcome.verdict is verdict
    assert said in outcome.message


def test_recursion_without_a_limit_ends_at_another(run: Any) -> None:
    assert run("import sys\nsys.setrecursionlimit(10**8)\ndef f(): f()\nf()", memory_mb=300).verdict in FAULTLESS
    deep = "x = []\nfor _ in range(10**6): x = [x]\nimport sys\nsys.setrecursionlimit(10**8)\nrepr(x)"
    assert run(deep).verdict is Verdict.CRASHED


def test_exit_handlers_never_run(run: Any) -> None:
    assert run("import atexit\natexit.register(print, 'afterwards')").stdout == ""


@pytest.mark.parametrize(
    "code",
    [
        "import builtins\nbuiltins.len = builtins.isinstance = lambda *a: 7",
        "import builtins\nfor name in dir(builtins):\n    if name[0].islower(): setattr(builtins, name, None)",
        "import json, struct, numpy\njson.dumps = struct.pack = numpy.asarray = None",
        "import sys\nsys.modules.clear()",
        "import sys\nfor name in list(sys.modules):\n    if 'sandbox' in name: sys.modules[name] = None",
        "import sys\nsys.settrace(lambda *a: 1 / 0)",
        "import threading, sys\nsys.setprofile(lambda *a: 1 / 0)",
        "import gc\nfor x in gc.get_objects():\n    if type(x).__name__ == 'Session': x.__class__ = type('F', (), {})",
    ],
)
def test_a_session_that_breaks_its_own_python_harms_only_itself(opened: Any, code: str) -> None:
    with opened(code + "\ndef predict(): return 1", wall_s=5, call_s=2) as session:
        assert session.run().verdict in FAULTLESS
        assert session.call("predict").verdict in FAULTLESS


FORGE = """
import os, struct, sys
sys.path.insert(0, "/sandbox/platform")
from sandbox.values import encode

def tell(kind, payload):
    data = struct.pack("!cI", kind, len(payload)) + payload
    while data:
        data = data[os.write(3, data):]

"""


@pytest.mark.parametrize(
    "lie",
    [
        "os.write(3, b'rubbish' * 1000)",
        "os.write(3, b'D' + b'\\xff' * 4)",
        "os.write(3, bytes(5))",
        "tell(b'D', b'')",
        "tell(b'D', b'not a value')",
        "tell(b'D', encode(['a', 'list']))",
        "tell(b'D', encode({'error': {'type': 5, 'message': [], 'cell': 'x', 'line': True, 'errno': 2.5}}))",
        "tell(b'D', encode({'refused': 7, 'error': None}))",
        "tell(b'Z', encode({'status': 9, 'reason': '', 'cpu': 0.0, 'peak': 0}))",
        "tell(b'N', encode('{}')); tell(b'E', encode({'cell': -1, 'cells': 'x', 'state': []}))",
        "tell(b'E', encode({'cell': 10**30, 'state': 'finished', 'count': 'x'}))",
        "tell(b'O', encode({'type': 'display', 'data': {'text/html': 5, 'x': 'y'}, 'metadata': [], 'id': {}}))",
        "tell(b'O', encode(None))",
        "import numpy; tell(b'O', encode({'type': numpy.arange(2)}))",
        "import numpy; tell(b'E', encode({'state': numpy.arange(2), 'cell': numpy.arange(2)}))",
        "import numpy; tell(b'D', encode({'refused': numpy.arange(2), 'error': numpy.arange(2)}))",
        "import socket; socket.socket(fileno=3).shutdown(socket.SHUT_WR)",
        "import socket; socket.socket(fileno=3).shutdown(socket.SHUT_RD)",
        "import array, socket; socket.socket(fileno=3).sendmsg([b'D'], [(1, 1, array.array('i', [0] * 200))])",
        "[tell(b'O', encode({'type': 'stream', 'name': 'stdout', 'text': 'x' * 10_000})) for _ in range(10_000)]",
        "[tell(b'A', encode('labels')) for _ in range(1000)]",
        "tell(b'O', encode({'type': 'result', 'data': {'text/plain': 'x' * 40_000_000}}))",
    ],
)
@pytest.mark.parametrize("kind", ["script", "notebook"])
def test_forged_frames_are_lies_about_themselves_at_most(run: Any, lie: str, kind: str) -> None:
    code = FORGE + lie
    outcome: Outcome = run(code if kind == "script" else [code], wall_s=5, output_kb=200)
    assert outcome.verdict in FAULTLESS
    assert outcome.usage.output_kb < 1000


def test_a_forged_reply_says_only_what_the_code_could_have_said(opened: Any) -> None:
    with opened(FORGE + "def predict():\n    tell(b'V', encode('forged'))\n    return 'honest'") as session:
        session.run()
        assert session.call("predict").value == "forged"
        assert session.call("predict").verdict in FAULTLESS


def test_hanging_up_between_calls_is_the_codes_own_end(opened: Any) -> None:
    code = "import socket, threading, time\nline = socket.socket(fileno=3)\n"
    code += "def hang_up():\n    time.sleep(0.1)\n    line.shutdown(socket.SHUT_RDWR)\n"
    with opened(code + "threading.Thread(target=hang_up, daemon=True).start()", call_s=0.5) as session:
        assert session.run().verdict is Verdict.COMPLETED
        assert session.call("anything").verdict in FAULTLESS
        assert session.call("anything").verdict in FAULTLESS


@pytest.mark.parametrize(
    "value",
    [
        "b'L' + b'\\xff' * 4",
        "b'A' + b'f8'.ljust(12) + b'\\x01' + (2**40).to_bytes(8, 'little') + bytes(4)",
        "b'L\\x01\\x00\\x00\\x00' * 1_000_000",
        "b'cos\\nsystem\\n(S\"true\"\\ntR.'",
    ],
    ids=["count", "shape", "depth", "pickle"],
)
def test_a_reply_that_is_no_plain_value_is_refused(opened: Any, value: str) -> None:
    with opened(FORGE + f"def predict():\n    tell(b'V', {value})") as session:
        session.run()
        reply = session.call("predict")
    assert (reply.verdict, reply.message) == (Verdict.CRASHED, "predict gave something that is not a plain value.")


def test_pretending_to_be_done_does_not_lift_the_limits(opened: Any) -> None:
    code = FORGE + "tell(b'D', encode({'error': None}))\nkept = []\nwhile True: kept.append(bytearray(10_000_000))"
    with opened(code, memory_mb=400) as session:
        assert session.run().verdict is Verdict.COMPLETED
        assert session.call("anything").verdict is Verdict.OUT_OF_MEMORY


def test_a_fork_that_runs_on_does_not_answer_twice(opened: Any) -> None:
    with opened("import os\npid = os.fork()\ndef who(): return pid and 'first'") as session:
        assert session.run().verdict is Verdict.COMPLETED
        assert session.call("who").value == "first"
        assert session.call("who").value == "first"


def test_sessions_that_attack_side_by_side_do_not_disturb_a_good_one(opened: Any, run: Any) -> None:
    hostile: list[Session] = [
        opened("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass", wall_s=1.5, processes=20),
        opened("kept = []\nwhile True: kept.append(bytearray(10**7))", memory_mb=400),
    ]
    threads = [threading.Thread(target=session.run) for session in hostile]
    for thread in threads:
        thread.start()
    assert [run("print(sum(range(10)))", wall_s=20).stdout for _ in range(3)] == ["45\n"] * 3
    for thread in threads:
        thread.join()
