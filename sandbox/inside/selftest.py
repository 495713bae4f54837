"""What must not be possible in a session, tried in one. Anything that gets through ends it with a sentence."""

import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path


def refused(attempt: Callable[..., object], *arguments: object) -> bool:
    try:
        attempt(*arguments)
    except OSError:
        return True
    return False


status = Path("/proc/self/status").read_text()
held = {
    "the host's accounts are in view": not os.path.exists("/etc/passwd"),
    "the session is root": os.getuid() != 0,
    "the session has capabilities": "CapEff:\t0000000000000000" in status,
    "system calls are not filtered": "Seccomp:\t2" in status,
    "the system can be written to": refused(open, "/usr/bin/planted", "w"),
    "its own input can be written to": refused(open, __file__, "w"),
    "there is a network": refused(socket.socket, socket.AF_INET),
    "other processes are in view": [name for name in os.listdir("/proc") if name.isdigit()] == ["1"],
    "the environment came in": "PATH" in os.environ and not any("SECRET" in name for name in os.environ),
    "descriptors came in": sorted(map(int, os.listdir("/proc/self/fd")))[:4] == [0, 1, 2, 3],
}
failed = [sentence for sentence, holds in held.items() if not holds]
if failed:
    sys.exit("; ".join(failed))
