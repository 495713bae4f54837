"""Plants a file in every folder that programs or later sessions load from."""

from __future__ import annotations

import os
import sys

import numpy

from sandbox.attacks.tools import attempt


def attack() -> None:
    places = ["/", "/usr", "/usr/lib", "/etc", "/dev", "/sandbox", "/sandbox/inputs", "/sandbox/packages", *sys.path]
    places += ["/sandbox/platform/sandbox", os.path.dirname(os.__file__), os.path.dirname(numpy.__file__), "/proc/self"]
    for place in places:
        if os.path.isdir(place) and place != os.getcwd():
            attempt(place, open, f"{place}/planted.py", "w")
    attempt("a library", open, numpy.__file__, "a")
    attempt("an executable", open, sys.executable, "ab")
