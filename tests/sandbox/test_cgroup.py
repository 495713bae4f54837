"""The kernel's own ceiling on memory, where this machine and user can have one."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from sandbox import Verdict
from sandbox.bubblewrap import Bubblewrap
from sandbox.cgroup import MemoryGroups

pytestmark = pytest.mark.sandbox

groups = MemoryGroups.find()
# Whoever runs a session makes its group; behind a service the container's own limit stands in its place.
embedded = pytest.mark.parametrize("backend", ["bubblewrap"], indirect=True)
needs_groups = pytest.mark.skipif(groups is None, reason="no cgroup v1 memory hierarchy that we may write to")


@embedded
@needs_groups
def test_the_probe_says_that_groups_are_used(backend: Any) -> None:
    assert backend.probe().memory_limit.startswith("cgroup v1")


@needs_groups
def test_groups_can_be_left_out() -> None:
    backend = Bubblewrap(memory_groups=False, preload=["numpy"])
    assert backend.probe().memory_limit.startswith("watch on")
    backend.close()


@embedded
@needs_groups
def test_a_session_is_in_a_group_that_goes_with_it(opened: Any) -> None:
    assert groups is not None
    with opened("pass"):
        (folder,) = held(groups)
        assert int(folder.joinpath("memory.limit_in_bytes").read_text()) > 2048 << 20
    assert not folder.exists()


@embedded
@needs_groups
def test_the_kernel_ends_what_the_watch_is_too_late_for(opened: Any) -> None:
    """The ceiling is lowered below the limit, so that the watch has no part in it."""
    assert groups is not None
    code = "import os, time\nif os.fork() == 0: kept = bytearray(200_000_000)\ntime.sleep(60)"
    with opened(code, wall_s=2) as session:
        (folder,) = held(groups)
        folder.joinpath("memory.limit_in_bytes").write_text(str(100 << 20))
        outcome = session.run()
    assert outcome.verdict is Verdict.OUT_OF_MEMORY


@needs_groups
def test_a_group_that_a_killed_platform_left_is_swept_away() -> None:
    assert groups is not None
    left = groups._folder / "pathway-sandbox-4194305-0"
    left.mkdir()
    MemoryGroups.find()
    assert not left.exists()


def test_where_no_group_can_be_made_there_is_none(monkeypatch: Any) -> None:
    monkeypatch.setattr(os, "access", lambda *arguments: False)
    assert MemoryGroups.find() is None


def test_a_process_that_has_gone_cannot_be_held(tmp_path: Path) -> None:
    assert MemoryGroups(tmp_path / "missing").hold(1) is None


@needs_groups
def test_files_that_a_session_is_given_do_not_count(run: Any) -> None:
    """They come into memory while it is in its group already."""
    code = "print(sum(len(piece) for piece in iter(lambda file=open('data.bin', 'rb'): file.read(1 << 20), b'')))"
    outcome = run(code, {"data.bin": bytes(300 << 20)}, memory_mb=200, disk_mb=1)
    assert outcome.stdout == f"{300 << 20}\n", outcome.message


@needs_groups
def test_a_group_goes_when_its_last_process_has_gone() -> None:
    assert groups is not None
    with subprocess.Popen(["sleep", "60"]) as process:
        group = groups.hold(process.pid)
        assert group is not None
        group.remove()
        assert group._folder.exists()
        process.kill()
    groups.sweep()
    assert not group._folder.exists()


def test_closing_leaves_no_groups() -> None:
    backend = Bubblewrap(preload=["numpy"])
    backend.probe()
    backend.close()
    assert backend._groups is None or not backend._groups._left


def held(groups: MemoryGroups) -> list[Path]:
    """Groups with a session in them; that of the session which waits ready-made has no limit yet."""
    ours = groups._folder.glob(f"pathway-sandbox-{os.getpid()}-*")
    return [folder for folder in ours if int(folder.joinpath("memory.limit_in_bytes").read_text()) < 1 << 40]
