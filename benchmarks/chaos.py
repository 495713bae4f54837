"""Submissions over HTTP while everything is killed. `./pathway bench chaos`.

Sixty students hand in, one attempt after the other, through the real web process. Meanwhile workers get SIGKILL at
random, the broker's content is wiped twice, the connections of the database are cut (on SQLite it is locked for three
seconds), a sandbox server is killed, and web process and sweeper start again. At the end the students' pages are read:
every submission must have its one right mark, no attempt may be charged for our faults, no receipt may have changed,
and the audit log must tell all of it. On SQLite with files, and on PostgreSQL with Redis where they answer.
"""

from __future__ import annotations

import argparse
import http.client
import http.cookiejar
import json
import os
import random
import re
import secrets
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:1] = [str(ROOT), str(ROOT / "platform"), str(ROOT / "tests")]

from graduation.demo.processes import die_with_parent  # noqa: E402

POSTGRES = os.environ.get("PATHWAY_TEST_POSTGRES", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("PATHWAY_TEST_REDIS", "redis://127.0.0.1:6379/14")
BACKENDS = ("sqlite", "postgresql")
KEYS = ("submitted", "graded", "lost", "double", "charged_for_faults", "late_changed", "audit_gaps")
CHECKS = b"""
from checking import check, expect, partial

@check("Says hello", points=30, visible=True)
def says_hello(student, data):
    expect(student.call("hello") == "hello", "hello() did not say hello.")

@check("Adds", points=70, visible=False)
def adds(student, data):
    return partial(student.call("add", 0, 1) / 100, "It adds so much.")
"""
WORKERS = 2
POLL_S = 3.0
PATIENCE_S = 900.0
EVENTS = {
    0.20: "sandbox",
    0.30: "broker",
    0.40: "database",
    0.50: "web",
    0.55: "sweeper",
    0.65: "sandbox",
    0.70: "broker",
    0.80: "database",
}
"""What happens when such a part of all submissions has arrived."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--submissions", type=int, default=300, help="by sixty students, or fewer for fewer")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=BACKENDS)
    parser.add_argument("--inside", choices=BACKENDS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit("Stopped."))
    if given.inside:
        return one(given.inside, given.submissions, given.seed)
    rows = []
    print(f"{'backend':<12}" + "".join(f"{key:>20}" for key in KEYS) + f"{'kills':>7}{'seconds':>9}", flush=True)
    for backend in [given.only] if given.only else BACKENDS:
        with Home(backend) as home:
            if not home.environment:
                continue
            row = home.run(given.submissions, given.seed)
            rows.append({"backend": backend} | row)
            figures = "".join(f"{row[key]:>20}" for key in KEYS)
            print(f"{backend:<12}{figures}{row['kills']:>7}{row['seconds']:>9.0f}", flush=True)
    print(json.dumps({key: sum(row[key] for row in rows) for key in KEYS} | {"seed": given.seed, "backends": rows}))
    bad = any(row[key] for row in rows for key in KEYS[2:]) or any(row["graded"] != row["submitted"] for row in rows)
    return 1 if bad or not rows else 0


class Home:
    """A folder and a database that are gone afterwards. `environment` is empty where the servers do not answer."""

    def __init__(self, backend: str) -> None:
        self.backend = backend
        self.folder = Path(tempfile.mkdtemp(prefix=f"pathway-chaos-{backend}-"))
        self.database = f"pathway_chaos_{os.getpid()}"
        self.environment: dict[str, str] = {}

    def __enter__(self) -> Home:
        found = {"DATABASE_URL": f"sqlite:///{self.folder / 'pathway.sqlite3'}", "CELERY_BROKER_URL": "filesystem://"}
        if self.backend == "postgresql":
            try:
                self.ask(f'CREATE DATABASE "{self.database}"')
                redis_client().ping()
            except Exception as error:
                print(f"!!!! {self.backend} is left out: {error}", file=sys.stderr)
                return self
            found = {"DATABASE_URL": f"{POSTGRES.rpartition('/')[0]}/{self.database}", "CELERY_BROKER_URL": REDIS}
        self.environment = found | {
            "DJANGO_SETTINGS_MODULE": "config.settings.dev",
            "PATHWAY_DEBUG": "0",
            "PATHWAY_STATE_DIR": str(self.folder),
            "PATHWAY_LOG_LEVEL": "WARNING",
            "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}:{ROOT / 'tests'}",
        }
        return self

    def __exit__(self, *_: object) -> None:
        if self.backend == "postgresql" and self.environment:
            self.ask(f'DROP DATABASE IF EXISTS "{self.database}" WITH (FORCE)')
            redis_client().flushdb()
        shutil.rmtree(self.folder, ignore_errors=True)

    def ask(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(POSTGRES, autocommit=True, connect_timeout=3) as connection:
            connection.execute(statement)

    def run(self, submissions: int, seed: int) -> dict[str, Any]:
        command = [sys.executable, __file__, "--inside", self.backend]
        command += ["--submissions", str(submissions), "--seed", str(seed)]
        environment = {**os.environ, **self.environment}
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent)
        lines = done.stdout.strip().splitlines()
        if done.returncode or not lines:
            logs = "\n".join(f"{log.name}: {log.read_text()[-1500:]}" for log in self.folder.glob("logs/*.log"))
            raise SystemExit(f"{self.backend} ended with {done.returncode}.\n{logs}")
        return dict(json.loads(lines[-1]))


def redis_client() -> Any:
    import redis

    return redis.Redis.from_url(REDIS, socket_timeout=3)


def one(backend: str, submissions: int, seed: int) -> int:
    """One backend, in a process that has its settings."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    school = School(min(60, submissions), submissions)
    connection.close()  # it will be cut
    site = Site(backend, random.Random(seed))
    started = time.monotonic()
    try:
        site.start()
        students = [Student(site, *each) for each in school.students]
        with ThreadPoolExecutor(len(students)) as pool:
            working = [pool.submit(student.hand_in, school.share(n)) for n, student in enumerate(students)]
            try:
                site.torment(students, submissions, working)
                for each in working:
                    each.result()
            finally:
                site.over.set()
        found = school.read(students)
        figures = site.figures()
    finally:
        site.stop()
    seconds = round(time.monotonic() - started, 1)
    print(json.dumps(found | figures | {"seconds": seconds, "told": dict(site.told)}))
    return 0


class School:
    """A cohort that is in the weeks of its assignment; a third of its students are late already."""

    def __init__(self, students: int, submissions: int) -> None:
        import factories
        from django.test import Client
        from django.utils import timezone

        from accounts.roles import Role
        from courses.models import Assignment, Extension

        self.submissions, self.count = submissions, students
        self.cohort = factories.cohort(slug="chaos")
        self.assignment = Assignment.objects.get(module__revision=self.cohort.revision)
        Assignment.objects.filter(pk=self.assignment.pk).update(attempts=submissions // students + 2)
        self.assignment.files.filter(part="checks").update(sha256=factories.store.put(CHECKS), size=len(CHECKS))
        self.tutor, self.leader = factories.staff(Role.TUTOR), factories.staff(Role.MODULE_LEADER)
        self.students = []
        for number in range(students):
            enrolment = factories.enrolment(self.cohort)
            hours = -1 if number % 3 == 0 else 48
            Extension.objects.create(
                enrolment=enrolment,
                assignment_slug=self.assignment.slug,
                due_at=timezone.now() + timezone.timedelta(hours=hours),
                reason="A benchmark.",
                granted_by=self.leader,
            )
            client = Client()
            client.force_login(enrolment.user, backend="django.contrib.auth.backends.ModelBackend")
            self.students.append((number, enrolment.pk, client.cookies["sessionid"].value))

    def share(self, number: int) -> list[int]:
        """What each attempt of this student shall give for the hidden check, in percent."""
        attempts = self.submissions // self.count + (number < self.submissions % self.count)
        return [(number * 37 + attempt * 11) % 101 for attempt in range(attempts)]

    def release(self) -> None:
        """Marks become visible only with the release."""
        from grading.actions import marking
        from grading.models import Mark

        for mark in Mark.objects.current().filter(component="auto").select_related("submission__assignment"):
            assert mark.submission is not None
            judgements = {each["id"]: {"level": 65, "feedback": "Clear."} for each in self.assignment.rubric}
            marking.save_assessment(submission=mark.submission, judgements=judgements, comment="", by=self.tutor)
        marking.release(cohort=self.cohort, assignment=self.assignment, by=self.leader)

    def read(self, students: list[Student]) -> dict[str, Any]:
        """What the students' pages, and those who read the audit log, say in the end."""
        students[0].site.over.clear()
        used = {student.number: student.attempts_used() for student in students}
        self.release()
        found: Counter[str] = Counter(dict.fromkeys(KEYS, 0))
        for student in students:
            rows = student.attempts()
            found["submitted"] += len(student.works)
            found["double"] += max(0, len(rows) - len(student.works))
            for number, work in enumerate(student.works, 1):
                row = rows.get(number)
                found["graded"] += row is not None and row == work.expected
                found["lost"] += row is None or row != work.expected
                found["late_changed"] += student.receipt(work.address) != work.receipt
            found["charged_for_faults"] += used[student.number] - sum(work.is_graded for work in student.works)
        return dict(found) | self.log()

    def log(self) -> dict[str, Any]:
        """Every submission is in the log once, every new start and every mark too; nothing was judged twice."""
        from django.db.models import Count, Sum

        from audit.models import Entry
        from grading.models import CheckResult, Mark, Run, Submission

        def logged(event: str) -> Counter[str]:
            return Counter(Entry.objects.filter(event=event).values_list("on_id", flat=True))

        arrived = Counter(str(pk) for pk in Submission.objects.values_list("pk", flat=True))
        restarts = Run.objects.aggregate(all=Sum("starts") - Count("pk"))["all"]
        gaps = (arrived - logged("submitted")).total() + (logged("submitted") - arrived).total()
        gaps += abs(restarts - logged("run_repeated").total())
        marks = Counter(str(pk) for pk in Mark.objects.values_list("pk", flat=True))
        gaps += (marks - logged("marked")).total()
        twice = Run.objects.values("submission").annotate(n=Count("pk")).filter(n__gt=1).count()
        twice += CheckResult.objects.values("run", "name").annotate(n=Count("pk")).filter(n__gt=1).count()
        return {
            "audit_gaps": gaps,
            "graded_twice": twice,
            "started_again": restarts,
            "most_of_another": most_of_another(),
        }


def most_of_another() -> int:
    """How many runs of one other student began, at most, while a run waited: with fair turns few."""
    from grading.models import Run

    runs = list(Run.objects.filter(starts=1).values_list("enrolment", "queued_at", "started_at"))
    return max(
        count
        for student, queued_at, started_at in runs
        for count in [
            0,
            *Counter(other for other, _, began in runs if other != student and queued_at < began < started_at).values(),
        ]
    )


@dataclass
class Work:
    """One submission as its student knows it."""

    address: str
    expected: str
    receipt: str
    is_graded: bool = False


@dataclass
class Site:
    """Web, workers and sweeper, each started again when it is gone."""

    backend: str
    draw: random.Random
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    due: dict[str, float] = field(default_factory=dict)
    """When what is gone starts again."""
    told: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    deaths: list[tuple[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        from django.conf import settings

        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.state = Path(settings.STATE_DIR)
        self.over = threading.Event()

    def command(self, name: str) -> list[str]:
        bin_dir = Path(sys.executable).parent
        if name == "web":
            listen = [str(bin_dir / "gunicorn"), "config.wsgi", "--bind", f"127.0.0.1:{self.port}"]
            return [*listen, "--workers", "2", "--threads", "4", "--timeout", "60", "--log-level", "error"]
        if name == "sweeper":
            return [sys.executable, str(ROOT / "manage.py"), "sweeper"]
        worker = [str(bin_dir / "celery"), "-A", "config", "worker", "--pool", "threads", "-c", "2"]
        return [*worker, "--without-gossip", "--without-mingle", "-n", f"{name}@{self.port}"]

    def start(self) -> None:
        (self.state / "logs").mkdir(exist_ok=True)
        for name in ("web", "sweeper", *(f"worker{n}" for n in range(WORKERS))):
            self.begin(name)
        end = time.monotonic() + 120
        while time.monotonic() < end:
            try:
                urllib.request.urlopen(f"{self.address}/health/", timeout=2).close()  # noqa: S310
                return
            except OSError:
                time.sleep(0.2)
        raise SystemExit("The site did not answer.")

    def begin(self, name: str) -> None:
        with (self.state / "logs" / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                self.command(name), cwd=ROOT, start_new_session=True, stdout=log, stderr=log, preexec_fn=die_with_parent
            )

    def kill(self, name: str) -> None:
        """Without a word, with all its children."""
        process = self.running.pop(name, None)
        if process is not None:
            self.note_what_dies(process.pid)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            self.due[name] = time.monotonic() + self.draw.uniform(0.2, 3)
            self.done[name.rstrip("0123456789")] += 1

    def note_what_dies(self, pid: int) -> None:
        """The runs that this process works on, and the moment of its end."""
        import psutil
        from django.db import connection
        from django.utils import timezone

        from grading.models import Run

        threads = {str(thread.id) for thread in psutil.Process(pid).threads()}
        for run, worker in Run.objects.filter(state=Run.State.RUNNING).values_list("pk", "worker"):
            if worker.rpartition(":")[2] in threads:
                self.deaths.append((str(run), timezone.now()))
        connection.close()

    def stop(self) -> None:
        self.over.set()
        for name in list(self.running):
            self.kill(name)

    def torment(self, students: list[Student], submissions: int, working: list[Any]) -> None:
        """Kill and cut until all have what they came for; more often where more is done."""
        waiting = sorted(EVENTS)
        next_kill = 1
        while not all(each.done() for each in working):
            now = time.monotonic()
            if any(each.done() and each.exception() for each in working):
                return
            graded = sum(work.is_graded for student in students for work in student.works)
            if graded >= next_kill and self.is_busy():
                self.kill(f"worker{self.draw.randrange(WORKERS)}")
                next_kill = graded + self.draw.randint(3, 9)
            while waiting and sum(len(student.works) for student in students) >= waiting[0] * submissions:
                self.happen(EVENTS[waiting.pop(0)])
            for name in [name for name, at in self.due.items() if at <= now]:
                del self.due[name]
                self.begin(name)
            time.sleep(0.25)

    def is_busy(self) -> bool:
        """Is a run being run? To kill workers that only start would show nothing."""
        from django.db import connection

        from grading.models import Run

        busy = Run.objects.filter(state=Run.State.RUNNING).exists()
        connection.close()
        return busy

    def happen(self, event: str) -> None:
        if event in ("web", "sweeper"):
            self.kill(event)
        else:
            getattr(self, event)()
            self.done[event] += 1

    def broker(self) -> None:
        """Everything that it holds is gone."""
        if self.backend == "postgresql":
            redis_client().flushdb()
        for message in (self.state / "broker" / "messages").glob("*"):
            message.unlink(missing_ok=True)

    def database(self) -> None:
        """Every connection ends; SQLite, which has none, is locked for a while."""
        from django.db import connection

        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            else:
                cursor.execute("BEGIN IMMEDIATE")
                time.sleep(3)
                cursor.execute("COMMIT")
        connection.close()

    def sandbox(self) -> None:
        """One process below a worker, in the middle of what it does."""
        import psutil

        for name, process in self.running.items():
            if name.startswith("worker"):
                below = psutil.Process(process.pid).children(recursive=True)
                if below:
                    self.draw.choice(below).kill()
                    return

    def figures(self) -> dict[str, Any]:
        """Kills, and how many seconds went by from a kill to the moment at which its run waited again."""
        from audit.models import Entry

        noticed = []
        for run, killed_at in self.deaths:
            entry = Entry.objects.filter(event="run_repeated", on_id=run, at__gt=killed_at).order_by("at").first()
            if entry is not None:
                noticed.append((entry.at - killed_at).total_seconds())
        return {
            "kills": self.done["worker"],
            "happened": dict(self.done),
            "noticed_s": [round(f(noticed), 1) for f in (statistics.median, max)] if noticed else [],
        }


class Student:
    """Somebody with a browser who tries again when the site does not answer."""

    def __init__(self, site: Site, number: int, enrolment: int, session: str) -> None:
        from graduation.demo.browser import Browser

        self.site, self.number, self.enrolment = site, number, enrolment
        self.browser = Browser(site.address)
        self.home = "/cohorts/chaos/assignments/hospital-death/"
        self.works: list[Work] = []
        for handler in self.browser.opener.handlers:
            if isinstance(handler, urllib.request.HTTPCookieProcessor):
                handler.cookiejar.set_cookie(cookie(session))

    def hand_in(self, shares: list[int]) -> None:
        for share in shares:
            self.works.append(self.one(share))
            end = time.monotonic() + PATIENCE_S
            while not self.is_over(self.works[-1]):
                if time.monotonic() > end:
                    raise SystemExit(f"{self.works[-1].address} waits for {PATIENCE_S / 60:.0f} minutes.")
                time.sleep(POLL_S * (0.5 + secrets.randbelow(100) / 100))

    def one(self, share: int) -> Work:
        """Upload and submit; a form that got no answer is sent again as it is."""
        import factories

        sleep = "import time\ntime.sleep(0.4)"
        content = factories.notebook(
            sleep, "def hello():\n    return 'hello'", f"def add(a, b):\n    return {share}  # {self.number}"
        )
        page = self.surely(lambda: self.browser.get(self.home))
        files = {"file": ("analysis.ipynb", content)}
        self.surely(lambda: self.browser.submit(page, "/draft/", files=files))
        form = self.surely(lambda: self.browser.get(self.home))
        arrived = self.surely(lambda: self.browser.submit(form, "/submit/", confirm="on"))
        if "/work/" not in arrived.url:
            raise SystemExit(f"Student {self.number} could not hand in: {arrived.text[-1500:]}")
        address = re.search(r"/work/[-0-9a-f]+/", arrived.url)[0]  # type: ignore[index]
        expected = Decimal(30) + (Decimal(70) * share / 100).quantize(Decimal("0.01"))
        return Work(address, f"{expected:.2f}", self.receipt(address))

    def is_over(self, work: Work) -> bool:
        text = self.surely(lambda: self.browser.get(work.address)).text
        for sentence in ("in the queue", "lost sight", "starts again by itself", "No worker is alive", "Running"):
            self.site.told[sentence] += sentence in text
        work.is_graded = "It runs" in text
        return "Cancel this run" not in text

    def receipt(self, address: str) -> str:
        """When it arrived, what that means, and its hash."""
        text = self.surely(lambda: self.browser.get(f"{address}receipt/")).text
        found = re.search(r"Receipt: attempt.*?Download what", text)
        return found[0] if found else text

    def attempts_used(self) -> int:
        text = self.surely(lambda: self.browser.get(self.home)).text
        found = re.search(r"(\d+) of \d+ used so far", text)
        if found is None:  # the form is not shown while nothing can be handed in
            from courses.models import Enrolment
            from grading.actions.work import attempts_used

            enrolment = Enrolment.objects.get(pk=self.enrolment)
            return attempts_used(enrolment, enrolment.submissions.first().assignment)
        return int(found[1])

    def attempts(self) -> dict[int, str]:
        """The code mark of each attempt, as the table of attempts has it."""
        from bs4 import BeautifulSoup

        page = self.surely(lambda: self.browser.get(self.works[-1].address))
        tables = BeautifulSoup(page.body, "html.parser").select('[aria-label="Attempts"] tbody tr')
        rows = [[cell.get_text(" ", strip=True) for cell in row.select("th, td")] for row in tables]
        return {int(re.findall(r"\d+", row[0])[0]): row[3] for row in rows}

    def surely(self, ask: Callable[[], Any]) -> Any:
        """The answer, however often the site is gone meanwhile."""
        end = time.monotonic() + 180
        while time.monotonic() < end and not self.site.over.is_set():
            try:
                page = ask()
                if page.status < 500:
                    return page
                self.site.told[f"HTTP {page.status}"] += 1
            except (OSError, http.client.HTTPException):
                self.site.told["no answer"] += 1
            time.sleep(1)
        raise SystemExit("The site has not answered for three minutes.")


def cookie(session: str) -> http.cookiejar.Cookie:
    return http.cookiejar.Cookie(
        0, "sessionid", session, None, False, "127.0.0.1", True, False, "/", True, False, None, True, None, None, {}
    )


if __name__ == "__main__":
    sys.exit(main())
