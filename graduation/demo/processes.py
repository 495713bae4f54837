"""Web, worker and sweeper as one group: started together, restarted when one dies, and never outliving this process."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import IO

from django.conf import settings

PR_SET_PDEATHSIG = 1


class Stopped(Exception):
    """Somebody asked the group to stop."""


def die_with_parent() -> None:
    """Linux ends the child when the parent is gone, even by SIGKILL."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Group:
    """The processes of a running site on one machine."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.address = f"http://127.0.0.1:{port}"
        self.logs = Path(settings.STATE_DIR) / "logs"
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.files: list[IO[bytes]] = []

    def commands(self) -> Mapping[str, list[str]]:
        python = sys.executable
        bin_dir = Path(python).parent
        return {
            "web": [
                *[str(bin_dir / "gunicorn"), "config.wsgi", "--bind", f"127.0.0.1:{self.port}"],
                *["--workers", "2", "--threads", "4", "--timeout", "60", "--graceful-timeout", "3"],
                *["--worker-tmp-dir", "/dev/shm" if Path("/dev/shm").is_dir() else "/tmp", "--log-level", "warning"],  # noqa: S108
            ],
            "worker": [
                *[str(bin_dir / "celery"), "-A", "config", "worker", "--pool", "threads", "--concurrency", "2"],
                *["--loglevel", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat"],
            ],
            "sweeper": [python, str(settings.ROOT / "manage.py"), "sweeper"],
        }

    def start(self) -> None:
        self.logs.mkdir(parents=True, exist_ok=True)
        for name in self.commands():
            self.start_one(name)
        self.wait_for_web()

    def start_one(self, name: str) -> None:
        log = (self.logs / f"{name}.log").open("ab")
        self.files.append(log)
        self.running[name] = subprocess.Popen(
            self.commands()[name],
            cwd=settings.ROOT,
            env={**os.environ, "PATHWAY_SITE_URL": self.address},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=die_with_parent,
        )

    def wait_for_web(self, seconds: float = 60) -> None:
        """Return when the site answers. Raises RuntimeError with the log's place if it does not."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(f"{self.address}/health/", timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                if self.running["web"].poll() is not None:
                    break
                time.sleep(0.1)
        raise RuntimeError(f"The web process did not answer. Its log: {self.logs / 'web.log'}")

    def watch(self) -> None:
        """Keep the group running until somebody stops it."""
        while True:
            time.sleep(1)
            for name, process in list(self.running.items()):
                if process.poll() is not None:
                    sys.stdout.write(f"The {name} ended ({process.returncode}); starting it again.\n")
                    self.start_one(name)

    def stop(self) -> None:
        for process in self.running.values():
            if process.poll() is None:
                process.terminate()
        end = time.monotonic() + 8
        for process in self.running.values():
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for log in self.files:
            log.close()
        self.running.clear()


def stop_on_signals() -> None:
    """SIGTERM and Ctrl-C end the group in order."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Stopped

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGHUP, stop)


def free_port(wanted: int) -> int:
    """The wanted port, or the next one that nobody uses."""
    for port in range(wanted, min(wanted + 100, 65536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"No free port between {wanted} and {wanted + 99}.")
