"""From a job and a freshly forked child to a session that is ready: the same for every backend."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sandbox import attack, words
from sandbox.contract import Backend, Job, Outcome, Probe, Reply, SandboxUnavailable, Session, Usage, Verdict
from sandbox.session import Broken, ForkedSession, Lines, Source, is_inside

MAX_FILES = 1000
MAX_INPUT_BYTES = 1 << 30

_SELF_TEST = Path(__file__).resolve().parent / "inside" / "selftest.py"


@dataclass(frozen=True)
class Fork:
    """A child that waits for a job. `closed` is told once, at its end, whether every process of it has gone."""

    lines: Lines
    closed: Callable[[bool], None]


def open_session(job: Job, fork: Callable[[], Fork], explained: Callable[[str], str]) -> Session:
    """Raises SandboxUnavailable, with what `explained` makes of a child's last words."""
    told = ""
    try:
        with _sources(job) as (files, packages, roots):
            for _ in range(2):
                child = fork()
                session = ForkedSession(job, child.lines, child.closed)
                try:
                    session.prepare(files, packages, roots)
                    return session
                except Broken as broken:
                    told = str(broken)
                    session.close()
    except _Refused as refusal:
        return _Unopened(Verdict.REFUSED, str(refusal))
    except OSError as error:
        return _Unopened(Verdict.PLATFORM_FAULT, f"A file of the job cannot be read: {error.strerror}.")
    raise SandboxUnavailable(explained(told))


def self_tested(backend: Backend, memory_limit: str, remedy: str) -> Probe:
    """Does a session of this backend look as it should, and do a few attacks fail on it?"""
    job = Job(kind="script", entry="selftest.py", files={"selftest.py": _SELF_TEST})
    try:
        with backend.open(job) as session:
            outcome = session.run()
        breaches = attack.fast(backend) if outcome.verdict is Verdict.COMPLETED else []
    except SandboxUnavailable as unavailable:
        reason, _, remedy = str(unavailable).partition("\n")
        return Probe(name=backend.name, ok=False, reason=reason, remedy=remedy)
    except OSError as error:
        return Probe(name=backend.name, ok=False, reason=f"The self-test could not be made: {error}", remedy=remedy)
    if outcome.verdict is not Verdict.COMPLETED:
        said = (outcome.stderr.strip().splitlines() or [outcome.message])[-1]
        return Probe(name=backend.name, ok=False, reason=f"The self-test failed: {said}", remedy=remedy)
    if breaches:
        return Probe(name=backend.name, ok=False, reason=f"The self-test failed: {'; '.join(breaches)}", remedy=remedy)
    return Probe(name=backend.name, ok=True, memory_limit=memory_limit)


class _Unopened:
    """A session of a job that cannot be opened: it says why and does nothing."""

    def __init__(self, verdict: Verdict, message: str) -> None:
        self._verdict = verdict
        self._message = message

    def run(self, on_event: object = None) -> Outcome:
        return Outcome(verdict=self._verdict, message=self._message)

    def call(
        self, function: str, *args: object, on_ask: object = None, limit_s: float | None = None, **kwargs: object
    ) -> Reply:
        return Reply(verdict=self._verdict, message=self._message)

    def value(self, name: str, *, limit_s: float | None = None) -> Reply:
        return Reply(verdict=self._verdict, message=self._message)

    def close(self) -> Usage:
        return Usage()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exc: object) -> None:
        pass


class _Refused(Exception):
    pass


@contextlib.contextmanager
def _sources(job: Job) -> Iterator[tuple[list[Source], list[Source], list[str]]]:
    """Open files for all that a job brings; the roots are the folders of packages that go on the import path."""
    if job.entry not in job.files:
        raise _Refused(f"{job.entry} is not among the files.")
    for name in job.files:
        if not is_inside(name):
            raise _Refused(f"{name!r} is not a name that a file can have here.")
        above = next((str(parent) for parent in PurePosixPath(name).parents if str(parent) in job.files), None)
        if above is not None:
            raise _Refused(f"{above} is a file, so {name} cannot be in it.")
    with contextlib.ExitStack() as stack:

        def opened(place: str, path: Path) -> Source:
            file = stack.enter_context(path.open("rb"))
            return Source(place, file.fileno(), os.fstat(file.fileno()).st_size)

        files = [opened(name, path) for name, path in job.files.items()]
        packages, roots = [], []
        for number, folder in enumerate(job.packages):
            # A package is imported by its own name; a folder of modules is itself the place to import from.
            inside = f"{number}/{folder.name}" if (folder / "__init__.py").exists() else str(number)
            roots.append(str(number))
            packages += [opened(f"{inside}/{path.relative_to(folder)}", path) for path in _code(folder)]
        if len(files) + len(packages) > MAX_FILES:
            raise _Refused(f"It has {len(files) + len(packages)} files; at most {MAX_FILES} can be run together.")
        total = sum(source.size for source in files + packages)
        if total > MAX_INPUT_BYTES:
            raise _Refused(
                f"Its files come to {words.size(total >> 10)}; at most {words.size(MAX_INPUT_BYTES >> 10)} fit."
            )
        yield files, packages, roots


def _code(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path
