import re
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from courses.loading.table import SLUG
from grading.authoring.nbgrader import NotAnNbgraderNotebook, import_notebook


class Command(BaseCommand):
    help = "Turn an nbgrader source notebook, or each one of a folder, into an assignment. Tells what cannot be kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", type=Path, help="a source notebook, or a folder of them such as source/ps1")
        parser.add_argument("dest", type=Path, help="the assignment's new folder; of a folder, where theirs are made")

    def handle(self, *args: Any, source: Path, dest: Path, **options: Any) -> None:
        try:
            places = places_of(source, dest)
        except OSError as error:
            raise CommandError(f"{source} cannot be read: {error.strerror}.") from error
        try:
            for place in places:
                must_be_new(place)
            made = {place: import_notebook(each) for place, each in places.items()}
            for place, imported in made.items():
                for name, content in imported.files.items():
                    (place / name).parent.mkdir(parents=True, exist_ok=True)
                    (place / name).write_text(content, encoding="utf-8")
        except NotAnNbgraderNotebook as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{error.filename} cannot be written: {error.strerror}.") from error
        for place, imported in made.items():
            self.stdout.write(f"{places[place]} → {place}: {', '.join(sorted(imported.files))}")
            for each in imported.lost:
                self.stdout.write(f"  {each}")
        self.stdout.write("Now: python manage.py check_programme")


def places_of(source: Path, dest: Path) -> dict[Path, Path]:
    """Each new folder with the notebook that it is made from. Raises CommandError."""
    if not source.is_dir():
        return {dest: source}
    places: dict[Path, Path] = {}
    for notebook in sorted(source.glob("*.ipynb")):
        place = dest / slug_of(notebook.stem)
        if place in places:
            raise CommandError(
                f"{places[place].name} and {notebook.name} would both become {place.name}: rename one of them."
            )
        places[place] = notebook
    if not places:
        raise CommandError(f"{source} holds no notebook.")
    return places


def must_be_new(place: Path) -> None:
    """Raises CommandError for a folder that is there already, or that no assignment can have."""
    if not SLUG.match(place.name):
        raise CommandError(f"{place.name} is no name for an assignment: use small letters, digits and hyphens.")
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise CommandError(f"{place} is there already: nothing was written. Name a new folder.")


def slug_of(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "notebook"
