from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from courses.data import DataError, freeze
from courses.loading import ProgrammeError


class Command(BaseCommand):
    help = "Writes the data sets of the programme that are missing or wrong into the data folder."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            for one in freeze(settings.PROGRAMME_DIR, settings.DATA_DIR):
                done = "is there" if one.was_there else f"frozen ({', '.join(file.name for file in one.set.files)})"
                self.stdout.write(f"{one.set.id}: {done}")
                for name in one.replaced:
                    self.stdout.write(f"{one.set.id}: {name} was there with other bytes and has been replaced")
        except (DataError, ProgrammeError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"The data are in {settings.DATA_DIR}.")
