"""5,000 mixed runs on two threads: nothing may leak, no verdict be wrong, nothing slow down. `./pathway bench soak`."""

from __future__ import annotations

import sys

sys.path.pop(0)  # this folder, in which `sandbox` would be the benchmark of that name

import argparse
import json
import os
import random
import statistics
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox import Backend, Job, Limits, Verdict, cgroup, open_backend
from sandbox.attack import processes


@dataclass(frozen=True)
class Kind:
    """One kind of run: how often it comes, what it does, and how it must end."""

    share: int
    code: str | list[str]
    verdict: Verdict
    limits: dict[str, Any]
    stdout: str | None = None


KINDS = {
    "script": Kind(40, "print(6 * 7)", Verdict.COMPLETED, {}, "42\n"),
    "import": Kind(
        15, "import pandas\nfrom sklearn import tree\nprint(pandas.Series([1, 2]).sum())", Verdict.COMPLETED, {}, "3\n"
    ),
    "files": Kind(5, "for n in range(20): open(f'{n}.csv', 'w').write('x' * 1000)", Verdict.COMPLETED, {}),
    "notebook": Kind(10, ["x = 2\nprint('a')", "x * 21", "print(x)"], Verdict.COMPLETED, {}, "a\n2\n"),
    "failing notebook": Kind(5, ["print('a')", "1 / 0", "print('b')"], Verdict.CRASHED, {}, "a\n"),
    "exception": Kind(5, "raise ValueError('x')", Verdict.CRASHED, {}, ""),
    "segfault": Kind(4, "import ctypes\nctypes.string_at(0)", Verdict.CRASHED, {}),
    "exit": Kind(4, "import os\nos._exit(3)", Verdict.CRASHED, {}),
    "time-out": Kind(3, "while True: pass", Verdict.TIMED_OUT, {"wall_s": 0.3}),
    "memory": Kind(3, "x = bytearray(10**9)\nx[-1] = 1", Verdict.OUT_OF_MEMORY, {"memory_mb": 300}),
    "flood": Kind(3, "while True: print('x' * 1000)", Verdict.TOO_MUCH_OUTPUT, {"output_kb": 64}),
    "daemon": Kind(3, "import os, time\nif os.fork() == 0: time.sleep(600)", Verdict.COMPLETED, {}, ""),
}


@dataclass(frozen=True)
class State:
    """What the platform holds of the machine."""

    descriptors: int
    processes: int
    mounts: int
    temporary: int
    groups: int
    threads: int
    memory_mb: float

    @classmethod
    def now(cls) -> State:
        groups = cgroup.find().groups
        status = Path("/proc/self/status").read_text().split()
        return cls(
            descriptors=len(list(Path("/proc/self/fd").iterdir())),
            processes=len(processes()),
            mounts=len(Path("/proc/self/mountinfo").read_text().splitlines()),
            temporary=len(list(Path(tempfile.gettempdir()).iterdir())),
            groups=len(list(groups._folder.glob(f"pathway-sandbox-{os.getpid()}-*"))) if groups else 0,
            threads=threading.active_count(),
            memory_mb=int(status[status.index("VmRSS:") + 1]) / 1024,
        )


class Soak:
    def __init__(self, backend: Backend, folder: Path, runs: int) -> None:
        self.backend = backend
        self.folder = folder
        draw = random.Random(1)
        names = draw.choices(list(KINDS), [kind.share for kind in KINDS.values()], k=runs)
        self.waiting = iter(enumerate(names))
        self.wrong: list[str] = []
        self.counts: Counter[str] = Counter()
        # (number, wall and processor seconds) of the plain scripts, which tell whether anything slows down
        self.took: list[tuple[int, float, float]] = []
        self.jobs = {name: self.job(name, kind) for name, kind in KINDS.items()}

    def job(self, name: str, kind: Kind) -> Job:
        notebook = isinstance(kind.code, list)
        path = self.folder / name
        path.write_text(as_notebook(kind.code) if isinstance(kind.code, list) else kind.code)
        entry = "a.ipynb" if notebook else "a.py"
        return Job(
            kind="notebook" if notebook else "script",
            entry=entry,
            files={entry: path},
            limits=Limits(**{"wall_s": 120.0, **kind.limits}),
            artefacts=("*.csv",),
        )

    def work(self) -> None:
        # Drawn from one iterator by both threads: each run is done once.
        for number, name in self.waiting:
            self.one(number, name)

    def one(self, number: int, name: str) -> None:
        kind = KINDS[name]
        started = time.perf_counter()
        try:
            with self.backend.open(self.jobs[name]) as session:
                outcome = session.run()
        except Exception as error:
            self.wrong.append(f"run {number}, {name}: {error!r}")
            return
        self.counts[name] += 1
        if name == "script":
            self.took.append((number, time.perf_counter() - started, session.close().cpu_s))
        if outcome.verdict is not kind.verdict or (kind.stdout is not None and outcome.stdout != kind.stdout):
            self.wrong.append(f"run {number}, {name}: {outcome.verdict}, {outcome.message} {outcome.stdout[:80]!r}")
        if name == "files" and len(outcome.artefacts) != 20:
            self.wrong.append(f"run {number}, {name}: {len(outcome.artefacts)} artefacts")


def as_notebook(cells: list[str]) -> str:
    made: list[dict[str, Any]] = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {}, "execution_count": None, "outputs": [], "source": source}
        for n, source in enumerate(cells)
    ]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def settled(usual: State | None = None, within_s: float = 20.0) -> State:
    """The state when sessions have gone and servers have been replaced."""
    deadline = time.monotonic() + within_s
    while True:
        time.sleep(0.5)
        now = State.now()
        calm = usual is None or (now.descriptors <= usual.descriptors and now.processes <= usual.processes)
        if calm or time.monotonic() > deadline:
            return now


def milliseconds(taken: list[list[float]], which: int) -> float:
    return round(statistics.median(took[which] for took in taken) * 1000, 1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5000)
    parser.add_argument("--backend", default="bubblewrap")
    chosen = parser.parse_args()
    backend = open_backend(chosen.backend)
    probe = backend.probe()
    if not probe.ok:
        sys.exit(f"{probe.reason}\n{probe.remedy}")
    with tempfile.TemporaryDirectory(prefix="pathway-soak-") as folder:
        jobs, tempfile.tempdir = Path(folder, "jobs"), str(Path(folder, "tmp"))
        jobs.mkdir()
        Path(tempfile.tempdir).mkdir()
        soak = Soak(backend, jobs, chosen.runs)
        for number, name in enumerate(KINDS):  # what is loaded once is no leak
            soak.one(-number - 1, name)
        soak.took.clear()
        soak.counts.clear()
        before = settled()
        started = time.monotonic()
        threads = [threading.Thread(target=soak.work) for _ in range(2)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            threads[0].join(timeout=30)
            threads[1].join(timeout=0 if threads[0].is_alive() else 30)
            done = sum(soak.counts.values())
            print(f"{done} runs, {time.monotonic() - started:.0f} s, {len(soak.wrong)} wrong", flush=True)
        seconds = time.monotonic() - started
        after = settled(before)
        # The session that waits ready-made comes and goes; a server that is being replaced is there twice.
        slack = {"descriptors": 4, "processes": 4, "mounts": 0, "temporary": 0, "groups": 1, "threads": 0}
        leaks = [
            f"{name}: {getattr(before, name)} before, {getattr(after, name)} after"
            for name, more in slack.items()
            if getattr(after, name) > getattr(before, name) + more
        ]
        backend.close()
        end = State.now()
    if end.processes or end.groups:
        leaks.append(f"{end.processes} processes and {end.groups} groups after closing")
    if after.memory_mb > before.memory_mb + 64:
        leaks.append(f"memory: {before.memory_mb:.0f} MB before, {after.memory_mb:.0f} after")
    part = min(1000, chosen.runs // 2)
    first = [took for number, *took in soak.took if number < part]
    last = [took for number, *took in soak.took if number >= chosen.runs - part]
    for sentence in soak.wrong + leaks:
        print(sentence)
    figures = {
        "runs": sum(soak.counts.values()),
        "seconds": round(seconds),
        "wrong": len(soak.wrong),
        "leaks": len(leaks),
        "first_ms": milliseconds(first, 0),
        "last_ms": milliseconds(last, 0),
        "first_cpu_ms": milliseconds(first, 1),
        "last_cpu_ms": milliseconds(last, 1),
        "memory_mb_before": round(before.memory_mb, 1),
        "memory_mb_after": round(after.memory_mb, 1),
        "descriptors": [before.descriptors, after.descriptors],
        "processes": [before.processes, after.processes, end.processes],
        "mounts": [before.mounts, after.mounts],
        "temporary": [before.temporary, after.temporary],
        "load": round(os.getloadavg()[0], 1),
    }
    print(json.dumps(figures))
    return 1 if soak.wrong or leaks else 0


if __name__ == "__main__":
    sys.exit(main())
