import fcntl
import logging
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from courses.loading import load
from grading.execution import backend
from graduation.demo import people, seed
from graduation.demo.journey import Journey, StepFailed
from graduation.demo.processes import Group, Stopped, free_port, stop_on_signals


def port(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 65535:
        raise ArgumentTypeError("a port is a number from 1 to 65535")
    return number


class Command(BaseCommand):
    help = "Run a believable school on this machine: SQLite, Celery on files, the bubblewrap sandbox."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="do the main job once over HTTP, and exit")
        parser.add_argument("--port", type=port, default=8000, help="first port to try (default 8000)")
        parser.add_argument("--quiet", action="store_true", help="do not print the sign-ins")

    def handle(self, *args: Any, once: bool, port: int, quiet: bool, **options: Any) -> None:
        logging.getLogger().setLevel(logging.ERROR)
        with only_one():
            stop_on_signals()
            group = Group(free_port(port))
            settings.SITE_URL = group.address  # certificates of the seed carry it in their QR codes
            try:
                self.prepare()
                group.start()
                if once:
                    self.once(group)
                else:
                    self.stdout.write(people.sign_ins(group.address) if not quiet else group.address)
                    self.stdout.flush()
                    group.watch()
            except Stopped:
                self.stdout.write("\nStopping …")
            finally:
                group.stop()

    def prepare(self) -> None:
        """Everything that the site needs, each step only where it is missing."""
        probe = backend().probe()
        backend().close()
        backend.cache_clear()
        if not probe.ok:
            raise CommandError(
                f"The sandbox cannot isolate here: {probe.reason} {probe.remedy}\n"
                "Pathway never runs a student's code without a sandbox."
            )
        self.step("database", lambda: call_command("migrate", verbosity=0, interactive=False))
        self.step("static files", lambda: call_command("collectstatic", verbosity=0, interactive=False))
        self.step("programme", lambda: load(settings.PROGRAMME_DIR, data_dir=settings.DATA_DIR, by=None))
        if not seed.is_done():
            self.step("school (25 students; their notebooks are really run)", seed.plant)

    def step(self, name: str, do: Any) -> None:
        self.stdout.write(f"Preparing the {name} …", ending="")
        self.stdout.flush()
        started = time.monotonic()
        do()
        self.stdout.write(f" {time.monotonic() - started:.1f} s")

    def once(self, group: Group) -> None:
        journey = Journey(group.address, Path(settings.EMAIL_FILE_PATH), report=self.stdout.write)
        started = time.monotonic()
        try:
            journey.run()
        except StepFailed as failed:
            raise CommandError(f"{failed}\nLogs: {group.logs}") from failed
        self.stdout.write(f"The main job was done, from sign-up to certificate, in {time.monotonic() - started:.1f} s.")


@contextmanager
def only_one() -> Iterator[None]:
    """Two demos on the same data would start each other's work."""
    lock = Path(settings.STATE_DIR) / "demo.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(
                f"A demo is running on {settings.STATE_DIR} already. Stop it first, or set PATHWAY_STATE_DIR."
            ) from None
        yield
