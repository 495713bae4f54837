"""Reads what /proc and /sys say of the machine, and writes what changes it."""

from __future__ import annotations

import os
from pathlib import Path

from sandbox.attacks.tools import attempt


def attack() -> None:
    for path in ("/sys", "/proc/kallsyms", "/proc/kcore", "/proc/keys", "/proc/sysrq-trigger", "/proc/sys/kernel"):
        attempt(path, os.stat, path)
    for path in ("/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname", "/proc/sysrq-trigger"):
        attempt(path, Path(path).write_text, "|x")
    for path in ("/proc/self/uid_map", "/proc/self/gid_map", "/proc/self/setgroups"):
        attempt(path, Path(path).write_text, "0 0 1")
