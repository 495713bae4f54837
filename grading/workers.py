"""Which workers are alive. Each says so every few seconds; who is silent for as long as a lease lasts is gone."""

from __future__ import annotations

import logging
import socket
import threading
from datetime import datetime, timedelta

from django.conf import settings
from django.db import close_old_connections, connection, transaction
from django.db.models import F, Max
from django.db.models.functions import Coalesce
from django.utils import timezone

from grading.models import Incident, Worker
from grading.models.worker import BEATS
from grading.text import storable

log = logging.getLogger(__name__)
WORTH_TELLING = timedelta(seconds=60)
"""Without a worker for longer is an incident; a restart is none."""
KEPT = timedelta(days=30)
NO_WORKER = "No worker was alive, so runs waited. No attempt was used, and lateness is judged on arrival."


class Presence:
    """This process, as others see that it is there."""

    def __init__(self, slots: int) -> None:
        self.row = Worker(name=socket.gethostname()[:120], slots=slots)
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.beat, name="presence", daemon=True)
        self.thread.start()

    def beat(self) -> None:
        try:
            while True:
                close_old_connections()
                try:
                    self.say()
                except Exception:
                    log.exception("Could not say that this worker is alive; the next beat may.")
                if self.over.wait(settings.RUN_LEASE_SECONDS / BEATS):
                    return
        finally:
            connection.close()

    def say(self) -> None:
        now = timezone.now()
        if not Worker.objects.filter(pk=self.row.pk).update(seen_at=now, trouble=self.row.trouble):
            self.row.seen_at = now
            arrive(self.row)

    def trouble(self, why: str) -> None:
        """Why this worker takes no run, to be said with the next beat; nothing when it can."""
        self.row.trouble = storable(why)[:500]

    def end(self) -> None:
        self.over.set()
        self.thread.join()
        Worker.objects.filter(pk=self.row.pk).update(left_at=timezone.now())


@transaction.atomic
def arrive(worker: Worker) -> Worker:
    """Write down a worker that starts, and the time before it in which there was none."""
    watch()
    worker.save(force_insert=True)
    watch()
    Worker.objects.filter(seen_at__lt=timezone.now() - KEPT).delete()
    return worker


def none_since() -> datetime | None:
    """Since when no worker has been alive; None if one is, or none has ever been."""
    if Worker.objects.alive().exists():
        return None
    last = Worker.objects.aggregate(last=Max(Coalesce(F("left_at"), F("seen_at"))))["last"]
    return last if isinstance(last, datetime) else None


def watch() -> None:
    """Begin an incident when no worker has been alive for a while, end it when one is. Safe to call often."""
    now = timezone.now()
    lasting = Incident.objects.filter(kind=Incident.Kind.NO_WORKER, ended_at=None)
    if Worker.objects.alive().exists():
        if lasting.exists():
            lasting.update(ended_at=now)
        return
    since = none_since()
    if since is not None and now - since > WORTH_TELLING:
        Incident.objects.get_or_create(
            kind=Incident.Kind.NO_WORKER, ended_at=None, defaults={"started_at": since, "sentence": NO_WORKER}
        )
