"""A hard ceiling on the memory of a session, where the kernel lets us set one: cgroup v1, as root.

The supervisor's watch looks every 20 ms and sees memory that is mapped. A group is never late, and counts what the
kernel holds for a session too, such as the buffers of its sockets. Both are used where both can be had.
"""

from __future__ import annotations

import contextlib
import itertools
import os
from pathlib import Path

# The watch, which knows what to say, should be first: the ceiling leaves room for files and the kernel's own needs.
_HEADROOM = 64 << 20
_PREFIX = "pathway-sandbox-"
_numbers = itertools.count()


class MemoryGroup:
    """One group with one session in it."""

    def __init__(self, folder: Path, groups: MemoryGroups) -> None:
        self._folder = folder
        self._groups = groups

    def limit(self, max_bytes: int) -> None:
        """The most that its processes may hold together. Raises OSError."""
        (self._folder / "memory.limit_in_bytes").write_text(str(max_bytes + _HEADROOM))
        with contextlib.suppress(OSError):  # where swap is not counted
            (self._folder / "memory.memsw.limit_in_bytes").write_text(str(max_bytes + _HEADROOM))

    def oom_kills(self) -> int:
        """How many processes the kernel has ended because the group was full."""
        with contextlib.suppress(OSError):
            for line in (self._folder / "memory.oom_control").read_text().splitlines():
                name, _, count = line.partition(" ")
                if name == "oom_kill":
                    return int(count)
        return 0

    def remove(self) -> None:
        self._groups.remove(self._folder)


class MemoryGroups:
    """Where groups can be made."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._left: list[Path] = []

    @classmethod
    def find(cls) -> MemoryGroups | None:
        """Ours, if one can be made, limited and removed here."""
        folder = _own_folder()
        if folder is None:
            return None
        _sweep(folder)
        groups = cls(folder)
        try:
            group = MemoryGroup(groups._make(), groups)
            group.limit(1 << 30)
            group.remove()
        except OSError:
            return None
        return groups

    def hold(self, pid: int) -> MemoryGroup | None:
        """Put a process, and all that it will start, into a group of its own. None if it is no longer there.

        Takes 10 ms when none has been held for a while: the kernel waits until no processor is in the old group.
        """
        self.sweep()
        try:
            folder = self._make()
        except OSError:
            return None
        group = MemoryGroup(folder, self)
        try:
            (folder / "cgroup.procs").write_text(str(pid))
        except OSError:
            group.remove()
            return None
        return group

    def remove(self, folder: Path) -> None:
        """Now, or when its last process has gone."""
        try:
            folder.rmdir()
        except OSError:
            self._left.append(folder)

    def sweep(self) -> None:
        """Remove what could not be removed before."""
        left, self._left = self._left, []
        for folder in left:
            if folder.exists():
                self.remove(folder)

    def _make(self) -> Path:
        folder = self._folder / f"{_PREFIX}{os.getpid()}-{next(_numbers)}"
        folder.mkdir()
        return folder


def _own_folder() -> Path | None:
    """The folder of this process in the v1 memory hierarchy, which may be mounted from below its root."""
    own = next((path for names, path in _memberships() if "memory" in names.split(",")), None)
    if own is None:
        return None
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/mountinfo").read_text().splitlines():
            fields, _, kind = line.partition(" - ")
            if kind.split()[0] == "cgroup" and "memory" in kind.split()[2].split(","):
                root, mounted_at = fields.split()[3:5]
                for folder in (Path(mounted_at) / own.lstrip("/"), Path(mounted_at) / os.path.relpath(own, root)):
                    if os.access(folder, os.W_OK):
                        return folder
    return None


def _memberships() -> list[tuple[str, str]]:
    with contextlib.suppress(OSError):
        lines = Path("/proc/self/cgroup").read_text().splitlines()
        return [(parts[1], parts[2]) for parts in (line.split(":", 2) for line in lines)]
    return []


def _sweep(folder: Path) -> None:
    """Remove what a killed platform has left. A group that still has processes cannot be removed and stays."""
    for left in folder.glob(f"{_PREFIX}*"):
        owner = left.name.removeprefix(_PREFIX).partition("-")[0]
        if not Path(f"/proc/{owner}").exists():
            with contextlib.suppress(OSError):
                left.rmdir()
