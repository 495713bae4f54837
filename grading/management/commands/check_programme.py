import json
import os
from argparse import ArgumentParser
from collections import defaultdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from courses.loading import ProgrammeError
from courses.models import Assignment, Quiz, Revision, Solution
from grading.authoring.anchors import compare, lines_of_anchors
from grading.authoring.hostility import hostile_solutions
from grading.authoring.rehearsal import Rehearsal, rehearse_all
from grading.authoring.report import (
    as_json,
    line_of,
    lines_of_checks,
    summary,
    summary_of_hostile,
)
from grading.authoring.scratch import scratch_revision
from sandbox import SandboxUnavailable


class Command(BaseCommand):
    help = (
        "Check the programme in a folder: its files, and in the sandbox that each reference earns every point and each "
        "wrong solution is caught. Stores nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, default=settings.PROGRAMME_DIR)
        parser.add_argument("--module", metavar="SLUG", help="only this module, such as m4-supervised-learning or m4")
        parser.add_argument("--assignment", metavar="SLUG", help="only this assignment, such as hospital-death")
        parser.add_argument("--references", action="store_true", help="leave the wrong solutions out")
        parser.add_argument("--hostile", action="store_true", help="try code that attacks the checks as well")
        parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), help="how many at a time")
        parser.add_argument("--json", action="store_true", help="print one JSON object; progress goes to stderr")

    def handle(self, *args: Any, folder: Path, jobs: int, **options: Any) -> None:
        if jobs < 1:
            raise CommandError("--jobs is at least 1.")
        progress = self.stderr if options["json"] else self.stdout
        try:
            with scratch_revision(folder) as revision:
                assignments = chosen(revision, options["module"], options["assignment"])
                quizzes = lines_of_quizzes(revision)
                pairs = [(each, solution) for each in assignments for solution in each.solutions.all()]
                if options["references"]:
                    pairs = [pair for pair in pairs if pair[1].kind == Solution.Kind.REFERENCE]
                if options["hostile"]:
                    pairs += [pair for each in assignments for pair in hostile_solutions(each)]
                found: dict[int, list[Rehearsal]] = defaultdict(list)
                for number, (assignment, rehearsal) in enumerate(rehearse_all(pairs, jobs=jobs), 1):
                    found[assignment.pk].append(rehearsal)
                    progress.write(f"[{number}/{len(pairs)}] {line_of(assignment, rehearsal)}", ending="\n")
                    progress.flush()
                results = [(assignment, found[assignment.pk]) for assignment in assignments]
                anchors = [each for pair in results for each in compare(folder, *pair)]
        except ProgrammeError as error:
            raise CommandError(f"{error}\n\nThe programme cannot be loaded, so nothing was run.") from error
        except SandboxUnavailable as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            figures = {"figures": [each.as_json() for each in anchors]}
            self.stdout.write(json.dumps(as_json(results) | figures, ensure_ascii=False, indent=2))
        else:
            for assignment, rehearsals in results:
                self.stdout.write("\n".join(lines_of_checks(assignment, rehearsals)))
            self.stdout.write("\n".join(lines_of_anchors(anchors)))
            if options["hostile"]:
                self.stdout.write(summary_of_hostile(results))
            self.stdout.write("\n".join(quizzes))
            self.stdout.write(summary(results))
        tried = [rehearsal for _, rehearsals in results for rehearsal in rehearsals]
        if any(each.complaint for each in tried) or any(each.complaint for each in anchors):
            raise SystemExit(1)


def chosen(revision: Revision, module: str | None, assignment: str | None) -> list[Assignment]:
    """The assignments that are asked for, in the order of the programme. Raises CommandError when there is none."""
    found = list(
        Assignment.objects.filter(module__revision=revision)
        .exclude(kind=Assignment.Kind.QUIZ)
        .select_related("module")
        .prefetch_related("solutions", "checks")
        .order_by("module__number", "slug")
    )
    if module:
        known = [(each.slug, each.code) for each in revision.modules.all()]
        if not any(module.lower() in (slug, code.lower()) for slug, code in known):
            raise CommandError(f"There is no module “{module}”. There are: {', '.join(slug for slug, _ in known)}.")
        found = [each for each in found if module.lower() in (each.module.slug, each.module.code.lower())]
    if assignment:
        slugs = [each.slug for each in found]
        if assignment not in slugs:
            raise CommandError(f"There is no assignment “{assignment}”. There are: {', '.join(slugs) or 'none'}.")
        found = [each for each in found if each.slug == assignment]
    return found


def lines_of_quizzes(revision: Revision) -> list[str]:
    """Of the assignments that are quizzes: nothing of them is run, their key was read with the file."""
    found = Quiz.objects.filter(assignment__module__revision=revision).select_related("assignment__module")
    return [
        f"{quiz.assignment.module.code} {quiz.assignment.slug}: a quiz of {len(quiz.questions)} questions, "
        f"{quiz.ask} in a sitting; its key was read, nothing is run"
        for quiz in found.order_by("assignment__module__number")
        if quiz.assignment
    ]
