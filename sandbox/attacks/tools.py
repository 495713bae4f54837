"""What several attacks use, inside the sandbox. A line that begins with BREACH counts against the sandbox."""

from __future__ import annotations

import ctypes
import json
import os
import struct
from collections.abc import Callable
from typing import Any

BREACH = "GOT THROUGH:"
# In two parts, so that an attack that searches its own memory for the canary does not find itself.
CANARY = ("pathway", "-canary-")

libc = ctypes.CDLL(None, use_errno=True)


def targets() -> dict[str, Any]:
    """Where on the host there is something to steal. Not what it is."""
    with open("targets.json", encoding="utf-8") as file:
        found: dict[str, Any] = json.load(file)
    return found


def attempt(what: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """Say so if this succeeds."""
    try:
        result = function(*arguments)
    except (OSError, ImportError, RuntimeError, ValueError):
        return None
    print(BREACH, what, repr(result)[:300])
    return result


def kernel(name: str, *arguments: Any) -> None:
    """Say so if a function of the C library succeeds."""
    if getattr(libc, name)(*arguments) >= 0:
        print(BREACH, name)


def system_calls(**numbers: int) -> None:
    """Say so if one of these, by its number on x86-64, does more than fail for want of permission."""
    if os.uname().machine != "x86_64":
        return
    for name, number in numbers.items():
        result = libc.syscall(number, 0x10000000, 0, 0, 0, 0)
        # Not permitted, or not there.
        if result != -1 or ctypes.get_errno() not in (1, 38):
            print(BREACH, name, result, ctypes.get_errno())


def read(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read(100_000)


def tell(kind: bytes, payload: bytes) -> None:
    """A frame of our own making on the line to the platform."""
    data = struct.pack("!cI", kind, len(payload)) + payload
    while data:
        data = data[os.write(3, data) :]
