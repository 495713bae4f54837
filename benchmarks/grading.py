"""Grading: module 4's reference, and one assignment against nbgrader and otter. `./pathway bench grading`.

1. Module 4's reference end to end, through ledger, sandbox and results, warm, against the time that its own code ran.
2. Twenty submissions of one notebook (12 right, 4 wrong, 4 crashing; six answers, six tests), two at a time: our Celery
   worker with its sandbox, `nbgrader autograde` (a process a student, as submissions arrive; and a process for many),
   `otter run`. They take turns in one run. Only ours isolates.
3. nbgrader's own documentation notebooks, imported: their reference solutions on their checks.

nbgrader and otter live in an environment of their own in var/bench, from requirements/bench.txt.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:1] = [str(ROOT), str(ROOT / "platform"), str(ROOT / "tests")]
PEERS = ROOT / "var" / "bench"
KINDS = ["right"] * 12 + ["wrong"] * 4 + ["crashing"] * 4

# name, answer, test. The answers use each other's names, as students' do.
LOAD = """
from sklearn.datasets import load_breast_cancer

def load():
    return load_breast_cancer(as_frame=True).frame
"""
SPLIT = """
from sklearn.model_selection import train_test_split

def split(frame):
    return train_test_split(frame, test_size=0.3, random_state=0, stratify=frame["target"])
"""
FIT = """
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

def fit(frame):
    model = make_pipeline(StandardScaler(), LogisticRegression())
    return model.fit(frame.drop(columns="target"), frame["target"])
"""
PREDICT = """
def predict(model, frame):
    return model.predict_proba(frame.drop(columns="target"))[:, 1]
"""
AUROC = """
from sklearn.metrics import roc_auc_score

def auroc(outcomes, risks):
    return roc_auc_score(outcomes, risks)
"""
REPORT = """
def report():
    train, held_out = split(load())
    return auroc(held_out["target"], predict(fit(train), held_out))
"""
QUESTIONS = [
    ("load", LOAD.strip(), "assert load().shape == (569, 31)"),
    ("split", SPLIT.strip(), "train, held_out = split(load())\nassert len(train) == 398\nassert len(held_out) == 171"),
    ("fit", FIT.strip(), "assert fit(load()) is not None"),
    (
        "predict",
        PREDICT.strip(),
        "risks = predict(fit(load()), load())\nassert len(risks) == 569\nassert max(risks) <= 1",
    ),
    ("auroc", AUROC.strip(), "assert auroc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) == 0.75"),
    ("report", REPORT.strip(), "assert 0.98 < report() < 1"),
]
WRONG = {"auroc": "def auroc(outcomes, risks):\n    return 0.5"}
CRASHING = {"predict": "raise RuntimeError('half-way')"}
ANSWERS = {"right": {}, "wrong": WRONG, "crashing": CRASHING}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=2, help="turns of each grader; 20 submissions are dealt out")
    parser.add_argument("--submissions", type=int, default=20, help="fewer, for a quick look")
    parser.add_argument("--repeats", type=int, default=5, help="runs of module 4's reference")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="pathway-grading-"))
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings.dev",
        "PATHWAY_DEBUG": "0",
        "PATHWAY_LOG_LEVEL": "WARNING",
        "PATHWAY_STATE_DIR": str(folder / "state"),
        "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}",
    }
    for name in ("DATABASE_URL", "CELERY_BROKER_URL"):
        os.environ.pop(name, None)
    try:
        install_peers()
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        result = reference(given.repeats) | throughput(folder, given.rounds, given.submissions)
        result["docs"] = documentation(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(result))
    return 0 if result["vs_nbgrader"] >= 10 and result["reference_s"] <= result["reference_allowed_s"] else 1


def install_peers() -> None:
    """nbgrader and otter, hash-checked, once per content of their lock."""
    lock = ROOT / "requirements" / "bench.txt"
    mark, want = PEERS / ".installed", hashlib.sha256(lock.read_bytes()).hexdigest()
    if mark.is_file() and mark.read_text() == want:
        return
    print("Installing nbgrader and otter into var/bench …", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(PEERS)], check=True)
    install = [str(PEERS / "bin" / "python"), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(lock)]
    subprocess.run(install, check=True)
    mark.write_text(want)


# 1. Module 4's reference


class Timed:
    """A backend that notes when the student's code was running."""

    def __init__(self, backend: Any, entry: str) -> None:
        self._backend, self._entry = backend, entry
        self.spans: list[tuple[float, float]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    def open(self, job: Any) -> Any:
        session = self._backend.open(job)
        if job.entry != self._entry:
            return session
        for name in ("run", "call", "value"):
            setattr(session, name, self._timed(getattr(session, name)))
        return session

    def _timed(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            try:
                return method(*args, **kwargs)
            finally:
                self.spans.append((began, time.perf_counter()))

        return timed

    def seconds(self) -> float:
        """For how long some of the student's code was running: two runs at once count once."""
        total, until = 0.0, 0.0
        for began, ended in sorted(self.spans):
            total += max(0.0, ended - max(began, until))
            until = max(until, ended)
        return total


def reference(repeats: int) -> dict[str, Any]:
    """Module 4's reference, from the claim of its run to its stored result, in this warm process."""
    import factories
    from django.conf import settings

    from courses.loading import load
    from grading import execution, tasks
    from grading.models import Run

    revision = load(settings.PROGRAMME_DIR, data_dir=settings.DATA_DIR, by=None)
    assignment = revision.modules.get(number=4).assignments.get(slug="hospital-death")
    solution = assignment.solutions.get(kind="reference")
    student = factories.enrolment(factories.cohort(revision))
    timed = Timed(execution.backend(), assignment.entry)
    opened, execution.backend = execution.backend, lambda: timed  # type: ignore[assignment]
    timed.probe()
    rows = []
    for number in range(repeats + 1):
        work = factories.submission(student, assignment=assignment, files=solution.files)
        run = factories.queued_run(work)
        timed.spans.clear()
        began = time.perf_counter()
        tasks.grade(str(run.pk))
        total = time.perf_counter() - began
        run.refresh_from_db()
        assert (run.state, run.auto_mark) == (Run.State.FINISHED, 100), run.message
        if number:  # the first one warms up
            rows.append((total, timed.seconds()))
            print(f"module 4's reference: {total:5.2f} s, of which {timed.seconds():5.2f} s its own code", flush=True)
    total, own = (statistics.median(column) for column in zip(*rows, strict=True))
    timed.close()
    opened.cache_clear()
    execution.backend = opened
    allowed = 1.3 * own + 1
    print(f"median {total:.2f} s; allowed are 1.3 × {own:.2f} + 1 = {allowed:.2f} s\n", flush=True)
    return {
        "reference_s": round(total, 2),
        "reference_own_s": round(own, 2),
        "reference_allowed_s": round(allowed, 2),
    }


# 2. One assignment, three graders


def throughput(folder: Path, rounds: int, submissions: int) -> dict[str, Any]:
    kinds = random.Random(1).sample(KINDS, submissions)
    write_source(folder / "source.ipynb")
    graders = {
        "nbgrader": Nbgrader(folder, kinds),
        "nbgrader, many a process": Nbgrader(folder, kinds, together=True),
        "otter": Otter(folder, kinds),
    }
    with Ours(folder, kinds) as ours:
        graders = {"ours": ours} | graders
        ours.warm_up()
        seconds = dict.fromkeys(graders, 0.0)
        size = -(-len(kinds) // rounds)
        for turn in range(rounds):
            chosen = list(range(len(kinds)))[turn * size : (turn + 1) * size]
            order = list(graders)[turn % len(graders) :] + list(graders)[: turn % len(graders)]
            for name in order:
                began = time.perf_counter()
                graders[name].grade(chosen)
                took = time.perf_counter() - began
                seconds[name] += took
                print(f"turn {turn + 1}: {name:26} {len(chosen)} submissions in {took:6.1f} s", flush=True)
        for name, grader in graders.items():
            assert_right(name, kinds, grader.marks())
    per_minute = {name: len(kinds) / each * 60 for name, each in seconds.items()}
    print(f"\n{'two at a time':28}{'s each':>9}{'a minute':>10}{'ours is':>10}")
    for name, each in seconds.items():
        ratio = each / seconds["ours"]
        print(f"{name:28}{each / len(kinds):>9.2f}{per_minute[name]:>10.0f}{ratio:>9.1f}×")
    return {
        "per_submission_s": round(seconds["ours"] / len(kinds), 3),
        "vs_nbgrader": round(seconds["nbgrader"] / seconds["ours"], 1),
        "vs_nbgrader_many_a_process": round(seconds["nbgrader, many a process"] / seconds["ours"], 1),
        "vs_otter": round(seconds["otter"] / seconds["ours"], 1),
        "submissions_per_minute": round(per_minute["ours"], 1),
    }


def assert_right(name: str, kinds: list[str], marks: list[float]) -> None:
    """Every grader must have graded: right work in full, other work less."""
    for kind, mark in zip(kinds, marks, strict=True):
        if (mark == 1) != (kind == "right"):
            raise SystemExit(f"{name} gave {mark:.2f} of the points for {kind} work: this comparison compares nothing.")


def in_two(jobs: list[Callable[[], Any]]) -> None:
    with ThreadPoolExecutor(max_workers=2) as pool:
        for each in [pool.submit(job) for job in jobs]:
            each.result()


def peer(*command: str, at: Path) -> None:
    """A command of the peers' environment. It may fail: a crashing notebook is a failure to some; the marks tell."""
    environment = os.environ | {"PATH": f"{PEERS / 'bin'}:{os.environ['PATH']}", "JUPYTER_PLATFORM_DIRS": "1"}
    environment.pop("PYTHONPATH")
    environment.pop("DJANGO_SETTINGS_MODULE")
    done = subprocess.run(
        [str(PEERS / "bin" / command[0]), *command[1:]], cwd=at, env=environment, capture_output=True, text=True
    )
    (at / "log.txt").open("a").write(done.stdout + done.stderr)


def answer_of(kind: str, name: str, answer: str) -> str:
    return ANSWERS[kind].get(name, answer)


def write_source(path: Path) -> None:
    """The assignment as an nbgrader source notebook: ours is imported from it."""
    import nbformat
    from nbformat import v4

    cells = [v4.new_markdown_cell("# Breast cancer\n\nSix answers.")]
    for name, answer, test in QUESTIONS:
        about = {"schema_version": 3, "task": False}
        cell = v4.new_code_cell(answer)
        cell.metadata["nbgrader"] = about | {"grade": False, "solution": True, "locked": False, "grade_id": name}
        tested = v4.new_code_cell(test)
        tested.metadata["nbgrader"] = about | {
            "grade": True,
            "solution": False,
            "locked": True,
            "points": 1,
            "grade_id": f"test_{name}",
        }
        cells += [cell, tested]
    book = v4.new_notebook(cells=cells)
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(book, path)


class Ours:
    """The worker of the demo: Celery with two threads, its sandbox, the ledger in SQLite."""

    def __init__(self, folder: Path, kinds: list[str]) -> None:
        import factories
        from django.core.management import call_command
        from programme_files import M4, ProgrammeFiles

        from courses.loading import load

        files = ProgrammeFiles(folder / "ours")
        place = files.path(f"{M4}/assignments/cancer")
        call_command("import_nbgrader", str(folder / "source.ipynb"), str(place), stdout=io.StringIO())
        text = (place / "assignment.toml").read_text()
        rubric = files.path(f"{M4}/assignments/toy/rubric.toml").read_text()
        (place / "assignment.toml").write_text(text)
        (place / "rubric.toml").write_text(rubric)
        revision = load(files.folder, data_dir=files.data_dir, by=None)
        self.assignment = revision.modules.get(number=4).assignments.get(slug="cancer")
        self.reference = json.loads((place / "reference" / "source.ipynb").read_text())
        cohort = factories.cohort(revision)
        self.works = [
            factories.submission(factories.enrolment(cohort), self.notebook(kind), assignment=self.assignment)
            for kind in kinds
        ]
        self.works = [self.named(work) for work in self.works]
        self.runs: dict[int, Any] = {}

    def notebook(self, kind: str) -> bytes:
        book = json.loads(json.dumps(self.reference))
        for cell in book["cells"]:
            if cell["id"] in ANSWERS[kind]:
                cell["source"] = ANSWERS[kind][cell["id"]]
        return json.dumps(book).encode()

    def named(self, work: Any) -> Any:
        """The factory names every notebook analysis.ipynb."""
        files = [each | {"name": self.assignment.entry} for each in work.files]
        type(work).objects.filter(pk=work.pk).update(files=files)
        work.files = files
        return work

    def __enter__(self) -> Ours:
        self._worker = process("-m", "celery", "-A", "config", "worker", "--pool", "threads", "-c", "2")
        self._worker.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._worker.__exit__(None, None, None)

    def warm_up(self) -> None:
        """The first runs wait for the worker to start."""
        self.grade([0, 1])
        self.runs.clear()

    def grade(self, chosen: list[int]) -> None:
        import factories
        from django.db import transaction

        from grading import ledger
        from grading.models import Run

        for number in chosen:
            with transaction.atomic():
                self.runs[number] = factories.queued_run(self.works[number])
                ledger.publish(self.runs[number])
        ids = [self.runs[number].pk for number in chosen]
        while Run.objects.filter(pk__in=ids, state__in=[Run.State.QUEUED, Run.State.RUNNING]).exists():
            time.sleep(0.02)

    def marks(self) -> list[float]:
        for run in self.runs.values():
            run.refresh_from_db()
        return [float(self.runs[number].auto_mark or 0) / 100 for number in range(len(self.works))]


@contextmanager
def process(*command: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Python process that ends with all its children."""
    running = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield running
    finally:
        os.killpg(running.pid, signal.SIGTERM)
        running.wait()


class Nbgrader:
    """A course for each of two workers, so that they do not wait for each other's gradebook."""

    def __init__(self, folder: Path, kinds: list[str], *, together: bool = False) -> None:
        import nbformat

        self.together = together
        self.count = len(kinds)
        self.courses = [folder / f"nbgrader-{together}-{worker}" for worker in (0, 1)]
        for course in self.courses:
            (course / "source" / "ps").mkdir(parents=True)
            shutil.copyfile(folder / "source.ipynb", course / "source" / "ps" / "ps.ipynb")
            (course / "nbgrader_config.py").write_text('c = get_config()\nc.CourseDirectory.course_id = "bench"\n')
            peer("nbgrader", "generate_assignment", "ps", at=course)
            released = nbformat.read(course / "release" / "ps" / "ps.ipynb", as_version=4)
            for number, kind in enumerate(kinds):
                for name, answer, _ in QUESTIONS:
                    cell = next(c for c in released.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name)
                    cell.source = answer_of(kind, name, answer)
                place = course / ("waiting" if together else "submitted") / f"s{number}" / "ps"
                place.mkdir(parents=True)
                nbformat.write(released, place / "ps.ipynb")
            (course / "submitted").mkdir(exist_ok=True)

    def grade(self, chosen: list[int]) -> None:
        in_two([lambda worker=worker: self.work(worker, chosen[worker::2]) for worker in (0, 1)])

    def work(self, worker: int, numbers: list[int]) -> None:
        for students in [numbers] if self.together else [[number] for number in numbers]:
            self.autograde(worker, [f"s{number}" for number in students])

    def autograde(self, worker: int, students: list[str]) -> None:
        course = self.courses[worker]
        if not self.together:
            peer("nbgrader", "autograde", "ps", f"--student={students[0]}", at=course)
            return
        # One process takes all that is in `submitted`: only these are shown to it.
        for student in students:
            (course / "waiting" / student).rename(course / "submitted" / student)
        peer("nbgrader", "autograde", "ps", at=course)
        for student in students:
            (course / "submitted" / student).rename(course / "waiting" / student)

    def marks(self) -> list[float]:
        ask = textwrap.dedent(
            """
            import json, sys
            from nbgrader.api import Gradebook
            found = {}
            for course in sys.argv[1:]:
                with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
                    for each in book.assignment_submissions("ps"):
                        found[each.student.id] = each.score / each.max_score
            print(json.dumps(found))
            """
        )
        command = [str(PEERS / "bin" / "python"), "-c", ask, *map(str, self.courses)]
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=self.courses[0])
        found = json.loads(done.stdout)
        return [found[f"s{number}"] for number in range(self.count)]


class Otter:
    """otter run, a process a submission, with its tests outside of the notebook."""

    def __init__(self, folder: Path, kinds: list[str]) -> None:
        import nbformat
        from nbformat import v4

        self.folder = folder / "otter"
        tests = self.folder / "tests"
        tests.mkdir(parents=True)
        names = [name for name, _, _ in QUESTIONS]
        for name, _, test in QUESTIONS:
            used = [each for each in names if f"{each}(" in test]
            (tests / f"{name}.py").write_text(
                f'from otter.test_files import test_case\n\nOK_FORMAT = False\nname = "{name}"\npoints = 1\n\n'
                f"@test_case(points=1)\ndef test_{name}({', '.join(used)}):\n{textwrap.indent(test, '    ')}\n"
            )
        (self.folder / "otter_config.json").write_text(json.dumps({"pdf": False, "seed": 42}))
        peer("otter", "generate", "-t", "tests", "--no-environment", "--no-requirements", at=self.folder)
        for number, kind in enumerate(kinds):
            book = v4.new_notebook(cells=[v4.new_code_cell(answer_of(kind, n, answer)) for n, answer, _ in QUESTIONS])
            book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
            (self.folder / f"s{number}").mkdir()
            nbformat.write(book, self.folder / f"s{number}" / "ps.ipynb")
        self.count = len(kinds)

    def grade(self, chosen: list[int]) -> None:
        in_two([lambda number=number: self.run(number) for number in chosen])

    def run(self, number: int) -> None:
        zipped = str(self.folder / "autograder.zip")
        peer("otter", "run", "-a", zipped, "-o", ".", "--no-logo", "ps.ipynb", at=self.folder / f"s{number}")

    def marks(self) -> list[float]:
        found = []
        for number in range(self.count):
            tests = json.loads((self.folder / f"s{number}" / "results.json").read_text())["tests"]
            scored = [each for each in tests if each.get("max_score")]
            found.append(sum(each["score"] for each in scored) / sum(each["max_score"] for each in scored))
        return found


# 3. nbgrader's own notebooks


def documentation(folder: Path) -> str:
    """What check_programme says of nbgrader's documentation, imported."""
    from django.conf import settings
    from django.core.management import call_command
    from programme_files import M4, WORK, ProgrammeFiles

    from grading import execution

    files = ProgrammeFiles(folder / "docs")
    files.write(f"{WORK}/wrong/silent.ipynb", files.path(f"{WORK}/starter/work.ipynb").read_text())
    settings.DATA_DIR = files.data_dir
    docs = next(PEERS.glob("lib/python*/site-packages/nbgrader/docs/source/user_guide/source"))
    for name in ("ps1", "ps1_autotest"):
        for notebook in sorted((docs / name).glob("*.ipynb")):
            place = files.path(f"{M4}/assignments/{name.replace('_', '-')}-{notebook.stem}")
            call_command("import_nbgrader", str(notebook), str(place))
    out = io.StringIO()
    try:
        call_command("check_programme", str(files.folder), stdout=out)
    except SystemExit:
        print(out.getvalue())
        raise
    summary = out.getvalue().rstrip("\n").rsplit("\n", 1)[-1]
    print(f"\nnbgrader's documentation: {summary}")
    execution.backend().close()
    return summary


if __name__ == "__main__":
    sys.exit(main())
