"""Tries the rest of the calls that have led out of sandboxes before."""

from __future__ import annotations

from sandbox.attacks.tools import system_calls


def attack() -> None:
    system_calls(
        open_by_handle_at=304,
        name_to_handle_at=303,
        pidfd_getfd=438,
        process_madvise=440,
        ioperm=173,
        iopl=172,
        personality=135,
        kcmp=312,
        lookup_dcookie=212,
        quotactl=179,
        acct=163,
        syslog=103,
        vmsplice=278,
        landlock_create_ruleset=444,
        fanotify_init=300,
        move_pages=279,
        mbind=237,
        settimeofday=164,
        modify_ldt=154,
        uselib=134,
    )
