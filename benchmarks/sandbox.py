"""How long the sandbox takes, beside everything that students' code is usually run with: `./pathway bench sandbox`.

All contenders run the same three programs in turn, in one process, in an order drawn anew each round, so that whatever
else the machine does hits them alike. The clock of a contender runs from nothing to all gone: for the sandbox that is
open, run and close. The floor is a bare fork of a process that has loaded the same libraries, without any isolation.
Processor time is that of everything that was started, where the kernel counts it for us (cgroup v1, as root).
"""

from __future__ import annotations

import sys

sys.path.pop(0)  # this folder, in which this very file would be found as `sandbox`

import argparse
import contextlib
import json
import os
import random
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import nbformat

from sandbox import Job
from sandbox.bubblewrap import Bubblewrap, command

TRIVIAL = "print('ready')\n"
IMPORT = """
import numpy
import pandas
from sklearn import ensemble, linear_model, metrics, model_selection, preprocessing
print('ready')
"""
CELLS = """
import numpy as np
import pandas as pd
import matplotlib.pyplot as plt

from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression

data = load_breast_cancer(as_frame=True)
data.frame.head()

data.frame.describe()

from sklearn.model_selection import train_test_split
parts = train_test_split(data.data, data.target, random_state=0)
[len(part) for part in parts]

from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
model = make_pipeline(StandardScaler(), LogisticRegression()).fit(parts[0], parts[2])

print(model.score(parts[1], parts[3]))

from sklearn.metrics import roc_auc_score
round(roc_auc_score(parts[3], model.predict_proba(parts[1])[:, 1]), 4)

plt.hist(model.predict_proba(parts[1])[:, 1])
plt.show()

print('ready')
""".strip().split("\n\n")
FLOOR = """
import gc, importlib, os, sys
from sandbox.inside import large_pages, shell
from sandbox.preloaded import PRELOADED
for name in PRELOADED:
    importlib.import_module(name)
shell.prepare()
gc.collect()
gc.freeze()
large_pages.collapse()
print("loaded", flush=True)
for path in sys.stdin:
    pid = os.fork()
    if pid == 0:
        exec(compile(open(path.strip()).read(), "program", "exec"), {})
        sys.stdout.flush()
        os._exit(0)
    os.waitpid(pid, 0)
    print("done", flush=True)
"""
ENVIRONMENT = {**os.environ, **{f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}}
Contender = Callable[[Path], None]


class Floor:
    """A warm process that forks and does nothing else."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", FLOOR],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**ENVIRONMENT, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )
        self.until("loaded")

    def until(self, word: str) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.strip() == word:
                return
        raise RuntimeError("the floor has given way")

    def run(self, path: Path) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{path}\n")
        self.process.stdin.flush()
        self.until("done")

    def close(self) -> None:
        self.process.communicate()


class Processor:
    """Counts the processor time of this process and of all that it starts from now on."""

    def __init__(self) -> None:
        hierarchy = Path("/sys/fs/cgroup/cpuacct")
        self.folder = hierarchy / f"pathway-bench-{os.getpid()}" if hierarchy.is_dir() else None
        try:
            if self.folder is not None:
                self.folder.mkdir()
                (self.folder / "cgroup.procs").write_text(str(os.getpid()))
        except OSError:
            self.folder = None

    def seconds(self) -> float:
        if self.folder is None:
            return float("nan")
        return int((self.folder / "cpuacct.usage").read_text()) / 1e9

    def close(self) -> None:
        if self.folder is not None:
            with contextlib.suppress(OSError):
                (self.folder.parent / "cgroup.procs").write_text(str(os.getpid()))
                self.folder.rmdir()


def bare(path: Path) -> None:
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, env=ENVIRONMENT, check=True)
    assert done.stdout == "ready\n"


def bubblewrap_cold(path: Path) -> None:
    *before, _ = command()
    # The same walls, and an interpreter that has to load everything itself. What follows the last "--" is its call.
    wall = before[: len(before) - before[::-1].index("--") - 1]
    python = before[len(wall) + 1]
    code = path.read_text()
    done = subprocess.run([*wall, "--", python, "-c", code], capture_output=True, text=True, env={}, check=True)
    assert done.stdout == "ready\n"


def ours(backend: Bubblewrap) -> Contender:
    def run(path: Path) -> None:
        kind = "notebook" if path.suffix == ".ipynb" else "script"
        job = Job(kind=kind, entry=path.name, files={path.name: path})  # type: ignore[arg-type]
        with backend.open(job) as session:
            outcome = session.run()
        assert outcome.stdout.endswith("ready\n"), outcome

    return run


def nbclient_fresh(path: Path) -> None:
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, kernel_name="python3").execute()
    assert notebook.cells[-1].outputs[-1].text == "ready\n"


def nbconvert_execute(path: Path) -> None:
    arguments = ["--execute", "--to", "notebook", "--stdout", str(path)]
    done = subprocess.run(
        [sys.executable, "-m", "nbconvert", *arguments], capture_output=True, text=True, env=ENVIRONMENT, check=True
    )
    assert "ready" in done.stdout


def docker(image: str) -> Contender:
    def run(path: Path) -> None:
        arguments = ["--rm", "-i", "--network", "none", "--read-only", "--cap-drop", "ALL", "--memory", "2g", image]
        done = subprocess.run(
            ["docker", "run", *arguments, "python", "-"], input=path.read_text(), capture_output=True, text=True
        )
        assert done.stdout == "ready\n", done.stderr

    return run


def no_docker() -> str:
    """Why docker takes no part, or nothing."""
    if shutil.which("docker") is None:
        return "docker is not installed"
    asked = subprocess.run(["docker", "info"], capture_output=True, text=True)
    if asked.returncode != 0:
        return (asked.stderr.strip().splitlines() or ["docker does not answer"])[-1]
    if "PATHWAY_BENCH_IMAGE" not in os.environ:
        return "PATHWAY_BENCH_IMAGE does not name an image with Python, pandas and scikit-learn"
    return ""


def rounds(
    contenders: dict[tuple[str, str], Contender], programs: dict[str, Path], count: int, processor: Processor
) -> dict[tuple[str, str], list[tuple[float, float]]]:
    """(wall, processor) seconds of each contender with each program, `count` times, after one that does not count."""
    taken: dict[tuple[str, str], list[tuple[float, float]]] = {key: [] for key in contenders}
    for number in range(count + 1):
        order = list(contenders)
        random.shuffle(order)
        for program, name in order:
            used, started = processor.seconds(), time.perf_counter()
            contenders[program, name](programs[program])
            wall = time.perf_counter() - started
            if number:
                # What it does in the background, such as making the next session ready, is its own too.
                time.sleep(0.05)
                taken[program, name].append((wall, processor.seconds() - used))
    return taken


def per_second(contender: Contender, path: Path, count: int) -> float:
    """Of one program, from two threads at once."""
    waiting = iter([path] * count)

    def work() -> None:
        # A list's iterator hands out each element once, also to two threads.
        for each in waiting:
            contender(each)

    threads = [threading.Thread(target=work) for _ in range(2)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return count / (time.perf_counter() - started)


def memory_per_run(backend: Bubblewrap, path: Path, sessions: int = 6) -> float:
    """Megabytes that one more open session costs, after it has run the program (proportional set size)."""
    from sandbox.attack import processes

    def used() -> int:
        time.sleep(0.5)  # until the next one waits ready-made
        total = 0
        for pid in processes():
            with contextlib.suppress(OSError):
                lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
                total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        return total

    job = Job(kind="script", entry=path.name, files={path.name: path})
    opened = [backend.open(job)]
    opened[0].run()
    before = used()
    for _ in range(sessions):
        opened.append(backend.open(job))
        opened[-1].run()
    after = used()
    for session in opened:
        session.close()
    return (after - before) / 1024 / sessions


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    count = parser.parse_args().rounds
    processor = Processor()
    backend, floor = Bubblewrap(), Floor()
    probe = backend.probe()
    if not probe.ok:
        sys.exit(f"{probe.reason}\n{probe.remedy}")
    try:
        with tempfile.TemporaryDirectory() as folder:
            compare(Path(folder), backend, floor, processor, count)
    finally:
        floor.close()
        backend.close()
        processor.close()


def compare(folder: Path, backend: Bubblewrap, floor: Floor, processor: Processor, count: int) -> None:
    programs = {"trivial": folder / "trivial.py", "import": folder / "import.py", "notebook": folder / "cells.ipynb"}
    programs["trivial"].write_text(TRIVIAL)
    programs["import"].write_text(IMPORT)
    new = nbformat.v4
    cells = [new.new_code_cell(source) for source in CELLS]
    nbformat.write(new.new_notebook(cells=cells), programs["notebook"])

    contenders: dict[tuple[str, str], Contender] = {}
    for program in ("trivial", "import"):
        contenders[program, "bare python"] = bare
        contenders[program, "bubblewrap, cold"] = bubblewrap_cold
    contenders["notebook", "nbclient, fresh kernel"] = nbclient_fresh
    contenders["notebook", "jupyter nbconvert --execute"] = nbconvert_execute
    skipped = no_docker()
    for program in programs:
        contenders[program, "this sandbox"] = ours(backend)
        if program != "notebook":
            contenders[program, "floor: a bare fork"] = floor.run
            if not skipped:
                contenders[program, "docker run"] = docker(os.environ["PATHWAY_BENCH_IMAGE"])

    print(f"{count} rounds, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores at the start")
    taken = rounds(contenders, programs, count, processor)
    first = {"trivial": "bare python", "import": "bare python", "notebook": "nbclient, fresh kernel"}

    def median(program: str, name: str, which: int = 0) -> float:
        return statistics.median(pair[which] for pair in taken[program, name])

    def ratio(program: str, name: str) -> float:
        """Of this contender to the first of its kind, each round by itself, since load comes and goes."""
        pairs = zip(taken[program, name], taken[program, first[program]], strict=True)
        return statistics.median(mine[0] / theirs[0] for mine, theirs in pairs)

    print(f"\n{'program':10}{'contender':30}{'median ms':>10}{'best ms':>10}{'ratio':>8}{'CPU ms':>9}")
    for program, name in sorted(taken, key=lambda key: (list(programs).index(key[0]), -median(*key))):
        best = min(pair[0] for pair in taken[program, name])
        print(
            f"{program:10}{name:30}{median(program, name) * 1000:10.1f}{best * 1000:10.1f}"
            f"{ratio(program, name):8.3f}{median(program, name, 1) * 1000:9.1f}"
        )
    if skipped:
        print(f"{'':10}docker run: skipped. {skipped}")
    throughput = per_second(ours(backend), programs["import"], 200)
    processor_ms = median("import", "this sandbox", 1) * 1000
    print(f"\n{throughput:.0f} import programs a second from two threads (load {os.getloadavg()[0]:.1f}); ", end="")
    print(f"by their processor time two idle cores would do {2000 / processor_ms:.0f}.")
    figures = {
        "import_ratio": round(ratio("import", "this sandbox"), 4),
        "notebook_ratio": round(ratio("notebook", "this sandbox"), 4),
        "trivial_ms": round(median("trivial", "this sandbox") * 1000, 1),
        "import_ms": round(median("import", "this sandbox") * 1000, 1),
        "notebook_ms": round(median("notebook", "this sandbox") * 1000, 1),
        "per_second_2cores": round(throughput, 1),
        "pss_mb_per_run": round(memory_per_run(backend, programs["import"]), 1),
        "import_cpu_ms": round(processor_ms, 1),
        "floor_ms": round(median("import", "floor: a bare fork") * 1000, 1),
        "load": round(os.getloadavg()[0], 1),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
