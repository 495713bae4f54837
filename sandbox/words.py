"""What a student reads when a run ends: which limit, how much, and what was running."""

from __future__ import annotations

import errno
import signal
from typing import Any

from sandbox.contract import CodeError, Limits, Verdict

OUR_FAULT = "The sandbox stopped working. That is our fault, not the code's: it costs nothing and will be run again."
# What a pipe says that does not wait, with the number of a process that cannot be started.
_FULL = "without blocking"
LINE_BROKEN = "The code broke the line between it and the platform."


def too_long(limits: Limits, where: str) -> str:
    return f"Stopped after {limits.wall_s:g} s, the limit for a whole run: {where} was still running."


def cell_too_long(limits: Limits, where: str) -> str:
    return f"Stopped after {limits.cell_s:g} s, the limit for one cell: {where} was still running."


def call_too_long(seconds: float, function: str) -> str:
    return f"Stopped after {seconds:g} s, the limit for one call: {function} was still running."


def too_much_cpu(limits: Limits, where: str) -> str:
    return f"Stopped after {limits.cpu_s:g} s of processor time, the limit: {where} was still running."


def too_much_memory(limits: Limits, where: str) -> str:
    return f"Stopped at {size(limits.memory_mb << 10)} of memory, the limit. {_capital(where)} asked for more."


def too_much_output(limits: Limits, where: str) -> str:
    return f"Stopped at {size(limits.output_kb)} of output, the limit. {_capital(where)} printed more."


def too_many_displays(kilobytes: int, where: str) -> str:
    return f"Stopped at {size(kilobytes)} of plots and tables, the limit. {_capital(where)} showed more."


def died(status: int, where: str) -> str:
    """For a wait status that no limit of ours explains."""
    if not _signalled(status):
        return f"{_capital(where)} ended Python itself, with exit status {status >> 8}, before the run was over."
    number = status & 0x7F
    try:
        name = signal.strsignal(number) or f"signal {number}"
    except ValueError:
        name = f"signal {number}"
    return f"{_capital(where)} crashed Python itself ({name.lower()})."


def killed_from_outside(status: int) -> bool:
    """Nothing inside a session can send SIGKILL to its first process, so the machine did."""
    return _signalled(status) and status & 0x7F == signal.SIGKILL


def raised(error: CodeError, number: int | None, limits: Limits, where: str) -> tuple[Verdict, str]:
    """For an exception that the code let through. `number` is its errno, if it has one."""
    if error.type == "MemoryError":
        return (
            Verdict.OUT_OF_MEMORY,
            f"{_capital(where)} asked for more than the {size(limits.memory_mb << 10)} of memory there are.",
        )
    if number in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
        return (
            Verdict.CRASHED,
            f"{_capital(where)} wrote more than the {size(limits.disk_mb << 10)} of files there is room for.",
        )
    if number == errno.EMFILE:
        return Verdict.CRASHED, f"{_capital(where)} opened more than {limits.open_files} files at a time."
    refused = number == errno.EAGAIN and error.type == "BlockingIOError" and not error.message.endswith(_FULL)
    if refused or error.message == "can't start new thread":
        return Verdict.CRASHED, f"{_capital(where)} started more than {limits.processes} processes and threads."
    if error.type == "NotPlain":
        return Verdict.CRASHED, error.message
    place = ", ".join(
        part
        for part in (f"cell {error.cell}" if error.cell else "", f"line {error.line}" if error.line else "")
        if part
    )
    said = f"{error.type}: {error.message}" if error.message else error.type
    return Verdict.CRASHED, f"{_capital(place)}: {said}" if place else said


def code_error(told: Any) -> tuple[CodeError, int | None]:
    """What a session says about an exception, believed only as far as its types go."""
    told = told if isinstance(told, dict) else {}

    def text(name: str) -> str:
        return told[name] if isinstance(told.get(name), str) else ""

    def number(name: str) -> int | None:
        value = told.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    error = CodeError(
        type=text("type")[:200] or "Error", message=text("message")[:2000], cell=number("cell"), line=number("line")
    )
    return error, number("errno")


def size(kilobytes: int) -> str:
    for unit, factor in (("GB", 1 << 20), ("MB", 1 << 10)):
        if kilobytes >= factor:
            return f"{kilobytes / factor:.3g} {unit}"
    return f"{kilobytes} KB"


def _signalled(status: int) -> bool:
    return status & 0x7F != 0


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
