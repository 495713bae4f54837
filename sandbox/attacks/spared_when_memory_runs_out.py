"""Has the kernel end somebody else first when the machine's memory runs out."""

from __future__ import annotations

import os

from sandbox.attacks.tools import attempt


def _write(path: str) -> str:
    with open(path, "w", encoding="utf-8") as file:
        file.write("0")
    return path


def attack() -> None:
    for path in ("/proc/self/oom_score_adj", "/proc/1/oom_score_adj", "/proc/thread-self/oom_score_adj"):
        attempt(path, _write, path)
    if os.fork() == 0:
        attempt("in a child", _write, "/proc/self/oom_score_adj")
        os._exit(0)
    os.wait()
