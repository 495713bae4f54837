from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from courses.loading import ProgrammeError, load
from courses.models import Revision


class Command(BaseCommand):
    help = "Loads the programme from its files. The same files again change nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, default=settings.PROGRAMME_DIR)

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        known = set(Revision.objects.values_list("pk", flat=True))
        try:
            revision = load(folder, data_dir=settings.DATA_DIR, by=None)
        except ProgrammeError as error:
            count = len(error.problems)
            problems = f"{count} problem{'' if count == 1 else 's'}"
            raise CommandError(f"{error}\n\nNothing was loaded: {problems}.") from error
        was = "was loaded already, nothing has changed" if revision.pk in known else "loaded"
        self.stdout.write(f"{revision}: {was}\n\n")
        self.stdout.write(f"{'':4}{'module':44}{'lessons':>8}{'assignments':>13}{'checks':>8}")
        for module in revision.modules.all():
            assignments = module.assignments.all()
            checks = sum(assignment.checks.count() for assignment in assignments)
            self.stdout.write(
                f"{module.code:4}{module.short_title[:43]:44}{module.lessons.count():8}{len(assignments):13}{checks:8}"
            )
