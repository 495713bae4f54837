"""Isolation with containers: each is started ahead of time, lent to one session, and removed.

Inside each, the fork server stands behind the same fences as anywhere else. The container is one fence more around
them, a kernel of its own where the runtime brings one (gVisor), and a ceiling for memory and processes that needs no
rights of ours. The engine is asked through its socket, which no container ever sees.
"""

from __future__ import annotations

import contextlib
import functools
import os
import select
import socket
import struct
import threading
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import docker
from docker.errors import DockerException, ImageNotFound, NotFound

from sandbox.bubblewrap import WATCH
from sandbox.contained import READY, START
from sandbox.contract import Job, Probe, SandboxUnavailable, Session
from sandbox.forkserver import START_WITHIN_S
from sandbox.opening import Fork, open_session, self_tested
from sandbox.relay import Line, Relay
from sandbox.session import READY_WITHIN_S, Broken, Ceiling, Lines, await_child
from sandbox.values import Malformed

IMAGE = "pathway-sandbox"
LABEL = "pathway.sandbox.owner"
WARM = 3
"""A submission takes three sessions: its code, its checks, its page."""

CEILING = 12 << 30
"""Bytes that a container may hold until its job is known, and for good where the runtime cannot change it."""

# What the fork server and all that stands around it hold, with room for the kernel's own needs.
_SERVER = 768 << 20
_PROCESSES = 512
_END_WITHIN_S = 30
_LAST_WORDS = 4096
_HEAD = struct.Struct(">BxxxI")
_STDERR = 2
_UNIX = "unix://"
DEFAULT_ENGINE_HOST = "unix:///var/run/docker.sock"
_PROFILE = Path(__file__).with_name("seccomp.json")


class Containers:
    """A Backend. The first `open` or `probe` starts the containers, which takes seconds; a session takes 40-60 ms."""

    def __init__(self, runtime: str = "runc", *, image: str = IMAGE, warm: int = WARM) -> None:
        """`runtime` as the engine knows it, such as "runc" or "runsc". So many are kept `warm`."""
        self.name = f"docker:{runtime}"
        self._start = functools.partial(Container, runtime, image)
        self._size = warm
        self._lock = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self._pid = os.getpid()
        self._warm: deque[Future[Container]] = deque()
        self._lent: set[Container] = set()
        self._probe: Probe | None = None
        self._swept = self._closed = False
        self._workers = ThreadPoolExecutor(max_workers=self._size + 1, thread_name_prefix="sandbox-containers")

    def probe(self) -> Probe:
        with self._lock:
            if self._probe is not None and self._pid == os.getpid():
                return self._probe
        limit = f"a container of its own for each session, which the engine ends at the job's limit, and a {WATCH}"
        probe = self_tested(self, limit, "See its log: docker logs, and docs/operators.md")
        if probe.ok:
            self._probe = probe
        return probe

    def open(self, job: Job) -> Session:
        return open_session(job, self._fork, lambda told: f"A container gave no session ({told}).\nTry again.")

    def close(self) -> None:
        with self._lock:
            self._closed = True
            waiting, self._warm = self._warm, deque()
            lent = list(self._lent)
        for container in lent:
            container.remove()
        for start in waiting:
            if not start.cancel():
                with contextlib.suppress(Broken):
                    start.result().remove()
        self._workers.shutdown()

    def _fork(self) -> Fork:
        """What a warm container holds. Raises SandboxUnavailable."""
        told = ""
        for _ in range(2):
            try:
                container = self._next().result()
            except Broken as broken:
                raise SandboxUnavailable(str(broken)) from None
            with self._lock:
                self._lent.add(container)
            try:
                return Fork(container.lend(), functools.partial(self._returned, container))
            except Broken as broken:  # it died while it waited
                told = str(broken)
                self._returned(container, False)
        raise SandboxUnavailable(f"Containers end before they are used ({told}).\nSee the engine's log.")

    def _next(self) -> Future[Container]:
        """The first that is ready, or will be. Another is started in its place."""
        with self._lock:
            if self._pid != os.getpid():
                # We are a fork of the process that started them, and its containers and threads are not ours.
                self._forget()
            if self._closed:
                raise SandboxUnavailable("The sandbox is closed.")
            if not self._swept:
                remove_strays()
                self._swept = True
            while len(self._warm) <= self._size:
                self._warm.append(self._workers.submit(self._start))
            start = next((start for start in self._warm if start.done()), self._warm[0])
            self._warm.remove(start)
            return start

    def _returned(self, container: Container, gone: bool) -> None:
        with self._lock:
            self._lent.discard(container)
            closed = self._closed
        if closed or not gone:
            container.remove()
        else:
            self._workers.submit(container.remove)


class Container:
    """One, from its start to its removal."""

    def __init__(self, runtime: str, image: str) -> None:
        """Returns when a fork waits in it. Raises Broken with reason and remedy on two lines."""
        self._unwrap = _Unwrap()
        self._relay: threading.Thread | None = None
        self._stream = -1
        self._engine = _engine()
        try:
            self.id = self._engine.create_container(
                image,
                ["python", "-m", "sandbox.contained"],
                stdin_open=True,
                labels={LABEL: _owner()},
                host_config=self._fences(runtime),
            )["Id"]
        except (DockerException, OSError) as error:
            self._engine.close()
            raise Broken(_explained(error, image)) from error
        try:
            self._stream = _attached(self._engine, self.id)
            self._engine.start(self.id)
            self._await_ready()
        except (DockerException, OSError) as error:
            self.remove()
            raise Broken(_explained(error, image)) from error
        except BaseException:
            self.remove()
            raise

    def _fences(self, runtime: str) -> Any:
        """As the service in docker-compose.yml has them, without its folder."""
        config = self._engine.create_host_config(
            runtime=runtime,
            network_mode="none",
            read_only=True,
            tmpfs={"/tmp": "size=16m,mode=1777"},  # noqa: S108
            cap_drop=["ALL"],
            security_opt=["no-new-privileges:true", f"seccomp={_PROFILE.read_text()}", "apparmor=unconfined"],
            mem_limit=CEILING,
            memswap_limit=CEILING,
            pids_limit=_PROCESSES,
            nano_cpus=(os.cpu_count() or 1) * 10**9,
            log_config={"type": "none"},
            auto_remove=True,
        )
        # What `docker run` calls systempaths=unconfined: only under an unmasked /proc may a session mount its own.
        return {**config, "MaskedPaths": [], "ReadonlyPaths": []}

    def _await_ready(self) -> None:
        deadline = time.monotonic() + START_WITHIN_S
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._stream], [], [], left)[0]:
                raise Broken(f"A container was not ready after {START_WITHIN_S:g} s.\nSee how busy the machine is.")
            data = os.read(self._stream, 1 << 16)
            if not data:
                said = self._unwrap.last_words.decode("utf-8", "replace").strip()
                raise Broken(said or "A container ended as it started.\nSee the engine's log.")
            if self._unwrap(data) == READY:
                return

    def lend(self) -> Lines:
        """The lines to the fork in it. Once. Raises Broken when it has ended."""
        control, their_control = socket.socketpair()
        channel, their_channel = socket.socketpair()
        out, their_out = os.pipe()
        err, their_err = os.pipe()
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        talk, ask = their_control.detach(), their_channel.detach()
        printed = [Line(None, their_out), Line(None, their_err)]
        ends = [Line(talk, talk), Line(ask, ask, files="sent", after=printed), *printed]
        relay = Relay(self._stream, self._stream, ends, self._unwrap)
        ceiling: Future[Ceiling | None] = Future()
        ceiling.set_result(_Ceiling(self._engine, self.id))
        lines = Lines(control, channel, out, err, ceiling)
        self._relay = threading.Thread(target=_carry, args=[relay], name="sandbox-relay", daemon=True)
        try:
            os.write(self._stream, START)
            self._relay.start()
            channel.settimeout(READY_WITHIN_S)
            await_child(channel)
        except (EOFError, OSError) as error:
            lines.close()
            raise Broken(f"a container ended: {error}") from error
        return lines

    def remove(self) -> None:
        """Everything in it ends. Returns when it has gone, or the engine does not answer."""
        with contextlib.suppress(DockerException, OSError):
            try:
                self._engine.remove_container(self.id, force=True)
            except NotFound:
                pass
            except DockerException:  # it has ended, and the engine is removing it
                self._engine.wait(self.id, timeout=_END_WITHIN_S, condition="removed")
        if self._relay is not None:
            self._relay.join(_END_WITHIN_S)
        if self._stream >= 0:
            os.close(self._stream)
            self._stream = -1
        self._engine.close()


class _Ceiling:
    """The memory that a container may hold."""

    def __init__(self, engine: Any, container: str) -> None:
        self._engine = engine
        self._container = container
        self._since = time.time()

    def limit(self, max_bytes: int, processes: int) -> None:
        """Raises OSError where the runtime cannot change it any more."""
        ceiling = min(CEILING, max_bytes + _SERVER)
        try:
            self._engine.update_container(self._container, mem_limit=ceiling, memswap_limit=ceiling)
        except DockerException as error:
            raise OSError(str(error)) from error

    def oom_kills(self) -> int:
        """The engine tells it as an event."""
        told = {"container": self._container, "event": "oom"}
        with contextlib.suppress(DockerException, OSError):
            until = f"{time.time():.9f}"
            return len(list(self._engine.events(since=f"{self._since:.9f}", until=until, filters=told)))
        return 0

    def peak(self) -> int:
        """It holds our server too, so the watch is asked alone."""
        return 0

    def remove(self) -> None:
        """It goes with its container."""


class _Unwrap:
    """Takes the engine's headers off what a container writes, and keeps the end of its standard error."""

    def __init__(self) -> None:
        self.last_words = b""
        self._bytes = bytearray()

    def __call__(self, data: bytes) -> bytes:
        self._bytes += data
        written = bytearray()
        while len(self._bytes) >= _HEAD.size:
            stream, length = _HEAD.unpack_from(self._bytes)
            if len(self._bytes) < _HEAD.size + length:
                break
            content = self._bytes[_HEAD.size : _HEAD.size + length]
            del self._bytes[: _HEAD.size + length]
            if stream == _STDERR:
                self.last_words = (self.last_words + content)[-_LAST_WORDS:]
            else:
                written += content
        return bytes(written)


def remove_strays() -> None:
    """Containers whose owner has died without their noticing. Those of processes that we cannot see are left alone."""
    with contextlib.suppress(Broken, DockerException, OSError):
        engine = _engine()
        with contextlib.closing(engine):
            for container in engine.containers(all=True, filters={"label": LABEL}):
                if _is_dead(container["Labels"][LABEL]):
                    with contextlib.suppress(DockerException):
                        engine.remove_container(container["Id"], force=True)


def _carry(relay: Relay) -> None:
    with contextlib.suppress(Malformed, OSError):
        relay.run()


def _attached(engine: Any, container: str) -> int:
    """A descriptor of the line to its standard streams. They end with it, and the container with them."""
    line = engine.attach_socket(container, {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1})
    stream = os.dup(line.fileno())
    line._response.close()
    line.close()
    return stream


def _engine() -> Any:
    """A client of its own for each container, since threads must not share one."""
    host = os.environ.get("DOCKER_HOST") or DEFAULT_ENGINE_HOST
    try:
        if host.startswith(_UNIX):
            with socket.socket(socket.AF_UNIX) as line:
                line.connect(host.removeprefix(_UNIX))
        return docker.from_env().api
    except (DockerException, OSError) as error:
        said = getattr(error, "strerror", None) or error
        raise Broken(
            f"No container engine answers at {host} ({said})\nStart one that this user may ask; DOCKER_HOST says where"
        ) from error


def _owner() -> str:
    return f"{_here()} {os.getpid()} {_started('self')}"


def _is_dead(owner: str) -> bool:
    *here, pid, started = owner.split(" ")
    return here == _here().split(" ") and _started(pid) != started


def _here() -> str:
    """The machine since it was started, and the namespace in which process ids mean something."""
    return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()} {Path('/proc/self/ns/pid').readlink()}"


def _started(pid: str) -> str:
    """When a process began, in the kernel's ticks; nothing if there is none."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    return ""


def _explained(error: Exception, image: str) -> str:
    """Reason and remedy, on two lines."""
    said = str(getattr(error, "explanation", None) or error).strip().splitlines()[-1:]
    reason = said[0][:300] if said else type(error).__name__
    if isinstance(error, ImageNotFound):
        return f"The container engine has no image {image}\nBuild it: docker build --target sandbox --tag {image} ."
    if "runtime" in reason:
        return f"The container engine cannot start it ({reason})\nInstall the runtime and name it in daemon.json"
    return f"The container engine refuses ({reason})\nSee its log"
