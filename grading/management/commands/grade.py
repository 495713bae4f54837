import json
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from courses.loading import ProgrammeError
from courses.models import Assignment, Programme
from grading import execution
from grading.authoring.report import execution_as_json, lines_of_report
from grading.authoring.scratch import scratch_revision
from grading.text import storable
from grading.uploads import UploadRefused, read_upload
from sandbox import SandboxUnavailable


class Command(BaseCommand):
    help = (
        "Grade a local file exactly as a worker would, against the newest revision of the programme, or against its "
        "files where none is loaded. Stores no run."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("assignment", help="its slug, such as hospital-death")
        parser.add_argument("file", type=Path, help="the notebook, script or zip to grade")
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--visible", action="store_true", help="run the visible checks only")
        parser.add_argument("--programme", type=Path, metavar="FOLDER", help="grade against the files in this folder")

    def handle(
        self, *args: Any, assignment: str, file: Path, visible: bool, programme: Path | None, **options: Any
    ) -> None:
        content = read(file)
        with ExitStack() as scratch:
            try:
                if programme or not is_loaded():
                    scratch.enter_context(scratch_revision(programme or settings.PROGRAMME_DIR))
                found = newest(assignment)
                files = read_upload(SimpleUploadedFile(file.name, content), found)
                done = execution.execute(found, files, hidden=not visible)
            except (ProgrammeError, UploadRefused, SandboxUnavailable, execution.PlatformFault) as error:
                raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(execution_as_json(done), ensure_ascii=False, indent=2))
            return
        usage = done.outcome.usage
        self.stdout.write(f"{done.outcome.verdict} in {usage.wall_s:.1f} s, {usage.peak_memory_mb:.0f} MB")
        if done.outcome.message:
            self.stdout.write(storable(done.outcome.message))
        for result in done.results:
            kind = "visible" if result.is_visible else "hidden "
            self.stdout.write(f"  {result.earned:>6} of {result.points:<6} {kind} {result.title} ({result.seconds} s)")
            if result.message:
                self.stdout.write(storable(f"         {result.message}"))
            for report in result.reports:
                lines = [f"         {line}".rstrip() for line in ["", *lines_of_report(report), ""]]
                self.stdout.write(storable("\n".join(lines)))
        if done.auto_mark is not None:
            self.stdout.write(f"auto mark {done.auto_mark}")


def read(file: Path) -> bytes:
    """What would be uploaded. Raises CommandError."""
    try:
        if file.exists() and not file.is_file():
            raise CommandError(f"{file} is not a file: name the notebook, script or zip itself.")
        if file.stat().st_size > settings.UPLOAD_MAX_MB * 1024 * 1024:
            raise CommandError(f"{file} is larger than {settings.UPLOAD_MAX_MB} MB, the most that can be handed in.")
        return file.read_bytes()
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error


def is_loaded() -> bool:
    """Whether this platform's database can be used and holds a programme."""
    try:
        return Assignment.objects.first() is not None
    except DatabaseError:
        return False


def newest(slug: str) -> Assignment:
    """The assignment in the newest revision. Raises CommandError."""
    revisions = [programme.latest() for programme in Programme.objects.all()]
    handed_in = Assignment.objects.exclude(kind=Assignment.Kind.QUIZ)
    found = handed_in.filter(module__revision__in=revisions).select_related("module")
    for assignment in found:
        if assignment.slug == slug:
            return assignment
    known = ", ".join(assignment.slug for assignment in found)
    raise CommandError(f"There is no assignment “{slug}”. There are: {known or 'none'}.")
