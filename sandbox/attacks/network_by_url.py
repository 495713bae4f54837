"""Fetches a page with the standard library, and starts curl and wget where they are."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import urllib.request

from sandbox.attacks.tools import BREACH, attempt, targets


def attack() -> None:
    port = targets()["port"]
    attempt("urllib", urllib.request.urlopen, f"http://127.0.0.1:{port}/", None, 1)
    attempt("a file", urllib.request.urlopen, "file://" + targets()["file"])
    for program in ("curl", "wget", "ping", "ssh", "nc"):
        if shutil.which(program):
            command = [program, f"http://127.0.0.1:{port}/"]
            with contextlib.suppress(subprocess.TimeoutExpired):
                if subprocess.run(command, capture_output=True, stdin=0, timeout=2).returncode == 0:
                    print(BREACH, program)
