"""The kernel calls by which a child gives up everything but its own work, in the order in which they must come."""

from __future__ import annotations

import ctypes
import os
import random
import resource
import sys
from typing import Any

from sandbox.inside import seccomp

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mount.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p)
_libc.prctl.argtypes = (ctypes.c_int, *(ctypes.c_void_p,) * 4)

# CLONE_NEWUSER, NEWNS, NEWPID, NEWIPC, NEWNET, NEWUTS, NEWCGROUP
_NEW = 0x10000000 | 0x00020000 | 0x20000000 | 0x08000000 | 0x40000000 | 0x04000000 | 0x02000000
_RDONLY, _NOSUID, _NODEV, _NOEXEC, _REMOUNT, _BIND, _REC, _PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
_CAPBSET_DROP, _NO_NEW_PRIVS = 24, 38
_LAST_CAPABILITY = 63

# Below one folder that nobody keeps a Python environment in: what is mounted here hides what was there.
WORK = "/sandbox/work"
PACKAGES = "/sandbox/packages"
PLATFORM = "/sandbox/platform"
_INPUTS = "/sandbox/inputs"
_SCRATCH_ENTRIES = 16_384

ENVIRONMENT = {
    "HOME": WORK,
    "LANG": "C.UTF-8",
    "LOGNAME": "student",
    "LOKY_MAX_CPU_COUNT": "1",
    "MKL_NUM_THREADS": "1",
    "MPLCONFIGDIR": "/tmp/matplotlib",
    "NUMEXPR_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PATH": "/usr/bin:/bin",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "TMPDIR": "/tmp",
    "USER": "student",
}


def new_namespaces() -> None:
    """A user, mount, process, network, … namespace of our own. The next child that is forked is its process 1."""
    uid, gid = os.getuid(), os.getgid()
    _check(_libc.unshare(_NEW), "unshare")
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{uid} {uid} 1")
    _write("/proc/self/gid_map", f"{gid} {gid} 1")


def own_proc() -> None:
    """As process 1: mounts stay ours, /proc shows us alone, and we are first in line when memory runs out."""
    os.setsid()
    _mount("none", "/", flags=_REC | _PRIVATE)
    try:
        _mount("proc", "/proc", "proc", _NOSUID | _NODEV | _NOEXEC, "subset=pid")
    except OSError:  # kernels before 5.8
        _mount("proc", "/proc", "proc", _NOSUID | _NODEV | _NOEXEC)
    _write("/proc/self/oom_score_adj", "1000")
    # Read-only from here on, or the code would take that back, and the kernel end the server or a database first.
    _mount("none", "/proc", flags=_REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV | _NOEXEC)


def scratch(megabytes: int) -> None:
    """One private file system behind the working folder, /tmp and /dev/shm, so that one size bounds all three."""
    _mount("tmpfs", "/tmp", "tmpfs", _NOSUID | _NODEV, f"size={megabytes}m,nr_inodes={_SCRATCH_ENTRIES},mode=0755")
    for name, place in (("work", WORK), ("shm", "/dev/shm"), ("tmp", "/tmp")):
        os.mkdir(f"/tmp/{name}", 0o700)
        _mount(f"/tmp/{name}", place, flags=_BIND)


class Inputs:
    """Files of the host, copied from open descriptors into a file system of their own that is then made read-only.

    A descriptor of a host file that stayed open in the child could be opened again for writing through /proc/self/fd
    where the file's owner is the user who runs us, and binding paths would need the host's folders in the server's
    view. A copy needs neither, leaves nothing on the host's disk, and is the same when the server lives in a container.
    """

    def __init__(self, count: int, total: int) -> None:
        size = total + (count + 16) * 4096 * 2
        _mount("tmpfs", _INPUTS, "tmpfs", _NOSUID | _NODEV, f"size={size},nr_inodes={count * 16 + 64},mode=0755")
        self.places: list[tuple[str, str]] = []

    def copy(self, place: str, source: int, size: int) -> None:
        """Take `size` bytes of an open file; it will appear as `place`."""
        copy = f"{_INPUTS}/{len(self.places)}"
        target = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o444)
        done = 0
        while done < size:
            sent = os.sendfile(target, source, done, size - done)
            if not sent:
                break
            done += sent
        os.close(target)
        self.places.append((copy, place))

    def show(self) -> None:
        """Make them read-only and put each in its place."""
        _mount("tmpfs", _INPUTS, flags=_REMOUNT | _RDONLY | _NOSUID | _NODEV)
        for copy, place in self.places:
            os.makedirs(os.path.dirname(place), 0o755, exist_ok=True)
            os.close(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o444))
            _mount(copy, place, flags=_BIND)


def packages_folder(count: int) -> None:
    _mount("tmpfs", PACKAGES, "tmpfs", _NOSUID | _NODEV, f"size=1m,nr_inodes={count * 8 + 64},mode=0755")


def seal_packages_folder() -> None:
    _mount("tmpfs", PACKAGES, flags=_REMOUNT | _RDONLY | _NOSUID | _NODEV)


def limit(*, cpu_s: float, disk_mb: int, memory_mb: int, open_files: int, processes: int) -> None:
    """What the kernel bounds per process. The sums over all processes are the supervisor's to watch."""
    seconds = int(cpu_s) + 2
    for what, value in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, disk_mb << 20),
        (resource.RLIMIT_NOFILE, open_files),
        # The supervisor counts as one.
        (resource.RLIMIT_NPROC, processes + 1),
        # Where the kernel hands crashes to a program of the host, 0 is no limit, and 1 is none handed over.
        (resource.RLIMIT_CORE, 1),
        (resource.RLIMIT_MEMLOCK, 1 << 20),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_SIGPENDING, 1024),
        # Libraries reserve far more addresses than they use, so this only stops what is absurd.
        (resource.RLIMIT_AS, (memory_mb * 2 + 8192) << 20),
    ):
        resource.setrlimit(what, (value, value))


def drop_everything(instructions: bytes) -> None:
    """No capability, no way to any, and from the last line on only the system calls of the filter."""
    for capability in range(_LAST_CAPABILITY):
        if _libc.prctl(_CAPBSET_DROP, capability, None, None, None) != 0:
            break
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    _check(_libc.capset(header, (ctypes.c_uint32 * 6)()), "capset")
    _check(_libc.prctl(_NO_NEW_PRIVS, 1, None, None, None), "no_new_privs")
    seccomp.load(instructions, _libc.prctl)


def fresh_start(seed: int) -> None:
    """The same surroundings for every run: environment, folder, random numbers."""
    import numpy

    os.environ.clear()
    os.environ.update(ENVIRONMENT)
    os.chdir(WORK)
    random.seed(seed)
    numpy.random.seed(seed % 2**32)
    sys.argv = [""]


def _mount(source: str, target: str, kind: str | None = None, flags: int = 0, options: str | None = None) -> None:
    arguments: tuple[Any, ...] = (source, target, kind, flags, options)
    encoded = [part.encode() if isinstance(part, str) else part for part in arguments]
    _check(_libc.mount(*encoded), f"mount {kind or source} on {target}")


def _check(result: int, what: str) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


def _write(path: str, text: str) -> None:
    file = os.open(path, os.O_WRONLY)
    try:
        os.write(file, text.encode())
    finally:
        os.close(file)
