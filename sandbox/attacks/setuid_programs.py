"""Starts programs that run with other rights: its own, made setuid, and the system's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from sandbox.attacks.tools import BREACH

LIMITS = {"wall_s": 25, "disk_mb": 64}


def attack() -> None:
    shutil.copy(sys.executable, "/tmp/mine")
    os.chmod("/tmp/mine", 0o6777)
    programs = [
        ["/tmp/mine", "-c", "import os; print(os.getuid())"],
        ["/usr/bin/su", "-c", "id"],
        ["/usr/bin/sudo", "id"],
    ]
    programs += [
        ["/usr/bin/bwrap", "--ro-bind", "/", "/", "id"],
        ["/usr/bin/unshare", "-r", "id"],
        ["/usr/bin/mount", "-t", "tmpfs", "x", "/tmp"],
    ]
    for program in programs:
        try:
            done = subprocess.run(program, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=5)
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.stdout.strip() == "0" or "uid=0" in done.stdout or (program[0] != "/tmp/mine" and done.returncode == 0):
            print(BREACH, program, done.stdout)
