from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone


class Event(models.TextChoices):
    """What the log can say. Short stable names in the database."""

    PROGRAMME_LOADED = "programme_loaded", "Programme loaded"
    COHORT_CREATED = "cohort_created", "Cohort created"
    COHORT_MOVED = "cohort_moved", "Cohort moved to another revision"
    ROLE_GRANTED = "role_granted", "Role granted"
    ROLE_REMOVED = "role_removed", "Role removed"
    NAME_CHANGED = "name_changed", "Name changed"
    APPLIED = "applied", "Applied"
    ENROLLED = "enrolled", "Enrolled"
    PUT_ON_WAITING_LIST = "waiting", "Put on the waiting list"
    WITHDRAWN = "withdrawn", "Withdrawn"
    ENROLMENT_REFUSED = "enrolment_refused", "Application refused"
    EXTENSION_GRANTED = "extension_granted", "Extension granted"
    EVIDENCE_GIVEN = "evidence_given", "Evidence given"
    EVIDENCE_CONFIRMED = "evidence_confirmed", "Evidence confirmed"
    EVIDENCE_REFUSED = "evidence_refused", "Evidence refused"
    PROPOSAL_HANDED_IN = "proposal_handed_in", "Proposal handed in"
    PROPOSAL_DECIDED = "proposal_decided", "Proposal decided on"
    SUBMITTED = "submitted", "Submitted"
    RUN_FAILED = "run_failed", "Run failed, our fault"
    RUN_REPRODUCED = "run_reproduced", "Run made again to compare"
    CANARY_FOUND = "canary_found", "Hidden data came out of a run"
    RUN_CANCELLED = "run_cancelled", "Run cancelled"
    INCIDENT_WRITTEN = "incident_written", "Incident written"
    RUN_REPEATED = "run_repeated", "Run started again"
    MARKED = "marked", "Marked"
    MARK_RECORDED = "mark_recorded", "Mark recorded"
    RELEASED = "released", "Released"
    REGRADE_ASKED = "regrade_asked", "Regrade asked for"
    REGRADE_APPLIED = "regrade_applied", "Regrade applied"
    REGRADE_DISCARDED = "regrade_discarded", "Regrade discarded"
    AWARD_DECIDED = "award_decided", "Award decided"
    AWARD_CONFIRMED = "award_confirmed", "Award confirmed"
    CERTIFICATE_ISSUED = "certificate_issued", "Certificate issued"
    CERTIFICATE_REVOKED = "certificate_revoked", "Certificate revoked"
    ARTEFACT_PUBLISHED = "artefact_published", "Artefact published"
    ARTEFACT_UNPUBLISHED = "artefact_unpublished", "Artefact unpublished"


class AppendOnly(models.QuerySet["Entry"]):
    def update(self, **kwargs: Any) -> int:
        raise TypeError("The audit log is append-only.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError("The audit log is append-only.")


class Entry(models.Model):
    """Who did what, when, on what. Written in the same transaction as the thing itself; never changed."""

    at = models.DateTimeField(default=timezone.now, db_index=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    event = models.CharField(max_length=40, choices=Event.choices)
    on_type = models.CharField(max_length=60)
    on_id = models.CharField(max_length=64)
    on_name = models.CharField(max_length=300)
    details = models.JSONField(default=dict)

    objects = AppendOnly.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = "entries"
        indexes = [models.Index(fields=["on_type", "on_id"], name="audit_on")]

    def __str__(self) -> str:
        return f"{self.get_event_display()}: {self.on_name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("The audit log is append-only.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("The audit log is append-only.")
