"""The self-test: everything that hostile code can do here is tried, and the host looks at what came of it.

Whether an attack was held is never the attacking code's word. The host looks at how the run ended, for secrets that it
has planted in everything that came back, and at the machine: at its own files, sockets and processes, at another
session that must not notice, and at a harmless run that must go as if nothing had been.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import pkgutil
import secrets
import shutil
import socket
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from sandbox import attacks
from sandbox.attacks.tools import BREACH, CANARY
from sandbox.contract import Backend, Job, Limits, Outcome, SandboxUnavailable, Session, Verdict

BEGUN, ENDED = "the attack begins", "the attack has ended"
KNOWN_LIMITS = (
    "All sessions of one server share an address layout: what leaks in one helps an exploit in the next.",
    "Timing, caches and load can carry bits between two sessions that run at once.",
    "A hole in Linux itself is a hole here.",
)
# Tried one after the other in one session whenever a backend is probed: a second in all.
FAST = """
bpf capabilities host_accounts host_file_by_its_path inherited_descriptors io_uring kernel_files kernel_modules keyrings
leases memory_in_locks memory_in_no_process mounting network_ipv4 network_ipv6 network_names network_other_families
new_namespaces numbers_with_an_upper_half other_system_calls perf_events programs_for_sockets settings_and_database
spared_when_memory_runs_out swap_and_locks tracing unix_sockets_of_the_host userfaultfd watching_what_others_read
writing_to_the_system
""".split()  # noqa: SIM905
# Those that a limit has to end, each in a session of its own, with limits that are soon reached.
ENDED_BY = {
    "endless_loop_deaf_to_signals": (Verdict.TIMED_OUT, Limits(wall_s=0.3)),
    "memory_by_small_steps": (Verdict.OUT_OF_MEMORY, Limits(memory_mb=64, wall_s=20)),
    "output_flood_on_stdout": (Verdict.TOO_MUCH_OUTPUT, Limits(output_kb=16, wall_s=20)),
}
_LOOK_EVERY_S = 0.02
_GONE_WITHIN_S = 5.0
_SLOWEST_S = 30.0


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One attack that has run, before its session is closed."""

    outcome: Outcome
    session: Session
    seconds: float
    most_processes: int
    """The most that the session had at any time, of those that the host can see."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of one attack. `breaches` says how it got through, in sentences."""

    name: str
    tries: str
    verdict: str = ""
    message: str = ""
    seconds: float = 0.0
    breaches: Sequence[str] = ()


@dataclass
class Host:
    """A machine with secrets on it: what the attacks are after, and the means to see whether they got it."""

    folder: Path
    canaries: dict[str, str] = field(default_factory=dict)
    targets: dict[str, Any] = field(default_factory=dict)
    listeners: list[socket.socket] = field(default_factory=list)

    def plant(self) -> None:
        for place in ("file", "environment", "memory", "socket", "victim"):
            self.canaries[place] = "".join(CANARY) + secrets.token_hex(16)
        secret = self.folder / "secret.txt"
        secret.write_text(self.canaries["file"])
        os.environ["PATHWAY_ATTACK_CANARY"] = self.canaries["environment"]
        self.targets = {
            "file": str(secret),
            "folder": str(self.folder),
            "project": str(Path(__file__).resolve().parents[1]),
            "socket": str(self.folder / "service.sock"),
            "abstract": f"pathway-attack-{secrets.token_hex(4)}",
            "victim": f"victim-{secrets.token_hex(4)}",
        }
        self.listen(socket.AF_UNIX, self.targets["socket"])
        self.listen(socket.AF_UNIX, "\0" + self.targets["abstract"])
        self.targets["port"] = self.listen(socket.AF_INET, ("127.0.0.1", 0))
        with contextlib.suppress(OSError):
            self.targets["port6"] = self.listen(socket.AF_INET6, ("::1", 0))

    def listen(self, family: int, address: Any) -> int:
        """Somebody on this machine who answers whoever calls with a secret."""
        listener = socket.socket(family)
        try:
            listener.bind(address)
        except OSError:
            listener.close()
            raise
        self.listeners.append(listener)
        listener.listen()
        listener.setblocking(False)
        return int(listener.getsockname()[1]) if family != socket.AF_UNIX else 0

    def called(self) -> Iterator[str]:
        for listener in self.listeners:
            with contextlib.suppress(BlockingIOError):
                listener.accept()[0].close()
                yield f"it reached a service of the host at {listener.getsockname()!r}"

    def changed(self) -> Iterator[str]:
        if (self.folder / "secret.txt").read_text() != self.canaries["file"]:
            yield "it changed a file of the host"
        known = {"secret.txt", "service.sock", "jobs"}
        for path in self.folder.iterdir():
            if path.name not in known:
                yield f"it made {path.name} on the host"

    def close(self) -> None:
        os.environ.pop("PATHWAY_ATTACK_CANARY", None)
        for listener in self.listeners:
            listener.close()


class Suite:
    """A backend under attack. The victim is a session that has secrets and lives through all of it."""

    def __init__(self, backend: Backend, host: Host) -> None:
        self.backend = backend
        self.host = host
        self.jobs = host.folder / "jobs"
        self.jobs.mkdir()
        self.victim = backend.open(self.job("victim", _VICTIM, {"secrets.csv": host.canaries["victim"]}))
        self.victim.run()
        self.asked = self.victim.call("keep", host.canaries["memory"], host.targets["victim"])
        self.unharmed()
        with _counting() as counts:
            time.sleep(1.0)  # until the next session waits ready-made
        self.usual = max(counts)

    def job(self, name: str, code: str, files: dict[str, str], notebook: bool = False, **fields: Any) -> Job:
        """A job whose files lie on the host, where nothing but the sandbox keeps an attack from them."""
        folder = self.jobs / name
        folder.mkdir()
        entry = "attack.ipynb" if notebook else "attack.py"
        contents = {entry: _as_notebook(code) if notebook else code, **files}
        for file, content in contents.items():
            (folder / file).write_text(content)
        kind: Any = "notebook" if notebook else "script"
        return Job(kind=kind, entry=entry, files={file: folder / file for file in contents}, **fields)

    def run(self, name: str) -> Result:
        module = importlib.import_module(f"{attacks.__name__}.{name}")
        tries = (module.__doc__ or "").strip()
        code = f"{_source(module)}\n\nprint({BEGUN!r}, flush=True)\nattack()\nprint({ENDED!r})\n"
        limits = Limits(**{"wall_s": 10.0, "memory_mb": 600, "disk_mb": 16, **getattr(module, "LIMITS", {})})
        targets = json.dumps(self.host.targets)
        job = self.job(
            name,
            code,
            {"targets.json": targets},
            notebook=getattr(module, "NOTEBOOK", False),
            limits=limits,
            artefacts=getattr(module, "ARTEFACTS", ()),
        )
        with _counting() as count, self.backend.open(job) as session:
            started = time.monotonic()
            outcome = session.run()
            seconds = time.monotonic() - started
            trial = Trial(outcome=outcome, session=session, seconds=seconds, most_processes=max(count) - self.usual + 2)
            breaches = [*self.seen_in(module, trial), *self.asked_of(module, trial)]
        breaches += [*self.left_on_the_machine(), *self.files_changed(job, code, targets), *self.unharmed()]
        shutil.rmtree(self.jobs / name)
        return Result(
            name=name,
            tries=tries,
            verdict=outcome.verdict,
            message=outcome.message,
            seconds=seconds,
            breaches=breaches,
        )

    def seen_in(self, module: ModuleType, trial: Trial) -> Iterator[str]:
        """What the outcome shows."""
        outcome = trial.outcome
        verdicts = getattr(module, "VERDICTS", (Verdict.COMPLETED,))
        if outcome.verdict not in verdicts:
            yield f"it ended as {outcome.verdict}, not {' or '.join(verdicts)}: {outcome.message}"
        if not getattr(module, "SILENT", False):
            if BEGUN not in outcome.stdout:
                yield "nothing shows that it ran"
            elif tuple(verdicts) == (Verdict.COMPLETED,) and ENDED not in outcome.stdout:
                yield "nothing shows that it ran to its end"
        printed = [outcome.stdout, outcome.stderr, outcome.message, str(outcome.error)]
        yield from (line for text in printed for line in text.splitlines() if line.startswith(BREACH))
        told = b"".join([repr(printed).encode(), outcome.notebook or b"", *outcome.artefacts.values()])
        for place, canary in self.host.canaries.items():
            if canary.encode() in told:
                yield f"it knows the secret of the {place}"
        if trial.seconds > _SLOWEST_S:
            yield f"it took {trial.seconds:.0f} s"

    def asked_of(self, module: ModuleType, trial: Trial) -> Iterator[str]:
        """What the attack's own judge, who sits on the host, has to say."""
        judge = getattr(module, "got_through", None)
        said = judge(trial) if judge else ""
        if said:
            yield said

    def left_on_the_machine(self) -> Iterator[str]:
        deadline = time.monotonic() + _GONE_WITHIN_S
        while len(processes()) > self.usual:
            if time.monotonic() > deadline:
                yield f"{len(processes()) - self.usual} processes outlive it"
                break
            time.sleep(_LOOK_EVERY_S)
        yield from self.host.called()
        yield from self.host.changed()

    def files_changed(self, job: Job, code: str, targets: str) -> Iterator[str]:
        found = {path.name: path.read_text() for path in (self.jobs / job.files[job.entry].parent).iterdir()}
        wanted = _as_notebook(code) if job.kind == "notebook" else code
        if found != {job.entry: wanted, "targets.json": targets}:
            yield "the files of its job have changed on the host"

    def unharmed(self) -> Iterator[str]:
        """The victim and a session that comes afterwards."""
        if self.victim.call("kept").value != self.host.canaries["memory"]:
            yield "another session has suffered"
        folder = self.job("harmless", _HARMLESS, {})
        with self.backend.open(folder) as session:
            outcome = session.run()
        shutil.rmtree(self.jobs / "harmless")
        if (outcome.verdict, outcome.stdout) != (Verdict.COMPLETED, "42 []\n"):
            yield f"the next session is not as it should be: {outcome.verdict}, {outcome.stdout!r}, {outcome.message}"


_VICTIM = """
import socket
listener = socket.socket(socket.AF_UNIX)
secret = open("secrets.csv").read()
open("/tmp/secret", "w").write(secret)
open("/dev/shm/secret", "w").write(secret)

def keep(memory, name):
    global kept_memory
    kept_memory = memory
    listener.bind("\\0" + name)
    listener.listen()

def kept():
    return kept_memory
"""
_HARMLESS = "import os\nprint(6 * 7, os.listdir('/tmp'))\n"


def fast(backend: Backend) -> list[str]:
    """What got through of a few attacks that need little time and no victim, in sentences."""
    told = []
    trials = [(FAST, Verdict.COMPLETED, Limits(wall_s=20))]
    trials += [([name], verdict, limits) for name, (verdict, limits) in ENDED_BY.items()]
    with tempfile.TemporaryDirectory(prefix="pathway-attack-") as folder:
        host = Host(Path(folder))
        host.plant()
        entry, targets = host.folder / "attack.py", host.folder / "targets.json"
        targets.write_text(json.dumps(host.targets))
        try:
            for tried, verdict, limits in trials:
                entry.write_text(_ONE_BY_ONE.format(names=tried, begun=BEGUN))
                files = {"attack.py": entry, "targets.json": targets}
                with backend.open(Job(kind="script", entry="attack.py", files=files, limits=limits)) as session:
                    told += list(_breaches(session.run(), tried, verdict, host))
        finally:
            host.close()
    return told


def _breaches(outcome: Outcome, tried: list[str], verdict: Verdict, host: Host) -> Iterator[str]:
    begun = outcome.stdout.count(BEGUN)
    name = tried[max(0, begun - 1)]
    if outcome.verdict is not verdict:
        yield f"{name} ended as {outcome.verdict}, not {verdict}: {outcome.message}"
    elif begun != len(tried):
        yield f"{name} did not run to its end"
    yield from (line for line in outcome.stdout.splitlines() if line.startswith(BREACH))
    if any(canary in outcome.stdout + outcome.stderr for canary in host.canaries.values()):
        yield "a secret of the host came back"
    yield from host.called()


_ONE_BY_ONE = """
from importlib import import_module
for name in {names}:
    print({begun!r}, flush=True)
    import_module("sandbox.attacks." + name).attack()
"""


def names() -> list[str]:
    """Of all attacks."""
    return sorted(module.name for module in pkgutil.iter_modules(attacks.__path__) if module.name != "tools")


@contextlib.contextmanager
def under_attack(backend: Backend) -> Iterator[Suite]:
    """A host with secrets and a victim. The backend must not have started anything yet: it is to inherit secrets."""
    with tempfile.TemporaryDirectory(prefix="pathway-attack-") as folder:
        host = Host(Path(folder))
        host.plant()
        try:
            suite = Suite(backend, host)
            try:
                yield suite
            finally:
                suite.victim.close()
        finally:
            host.close()


def processes() -> list[int]:
    """All that this process has started, and all that those have started."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                after_name = (entry / "stat").read_text().rpartition(")")[2].split()
                # One whose first thread has ended looks as if it had, and its other threads go on.
                if after_name[0] != "Z" or int(after_name[17]) > 1:
                    children.setdefault(int(after_name[1]), []).append(int(entry.name))
    found: list[int] = []
    waiting = [os.getpid()]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


@contextlib.contextmanager
def _counting() -> Iterator[list[int]]:
    """How many processes there are, looked at again and again."""
    counts, over = [len(processes())], threading.Event()

    def look() -> None:
        while not over.wait(_LOOK_EVERY_S * 5):
            counts.append(len(processes()))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield counts
    finally:
        over.set()
        thread.join()


def _source(module: ModuleType) -> str:
    assert module.__file__ is not None
    return Path(module.__file__).read_text()


def _as_notebook(code: str) -> str:
    cell: dict[str, Any] = {
        "cell_type": "code",
        "id": "a",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": code,
    }
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def main(arguments: Sequence[str]) -> int:
    """Try all attacks, or those that are named, and say what held. 0 if everything did."""
    from sandbox import open_backend

    parser = argparse.ArgumentParser(prog="attack", description="Try what hostile code can do in the sandbox.")
    parser.add_argument("--backend", default="bubblewrap", help="which sandbox (default: bubblewrap)")
    parser.add_argument("names", nargs="*", metavar="NAME", help="attacks to try (default: all)")
    chosen = parser.parse_args(arguments)
    unknown = set(chosen.names) - set(names())
    if unknown:
        sys.stderr.write(f"There is no attack named {', '.join(sorted(unknown))}. There are: {', '.join(names())}\n")
        return 2
    try:
        backend = open_backend(chosen.backend)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    try:
        return attacked(backend, chosen.names or names())
    finally:
        backend.close()


def attacked(backend: Backend, chosen: Sequence[str]) -> int:
    """Print the table; 1 if anything got through or nothing can isolate."""
    started = time.monotonic()
    say = sys.stdout.write
    results = []
    try:
        with under_attack(backend) as suite:
            probe = backend.probe()
            for name in chosen if probe.ok else ():
                results.append(suite.run(name))
                say(line(results[-1]))
                sys.stdout.flush()
    except SandboxUnavailable as unavailable:
        say(f"{unavailable}\n")
        return 1
    if not probe.ok:
        say(f"{probe.reason}\n{probe.remedy}\n")
        return 1
    say("".join(f"known limit {sentence}\n" for sentence in KNOWN_LIMITS))
    through = [result.name for result in results if result.breaches]
    say(f"\n{len(results)} attacks on {backend.name}, {len(results) - len(through)} held, ")
    say(f"{time.monotonic() - started:.0f} s.\nMemory limit in force: {probe.memory_limit}.\n")
    if through:
        say(f"GOT THROUGH: {', '.join(through)}\n")
    return 1 if through else 0


def line(result: Result) -> str:
    mark = "GOT THROUGH" if result.breaches else "held"
    said = textwrap.shorten(result.message, 80, placeholder=" …")
    text = f"{mark:11} {result.name:36} {result.seconds:5.1f} s  {result.verdict:15} {said}".rstrip() + "\n"
    return text + "".join(f"            {result.tries} → {breach}\n" for breach in result.breaches)
