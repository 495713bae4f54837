"""Makes timers that tick as fast as they can, until no more can be had."""

from __future__ import annotations

import ctypes
import signal

from sandbox.attacks.tools import BREACH, libc

ENOUGH = 2000


def attack() -> None:
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    timer, often = ctypes.c_void_p(), (ctypes.c_long * 4)(0, 1, 0, 1)
    made = 0
    while made < ENOUGH and libc.timer_create(1, None, ctypes.byref(timer)) == 0:
        libc.timer_settime(timer, 0, often, None)
        made += 1
    if made == ENOUGH:
        print(BREACH, made, "timers")
