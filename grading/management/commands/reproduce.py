from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from grading.execution import PlatformFault
from grading.models import Run
from grading.reproducing import Sort, reproduce
from sandbox import SandboxUnavailable


class Command(BaseCommand):
    help = "Make a run again and compare it field by field with what is on record. Exit code 1 if anything differs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", type=UUID, help="its id, as on the page of its record")
        parser.add_argument("--all", action="store_true", help="show the fields that are the same, too")

    def handle(self, *args: Any, run: UUID, **options: Any) -> None:
        found = Run.objects.filter(pk=run).select_related("assignment").first()
        if found is None:
            raise CommandError(f"There is no run {run}.")
        if found.state != Run.State.FINISHED:
            raise CommandError(f"The run {run} is {found.get_state_display().lower()}, so it left no result.")
        try:
            fields = reproduce(found)
        except FileNotFoundError as missing:
            raise CommandError(f"A file of the run is gone, so it cannot be made again: {missing}") from missing
        except (PlatformFault, SandboxUnavailable) as error:
            raise CommandError(str(error)) from error
        for field in fields:
            if field.differs:
                self.stdout.write(f"differs   {field.name}\n    before  {field.before}\n    now     {field.after}")
            elif options["all"]:
                word = "measured" if field.sort == Sort.MEASURED else "same    "
                self.stdout.write(f"{word}  {field.name}: {field.after}")
        compared = [field for field in fields if field.sort != Sort.MEASURED]
        differing = sum(field.differs for field in compared)
        if differing:
            self.stdout.write(f"{differing} of {len(compared)} fields differ.")
            raise SystemExit(1)
        self.stdout.write(f"All {len(compared)} fields are the same.")
