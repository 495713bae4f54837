"""What staff write on the status page."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from audit.log import Event, record
from grading import standing
from grading.models import Incident


@transaction.atomic
def write_incident(
    *, incident: Incident, started_at: datetime, ended_at: datetime | None, sentence: str, by: User
) -> Incident:
    """Write a new incident, or correct one. The log keeps what was said before."""
    before = incident.sentence
    incident.started_at, incident.ended_at, incident.sentence = started_at, ended_at, sentence
    incident.by = incident.by or by
    incident.save()
    ended = ended_at.isoformat() if ended_at else ""
    record(Event.INCIDENT_WRITTEN, by=by, on=incident, started_at=started_at.isoformat(), ended_at=ended, before=before)
    transaction.on_commit(standing.forget, robust=True)
    return incident
