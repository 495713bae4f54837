"""Run a script as Python would, and keep its functions."""

from __future__ import annotations

import builtins
import contextlib
import sys
import threading
import traceback
from collections.abc import Callable
from types import ModuleType
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from sandbox.inside import lockdown
from sandbox.inside.failure import Performed, described


def perform(job: dict[str, Any], send: Callable[[bytes, Any], None]) -> Performed:
    """Runs it to its end, or to the exception that it lets through."""
    from matplotlib import pyplot
    from matplotlib_inline.backend_inline import configure_inline_support

    configure_inline_support(InteractiveShell.instance(), "agg")  # type: ignore[no-untyped-call]
    pyplot.switch_backend("agg")
    InteractiveShell.clear_instance()
    builtins.input = refuse_input
    path = f"{lockdown.WORK}/{job['entry']}"
    main = ModuleType("__main__")
    main.__file__ = path
    main.__builtins__ = builtins  # type: ignore[attr-defined]
    sys.modules["__main__"] = main
    files: dict[str, int | None] = {path: None}
    sys.argv = [job["entry"]]
    try:
        with open(path, "rb") as file:
            source = file.read()
        exec(compile(source, path, "exec"), main.__dict__)  # noqa: S102
        for thread in threading.enumerate():
            if thread is not threading.current_thread() and not thread.daemon:
                thread.join()
    except SystemExit as error:
        if error.code in (None, 0):
            return Performed(main.__dict__, files)
        if isinstance(error.code, str):
            sys.stderr.write(f"{error.code}\n")
        return Performed(main.__dict__, files, described(error, files))
    except BaseException as error:
        _show(error, path)
        return Performed(main.__dict__, files, described(error, files))
    return Performed(main.__dict__, files)


def _show(error: BaseException, path: str) -> None:
    """The traceback as Python prints it, without the frames that are ours."""
    shown = error.__traceback__
    while shown is not None and shown.tb_frame.f_code.co_filename != path:
        shown = shown.tb_next
    # The code may have closed what it would be printed to, or made the exception unprintable.
    with contextlib.suppress(Exception):
        traceback.print_exception(type(error), error, shown)


def refuse_input(prompt: object = "") -> str:
    raise RuntimeError("input() waits for someone at the keyboard, and nobody is there: put the value into the code.")
