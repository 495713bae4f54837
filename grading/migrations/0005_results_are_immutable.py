"""What is written about a run that is over, and what its checks found, never changes. A regrade that is applied gives a
run its kind and its submission; nothing else of it can be set. Rows can be deleted, but no code of ours does.

SQLite forgets a trigger when a later migration rebuilds the table: run `protect` again at the end of such a migration.
"""

from typing import Any

from django.db import migrations

RUN = (
    *("enrolment_id", "assignment_id", "reproduces_id", "files", "digest", "state", "starts", "started_at"),
    *("finished_at", "verdict", "message", "error", "usage", "notebook", "page", "auto_mark", "seed", "environment"),
    *("assignment_digest", "hidden_digest", "limits", "backend", "worker", "checklist"),
)
RESULT = (
    *("run_id", "number", "name", "title", "is_visible", "feedback", "points", "earned", "message", "details"),
    *("reports", "seconds"),
)
SAID = "results are immutable: run the work again instead"
FUNCTION = f"""
CREATE OR REPLACE FUNCTION results_are_immutable() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{SAID}' USING ERRCODE = 'integrity_constraint_violation'; END $$
"""


def protect(apps: Any, editor: Any) -> None:
    unprotect(apps, editor)
    is_sqlite = editor.connection.vendor == "sqlite"
    if not is_sqlite:
        editor.execute(FUNCTION)
    differs = "IS NOT" if is_sqlite else "IS DISTINCT FROM"
    refuse = f"BEGIN SELECT RAISE(ABORT, '{SAID}'); END" if is_sqlite else "EXECUTE FUNCTION results_are_immutable()"
    for table, columns, which in (
        ("grading_run", RUN, "OLD.state IN ('finished', 'failed', 'cancelled')"),
        ("grading_checkresult", RESULT, "1 = 1"),
    ):
        known = columns_of(editor, table)
        changed = " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in columns if name in known)
        editor.execute(
            f"CREATE TRIGGER {table}_immutable BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({which} AND ({changed})) "
            f"{refuse}"
        )


def columns_of(editor: Any, table: str) -> set[str]:
    """Those that there are now: some were added by later migrations."""
    with editor.connection.cursor() as cursor:
        return {column.name for column in editor.connection.introspection.get_table_description(cursor, table)}


def unprotect(apps: Any, editor: Any) -> None:
    for table in ("grading_run", "grading_checkresult"):
        on = "" if editor.connection.vendor == "sqlite" else f" ON {table}"
        editor.execute(f"DROP TRIGGER IF EXISTS {table}_immutable{on}")


class Migration(migrations.Migration):
    dependencies = [("grading", "0004_provenance")]

    operations = [migrations.RunPython(protect, unprotect)]
