from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

BEATS = 4
"""How often a worker says that it is alive, and that it holds a run, while a lease lasts."""


class WorkerQuerySet(models.QuerySet["Worker"]):
    def alive(self) -> WorkerQuerySet:
        """Those that have been heard of while a lease lasts."""
        return self.filter(left_at=None, seen_at__gt=timezone.now() - timedelta(seconds=settings.RUN_LEASE_SECONDS))

    def able(self) -> WorkerQuerySet:
        """Those alive that take runs: something isolates there."""
        return self.alive().filter(trouble="")


class Worker(models.Model):
    """One process that works on runs, from its start to its end. It says every few seconds that it is there."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    slots = models.PositiveSmallIntegerField("runs at once", default=1)
    started_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    left_at = models.DateTimeField("ended in order", null=True)
    trouble = models.CharField("why it takes no run", max_length=500, blank=True)

    objects = WorkerQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at"]
        indexes = [models.Index(fields=["seen_at"], name="worker_seen")]

    def __str__(self) -> str:
        return self.name

    @property
    def last_at(self) -> datetime:
        return self.left_at or self.seen_at
