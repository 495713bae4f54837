from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from courses.coverage import coverage
from courses.loading import ProgrammeError, read


class Command(BaseCommand):
    help = "Says which lesson covers which topic, and how long and how easy to read each lesson is. Loads nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, default=settings.PROGRAMME_DIR)

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            contents = read(folder, data_dir=settings.DATA_DIR)
        except ProgrammeError as error:
            raise CommandError(str(error)) from error
        holes = 0
        for one in contents.modules:
            covered = coverage(one.module, one.lessons)
            holes += len(covered.holes)
            self.stdout.write(f"\n{one.module.code} {one.module.title}")
            for row in covered.topics:
                by = ", ".join(f"{one.module.number}.{lesson.number}" for lesson in row.lessons)
                self.stdout.write(f"  {by or ('HOLE' if covered.lessons else '–'):16}{row.topic}")
            for lesson, read_as in covered.lessons:
                questions = next((len(quiz.questions) for quiz in one.quizzes if quiz.lesson is lesson), 0)
                self.stdout.write(
                    f"  {one.module.number}.{lesson.number} {lesson.title[:44]:46}{lesson.minutes:3} min stated, "
                    f"{read_as.minutes:2} to read; {read_as.words:5} words, ease {read_as.ease}; {questions} questions"
                )
        without = [one.module.code for one in contents.modules if not one.lessons]
        self.stdout.write(f"\n{holes} holes. Without lessons: {', '.join(without) or 'none'}.")
        if holes:
            raise CommandError("A topic is taught by no lesson.")
