"""A hard ceiling on what a session holds, where the kernel lets us set one: cgroup v2, or else cgroup v1 as root.

The supervisor's watch looks every 20 ms and sees memory that is mapped. A group is never late, and counts what the
kernel holds for a session too, such as the buffers of its sockets. Both are used where both can be had.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

# The watch, which knows what to say, should be first: the ceiling leaves room for files and the kernel's own needs.
_HEADROOM = 64 << 20
_PREFIX = "pathway-sandbox-"
# Where the processes of a folder of v2 go that is to be divided: it may then hold groups only.
_OURS = "pathway-platform"
_PROC = Path("/proc/self")
_SYSTEMD = Path("/run/systemd/system")
_TRIES = 20
_numbers = itertools.count()


class NoGroups(Exception):
    """Why they cannot be had, in words that follow "cgroup v2: "."""


@dataclass(frozen=True)
class Found:
    """The first way that works here, and of those before it why they do not."""

    groups: MemoryGroups | None = None
    refused: tuple[str, ...] = ()


class MemoryGroup:
    """One group with one session in it."""

    _limits: ClassVar[dict[str, str]]
    """What is written where; only the first must succeed, as kernels may be built not to count the others."""
    version: ClassVar[int]
    _counts: ClassVar[str]
    _peak: ClassVar[str]

    def __init__(self, folder: Path, groups: MemoryGroups) -> None:
        self._folder = folder
        self._groups = groups

    def limit(self, max_bytes: int, processes: int) -> None:
        """The most that its processes may hold together, and how many there may be. Raises OSError."""
        needed, *others = self._limits.items()
        told = {"bytes": max_bytes + _HEADROOM, "processes": processes + 1}
        (self._folder / needed[0]).write_text(needed[1].format_map(told))
        for name, value in others:
            with contextlib.suppress(OSError):
                (self._folder / name).write_text(value.format_map(told))

    def hold(self, pid: int) -> None:
        """Take in a process, and all that it will start. Raises OSError."""
        (self._folder / "cgroup.procs").write_text(str(pid))

    def oom_kills(self) -> int:
        """How many processes the kernel has ended because the group was full."""
        with contextlib.suppress(OSError):
            told = dict(line.split() for line in (self._folder / self._counts).read_text().splitlines())
            # v2 tells apart what ends because the machine is full: "oom" counts only when the group itself is.
            return int(told["oom_kill"]) if told.get("oom") != "0" else 0
        return 0

    def peak(self) -> int:
        """The most bytes that it has held so far; 0 where the kernel does not tell."""
        with contextlib.suppress(OSError):
            return int((self._folder / self._peak).read_text())
        return 0

    def remove(self) -> None:
        self._groups.remove(self._folder)


class _Version2(MemoryGroup):
    version = 2
    _limits: ClassVar = {
        "memory.max": "{bytes}",
        "memory.swap.max": "0",
        "memory.oom.group": "1",
        "pids.max": "{processes}",
    }
    _counts = "memory.events"
    _peak = "memory.peak"


class _Version1(MemoryGroup):
    version = 1
    _limits: ClassVar = {"memory.limit_in_bytes": "{bytes}", "memory.memsw.limit_in_bytes": "{bytes}"}
    _counts = "memory.oom_control"
    _peak = "memory.max_usage_in_bytes"


class MemoryGroups:
    """Where groups can be made."""

    def __init__(self, folder: Path, kind: type[MemoryGroup] = _Version2) -> None:
        self.version = kind.version
        self._folder = folder
        self._kind = kind
        self._left: list[Path] = []

    def hold(self, pid: int) -> MemoryGroup | None:
        """Put a process, and all that it will start, into a group of its own. None if it is no longer there.

        Takes 10 ms when none has been held for a while: the kernel waits until no processor is in the old group.
        """
        self.sweep()
        try:
            group = self._make()
        except OSError:
            return None
        try:
            group.hold(pid)
        except OSError:
            group.remove()
            return None
        return group

    def remove(self, folder: Path) -> None:
        """Now, or when its last process has gone, which v2 sees to at once."""
        with contextlib.suppress(OSError):
            (folder / "cgroup.kill").write_text("1")
        try:
            folder.rmdir()
        except FileNotFoundError:
            pass
        except OSError:
            self._left.append(folder)

    def sweep(self) -> None:
        """Remove what could not be removed before."""
        left, self._left = self._left, []
        for folder in left:
            self.remove(folder)

    def take_over(self) -> None:
        """Remove what a killed platform has left."""
        for left in self._folder.glob(f"{_PREFIX}*"):
            owner = left.name.removeprefix(_PREFIX).partition("-")[0]
            if not Path(f"/proc/{owner}").exists():
                self.remove(left)

    def try_out(self) -> None:
        """Limit a group, move a process into it, and end both. Raises NoGroups."""
        try:
            group = self._make()
            try:
                group.limit(1 << 30, 1)
                with subprocess.Popen(["sleep", "60"], env={}) as process:
                    try:
                        group.hold(process.pid)
                    finally:
                        process.kill()
            finally:
                group.remove()
        except OSError as error:
            raise NoGroups(f"no group of processes can be made in {self._folder} ({error.strerror})") from None

    def _make(self) -> MemoryGroup:
        while True:
            folder = self._folder / f"{_PREFIX}{os.getpid()}-{next(_numbers)}"
            with contextlib.suppress(FileExistsError):  # of one that had this number before us
                folder.mkdir()
                return self._kind(folder, self)


def find() -> Found:
    """Where groups can be made, limited, filled and removed here."""
    refused: list[str] = []
    for kind in (_Version2, _Version1):
        try:
            groups = MemoryGroups(_delegated() if kind is _Version2 else _own_folder("cgroup", "memory"), kind)
            groups.take_over()
            groups.try_out()
            return Found(groups, tuple(refused))
        except NoGroups as reason:
            refused.append(f"cgroup v{kind.version}: {reason}")
    return Found(None, tuple(refused))


def _delegated() -> Path:
    """A folder of v2 that was handed to us and can be divided: our own, or the one that we have divided already.

    Raises NoGroups.
    """
    own = _own_folder("cgroup2")
    folder = own.parent if own.name == _OURS else own
    try:
        controllers = (folder / "cgroup.controllers").read_text().split()
        if "memory" not in controllers:
            raise NoGroups(f"the memory controller is not handed down to {folder}")
        if not _is_handed_over(folder):
            raise NoGroups(f"systemd has not delegated {folder} (Delegate=yes in the unit)")
        _divide(folder, [name for name in ("memory", "pids") if name in controllers])
    except OSError as error:
        raise NoGroups(f"{folder} cannot be divided ({error.strerror})") from None
    return folder


def _is_handed_over(folder: Path) -> bool:
    """Where systemd rules it says so, with a mark or by the owner. Elsewhere what can be written to is ours."""
    if not _SYSTEMD.exists():
        return True
    for name in ("user.delegate", "trusted.delegate"):
        with contextlib.suppress(OSError):
            if os.getxattr(folder, name) == b"1":
                return True
    return folder.stat().st_uid == os.getuid() != folder.parent.stat().st_uid


def _divide(folder: Path, controllers: list[str]) -> None:
    """Have its groups limited by these. A folder other than the topmost may not hold processes beside groups, so
    those that it holds, of which we are one, move into a group of their own. Raises OSError."""
    order = " ".join(f"+{name}" for name in controllers)
    for left in reversed(range(_TRIES)):
        try:
            (folder / "cgroup.subtree_control").write_text(order)
            return
        except OSError as error:
            if error.errno != errno.EBUSY or not left:
                raise
        (folder / _OURS).mkdir(exist_ok=True)
        for pid in (folder / "cgroup.procs").read_text().split():
            with contextlib.suppress(ProcessLookupError):
                (folder / _OURS / "cgroup.procs").write_text(pid)


def _own_folder(kind: str, controller: str = "") -> Path:
    """The folder of this process in a hierarchy, which may be mounted from below its root. Raises NoGroups."""
    # A second look, because another platform in this folder may have been moving us as we looked.
    folders = list(_own_folders(kind, controller)) or list(_own_folders(kind, controller))
    if not folders:
        raise NoGroups(f"no folder of its {controller or 'unified'} hierarchy holds this process")
    writable = [folder for folder in folders if os.access(folder, os.W_OK)]
    if not writable:
        raise NoGroups(f"this user may not write to {folders[0]}")
    return writable[0]


def _own_folders(kind: str, controller: str) -> Iterator[Path]:
    with contextlib.suppress(OSError):
        memberships = [line.split(":", 2) for line in (_PROC / "cgroup").read_text().splitlines()]
        mounts = [line.partition(" - ") for line in (_PROC / "mountinfo").read_text().splitlines()]
        for own in (path for _, names, path in memberships if controller in names.split(",")):
            for fields, _, mounted in mounts:
                if mounted.split()[0] == kind and (not controller or controller in mounted.split()[2].split(",")):
                    root, place = fields.split()[3:5]
                    for path in (own.lstrip("/"), os.path.relpath(own, root)):
                        if _is_ours(Path(place) / path):
                            yield Path(place) / path


def _is_ours(folder: Path) -> bool:
    with contextlib.suppress(OSError):
        return str(os.getpid()) in (folder / "cgroup.procs").read_text().split()
    return False
