"""Searches all of its own memory, which was the server's, for what other sessions were told."""

from __future__ import annotations

from sandbox.attacks.tools import CANARY

LIMITS = {"wall_s": 25}


def attack() -> None:
    first, second = (part.encode() for part in CANARY)
    found: set[bytes] = set()
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", buffering=0) as memory:
        for line in maps:
            span, rights = line.split()[:2]
            start, end = (int(part, 16) for part in span.split("-"))
            if "r" not in rights or "[v" in line:
                continue
            while start < end:
                try:
                    memory.seek(start)
                    piece = memory.read(min(end - start, 1 << 24))
                except OSError:
                    break
                at = piece.find(first)
                while at >= 0:
                    rest = piece[at + len(first) : at + len(first) + 40]
                    if rest.startswith(second) and rest[len(second) :].isalnum():
                        found.add(first + rest)
                    at = piece.find(first, at + 1)
                start += len(piece) or end
    print(found)
