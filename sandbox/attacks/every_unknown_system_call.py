"""Tries every number from 424 on, where the newest and least tried calls are."""

from __future__ import annotations

from sandbox.attacks.tools import system_calls


def attack() -> None:
    allowed = {
        424,
        434,
        436,
        437,
        439,
        441,
        449,
    }  # pidfd_*, close_range, openat2, faccessat2, epoll_pwait2, futex_waitv
    system_calls(**{f"number {number}": number for number in range(424, 600) if number not in allowed})
