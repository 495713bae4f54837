import sys
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand

from courses.regulations import RegulationsError, regulations, versions
from graduation.awards.engine import Decision, decide
from graduation.awards.profile_table import Row, TableError, compare, read, written


class Command(BaseCommand):
    help = (
        "Decides the profiles of a CSV file and prints them with outcome, mean, refer and compensated. "
        "Exit 1: the file expects something else; exit 2: the file cannot be read."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--regulations", default=max(versions(), default=""), help="version, by default the newest")
        parser.add_argument("--explain", action="store_true", help="print the steps of each decision, not the table")

    def handle(self, *, file: Path, explain: bool, **options: str) -> None:
        try:
            rules = regulations(options["regulations"])
            table = read(file, rules)
        except (RegulationsError, TableError) as error:
            self.stderr.write(str(error))
            sys.exit(2)
        for name in table.unknown_columns:
            self.stderr.write(f"column {name or '(no name)'}: not of this form, not looked at.")
        decisions = [decide(row.profile, rules) for row in table.rows]
        if explain:
            for row, decision in zip(table.rows, decisions, strict=True):
                self._explain(row, decision)
        else:
            self.stdout.write(written(table, decisions), ending="")
        differences = [
            difference
            for row, decision in zip(table.rows, decisions, strict=True)
            for difference in compare(row, decision)
        ]
        for difference in differences:
            self.stderr.write(str(difference))
        if differences:
            sys.exit(1)

    def _explain(self, row: Row, decision: Decision) -> None:
        self.stdout.write(f"{row.id}: {decision.outcome}")
        for step in decision.steps:
            margin = f" [{step.margin}]" if step.margin else ""
            self.stdout.write(f"  rule {step.rule}: {step.text}{margin}")
