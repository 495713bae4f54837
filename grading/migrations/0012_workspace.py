from importlib import import_module

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

results = import_module("grading.migrations.0005_results_are_immutable")


def first_versions(apps, editor):
    """What was uploaded before there were versions is the first one."""
    version = apps.get_model("grading", "DraftVersion")
    version.objects.bulk_create(
        version(
            draft=draft,
            number=1,
            way="upload",
            files=draft.files,
            digest=draft.digest,
            begun_at=draft.saved_at,
            saved_at=draft.saved_at,
        )
        for draft in apps.get_model("grading", "Draft").objects.iterator()
    )


class Migration(migrations.Migration):
    dependencies = [("grading", "0011_quizzes")]

    operations = [
        migrations.AlterField(
            model_name="run",
            name="kind",
            field=models.CharField(
                choices=[
                    ("cells", "Run in the editor"),
                    ("trial", "Visible checks"),
                    ("grade", "Grading"),
                    ("regrade", "Grading again"),
                    ("reproduce", "Reproduction"),
                ],
                max_length=9,
            ),
        ),
        # A generated field cannot be altered, only made again.
        migrations.RemoveIndex(model_name="run", name="run_queue"),
        migrations.RemoveIndex(model_name="run", name="run_turns_of_student"),
        migrations.RemoveField(model_name="run", name="rank"),
        migrations.AddField(
            model_name="run",
            name="rank",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Case(
                    models.When(kind="trial", then=models.Value(0)),
                    models.When(kind="cells", then=models.Value(1)),
                    models.When(kind="grade", then=models.Value(2)),
                    models.When(kind="reproduce", then=models.Value(3)),
                    models.When(kind="regrade", then=models.Value(4)),
                    default=models.Value(5),
                ),
                output_field=models.PositiveSmallIntegerField(),
                verbose_name="of its kind in the queue; the lowest first",
            ),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(fields=["state", "rank", "turn", "queued_at", "id"], name="run_queue"),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(fields=["enrolment", "state", "rank", "turn"], name="run_turns_of_student"),
        ),
        migrations.CreateModel(
            name="DraftVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                (
                    "way",
                    models.CharField(
                        choices=[
                            ("editor", "typed here"),
                            ("upload", "uploaded"),
                            ("starter", "started again"),
                            ("restored", "gone back to"),
                            ("aside", "kept aside"),
                        ],
                        max_length=8,
                    ),
                ),
                ("window", models.UUIDField(null=True, verbose_name="in which it was typed")),
                ("files", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                ("begun_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("saved_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "draft",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="grading.draft"
                    ),
                ),
            ],
            options={
                "ordering": ["draft", "-number"],
                "constraints": [models.UniqueConstraint(fields=("draft", "number"), name="draft_version_once")],
            },
        ),
        migrations.CreateModel(
            name="RunOutput",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("cell", models.PositiveSmallIntegerField()),
                ("outputs", models.JSONField(default=list)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="shown", to="grading.run"
                    ),
                ),
            ],
            options={
                "ordering": ["run", "cell"],
                "constraints": [models.UniqueConstraint(fields=("run", "cell"), name="output_of_a_cell_once")],
            },
        ),
        migrations.RunPython(first_versions, migrations.RunPython.noop),
        # SQLite has rebuilt the table without its triggers.
        migrations.RunPython(results.protect, migrations.RunPython.noop),
    ]
