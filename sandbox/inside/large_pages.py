"""Put what a fork server holds into pages of 2 MB: a fork copies the table of its pages, and that is most of a fork."""

from __future__ import annotations

import ctypes

_HUGEPAGE, _COLLAPSE = 14, 25
_SIZE = 2 << 20


def collapse() -> None:
    """Where the kernel can (6.1 and later, unless forbidden). Where not, sessions are only slower to make."""
    libc = ctypes.CDLL(None)
    libc.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    with open("/proc/self/maps") as maps:
        mappings = [line.split() for line in maps]
    for span, rights, _, _, inode, *name in mappings:
        start, end = (int(part, 16) for part in span.split("-"))
        anonymous = rights == "rw-p" and inode == "0" and name in ([], ["[heap]"])
        if anonymous and end - start >= _SIZE and libc.madvise(start, end - start, _HUGEPAGE) == 0:
            libc.madvise(start, end - start, _COLLAPSE)
