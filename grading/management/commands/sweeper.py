import logging
import signal
import threading
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections

from grading import ledger, workers
from grading.actions.quizzes import end_overdue
from grading.authoring import trying
from notices import tasks as notices

log = logging.getLogger(__name__)


def pause(text: str) -> float:
    seconds = float(text)
    if not 0.1 <= seconds <= 3600:
        raise ArgumentTypeError("a pause is from 0.1 to 3600 seconds")
    return seconds


class Command(BaseCommand):
    help = "Take up runs and notices whose message or worker was lost. Needs no broker; several may run at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--every", type=pause, default=1.0, metavar="SECONDS", help="pause between two sweeps")
        parser.add_argument("--once", action="store_true", help="sweep once and exit")

    def handle(self, *args: Any, every: float, once: bool, **options: Any) -> None:
        if once:
            self.stdout.write(str(self.sweep()))
            return
        over = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: over.set())
        while not over.wait(every):
            close_old_connections()
            try:
                self.sweep()
            except Exception:
                # The database may be away for a moment; the next sweep finds everything as it was.
                log.exception("This sweep failed; the next one tries again.")

    def sweep(self) -> dict[str, int]:
        workers.watch()
        return ledger.sweep() | {
            "quizzes": end_overdue(),
            "solutions": trying.sweep(),
            "notices": notices.sweep(),
        }
