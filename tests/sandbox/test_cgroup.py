"""The kernel's own ceiling on what a session holds, where this machine and user can have one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox import Verdict, cgroup
from sandbox.bubblewrap import Bubblewrap, limited_by
from sandbox.cgroup import Found, MemoryGroups

pytestmark = pytest.mark.sandbox

found = cgroup.find()
LIMIT = {2: "memory.max", 1: "memory.limit_in_bytes"}
# Whoever runs a session makes its group; behind a service the container's own limit stands in its place.
embedded = pytest.mark.parametrize("backend", ["bubblewrap"], indirect=True)


def in_use(version: int) -> Any:
    """A parameter that is skipped, with the reason, where groups of this version are not what is used here."""
    refused = [reason for reason in found.refused if reason.startswith(f"cgroup v{version}")]
    here = found.groups is not None and found.groups.version == version
    reason = (refused or ["cgroup v2 is used"])[0]
    return pytest.param(found.groups, id=f"v{version}", marks=pytest.mark.skipif(not here, reason=reason))


either = pytest.mark.parametrize("groups", [in_use(2), in_use(1)])
only_v2 = pytest.mark.parametrize("groups", [in_use(2)])


@embedded
@either
def test_the_probe_says_that_groups_are_used(backend: Any, groups: MemoryGroups) -> None:
    assert backend.probe().memory_limit.startswith(f"cgroup v{groups.version}, and a watch on")


def test_groups_can_be_left_out() -> None:
    backend = Bubblewrap(memory_groups=False, preload=["numpy"])
    assert backend.probe().memory_limit.startswith("watch on")
    backend.close()


@embedded
@either
def test_a_session_is_in_a_group_that_goes_with_it(opened: Any, groups: MemoryGroups) -> None:
    with opened("pass"):
        (folder,) = held(groups)
        assert int(folder.joinpath(LIMIT[groups.version]).read_text()) > 2048 << 20
    assert not folder.exists()


@embedded
@either
def test_the_kernel_ends_what_the_watch_is_too_late_for(opened: Any, groups: MemoryGroups) -> None:
    """The ceiling is lowered below the limit, so that the watch has no part in it."""
    code = "import os, time\nif os.fork() == 0: kept = bytearray(200_000_000)\ntime.sleep(60)"
    with opened(code, wall_s=2) as session:
        (folder,) = held(groups)
        folder.joinpath(LIMIT[groups.version]).write_text(str(100 << 20))
        outcome = session.run()
    assert outcome.verdict is Verdict.OUT_OF_MEMORY


@embedded
@only_v2
def test_when_a_group_is_full_all_of_it_ends_at_once(opened: Any, groups: MemoryGroups) -> None:
    code = "import os, time\nif os.fork() == 0: kept = bytearray(200_000_000)\ntime.sleep(60)"
    with opened(code, wall_s=60) as session:
        (folder,) = held(groups)
        folder.joinpath("memory.max").write_text(str(100 << 20))
        outcome = session.run()
    assert outcome.verdict is Verdict.OUT_OF_MEMORY
    assert outcome.usage.wall_s < 30


@embedded
@only_v2
def test_a_session_has_no_swap_and_only_so_many_processes(opened: Any, groups: MemoryGroups) -> None:
    with opened("pass", processes=20):
        (folder,) = held(groups)
        for name, value in (("memory.swap.max", "0\n"), ("memory.oom.group", "1\n"), ("pids.max", "21\n")):
            assert not folder.joinpath(name).exists() or folder.joinpath(name).read_text() == value


@only_v2
def test_what_ends_because_the_machine_is_full_is_not_its_fault(groups: MemoryGroups) -> None:
    """The machine is a folder above, with a ceiling of its own."""
    machine = groups._folder / "machine"
    machine.mkdir()
    try:
        for name, value in (
            ("memory.max", "104857600"),
            ("memory.swap.max", "0"),
            ("cgroup.subtree_control", "+memory"),
        ):
            (machine / name).write_text(value)
        below = MemoryGroups(machine)
        assert [killed_in(below, limit) for limit in (1 << 30, 1 << 20)] == [(-9, False), (-9, True)]
        below.sweep()
    finally:
        machine.rmdir()


def killed_in(groups: MemoryGroups, limit: int) -> tuple[int, bool]:
    """How a process ends that asks for 200 MB in a group of this limit, and is it said to be the group's fault?"""
    code = "input(); kept = bytearray(200_000_000)"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as process:
        group = groups.hold(process.pid)
        assert group is not None
        group.limit(limit, 8)
        process.communicate(b"\n")
    fault = group.oom_kills() > 0
    group.remove()
    return process.returncode, fault


_TOGETHER = """
import os, time
filled, over = os.pipe(), os.pipe()
for _ in range(4):
    if os.fork() == 0:
        kept = bytearray(30_000_000)
        os.write(filled[1], b".")
        os.read(over[0], 1)
        os._exit(0)
for _ in range(4):
    os.read(filled[0], 1)
"""


@embedded
@either
def test_the_peak_is_what_all_processes_held_together(run: Any, groups: MemoryGroups) -> None:
    usage = run(_TOGETHER, {"data.bin": bytes(100 << 20)}, memory_mb=400).usage
    assert 4 * 28 < usage.peak_memory_mb < 4 * 28 + 60


@either
def test_a_group_that_a_killed_platform_left_is_swept_away(groups: MemoryGroups) -> None:
    left = groups._folder / "pathway-sandbox-4194305-0"
    left.mkdir()
    cgroup.find()
    assert not left.exists()


@only_v2
def test_what_a_killed_platform_left_running_ends(groups: MemoryGroups) -> None:
    left = groups._folder / "pathway-sandbox-4194305-1"
    left.mkdir()
    with subprocess.Popen(["sleep", "60"]) as process:
        left.joinpath("cgroup.procs").write_text(str(process.pid))
        groups.take_over()
    groups.sweep()
    assert process.returncode == -9
    assert not left.exists()


def test_where_no_group_can_be_made_there_is_none(monkeypatch: Any) -> None:
    monkeypatch.setattr(os, "access", lambda *arguments: False)
    assert cgroup.find().groups is None


def test_a_process_that_has_gone_cannot_be_held(tmp_path: Path) -> None:
    assert MemoryGroups(tmp_path / "missing").hold(1) is None


@either
def test_files_that_a_session_is_given_do_not_count(run: Any, groups: MemoryGroups) -> None:
    """They come into memory while it is in its group already."""
    code = "print(sum(len(piece) for piece in iter(lambda file=open('data.bin', 'rb'): file.read(1 << 20), b'')))"
    outcome = run(code, {"data.bin": bytes(300 << 20)}, memory_mb=200, disk_mb=1)
    assert outcome.stdout == f"{300 << 20}\n", outcome.message
    assert outcome.usage.peak_memory_mb < 60


@either
def test_a_group_goes_when_its_last_process_has_gone(groups: MemoryGroups) -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        group = groups.hold(process.pid)
        assert group is not None
        group.remove()
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
    limits = {folder: folder.joinpath(LIMIT[groups.version]).read_text().strip() for folder in ours}
    return [folder for folder, limit in limits.items() if limit != "max" and int(limit) < 1 << 40]


# What is found and what is said: a folder of plain files shows no more than this of a kernel.


class Tree:
    """A v2 hierarchy in which this process is, as far as plain files can tell, on a machine without systemd."""

    def __init__(self, folder: Path) -> None:
        self.top = folder / "cgroup"
        self.proc = folder / "proc"
        self.systemd = folder / "systemd"
        self.proc.mkdir()
        self.own = self.move_to("worker")

    def move_to(self, name: str, *, root: str = "/", path: str = "") -> Path:
        own = self.top / name
        own.mkdir(parents=True)
        (own / "cgroup.procs").write_text(f"1\n{os.getpid()}\n")
        (own / "cgroup.controllers").write_text("cpu memory pids\n")
        (self.proc / "cgroup").write_text(f"1:name=systemd:/\n0::{path or f'/{name}'}\n")
        mount = f"30 20 0:26 {root} {self.top} rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
        (self.proc / "mountinfo").write_text(f"22 1 8:1 / / rw - ext4 /dev/root rw\n{mount}")
        return own


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    tree = Tree(tmp_path)
    monkeypatch.setattr(cgroup, "_PROC", tree.proc)
    monkeypatch.setattr(cgroup, "_SYSTEMD", tree.systemd)
    return tree


def folder_found() -> Path | None:
    groups = cgroup.find().groups
    return None if groups is None else groups._folder


def test_a_folder_of_our_own_with_the_memory_controller_is_divided(tree: Tree) -> None:
    assert folder_found() == tree.own
    assert (tree.own / "cgroup.subtree_control").read_text() == "+memory +pids"


def test_without_the_processes_controller_memory_is_limited_all_the_same(tree: Tree) -> None:
    (tree.own / "cgroup.controllers").write_text("memory\n")
    assert folder_found() == tree.own
    assert (tree.own / "cgroup.subtree_control").read_text() == "+memory"


def test_a_folder_that_is_divided_already_is_used_again(tree: Tree) -> None:
    tree.move_to("worker/pathway-platform")
    assert folder_found() == tree.own


def test_the_hierarchy_may_be_mounted_from_below_its_root(tree: Tree) -> None:
    own = tree.move_to("deeper", root="/box", path="/box/deeper")
    assert folder_found() == own


def test_without_the_memory_controller_there_is_none(tree: Tree) -> None:
    (tree.own / "cgroup.controllers").write_text("hugetlb\n")
    assert cgroup.find().refused[0] == f"cgroup v2: the memory controller is not handed down to {tree.own}"


def test_where_systemd_has_delegated_nothing_there_is_none(tree: Tree) -> None:
    tree.systemd.mkdir()
    assert cgroup.find().refused[0] == f"cgroup v2: systemd has not delegated {tree.own} (Delegate=yes in the unit)"
    assert not (tree.own / "cgroup.subtree_control").exists()


@pytest.mark.parametrize("mark", ["user.delegate", "trusted.delegate"])
def test_systemd_marks_what_it_has_delegated(tree: Tree, monkeypatch: pytest.MonkeyPatch, mark: str) -> None:
    def marked(path: Path, name: str) -> bytes:
        if (path, name) != (tree.own, mark):
            raise OSError
        return b"1"

    tree.systemd.mkdir()
    monkeypatch.setattr(os, "getxattr", marked)
    assert folder_found() == tree.own


def test_a_folder_that_nobody_is_in_is_not_ours(tree: Tree) -> None:
    (tree.own / "cgroup.procs").write_text("1\n")
    assert cgroup.find().refused == (
        "cgroup v2: no folder of its unified hierarchy holds this process",
        "cgroup v1: no folder of its memory hierarchy holds this process",
    )


def test_a_folder_that_may_not_be_written_to_is_none(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *arguments: False)
    assert cgroup.find().refused[0] == f"cgroup v2: this user may not write to {tree.own}"


def test_a_folder_that_cannot_be_divided_is_none(tree: Tree) -> None:
    (tree.own / "cgroup.subtree_control").mkdir()
    assert cgroup.find().refused[0] == f"cgroup v2: {tree.own} cannot be divided (Is a directory)"


def test_a_folder_in_which_no_group_can_be_made_is_none(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cgroup, "_PREFIX", "missing/")
    said = f"cgroup v2: no group of processes can be made in {tree.own} (No such file or directory)"
    assert cgroup.find().refused[0] == said


def test_what_is_in_use_is_said_and_why_the_rest_is_not() -> None:
    refused = ("cgroup v2: it is a dream", "cgroup v1: it is gone")
    watch = limited_by(Found())
    assert limited_by(Found(None, refused)) == f"{watch}; not cgroup v2: it is a dream; not cgroup v1: it is gone"
    groups = MemoryGroups(Path("/nowhere"))
    assert limited_by(Found(groups)) == f"cgroup v2, and a {watch}"
