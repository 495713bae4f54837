"""The one door to the log."""

from typing import Any

from django.db import models, transaction

from accounts.models import User
from audit.models import Entry, Event

__all__ = ["Event", "record"]


def record(event: Event, *, by: User | None, on: models.Model, **details: Any) -> Entry:
    """Write one entry. Must be called in the transaction of the change that it describes; `by=None` is the platform."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("audit.record() belongs in the transaction of the change that it describes.")
    return Entry.objects.create(
        event=event, by=by, on_type=on._meta.label_lower, on_id=str(on.pk), on_name=str(on)[:300], details=details
    )
