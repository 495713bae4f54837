"""Mounts, remounts, moves and unmounts file systems."""

from __future__ import annotations

from sandbox.attacks.tools import kernel, system_calls


def attack() -> None:
    kernel("mount", b"none", b"/tmp", b"tmpfs", 0, None)
    kernel("mount", b"/", b"/tmp", None, 4096, None)
    kernel("mount", b"none", b"/", None, 32, None)
    kernel("umount2", b"/sandbox/work", 2)
    kernel("umount2", b"/proc", 2)
    system_calls(pivot_root=155, fsopen=430, open_tree=428, move_mount=429, fsmount=432, mount_setattr=442)
