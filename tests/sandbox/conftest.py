"""`run` performs code in the sandbox, `opened` gives the session: every backend in `backend` takes all tests."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import pytest

from sandbox import Backend, Job, Limits, Outcome, Session, open_backend

PROJECT = Path(__file__).resolve().parents[2]


# PATHWAY_TEST_SANDBOX names one backend to test instead, such as the socket of a service in a container, and
# PATHWAY_TEST_SANDBOX_PID a process below which its sessions can be seen (of a container: its first process).
GIVEN = os.environ.get("PATHWAY_TEST_SANDBOX")
BELOW = os.environ.get("PATHWAY_TEST_SANDBOX_PID")
BACKENDS = [GIVEN] if GIVEN else ["bubblewrap", "service", "docker:runc", "docker:runsc"]


@pytest.fixture(scope="session", params=BACKENDS)
def backend(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    with contextlib.ExitStack() as stack:
        name = request.param
        if name == "service":
            name = f"unix:{stack.enter_context(a_service(tmp_path_factory.mktemp('service') / 'sandbox.sock'))}"
        backend = stack.enter_context(contextlib.closing(open_backend(name)))
        probe = backend.probe()
        if name.startswith("docker:") and not GIVEN and not probe.ok:
            pytest.skip(f"{name}: {probe.reason}")
        # A machine that cannot isolate must not look as if everything held.
        assert probe.ok, f"{probe.reason}. {probe.remedy}"
        yield backend


@pytest.fixture
def ancestor(backend: Backend) -> psutil.Process:
    """A process that all sessions descend from."""
    if backend.name.startswith("docker:"):
        pytest.skip(f"{backend.name}: its sessions are the engine's processes; test_containers.py counts containers")
    return psutil.Process(int(BELOW) if BELOW else None)


@contextlib.contextmanager
def a_service(path: Path, *arguments: str) -> Iterator[Path]:
    """A sandbox service that listens at `path`."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "serve", str(path), *arguments],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process:
        assert process.stdout.readline().startswith("Ready"), "the service did not start"
        yield path
        process.terminate()


@pytest.fixture
def opened(backend: Backend, tmp_path: Path) -> Iterator[Callable[..., Session]]:
    """opened("print(1)") or opened(["cell 1", "cell 2"]): a session that is ready to run it."""
    sessions: list[Session] = []

    def open_it(code: str | list[str], files: Mapping[str, str | bytes] | None = None, **job: Any) -> Session:
        session = backend.open(a_job(tmp_path, code, files, **job))
        sessions.append(session)
        return session

    yield open_it
    for session in sessions:
        session.close()


@pytest.fixture
def run(opened: Callable[..., Session]) -> Callable[..., Outcome]:
    """run("print(1)") or run(["cell 1", "cell 2"], wall_s=1): how it went."""

    def run_it(code: str | list[str], files: Any = None, *, on_event: Any = None, **job: Any) -> Outcome:
        with opened(code, files, **job) as session:
            return session.run(on_event)

    return run_it


@pytest.fixture
def as_notebook() -> Callable[..., str]:
    return _as_notebook


def a_job(folder: Path, code: str | list[str], files: Mapping[str, str | bytes] | None = None, **fields: Any) -> Job:
    """A job of this code. Fields of Limits may be given beside those of Job."""
    limits = {name: fields.pop(name) for name in list(fields) if name in Limits.__dataclass_fields__}
    folder = folder / uuid4().hex
    folder.mkdir()
    entry = "analysis.ipynb" if isinstance(code, list) else "analysis.py"
    contents: dict[str, str | bytes] = {entry: _as_notebook(code) if isinstance(code, list) else code, **(files or {})}
    paths = {}
    for number, (name, content) in enumerate(contents.items()):
        paths[name] = folder / str(number)
        paths[name].write_bytes(content if isinstance(content, bytes) else content.encode())
    fields.setdefault("kind", "notebook" if isinstance(code, list) else "script")
    return Job(entry=entry, files=paths, limits=Limits(**limits), **fields)


def _as_notebook(cells: list[str], **metadata: Any) -> str:
    return json.dumps(
        {
            "cells": [
                {
                    "cell_type": "code",
                    "id": f"cell-{number}",
                    "metadata": {},
                    "execution_count": None,
                    "outputs": [],
                    "source": source,
                }
                for number, source in enumerate(cells, 1)
            ],
            "metadata": metadata,
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )
