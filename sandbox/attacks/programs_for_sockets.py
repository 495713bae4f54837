"""Attaches filter programs to sockets: the kernel compiles them into room that the whole machine shares."""

from __future__ import annotations

import ctypes
import socket
import struct

from sandbox.attacks.tools import attempt, libc, system_calls

ATTACH_FILTER, ATTACH_BPF, REUSEPORT_CBPF, REUSEPORT_EBPF = 26, 50, 51, 52


def attack() -> None:
    instruction = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0))
    program = struct.pack("HxxxxxxQ", 1, ctypes.addressof(instruction))
    line = socket.socket(socket.AF_UNIX)
    for option in (ATTACH_FILTER, ATTACH_BPF, REUSEPORT_CBPF, REUSEPORT_EBPF):
        attempt(f"option {option}", line.setsockopt, socket.SOL_SOCKET, option, program)
    attempt("a filter of its own", _filter, program)
    system_calls(seccomp=317)


def _filter(program: bytes) -> None:
    if libc.prctl(22, 2, program, 0, 0) != 0:
        raise OSError
