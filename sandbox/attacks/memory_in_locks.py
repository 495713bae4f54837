"""Takes a lock on every other byte of a file, which the kernel keeps and counts towards nobody."""

from __future__ import annotations

import fcntl
import os
import struct

from sandbox.attacks.tools import BREACH

LOCK = struct.Struct("hhqqi")
OFD_GETLK, OFD_SETLK, OFD_SETLKW = 36, 37, 38


def attack() -> None:
    file = os.open("locked", os.O_RDWR | os.O_CREAT)
    other = os.open("locked", os.O_RDWR)
    for number, command in enumerate((fcntl.F_SETLK, fcntl.F_SETLKW, OFD_SETLK, OFD_SETLKW)):
        fcntl.fcntl(file, command, LOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, number * 2, 1, 0))
        seen = fcntl.fcntl(other, OFD_GETLK, LOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, number * 2, 1, 0))
        if LOCK.unpack(seen)[0] != fcntl.F_UNLCK:
            print(BREACH, "locks are kept", command)
