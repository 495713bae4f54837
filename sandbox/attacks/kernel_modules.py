"""Loads a module or another kernel, or restarts the machine."""

from __future__ import annotations

from sandbox.attacks.tools import system_calls


def attack() -> None:
    system_calls(init_module=175, finit_module=313, delete_module=176, kexec_load=246, kexec_file_load=320, reboot=169)
