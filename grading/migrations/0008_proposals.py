"""Proposals and what was decided on them. Once written, neither changes; the database sees to it."""

from typing import Any

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

TABLES = ("grading_proposal", "grading_proposaldecision")
SAID = "proposals and decisions are never changed: make another version"
FUNCTION = f"""
CREATE OR REPLACE FUNCTION proposals_are_immutable() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{SAID}' USING ERRCODE = 'integrity_constraint_violation'; END $$
"""


def protect(apps: Any, editor: Any) -> None:
    is_sqlite = editor.connection.vendor == "sqlite"
    if not is_sqlite:
        editor.execute(FUNCTION)
    refuse = f"BEGIN SELECT RAISE(ABORT, '{SAID}'); END" if is_sqlite else "EXECUTE FUNCTION proposals_are_immutable()"
    for table in TABLES:
        editor.execute(f"CREATE TRIGGER {table}_immutable BEFORE UPDATE ON {table} FOR EACH ROW {refuse}")


def unprotect(apps: Any, editor: Any) -> None:
    for table in TABLES:
        on = "" if editor.connection.vendor == "sqlite" else f" ON {table}"
        editor.execute(f"DROP TRIGGER IF EXISTS {table}_immutable{on}")


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0006_projects"),
        ("grading", "0007_fair_queue"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Proposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
                ("title", models.CharField(max_length=160)),
                ("data", models.CharField(blank=True, max_length=60)),
                ("data_title", models.CharField(max_length=300)),
                ("answers", models.JSONField()),
                ("why", models.TextField(blank=True, max_length=2000, verbose_name="what is to change and why")),
                ("handed_in_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "assignment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="proposals", to="courses.assignment"
                    ),
                ),
                (
                    "enrolment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="proposals", to="courses.enrolment"
                    ),
                ),
            ],
            options={
                "ordering": ["enrolment", "assignment", "number"],
            },
        ),
        migrations.CreateModel(
            name="ProposalDecision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "outcome",
                    models.CharField(
                        choices=[("approved", "Approved"), ("changes", "Changes asked for"), ("declined", "Declined")],
                        max_length=8,
                    ),
                ),
                ("reason", models.TextField(blank=True, max_length=2000)),
                ("decided_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "decided_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "proposal",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="decision", to="grading.proposal"
                    ),
                ),
            ],
            options={
                "ordering": ["proposal"],
            },
        ),
        migrations.CreateModel(
            name="ProposalDraft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("assignment_slug", models.SlugField(max_length=80)),
                ("title", models.CharField(blank=True, max_length=160)),
                ("data", models.CharField(blank=True, max_length=60)),
                ("answers", models.JSONField(default=dict)),
                ("why", models.TextField(blank=True, max_length=2000)),
                ("saves", models.PositiveIntegerField(default=1)),
                ("saved_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "enrolment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="proposal_drafts",
                        to="courses.enrolment",
                    ),
                ),
            ],
            options={
                "ordering": ["enrolment", "assignment_slug"],
            },
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.UniqueConstraint(
                fields=("enrolment", "assignment", "number"), name="proposal_number_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="proposaldecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome", "approved"), models.Q(("reason", ""), _negated=True), _connector="OR"),
                name="proposal_refused_with_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposaldraft",
            constraint=models.UniqueConstraint(fields=("enrolment", "assignment_slug"), name="one_proposal_draft"),
        ),
        migrations.RunPython(protect, unprotect),
    ]
