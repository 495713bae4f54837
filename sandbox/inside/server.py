"""The fork server: loads the scientific stack once, then forks a session whenever it is asked to.

It is asked by one byte and five descriptors. Files, limits and arguments of a session go to the session itself, so
nothing of any job is ever in the memory that later sessions inherit. It must stay single-threaded: a fork copies one
thread, and a lock that another one held would stay locked for ever.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import select
import signal
import socket
import sys

from sandbox.inside import child, large_pages, shell, supervisor

READY = b"!"
FORK = b"F"
RETIRE = b"R"


def main() -> None:
    line = socket.socket(fileno=int(sys.argv[1]))
    with open(int(sys.argv[2]), "rb") as file:
        child.instructions = file.read()
    for name in sys.argv[3:]:
        importlib.import_module(name)
    shell.prepare()
    threads = len(os.listdir("/proc/self/task"))
    if threads != 1:
        sys.exit(f"{threads} threads are running where there must be one: a library has started some as it was loaded")
    # Children that nobody waits for are gone at once instead of staying as zombies.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.collect()
    gc.freeze()
    large_pages.collapse()
    line.sendall(READY)
    session = _serve(line)
    if session is None:
        return
    # Only a forked child gets here, out of the frames that held the request.
    del line
    supervisor.supervise(*session)


def _serve(line: socket.socket) -> tuple[int, int, int, int] | None:
    """In the server: None at its end, which is the end of every session. In each child: its descriptors."""
    while True:
        byte, descriptors, _, _ = socket.recv_fds(line, 1, 8)
        if byte == RETIRE:
            _see_out(line)
        if byte in (b"", RETIRE):
            return None
        if byte == FORK and len(descriptors) == 4 and os.fork() == 0:
            line.close()
            return descriptors[0], descriptors[1], descriptors[2], descriptors[3]
        for descriptor in descriptors:
            os.close(descriptor)


def _see_out(line: socket.socket) -> None:
    """Until the last session has ended, or the platform has gone."""
    with contextlib.suppress(ChildProcessError):
        while not select.select([line], [], [], 0.5)[0]:
            os.waitpid(-1, os.WNOHANG)


if __name__ == "__main__":
    main()
