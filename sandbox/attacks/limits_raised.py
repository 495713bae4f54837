"""Raises its own limits and its place in the queue."""

from __future__ import annotations

import os
import resource

from sandbox.attacks.tools import attempt


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)


def attack() -> None:
    for name in ("RLIMIT_NPROC", "RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_NOFILE"):
        attempt(name, resource.setrlimit, getattr(resource, name), (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        attempt(f"prlimit {name}", resource.prlimit, 0, getattr(resource, name), (10, 10))
    attempt("nice", os.setpriority, os.PRIO_PROCESS, 0, -10)
    attempt("real time", os.sched_setscheduler, 0, os.SCHED_FIFO, os.sched_param(1))
    attempt("out of memory last", _write, "/proc/self/oom_score_adj", "-1000")
    for folder in ("/sys/fs/cgroup/memory/mine", "/sys/fs/cgroup/mine", "/sys/fs/cgroup/pathway-sandbox-mine"):
        attempt("a group of its own", os.mkdir, folder)
