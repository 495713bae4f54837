"""Isolation with bubblewrap: the fork server lives in namespaces of its own, without root, files or network."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import sys
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from sandbox import cgroup
from sandbox.cgroup import MemoryGroups
from sandbox.contract import Job, Probe, SandboxUnavailable, Session
from sandbox.forkserver import ForkServer
from sandbox.inside.seccomp import compile_filter
from sandbox.opening import Fork, open_session, self_tested
from sandbox.preloaded import PRELOADED
from sandbox.session import Broken

FORKS_PER_SERVER = 500
WATCH = "watch on the proportional resident memory of all processes together, every 20 ms"

_INSIDE_ID = "1000"
_NOBODY = "65534"
_HERE = Path(__file__).resolve().parent

_VENV = "/sandbox/python"

_INSTALL = "Install it: apt-get install bubblewrap"
ALLOW = (
    "Allow unprivileged user namespaces: sysctl -w kernel.unprivileged_userns_clone=1 "
    "(on Ubuntu 23.10 and later kernel.apparmor_restrict_unprivileged_userns=0); in a container, a seccomp profile "
    "that permits them and an unmasked /proc"
)
_LIBRARIES = "Install what requirements.txt lists: pip install -r requirements.txt"


class Bubblewrap:
    """A Backend. The first `open` or `probe` starts the fork server, which takes seconds; a session takes 20-30 ms."""

    name = "bubblewrap"

    def __init__(
        self,
        *,
        forks_per_server: int = FORKS_PER_SERVER,
        preload: Iterable[str] = PRELOADED,
        memory_groups: bool = True,
    ) -> None:
        """`memory_groups`: use cgroups where they can be had."""
        self._forks_per_server = forks_per_server
        self._preload = list(preload)
        self._found = cgroup.find() if memory_groups else cgroup.Found()
        self._groups = self._found.groups
        self._lock = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self._pid = os.getpid()
        self._server: ForkServer | None = None
        self._next: Future[ForkServer] | None = None
        self._retired: list[ForkServer] = []
        self._probe: Probe | None = None
        self._closed = False
        # Linux ends a process with --die-with-parent when the *thread* that started it ends, so one lasting thread
        # starts them all.
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sandbox")

    @property
    def server_pid(self) -> int | None:
        return self._server.pid if self._server else None

    def probe(self) -> Probe:
        with self._lock:
            if self._probe is not None and self._pid == os.getpid():
                return self._probe
        probe = self_tested(self, limited_by(self._found), ALLOW)
        if probe.ok:
            self._probe = probe
        return probe

    def open(self, job: Job) -> Session:
        return open_session(job, self.fork, explained)

    def fork(self) -> Fork:
        """A new child, for a session that may live in another process. Raises SandboxUnavailable."""
        told = ""
        for _ in range(2):
            with self._lock:
                try:
                    server = self._current()
                except Broken as broken:
                    raise SandboxUnavailable(explained(str(broken))) from None
                try:
                    return Fork(server.fork(), functools.partial(self._closed_session, server))
                except Broken as broken:
                    told = str(broken)
        raise SandboxUnavailable(explained(told))

    def close(self) -> None:
        with self._lock:
            self._closed = True
            servers = [self._server, *self._retired]
            if self._next is not None:
                with contextlib.suppress(Broken):
                    servers.append(self._next.result())
            self._server = self._next = None
            self._retired = []
        for server in servers:
            if server is not None:
                server.close()
        self._starter.shutdown()
        if self._groups is not None:
            self._groups.sweep()

    def _current(self) -> ForkServer:
        """The server to fork from. A worn one is replaced without anyone waiting: the next starts meanwhile."""
        if self._pid != os.getpid():
            # We are a fork of the process that started the server, and its server and threads are not ours.
            self._forget()
        if self._closed:
            raise SandboxUnavailable("The sandbox is closed.")
        self._retired = [server for server in self._retired if not server.reaped()]
        if self._server is not None and not self._server.alive():
            self._server.close()
            self._server = None
        if self._next is not None and (self._server is None or self._next.done()):
            starting, self._next = self._next, None
            fresh = starting.result()
            if self._server is not None:
                self._server.retire()
                self._retired.append(self._server)
            self._server = fresh
        if self._server is None:
            self._server = self._starter.submit(self._start).result()
        elif self._server.forks >= self._forks_per_server and self._next is None:
            self._next = self._starter.submit(self._start)
        return self._server

    def _closed_session(self, server: ForkServer, gone: bool) -> None:
        if not gone:
            self._drop(server)

    def _drop(self, server: ForkServer) -> None:
        """A server that does not do as it is told takes its sessions with it."""
        with self._lock:
            if self._server is server:
                self._server = None
            elif server not in self._retired:
                return
            else:
                self._retired.remove(server)
        server.close()

    def _start(self) -> ForkServer:
        return start_server(self._preload, self._groups)


def limited_by(found: cgroup.Found) -> str:
    """What keeps the memory of a session, and what does not and why."""
    used = WATCH if found.groups is None else f"cgroup v{found.groups.version}, and a {WATCH}"
    return "; ".join([used, *(f"not {reason}" for reason in found.refused)])


def start_server(
    preload: Iterable[str] = PRELOADED, groups: MemoryGroups | None = None, *, own_network: bool = True
) -> ForkServer:
    """A fork server under bubblewrap. Raises Broken; `explained` says what that means for the operator."""
    try:
        instructions = compile_filter()
    except (ImportError, RuntimeError) as error:
        raise Broken(f"libseccomp: {error}") from error
    try:
        start = command(own_network=own_network)
    except OSError as error:
        raise Broken(f"cannot read {error.filename}: {error.strerror}") from error
    return ForkServer([*start, "sandbox.inside.server"], instructions, list(preload), groups)


def command(*, own_network: bool = True) -> list[str]:
    """bubblewrap and Python, up to the name of the module to run.

    As root, an outer bubblewrap first shows only what is needed and gives up root. Without it the session would be the
    machine's user 0 in disguise, who may write to /proc/sys without any capability; and where Python lives below a
    folder that only root may enter, an ordinary user could not reach it.
    """
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        raise Broken("bubblewrap is not installed")
    system, shown = _system(), _python()
    folders = _parents(place for _, place in shown)
    python = [*folders, *(part for path, place in shown for part in ("--ro-bind", str(path), str(place)))]
    ours = ["--ro-bind", str(_HERE), "/sandbox/platform/sandbox"]
    command = []
    if os.getuid() == 0:
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            raise Broken("setpriv is not installed")
        outer = ["--tmpfs", "/tmp", *system, *_parents([_HERE, *(path for path, _ in shown)])]
        outer += [
            part for path in [_HERE, *(path for path, _ in shown)] for part in ("--ro-bind", str(path), str(path))
        ]
        outer += ["--bind", "/proc", "/proc", "--dev-bind", "/dev", "/dev"]
        drop = [
            setpriv,
            f"--reuid={_NOBODY}",
            f"--regid={_NOBODY}",
            "--clear-groups",
            "--inh-caps=-all",
            "--bounding-set=-all",
        ]
        command = [bwrap, "--die-with-parent", *outer, "--", *drop]
    command += [bwrap, "--die-with-parent", "--new-session", "--clearenv"]
    command += ["--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts"]
    command += ["--unshare-net"] if own_network else []
    command += ["--unshare-cgroup-try", "--uid", _INSIDE_ID, "--gid", _INSIDE_ID, "--hostname", "sandbox"]
    command += [*system, *python, *ours, "--proc", "/proc", *_devices(), "--tmpfs", "/tmp"]
    for folder in ("/sandbox/work", "/sandbox/inputs", "/sandbox/packages"):
        command += ["--perms", "0755", "--dir", folder]
    for name, value in _ENVIRONMENT.items():
        command += ["--setenv", name, value]
    return [*command, "--remount-ro", "/", "--chdir", "/", "--", _executable(), "-P", "-s", "-m"]


_ENVIRONMENT = {
    "HOME": "/tmp",
    "LANG": "C.UTF-8",
    "MPLCONFIGDIR": "/tmp/matplotlib",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "PATH": "/usr/bin:/bin",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONPATH": "/sandbox/platform",
}


def _system() -> list[str]:
    """The system's programs and libraries, none of its settings."""
    arguments = [
        part for name in ("/usr", "/usr/share", "/etc", "/sandbox") for part in ("--perms", "0755", "--dir", name)
    ]
    for name in ("bin", "lib", "lib32", "lib64", "libx32", "sbin"):
        arguments += ["--ro-bind-try", f"/usr/{name}", f"/usr/{name}"]
        top = Path("/") / name
        if top.is_symlink():
            arguments += ["--symlink", f"usr/{name}", str(top)]
        elif top.exists():
            arguments += ["--ro-bind", str(top), str(top)]
    for path in ("/usr/share/zoneinfo", "/usr/share/fonts", "/etc/ld.so.cache", "/etc/alternatives"):
        arguments += ["--ro-bind-try", path, path]
    return arguments


def _devices() -> list[str]:
    """Four devices. No terminals: those of one session would be seen by the others. No zero: who maps it has memory
    that is in no process."""
    arguments = ["--tmpfs", "/dev", "--perms", "0755", "--dir", "/dev/shm"]
    for name in ("null", "full", "random", "urandom"):
        arguments += ["--dev-bind", f"/dev/{name}", f"/dev/{name}"]
    for name, number in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
        arguments += ["--symlink", f"/proc/self/fd{number}", f"/dev/{name}"]
    return [*arguments, "--remount-ro", "/dev"]


def _python() -> list[tuple[Path, Path]]:
    """The parts of this Python's environment and where sessions see them; not the whole folder, which may be the
    project's. A virtual environment is shown at a place of ours, so it may live anywhere, also below /tmp."""
    prefixes = [Path(sys.base_prefix), Path(sys.executable).resolve().parent.parent]
    prefixes += [prefix.resolve() for prefix in prefixes]
    places = {prefix: prefix for prefix in prefixes}
    if sys.prefix != sys.base_prefix:
        places[Path(sys.prefix)] = Path(_VENV)
    shown = []
    for prefix, place in places.items():
        for name in ("bin", "lib", "lib64", "share", "pyvenv.cfg"):
            part = prefix / name
            if part.exists() and not str(part).startswith(("/usr/bin", "/usr/lib", "/usr/share")):
                shown.append((part, place / name))
    shown += [(link.resolve(), link) for link in _links(Path(sys.executable)) if not _is_shown(link, shown)]
    for part, place in shown:
        if any(place.is_relative_to(own) for own in ("/tmp", "/dev", "/sandbox/work", "/sandbox/inputs")):
            raise Broken(f"Python lives in {part.parent}, and sessions have a /{place.parts[1]} of their own: move it")
    return shown


def _links(path: Path) -> Iterator[Path]:
    """Where a chain of symbolic links leads, step by step: a virtual environment often points to one that points on."""
    while path.is_symlink():
        path = Path(os.path.normpath(path.parent / path.readlink()))
        yield path


def _is_shown(path: Path, shown: list[tuple[Path, Path]]) -> bool:
    return str(path).startswith(("/usr/bin/", "/bin/")) or any(path.is_relative_to(part) for part, _ in shown)


def _executable() -> str:
    """This Python, as sessions see it."""
    return sys.executable if sys.prefix == sys.base_prefix else f"{_VENV}/bin/{Path(sys.executable).name}"


def _parents(paths: Iterable[Path]) -> list[str]:
    """Folders above them that everyone may enter: bubblewrap makes its own for their owner only."""
    folders = {
        str(parent): None for path in paths for parent in reversed(path.parents) if str(parent) not in ("/", "/usr")
    }
    return [part for folder in folders for part in ("--perms", "0755", "--dir", folder)]


def explained(told: str) -> str:
    """Reason and remedy, on two lines."""
    last = (told.splitlines() or ["it gave no reason"])[-1]
    if "is not installed" in told:
        return f"{told}\n{_INSTALL}"
    if told.startswith("cannot read"):
        return f"This user {told}\nInstall Python where the user that runs Pathway can read it"
    if "libseccomp" in told:
        return f"{last}\nInstall it: apt-get install libseccomp2"
    if "ModuleNotFoundError" in told or "ImportError" in told:
        return f"The sandbox cannot load its libraries ({last})\n{_LIBRARIES}"
    if "namespace" in told or "uid map" in told or "unshare" in told or "Operation not permitted" in told:
        return f"This machine does not let bubblewrap isolate ({last})\n{ALLOW}"
    return f"The sandbox did not start ({last})\n{ALLOW}"
