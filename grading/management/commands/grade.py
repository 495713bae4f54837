import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management.base import BaseCommand, CommandError

from courses.models import Assignment, Programme
from grading import execution
from grading.uploads import UploadRefused, read_upload
from sandbox import SandboxUnavailable


class Command(BaseCommand):
    help = "Grade a local file exactly as a worker would, against the newest revision of the programme. Stores no run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("assignment", help="its slug, such as hospital-death")
        parser.add_argument("file", type=Path, help="the notebook, script or zip to grade")
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--visible", action="store_true", help="run the visible checks only")

    def handle(self, *args: Any, assignment: str, file: Path, visible: bool, **options: Any) -> None:
        revisions = [programme.latest() for programme in Programme.objects.all()]
        found = Assignment.objects.filter(module__revision__in=revisions, slug=assignment).first()
        if found is None:
            known = Assignment.objects.filter(module__revision__in=revisions).values_list("slug", flat=True)
            raise CommandError(f"There is no assignment “{assignment}”. There are: {', '.join(known) or 'none'}.")
        try:
            files = read_upload(SimpleUploadedFile(file.name, file.read_bytes()), found)
            done = execution.execute(found, files, hidden=not visible)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        except (UploadRefused, SandboxUnavailable, execution.PlatformFault) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(as_json(done), ensure_ascii=False, indent=2))
            return
        usage = done.outcome.usage
        self.stdout.write(f"{done.outcome.verdict} in {usage.wall_s:.1f} s, {usage.peak_memory_mb:.0f} MB")
        if done.outcome.message:
            self.stdout.write(done.outcome.message)
        for result in done.results:
            kind = "visible" if result.is_visible else "hidden "
            self.stdout.write(f"  {result.earned:>6} of {result.points:<6} {kind} {result.title} ({result.seconds} s)")
            if result.message:
                self.stdout.write(f"         {result.message}")
        if done.auto_mark is not None:
            self.stdout.write(f"auto mark {done.auto_mark}")


def as_json(done: execution.Execution) -> dict[str, Any]:
    return {
        "verdict": done.outcome.verdict.value,
        "message": done.outcome.message,
        "auto_mark": None if done.auto_mark is None else str(done.auto_mark),
        "checks": [
            {
                "name": result.name,
                "title": result.title,
                "visible": result.is_visible,
                "points": str(result.points),
                "earned": str(result.earned),
                "message": result.message,
                "seconds": result.seconds,
            }
            for result in done.results
        ],
    }
