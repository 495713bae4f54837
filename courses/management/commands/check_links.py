"""Opens every link of the programme. It needs a network, so no test does it."""

import http.client
import urllib.error
import urllib.request
from argparse import ArgumentParser
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from courses.links import links_in

AGENT = "Mozilla/5.0 (compatible; Pathway check_links)"
GONE = (404, 410)  # Others mean that a program is not wanted there: a person has to look.


class Command(BaseCommand):
    help = "Open every link of the programme in a folder, and tell which are gone or cannot be opened."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, default=settings.PROGRAMME_DIR)
        parser.add_argument("--timeout", type=float, default=20, help="seconds for each (default 20)")

    def handle(self, *args: Any, folder: Path, timeout: float, **options: Any) -> None:
        if not folder.is_dir():
            raise CommandError(f"There is no folder {folder}.")
        files: dict[str, set[str]] = defaultdict(set)
        for link in links_in(folder):
            files[link.url].add(link.file)
        with ThreadPoolExecutor(8) as pool:
            answers = dict(zip(files, pool.map(lambda url: opened(url, timeout), files), strict=True))
        gone = [url for url, (status, _) in answers.items() if status in GONE]
        for url, (status, said) in answers.items():
            if status != http.client.OK:
                self.stdout.write(f"{said}: {url} ({', '.join(sorted(files[url]))})")
        self.stdout.write(f"{len(files)} links, {len(gone)} gone, {sum(s == 200 for s, _ in answers.values())} opened")
        if gone:
            raise SystemExit(1)


def opened(url: str, timeout: float) -> tuple[int, str]:
    """The status, 0 where there was no answer, and it in words."""
    if not url.startswith("https://"):
        return 0, "not https"
    request = urllib.request.Request(url, headers={"User-Agent": AGENT})  # noqa: S310 - https only
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:  # noqa: S310
            return int(answer.status), str(answer.status)
    except urllib.error.HTTPError as error:
        return error.code, f"{error.code} {error.reason}"
    except (OSError, ValueError, http.client.HTTPException) as error:
        return 0, f"no answer ({error})"
