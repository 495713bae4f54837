"""Makes device nodes and opens those of the host."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sandbox.attacks.tools import attempt

if TYPE_CHECKING:
    from sandbox.attack import Trial


def attack() -> None:
    for kind, major, minor in ((0o20000, 1, 1), (0o60000, 8, 0), (0o60000, 254, 0), (0o20000, 5, 0)):
        attempt("mknod", os.mknod, f"device-{major}-{minor}", 0o600 | kind, os.makedev(major, minor))
    for name in (
        "mem",
        "kmem",
        "sda",
        "vda",
        "kvm",
        "fuse",
        "net/tun",
        "loop-control",
        "tty",
        "ptmx",
        "pts",
        "console",
        "kmsg",
        "mapper",
    ):
        attempt(name, os.open, f"/dev/{name}", os.O_RDWR)
    print(sorted(os.listdir("/dev")))


def got_through(trial: Trial) -> str:
    allowed = "['fd', 'full', 'null', 'random', 'shm', 'stderr', 'stdin', 'stdout', 'urandom']"
    return "" if allowed in trial.outcome.stdout else "there are other devices"
