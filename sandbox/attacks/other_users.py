"""Becomes another user, changes its root, or gives files away."""

from __future__ import annotations

import os

from sandbox.attacks.tools import BREACH, attempt


def attack() -> None:
    for call in (os.setuid, os.seteuid, os.setgid, os.setegid):
        attempt(call.__name__, call, 0)
        attempt(call.__name__, call, 65534)
    attempt("groups", os.setgroups, [0])
    attempt("chroot", os.chroot, "/tmp")
    with open("mine", "w"):
        pass
    attempt("chown", os.chown, "mine", 0, 0)
    if os.getuid() == 0:
        print(BREACH, "it is root")
