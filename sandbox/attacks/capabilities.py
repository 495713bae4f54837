"""Gives itself capabilities."""

from __future__ import annotations

import ctypes

from sandbox.attacks.tools import BREACH, libc


def attack() -> None:
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    libc.capset(header, (ctypes.c_uint32 * 6)(*[0xFFFFFFFF] * 6))
    libc.prctl(47, 2, 21, 0, 0)
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        if int(status[name], 16):
            print(BREACH, name, status[name])
    if status["NoNewPrivs"].strip() != "1" or status["Seccomp"].strip() != "2":
        print(BREACH, status["NoNewPrivs"], status["Seccomp"])
